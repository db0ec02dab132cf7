"""Linear maps along the axes of a picture, each a small matrix (places out, places in): bins and interpolation."""

import numpy as np

from dlcli.kernels.windows import LONGEST


def bins(n: int, out: int) -> np.ndarray:
    """Means over `out` bins that cover n places, as PyTorch divides them: bin i begins at floor(i n / out), ends at
    ceil((i+1) n / out)."""
    small(out, n)
    i, places = np.arange(out)[:, None], np.arange(n)
    inside = (places >= i * n // out) & (places < -(-(i + 1) * n // out))
    return inside / inside.sum(axis=1, keepdims=True)


def interpolation(n: int, factor: int) -> np.ndarray:
    """Linear interpolation at the middles of `factor` parts of each place; beyond the outermost middles, the outermost
    value."""
    small(n * factor, n)
    at = np.clip((np.arange(n * factor) + 0.5) / factor - 0.5, 0, n - 1)
    return np.maximum(1 - np.abs(at[:, None] - np.arange(n)), 0)


def small(out: int, n: int) -> None:
    """ValueError if the matrix would be larger than can be computed."""
    if out * n > LONGEST:
        raise ValueError(f"makes {out:,} places of {n:,}, and at most {LONGEST // n:,} of so many are computed")


def declare(layer, x, matrices) -> tuple:
    """For one matrix per axis but the last. Returns the shape that comes out."""
    layer.matrices = matrices
    for i, matrix in enumerate(matrices):
        layer.temp(f"matrix{i}", matrix.shape, rows=False)
    if len(matrices) == 2:
        layer.temp("between", (len(matrices[0]), *x[1:]))
    return *map(len, matrices), x[-1]


def forward(layer, x, y) -> None:
    if len(layer.matrices) == 2:
        _along(_matrix(layer, 0), x, layer.between)
        x, y = (a.reshape(-1, *a.shape[2:]) for a in (layer.between, y))
    _along(_matrix(layer, len(layer.matrices) - 1), x, y)


# y = R x C^T for the rows and the columns of each channel, so dx = R^T dy C
def backward(layer, dy, dx) -> None:
    if len(layer.matrices) == 2:
        rows, columns = (_matrix(layer, i) for i in (0, 1))
        _along(columns.T, dy.reshape(-1, *dy.shape[2:]), layer.between.reshape(-1, *layer.between.shape[2:]))
        _along(rows.T, layer.between, dx)
    else:
        _along(_matrix(layer, 0).T, dy, dx)


def _matrix(layer, axis: int):
    matrix = getattr(layer, f"matrix{axis}")
    np.copyto(matrix, layer.matrices[axis])
    return matrix


def _along(matrix, x, y) -> None:
    """y = matrix x, along the first axis after the rows."""
    np.matmul(matrix, x.reshape(*x.shape[:2], -1), out=y.reshape(*y.shape[:2], -1))


def flops(layer, y) -> int:
    """Of one sample, the matrix of the rows running over whole rows of the picture."""
    first, *second = layer.matrices
    return 2 * y[-1] * (first.size * second[0].shape[1] + second[0].size * len(first) if second else first.size)
