from dlcli.health.cause import Cause
from dlcli.health.checks.data import InputsScaled
from dlcli.health.edits import Edits
from dlcli.health.finding import Finding, Remedy
from dlcli.health.record import Record


class InputScale(Cause):
    """Inputs of another size than initial weights reckon with: the first layer's outputs are as far off."""

    words = "inputs that are not scaled"
    explains = ("dead_units", "saturated_units", "not_finite", "vanishing_over_time", "nothing_learned")
    checks = (InputsScaled,)

    def remedy(self, record: Record, finding: Finding, edits: Edits) -> Remedy:
        return Remedy("standardize the inputs: mean 0 and deviation 1 on the training rows", edits.standardize())
