from dlcli.health.cause import Cause
from dlcli.health.checks.outcome import BetterThanConstant
from dlcli.health.edits import Edits
from dlcli.health.error_signal import FAINT, first_update
from dlcli.health.finding import Finding, Remedy
from dlcli.health.record import Record
from dlcli.health.remedies import STEP


class NothingLearned(Cause):
    """A run that ends no better than a constant answer. Whatever else was found explains it."""

    words = "nothing learned"
    checks = (BetterThanConstant,)

    def remedy(self, record: Record, finding: Finding, edits: Edits) -> Remedy:
        rate = record.experiment.optimizer.learning_rate
        first = first_update(record)
        if first is not None and first < FAINT:
            return Remedy(f"take larger steps: the first one changed the weights by {first:.1g} of their size",
                          edits.optimizer("learning_rate", rate * STEP / max(first, 1e-12)))
        return Remedy("nothing else was found: train longer, or with more layers and units, and see whether the "
                      "inputs can tell the target at all", [])
