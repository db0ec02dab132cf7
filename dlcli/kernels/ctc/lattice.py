"""The sum over all paths that stand for a target, by the forward-backward algorithm, in logarithms.

A target of L tokens has 2 L + 1 states: its tokens, with a blank before, between and after them. At each step a path
stays in its state, goes to the next, or jumps over a blank between two different tokens.

Blanks and tokens lie apart, side by side for all rows of a batch: two arrays (rows, width), width = L + 1. Blank j is
the one behind token j, tokens counted from 1. Token 0 is a margin that no path visits: so the token before each token
is found one place to its left, for all rows at once, and no row sees another.
"""

import numpy as np

LOW = -1e30
"""Stands for the logarithm of 0. Unlike minus infinity it can be subtracted from itself."""
EVERY = 16
"""Steps after which each row's largest number is made 0. Sums over hundreds of steps would leave float32 few digits
behind the point."""
WORK = 6
"""Arrays of (rows, width) that a `Lattice` works in, and one place more."""


class Lattice:
    """Forward and backward pass over arrays that belong to the caller, of one float type and C-contiguous.

    emit (steps, 2, rows, width): log probability of each blank and each token at each step; LOW at the margin. jump
    (rows, width): 0 if a path may jump from token j to token j + 1, and at j = 0; else LOW. ends (2, rows, width): 0 at
    each row's last blank and last token, else LOW. alpha (steps + 1, 2, rows, width): see `forward`. occupied (steps,
    2, rows, width): see `backward`. work: at least WORK * rows * width + 1 elements.
    """

    def __init__(self, emit, jump, ends, alpha, occupied, work):
        self.jump, self.ends, self.alpha, self.occupied = jump.reshape(-1), ends, alpha, occupied
        rows, size = len(jump), jump.size
        self.left, self.low = work[:2 * size].reshape(2, size)
        self.beta, self.next = work[2 * size:4 * size].reshape(ends.shape), work[4 * size:6 * size + 1]
        self.one = np.ones((), jump.dtype)
        self.peaks, self.level = np.empty((2, rows, 1), jump.dtype), np.empty((rows, 1), jump.dtype)
        self.flags = np.empty((rows, 1), bool)
        alphas = alpha.reshape(-1, 2, size)
        self.forth = [(*before, *after, after[1, 1:], both, step)
                      for before, after, both, step in zip(alphas, alphas[1:], alpha[1:], emit)]
        self.back = list(zip(alpha[1:], emit, occupied))

    def forward(self, lengths: np.ndarray, taken_out: np.ndarray) -> None:
        """Writes alpha, the log probability to be in each state after 0, 1, ... steps, up to a number per step and row;
        and taken_out (rows, 1) float64, that number after the row's length (rows,)."""
        left, low, one = self.left, self.low, self.one
        earlier, fewer = left[:-1], low[1:]
        self.alpha[0] = LOW
        self.alpha[0, 1, :, 0] = 0          # a path comes from the margin, to the first blank or the first token
        self.alpha[1:, 1, 0, 0] = LOW
        taken_out.fill(0)
        for step, (blank, token, new_blank, _, new_token, new, emit) in enumerate(self.forth[:lengths.max()], 1):
            _log_add(blank, token, new_blank, low, one)
            np.add(new_blank, self.jump, left)          # may a token be reached from the token before, or only from
            np.maximum(left, blank, out=left)           # the blank between? What sums up both is never less than one
            _log_add(token[1:], earlier, new_token, fewer, one)
            np.add(new, emit, new)
            if step % EVERY == 0:
                self._rescale(new)
                np.greater_equal(lengths[:, None], step, out=self.flags)
                np.add(taken_out, self.level, taken_out, where=self.flags)

    def backward(self, lengths: np.ndarray) -> None:
        """Writes occupied = alpha + beta after 1, 2, ... steps, up to a number per step and row; anything finite beyond
        the row's length (rows,). beta is the log probability to come from a state to the end of the row.

        Its softmax over a row's states is the share of each state among the paths that stand for the target.
        """
        steps, beta, left, low, one = int(lengths.max()), self.beta, self.left, self.low, self.one
        stops = np.bincount(lengths, minlength=steps + 1).tolist()
        following, (blank, token) = self.next[:-1].reshape(beta.shape), self.next[:-1].reshape(2, -1)
        later, (to_blank, to_token) = self.next[len(token) + 1:], beta.reshape(2, -1)
        beta.fill(LOW)
        self.next[-1] = LOW
        self.occupied[steps:] = 0
        for step in reversed(range(steps)):
            if stops[step + 1]:
                np.equal(lengths[:, None], step + 1, out=self.flags)
                np.copyto(beta, self.ends, where=self.flags)
            alpha, emit, occupied = self.back[step]
            np.add(alpha, beta, occupied)
            np.add(beta, emit, following)
            _log_add(blank, later, to_blank, low, one)
            np.add(to_blank, self.jump, left)
            np.maximum(left, blank, out=left)
            _log_add(token, left, to_token, low, one)
            if step % EVERY == 0:
                self._rescale(beta)

    def _rescale(self, states: np.ndarray) -> None:
        """level = the largest number of each row of states (2, rows, width), which becomes 0."""
        np.maximum.reduce(states, 2, None, self.peaks, True)
        np.maximum(*self.peaks, out=self.level)
        np.subtract(states, self.level, states)


def _log_add(a, b, out, low, one) -> None:
    """out = log(exp(a) + exp(b)). low is spoiled."""
    np.minimum(a, b, out=low)
    np.maximum(a, b, out=out)
    np.subtract(low, out, low)
    np.exp(low, low)
    np.add(low, one, low)
    np.log(low, low)
    np.add(out, low, out)
