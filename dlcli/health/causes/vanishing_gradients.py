from dlcli.health.cause import Cause
from dlcli.health.checks.propagation import PropagationInTraining, VanishingAtStart
from dlcli.health.edits import Edits
from dlcli.health.finding import Finding, Remedy
from dlcli.health.record import Record
from dlcli.health.remedies import FIT, SMALLER, felt, lost, normalised, slower, steeper, taken


class VanishingGradients(Cause):
    """An error signal that fades on its way from the loss to the first layers, which then do not learn."""

    words = "vanishing gradients"
    explains = ("vanishing_gradients", "dead_units", "nothing_learned")
    checks = (VanishingAtStart, PropagationInTraining)

    def remedy(self, record: Record, finding: Finding, edits: Edits) -> Remedy:
        if 2 * taken(record, finding) < lost(record, finding):
            return steeper(record, edits)
        in_training = finding.code == "G01"
        if in_training and (patch := less_decay(record, edits)):
            return Remedy("take less weight decay: it shrinks the weights faster than they learn", patch)
        if patch := edits.each(edits.fitting_init, felt(record)):
            return Remedy(FIT.format(which="the layers"), patch)
        return Remedy(SMALLER, slower(record, edits)) if in_training else normalised(record, edits)


def less_decay(record: Record, edits: Edits) -> list[str]:
    """A hundredth of each weight decay, if weights have shrunk to less than half."""
    start, last = record.start.layers, record.last.layers
    if not any(last[name].weight < start[name].weight / 2 for name in record.structure.weights):
        return []
    options = {option: getattr(record.experiment.optimizer, option) for option in ("l1", "l2", "weight_decay")}
    return [change for option, value in options.items() if value for change in edits.optimizer(option, value / 100)]
