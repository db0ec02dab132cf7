import numpy as np

from dlcli.engine import expect
from dlcli.engine.layer import Layer
from dlcli.engine.spec import Spec
from dlcli.kernels.places import whole_places


class Concat(Layer):
    """Its inputs side by side along one axis; the other axes are equal."""

    merges = True

    axis: int = -1
    """Axis of one sample's shape, the batch not counted: 0 is the first, -1 the last."""

    @property
    def sees(self):
        return "all" if self.axis == 0 else "step"

    def build(self, *xs):
        expect.several(xs)
        rank = len(xs[0])
        if not -rank <= self.axis < rank:
            raise ValueError(f"has no axis {self.axis}: a sample has {rank} axes")
        axis = self.axis % rank
        if len({(*x[:axis], *x[axis + 1:]) if len(x) == rank else None for x in xs}) > 1:
            raise ValueError(
                f"needs inputs that differ only along axis {self.axis}, got {', '.join(str(tuple(x)) for x in xs)}"
            )
        if axis == 0 and xs[0].lengths:
            raise ValueError("cannot join padded rows along the padded axis")
        self.whole = axis == rank - 1           # all channels of a place can be copied at once
        self.parts, start = [], 0
        for x in xs:
            self.parts.append((slice(None),) * (axis + 1) + (slice(start, start + x[axis]),))
            start += x[axis]
        return Spec((*xs[0][:axis], start, *xs[0][axis + 1:]), lengths=bool(xs[0].lengths))

    def forward(self, x, y, train):
        for part, value in zip(self.parts, x):
            self._copy(y[part], value)

    def backward(self, x, y, dy, dx):
        for part, gradient in zip(self.parts, dx):
            if gradient is not None:
                self._copy(gradient, dy[part])

    def _copy(self, to, value):
        if self.whole:
            to, value = whole_places(to), whole_places(value)
        np.copyto(to, value)

    def flops(self, y, *xs):
        return 0
