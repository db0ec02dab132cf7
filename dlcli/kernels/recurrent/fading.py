"""How an error signal fades on its way back through time (Hochreiter 1991; Bengio et al. 1994)."""

import numpy as np

from dlcli.kernels.recurrent.cell import Cell


def fading(cell: Cell, a: dict[str, np.ndarray], lengths: np.ndarray | None, rng: np.random.Generator) -> np.ndarray:
    """Norm of a signal at each distance from each row's last real step, (rows, steps) float64; NaN at those that a row
    does not reach. After a forward.

    It begins as a random unit vector, the gradient of h, and is carried back through what the cell carries alone, as if
    nothing else asked for anything. The norm is that of the gradients of all that is carried, taken together.
    """
    h, steps = cell.sequences(a)[0], cell.steps
    rows = h.shape[1]
    ends = np.full(rows, steps) if lengths is None else lengths
    start = rng.standard_normal((rows, cell.units))
    start /= np.linalg.norm(start, axis=1, keepdims=True)
    signal = [np.zeros((rows, cell.units), h.dtype) for _ in range(cell.carried)]
    found = np.full((rows, steps), np.nan)
    for step in range(steps - 1, -1, -1):
        begins, under_way = ends == step + 1, np.flatnonzero(ends > step)
        signal[0][begins] = start[begins]
        norms = np.sqrt(sum(np.square(part, dtype=np.float64).sum(1) for part in signal))
        found[under_way, ends[under_way] - 1 - step] = norms[under_way]
        signal = cell.fade(a, step, signal)
    return found
