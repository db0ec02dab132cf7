from dlcli.health.cause import LocalCause
from dlcli.health.checks.scale import InitScale
from dlcli.health.edits import Edits
from dlcli.health.finding import Finding, Remedy
from dlcli.health.record import Record
from dlcli.health.remedies import FIT, steeper, taken


class InitTooSmall(LocalCause):
    """Initial weights that make each layer's signal smaller than what it reads."""

    words = "initial weights too small"
    explains = ("vanishing_gradients", "dead_units", "vanishing_over_time", "nothing_learned")
    checks = (InitScale,)

    def remedy(self, record: Record, finding: Finding, edits: Edits) -> Remedy:
        faded = next((later for later in finding.consequences if later.code == "S04"), None)
        if faded and taken(record, faded) < faded.evidence["limit"]:
            return steeper(record, edits)       # larger weights alone would not be enough
        return Remedy(FIT.format(which="these layers"), edits.each(edits.fitting_init, finding.layers))
