from dlcli.health.cause import Cause
from dlcli.health.checks.outcome import ValidationTurn
from dlcli.health.edits import Edits
from dlcli.health.finding import Finding, Remedy
from dlcli.health.record import Record

SHRINK = 12.0
"""By how many times e decay alone would shrink a weight over a whole training: enough that only what is learned again
and again stays. (In trials on configs/overfitting.yaml and on moons, spirals, breast_cancer and diabetes of few rows,
the last validation loss was lower each time.)"""


class Overfitting(Cause):
    """Training rows that were learned by heart. It is no reason why a network would not learn."""

    words = "overfitting"
    checks = (ValidationTurn,)

    def remedy(self, record: Record, finding: Finding, edits: Edits) -> Remedy:
        """Stop at the turn; or make it harder to learn by heart."""
        epochs = record.experiment.training.epochs
        others = [Remedy("make units that cannot rely on each other, with dropout behind each hidden layer",
                         edits.dropout()),
                  Remedy("keep the weights small", edits.decay(SHRINK))]
        text = ("stop at the turn, with the weights of the best epoch; more rows are the best cure, where they can be "
                "had")
        return Remedy(text, edits.early_stop(max(5, epochs // 20)), [other for other in others if other.patch])
