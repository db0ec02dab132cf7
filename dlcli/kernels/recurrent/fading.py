"""How an error signal fades on its way back through time (Hochreiter 1991; Bengio et al. 1994)."""

import numpy as np

from dlcli.kernels.recurrent.cell import Cell
from dlcli.kernels.recurrent.ends import Ends


def fading(cell: Cell, a: dict[str, np.ndarray], ends: Ends, rng: np.random.Generator) -> np.ndarray:
    """Norm of a signal at each distance from each row's last real step, (rows, steps) float64, the rows as they lie in
    the batch; NaN at those that a row does not reach. After a forward.

    It begins as a random unit vector, the gradient of h, and is carried back through what the cell carries alone, as if
    nothing else asked for anything. The norm is that of the gradients of all that is carried, taken together.
    """
    h, steps = cell.sequences(a)[0], cell.steps
    rows = h.shape[1]
    drawn = rng.standard_normal((rows, cell.units))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    start = np.empty_like(drawn)
    ends.sort(drawn, start)
    order = np.arange(rows) if ends.order is None else ends.order
    lengths = np.full(rows, steps) if ends.lengths is None else ends.lengths
    signal = [np.zeros(start.shape, h.dtype) for _ in range(cell.carried)]
    found = np.full((rows, steps), np.nan)
    for step in range(steps - 1, -1, -1):
        under_way = slice(ends.counts[step])
        begins = slice(ends.counts[step + 1] if step + 1 < steps else 0, ends.counts[step])
        signal[0][begins] = start[begins]
        here = [part[under_way] for part in signal]
        norms = np.sqrt(sum(np.square(part, dtype=np.float64).sum(1) for part in here))
        found[order[under_way], lengths[under_way] - 1 - step] = norms
        for part, earlier in zip(here, cell.fade(a, step, here)):
            part[...] = earlier
    return found
