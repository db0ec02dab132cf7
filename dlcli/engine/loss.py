"""The contract that every loss obeys."""

from typing import ClassVar, Literal

from dlcli.engine.module import Module
from dlcli.engine.spec import Spec


class WrongTask(ValueError):
    """The target holds classes, and the loss reads values; or the reverse."""


class Loss(Module):
    """What training makes small. It reports a sum and a weight; the engine divides by the weight of the whole batch.

    `build(y, t)` sees the Specs of the network's output and of the target, declares arrays, and raises ValueError with
    one plain sentence if they do not fit. `weight(t)` is the number that the sum is divided by (rows, elements, or
    the sum of class weights); it depends on the target only. `forward(y, t)` returns the sum of this shard's losses as
    a float. `backward(y, t, dy, scale)` follows `forward` on the same batch and writes dy = scale * d(sum) / dy; scale
    is one over the weight of the whole batch, all shards and accumulation steps included.

    If the rows of the output are padded, `self.lengths` holds their real lengths (int64 per row); if those of the
    target are, `self.target_lengths` holds theirs, which is all that `weight` may read of them. Padded positions add
    nothing to the sum or the weight, and their dy is zero.
    """

    family: ClassVar[str] = "losses"
    prediction_layer: ClassVar[str | tuple[str, ...] | None] = None
    """Kind of the layer that turns the output into a prediction (cross_entropy: softmax), or several. The loss reads
    the score before it, so a network may end in that layer or leave it out: both train in the same way."""
    target_range: ClassVar[tuple[float, float] | None] = None
    """Least and greatest value that a float target may have; None: any."""
    monitored: ClassVar[str] = "loss"
    """What the best epoch goes by if `training.monitor` does not say: "loss", or a metric if the loss does not measure
    what was learned (perceptron: a network of zeros has loss 0)."""
    measures: ClassVar[Literal["squares", "log_likelihood"] | None] = None
    """What the loss is the mean of if its options have their defaults: squares of the errors, or minus the logarithms
    of the probabilities of what was right. So one knows the loss of an answer that is always the same. None: something
    else."""
    aligned: ClassVar[bool] = True
    """Whether each place of the target has a place of the output (per class of a step, of a pixel). False: the two are
    sequences of lengths of their own (ctc)."""
    infinite: ClassVar[str | None] = None
    """What an infinite loss comes from and what helps, as a hint, if the data bring it about and not the training
    (ctc)."""
    quantiles: ClassVar = None
    """Which quantiles of the target it fits: the output then has so many numbers, side by side, for each of the
    target's. None: it fits one number."""
    lengths: ClassVar = None
    target_lengths: ClassVar = None

    def build(self, y: Spec, t: Spec) -> None:
        raise NotImplementedError

    def weight(self, t) -> float:
        return len(t)

    def forward(self, y, t) -> float:
        raise NotImplementedError

    def forward_reduce(self, y, t) -> None:
        """Write this shard's part of each `reduce`. Called before `forward`."""

    def backward(self, y, t, dy, scale: float) -> None:
        raise NotImplementedError

    def needed_steps(self, t, lengths=None):
        """Fewest steps of the output that each target sequence needs, int64 (rows,), if that is a question of the
        targets `t` (rows, most) and their lengths. None: of any number of steps something can be learned."""
        return None

    def predict(self, y):
        """The prediction for scores y, as a new array: probabilities for classes, values for regression."""
        return y.copy()

    def piece(self, y, t):
        """As `Layer.piece`, for losses with kinks."""
        return None
