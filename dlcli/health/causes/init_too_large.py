from dlcli.health.cause import Cause
from dlcli.health.checks.scale import InitScale
from dlcli.health.edits import Edits
from dlcli.health.finding import Finding, Remedy
from dlcli.health.record import Record
from dlcli.health.remedies import FIT


class InitTooLarge(Cause):
    """Initial weights that make each layer's signal larger than what it reads."""

    words = "initial weights too large"
    explains = ("exploding_gradients", "vanishing_gradients", "dead_units", "saturated_units", "not_finite",
                "exploding_over_time", "vanishing_over_time",
                "nothing_learned")
    checks = (InitScale,)

    def remedy(self, record: Record, finding: Finding, edits: Edits) -> Remedy:
        return Remedy(FIT.format(which="these layers"), edits.each(edits.fitting_init, finding.layers))
