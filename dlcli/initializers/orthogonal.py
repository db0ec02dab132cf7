from math import prod
from typing import Annotated

import numpy as np
from annotated_types import Gt

from dlcli.engine.initializer import Initializer


class Orthogonal(Initializer):
    """A random orthogonal matrix times gain (Saxe et al. 2014): lengths pass unchanged, however deep the network.

    All axes but the last are taken as one. If the matrix is not square, its shorter side is orthonormal. A vector
    becomes a vector of length gain.
    """

    gain: Annotated[float, Gt(0)] = 1.0
    """Factor on the matrix: its singular values."""

    def sample(self, rng, shape):
        rows, columns = prod(shape[:-1]), shape[-1]
        draws = rng.standard_normal((max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(draws)
        q *= np.sign(np.diag(r))            # without it, the draw would not be uniform over all orthogonal matrices
        return self.gain * (q if rows >= columns else q.T).reshape(shape)
