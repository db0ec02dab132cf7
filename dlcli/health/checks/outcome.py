"""What came of a run: nothing, or too much."""

from dlcli.health.finding import CannotSay, Check, Finding
from dlcli.health.record import Record
from dlcli.training.constant import baseline, constant_loss, learned_nothing, worse
from dlcli.training.overfitting import RISE, turned


class BetterThanConstant(Check):
    """Does a run that has ended answer its own training rows better than a constant does?

    Of classes the accuracy must be above the share of the most frequent one; if that is 0.9 or more, the cross-entropy
    must be below that of the shares. Of values R^2 must be above 0, or else the first of rmse, mse and mae below that
    of the mean. It is what `train` calls "Nothing learned". Always an error: whatever the other checks found explains
    it.

    Sources: Karpathy's recipe (2019), a baseline before all else.
    """

    code = "V02"
    place = 120
    title = "better than a constant answer"

    def look(self, record: Record) -> Finding | None:
        if not record.ended:
            raise CannotSay("only a run that is complete has an outcome")
        e, metrics, output = record.experiment, record.ended, record.structure.output
        if not learned_nothing(metrics, e):
            return None
        name, value, constant = worse(metrics, baseline(e, "train")) or measured(metrics, e)
        healthy = (0.0, constant) if name not in ("accuracy", "r2") else (constant, 1.0)
        return self.finding(2, "nothing_learned", output, [output], record.last,
                            measure=f"{name} of the training rows", value=value, limit=constant, healthy=healthy,
                            says="on its own training rows the network is no better than an answer that is always "
                            "the same")


def measured(metrics: dict, e) -> tuple[str, float, float]:
    """(metric, value, that of a constant answer) if the network is just as good."""
    if "accuracy" in metrics:
        return "accuracy", metrics["accuracy"], max(e.data.target.counts) / sum(e.data.target.counts)
    return "r2", metrics["r2"], 0.0


class ValidationTurn(Check):
    """Has a run learned its training rows by heart?

    The validation loss of the last epoch, against the least one: a warning if it is above that by more than a tenth
    (and by more than a hundredth of the first epoch's) while the training loss is below it. It is an error if it is
    also above the loss of an answer that is always the same, so that the last weights are worse than none. A warning at
    most if the best epoch is kept as a checkpoint, which `evaluate` takes; silent if early stopping puts the best
    weights back. It is what `train` calls "Overfitting".

    Sources: Prechelt 1998, *Early stopping - but when?*
    """

    code = "V01"
    place = 130
    title = "validation loss after its turn"

    def look(self, record: Record) -> Finding | None:
        if not any("validation" in epoch for epoch in record.epochs):
            raise CannotSay("only a run with a validation split has such a loss")
        training, turn = record.experiment.training, turned(record.epochs)
        restored = training.early_stop is not None and training.early_stop.restore_best and bool(record.ended)
        if turn is None or restored:
            return None
        chance, kept = constant_loss(record.experiment, "validation"), training.monitor or training.early_stop
        grade = 2 if chance is not None and turn.last > chance and not kept else 1
        says = (f"the validation loss was lowest in epoch {turn.epoch} ({turn.least:.3g}) and rose to {turn.last:.3g}, "
                f"while the training loss fell to {record.epochs[-1]['train']['loss']:.3g}")
        if chance is not None and turn.last > chance:
            says += f"; an answer that is always the same has {chance:.3g}"
        output, value = record.structure.output, turn.last / turn.least if turn.least > 0 else float("inf")
        return self.finding(grade, "overfitting", output, [output], record.last, says=says,
                            measure="last validation loss over the least", value=value, limit=RISE,
                            healthy=(1.0, RISE), epoch=turn.epoch)
