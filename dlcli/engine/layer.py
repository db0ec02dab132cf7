"""The contract that every layer obeys."""

from dataclasses import replace
from math import prod
from typing import ClassVar, Literal, NamedTuple, Self

import numpy as np

from dlcli.engine.module import Module
from dlcli.engine.spec import Spec


class Param(NamedTuple):
    shape: tuple
    init: object
    decay: bool


class InnerSignal(NamedTuple):
    """A signal within a layer that its output does not show, as the health checks read it.

    meaning: "gate": numbers from 0 to 1 that a signal is multiplied by; "attention": weights that add up to 1 over the
    last axis. array: the values of the last batch, rows first.
    """

    meaning: Literal["gate", "attention"]
    array: np.ndarray


class Layer(Module):
    """A differentiable map from one value (or, if `merges`, several) to one value.

    `build(*xs)` runs once. It sees each input's Spec (shape without the batch axis), declares the arrays that the layer
    wants, and returns the output's shape (or Spec). It raises ValueError with one plain sentence if the shapes do
    not fit.

    `forward(x, y, train)` writes every element of y. `backward(x, y, dy, dx)` writes every element of dx and of each
    parameter's gradient. Writes replace, they never add. x and y are not changed; dy may be spoiled. `dx is None` if
    nobody needs it. If `merges`, x and dx are tuples (and single entries of dx may be None).

    After `build`, a parameter declared as W is the attribute `W` with its gradient at `dW`; both are views into the
    network's flat vectors.
    """

    family: ClassVar[str] = "layers"
    merges: ClassVar[bool] = False
    """True: the layer reads several inputs."""
    differentiable: ClassVar[bool] = True
    """False: the derivative is zero or undefined where it matters (step)."""
    needs_batch: ClassVar[bool] = False
    """True: cannot learn from batches with a single value per channel (batch_norm)."""
    normalises: ClassVar[bool] = False
    """True: undoes any scale of what it reads, so that the scale of the layer before does not matter."""
    activation: ClassVar[Literal["squashing", "rectifying", "straight"] | None] = None
    """The sort of a curve that is applied element by element; None: the layer is none. By where its slope goes to 0:
    squashing, on both sides, so that its units saturate (tanh); rectifying, on one side, so that they can die (relu);
    straight, on none (leaky_relu)."""
    steepest: ClassVar[float | None] = None
    """Largest slope of a squashing activation: an element is saturated if its slope is a small share of this one."""
    fades: ClassVar[bool] = False
    """True: an activation whose slope is well below 1 nearly everywhere (root mean square on standard normal inputs
    below 0.58), so that it passes on only a share of the error signal (sigmoid, softplus)."""
    apart: ClassVar[bool] = False
    """True: of a sequence, each step of the output is computed from the same step of the inputs alone."""
    memory: ClassVar[Literal["plain", "gated"] | None] = None
    """How a recurrent layer carries its state from step to step. plain: through weights and an activation, always the
    same way (rnn); gated: by shares that gates choose, so that it can learn to keep what it has (lstm, gru). None: the
    layer carries nothing."""
    usual_scale: ClassVar[tuple[float, float] | None] = None
    """Least and greatest root mean square that weights of this kind start with; None: what their shape says."""

    def __post_init__(self):
        super().__post_init__()
        self.params, self.outputs, self.states = {}, {}, {}

    def build(self, *xs: Spec):
        raise NotImplementedError

    @property
    def sees(self) -> Literal["step", "past", "all"]:
        """Which steps of the inputs each step of the output depends on: its own, those up to it, or later ones too."""
        return "step" if self.apart or self.activation else "all"

    def stepwise(self) -> Self:
        """The same layer for one step at a time, not built: what it needs of the steps before it carries. ValueError if
        there is no such layer."""
        if self.sees == "step":
            return replace(self)
        raise ValueError("needs more of a sequence than one step at a time")

    def forward(self, x, y, train: bool):
        raise NotImplementedError

    def backward(self, x, y, dy, dx):
        raise NotImplementedError

    def forward_reduce(self, x, train: bool):
        """Write this shard's part of each forward `reduce`. Called only while training, before `forward`."""

    def backward_reduce(self, x, y, dy):
        """Write this shard's part of each backward `reduce`. Called before `backward`; must not spoil dy."""

    def piece(self, x, y):
        """For layers with kinks: an array that is constant on each smooth piece (for relu, x > 0); else None.

        Gradient checks compare it at both ends of a finite difference and leave out directions that cross a kink.
        """
        return None

    def probes(self) -> dict[str, InnerSignal]:
        """Inner signals that the output does not show, by name: the gates of a recurrent layer, attention weights.

        Asked right after `forward`; the arrays are read at once and not changed.
        """
        return {}

    def signal_over_time(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """How an error signal fades in each cell of a recurrent layer: norms (rows, steps) float64 by the cell's name,
        which is empty if there is a single one, else as in the names of its parameters (`2_back`).

        Asked right after a `forward` of training. At each row's last real step (backwards: its first) a random unit
        vector is the gradient of h; it is carried back through the recurrent connections alone, whatever the loss
        asks of other steps. Entry n is its norm n steps away, NaN if the row is shorter. The norm is that of the
        gradients of all that is carried from step to step, taken together: of an LSTM, h and c.
        """
        return {}

    def flops(self, y: Spec, *xs: Spec) -> int:
        """Floating-point operations of one sample's forward pass, a multiply-add counting as two."""
        return prod(y)

    def param(self, name: str, shape, init="zeros", decay: bool = False) -> None:
        """Ask for a learned array. `init` is an initializer or its kind; `decay`: weight decay applies to it."""
        self.params[name] = Param(tuple(shape), init, decay)

    def output(self, name: str, shape) -> None:
        """Ask for a further output: other entries read it as `<entry>.<name>`.

        `forward` writes the attribute `name`; `backward` reads its gradient at `d<name>`, which is None if nobody
        asked for it.
        """
        self.outputs[name] = Spec(shape) if not isinstance(shape, Spec) else shape

    def remember(self, name: str, shape) -> None:
        """Ask for an array with a row per row of the batch that is carried from each batch to the next.

        It is part of a checkpoint. Its rows are zeroed at the begin of a pass over the data, and if the data set says
        that a text begins anew.
        """
        self.states[name] = tuple(shape)

    lengths: ClassVar = None
    """Real length of each row of x (int64, one per row) if the input's Spec has lengths, else None; if `merges`,
    a tuple."""
