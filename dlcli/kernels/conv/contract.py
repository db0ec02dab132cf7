"""What every method of computing a convolution offers."""


class Convolution:
    """One method for one geometry. It holds no number of a batch, so all shards use the same object.

    x: (rows, height, width, channels), y: (rows, out, out, filters), W: (kernel, kernel, channels / groups, filters),
    b: (filters,) or None; C-contiguous, of one float type, and so their gradients. Each call writes every element of
    what it computes, and needs `work` elements of scratch memory of that type.

    shape: of W. kept: bools for each picture that `forward` leaves in `won` for `backward`, 0 for most methods.
    """

    shape: tuple[int, int, int, int]
    work: int
    kept: int = 0

    def forward(self, x, W, b, y, work, won=None) -> None:
        """y[i, j, f] = b[f] + sum over u, v, c of W[u, v, c, f] * x[what tap u, v of window i, j reads, c]."""
        raise NotImplementedError

    def gradients(self, x, dy, dW, db, work) -> None:
        """dW[u, v, c, f] = sum over rows and windows of dy[i, j, f] * x[what tap u, v of window i, j reads, c], and
        db = sum of dy unless it is None."""
        raise NotImplementedError

    def adjoint(self, dy, W, dx, work) -> None:
        """dx from dy: each window adds W[u, v, c, f] * dy[i, j, f] to the places that it reads. Turned around, this is
        a transposed convolution."""
        raise NotImplementedError

    def backward(self, x, dy, W, dW, db, dx, work, won=None) -> None:
        """All three; dx may be None. Methods that share work between them do it in one pass."""
        self.gradients(x, dy, dW, db, work)
        if dx is not None:
            self.adjoint(dy, W, dx, work)
