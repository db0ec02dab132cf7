"""The shape of a value that flows through a network."""


class Spec(tuple):
    """Shape of a value without the batch axis: a tuple that also knows what its elements are.

    `Spec((28, 28, 1))` is a picture; `Spec((), "int", size=10)` a class id;
    `Spec((20,), "int", size=5000, lengths=True)` up to 20 tokens, of which each row says how many are real. A layer's
    `build` may return a plain tuple: it then is float, and has lengths if the first input has them.

    dtype: "float" (the network's float type) or "int" (int64).
    size: for int, the values lie in [0, size).
    lengths: True if every row has a length along the first axis after the batch: a layer passes on those of its first
        input. "own" if the layer itself writes them, to `self.y_lengths`.
    counts: for the target of a classification, rows per class in the training split, or None.
    scale: for the target of a forecast, the error of the naive forecast in the training part for each element, in the
        target's own units (`mase`), or None.
    """

    dtype: str
    size: int | None
    lengths: bool | str
    counts: tuple | None
    scale: tuple | None

    def __new__(cls, shape, dtype: str = "float", size: int | None = None, lengths: bool | str = False, counts=None,
                scale=None):
        self = super().__new__(cls, (int(n) for n in shape))
        self.dtype, self.size, self.lengths, self.counts, self.scale = dtype, size, lengths, counts, scale
        return self

    def of_steps(self, steps: int) -> "Spec":
        """The same of rows with so many steps."""
        return Spec((steps, *self[1:]), self.dtype, self.size, self.lengths, self.counts, self.scale)

    @property
    def of_place(self) -> "Spec":
        """What one step of a row is."""
        return Spec(self[1:], self.dtype, self.size, False, self.counts, self.scale)

    def __getnewargs__(self):
        return tuple(self), self.dtype, self.size, self.lengths, self.counts, self.scale
