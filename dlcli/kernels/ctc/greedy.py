"""The tokens of the most probable path."""

import numpy as np


def runs(path: np.ndarray) -> np.ndarray:
    """The steps of a path (steps,) at which it says something else than before."""
    return np.flatnonzero(np.diff(path, prepend=-1))


def collapse(path: np.ndarray, blank: int) -> np.ndarray:
    """The tokens that a path (steps,) stands for: repeats are merged, then blanks dropped."""
    merged = path[runs(path)]
    return merged[merged != blank]


def greedy(scores: np.ndarray) -> tuple[np.ndarray, float]:
    """Tokens and log probability of the path that chooses the best class of each step.

    scores (steps, C + 1): log probabilities, or anything of the same order if the tokens alone are wanted (the second
    answer is the sum of the chosen). The blank is the last class. Many paths can stand for the same tokens, so these
    tokens need not be the most probable ones: see `beams`.
    """
    path = scores.argmax(-1)
    return collapse(path, scores.shape[-1] - 1), float(scores.max(-1).sum(dtype=np.float64))
