from dlcli.health.cause import LocalCause
from dlcli.health.checks.units import SaturatedAtStart, SaturatedInTraining
from dlcli.health.edits import Edits
from dlcli.health.finding import Finding, Remedy
from dlcli.health.record import Record
from dlcli.health.remedies import FIT, SMALLER, normalised, slower, wide


class SaturatedUnits(LocalCause):
    """Activations in their flat ends, through which next to no gradient passes."""

    words = "saturated units"
    explains = ("saturated_units", "vanishing_gradients", "nothing_learned")
    checks = (SaturatedAtStart, SaturatedInTraining)

    def remedy(self, record: Record, finding: Finding, edits: Edits) -> Remedy:
        structure = record.structure
        if finding.code == "A02":
            return Remedy(SMALLER, slower(record, edits) + wide(record, edits))
        if wide(record, edits) and finding.layer == structure.weights[0]:
            return Remedy("standardize the inputs: their size alone drives the activation to its flat ends",
                          edits.standardize())
        before = [name for entry in finding.layers if (name := structure.before(entry))]
        patch = edits.each(edits.fitting_init, before)
        return Remedy(FIT.format(which="these layers"), patch) if patch else normalised(record, edits)
