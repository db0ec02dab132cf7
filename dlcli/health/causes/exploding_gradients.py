from dlcli.health.cause import Cause
from dlcli.health.checks.propagation import ExplodingAtStart, PropagationInTraining
from dlcli.health.edits import Edits
from dlcli.health.finding import Finding, Remedy
from dlcli.health.record import Record
from dlcli.health.remedies import FIT, LIMITED, bare, felt, normalised, slower


class ExplodingGradients(Cause):
    """An error signal that grows on its way from the loss to the first layers, which are thrown about."""

    words = "exploding gradients"
    explains = ("exploding_gradients", "not_finite", "dead_units", "saturated_units", "vanishing_gradients",
                "nothing_learned")
    checks = (ExplodingAtStart, PropagationInTraining)

    def remedy(self, record: Record, finding: Finding, edits: Edits) -> Remedy:
        if patch := edits.each(edits.fitting_init, felt(record)):
            return Remedy(FIT.format(which="the layers"), patch)
        if finding.code == "G01":
            return Remedy(LIMITED, slower(record, edits) + edits.clip())
        calm = normalised(record, edits)
        if not bare(record):
            return calm
        return Remedy(calm.text + ", and limit the norm of the gradient", calm.patch + edits.clip())
