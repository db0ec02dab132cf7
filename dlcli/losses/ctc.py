"""Connectionist temporal classification."""

import numpy as np

from dlcli.engine.loss import Loss
from dlcli.kernels.ctc.lattice import LOW, WORK, Lattice
from dlcli.kernels.ctc.needed import needed_steps
from dlcli.losses import _softmax, _targets


class Ctc(Loss):
    """Negative log-likelihood of a sequence of tokens that nobody has placed in time (Graves et al. 2006), from scores
    (logits): -log of the summed probability of all paths that stand for the target.

    A path chooses a token or the blank at each step, with the probabilities softmax(y) of that step; merging repeats
    and then dropping blanks leaves the tokens that it stands for. Output (steps, C + 1), the blank being the last, id
    C; target (most,) of class ids below C. Each has lengths of its own, or none if all of it is real. The loss of a
    batch is the mean over rows. `predict` gives the probabilities of each step, (n, steps, C + 1). Exact for scores of
    any size.

    A target that needs more steps than its output has (one for each token, one more between two equal ones) has
    probability 0, and the loss is infinite: training stops there. `skip_impossible` leaves such rows out.
    """

    prediction_layer = "softmax"
    aligned = False
    infinite = ("a target needs more steps than its output has, one for each token and one more between two equal "
                "ones: give the network more steps, or `loss: {ctc: {skip_impossible: true}}`")

    per_token: bool = False
    """Divide each row's loss by the length of its target (by 1 if that is empty), as PyTorch's `reduction="mean"`."""
    skip_impossible: bool = False
    """Rows whose target needs more steps than there are add 0 to the loss and to the gradient (PyTorch's
    `zero_infinity`). They still count as rows of the mean."""

    bound = None

    def build(self, y, t):
        _targets.need_classes(self, y, t)
        if len(t) != 1:
            raise ValueError("ctc needs a sequence of class ids for each row of its target, got a target of "
                             f"{_targets.shape(t)}")
        if len(y) != 2 or y[-1] != t.size + 1:
            raise ValueError(f"{t.size} classes need an output of (steps, {t.size + 1}), one more for the blank, got "
                             f"{_targets.shape(y)}")
        (steps, outputs), width = y, t[0] + 1
        self.padded = bool(y.lengths)
        for name, shape in {"top": (steps,), "sums": (steps,), "emit": (steps, 2, width), "jump": (width,),
                            "alpha": (steps + 1, 2, width), "ends": (2, width), "share": ()}.items():
            self.keep(name, shape)
        for name, shape in {"scores": (steps, outputs), "tokens": (width, outputs), "occupied": (steps, 2, width),
                            "work": (WORK * width + 1,), "logs": (steps,), "totals": (steps, 2), "factor": (),
                            "found": ()}.items():
            self.temp(name, shape)
        self.keep("states", (2, width), "int")
        self.keep("impossible", (), "bool")
        self.temp("place", (2, width), "int")
        self.temp("last", (), "int")
        self.temp("flags", t, "bool")
        self.temp("likelihood", (1,), "float64")
        self.temp("ending", (), "float64")
        if self.padded:
            self.keep("pad", (steps,), "bool")

    def weight(self, t):
        return float(len(t))

    def forward(self, y, t):
        if y is not self.bound:
            self._bind(y)
        lengths = self.all_steps if self.lengths is None else self.lengths
        target_lengths = self.all_tokens if self.target_lengths is None else self.target_lengths
        self._states(t, target_lengths)
        self._emissions(y)
        self.lattice.forward(lengths, self.likelihood)
        losses = self._losses(lengths)
        np.copyto(self.share, 1)
        if self.per_token:
            np.maximum(target_lengths, 1, out=self.last)
            np.divide(self.share, self.last, self.share)
        return losses.dot(self.share).item()

    # With p = softmax(y) at a step, the slope of the loss by y[k] is p[k] minus the share of k's states among the paths
    # that stand for the target (Graves et al. 2006, eq. 15). For tokens, the sum over states is a product with their
    # ids as indicators.
    def backward(self, y, t, dy, scale):
        occupied, totals, whole = self.time["occupied"], self.time["totals"], self.time["logs"]
        self.lattice.backward(self.all_steps if self.lengths is None else self.lengths)
        np.maximum.reduce(occupied, -1, None, totals)
        np.maximum(totals[:, 0], totals[:, 1], out=whole)
        np.subtract(occupied, whole[:, None, :, None], occupied)
        np.exp(occupied, occupied)
        np.dot(occupied.reshape(-1, len(self.state_ones)), self.state_ones, totals.reshape(-1))
        np.add(totals[:, 0], totals[:, 1], whole)
        place = self.time["place"][0]
        np.add(self.token_starts, self.time["states"][1], place)
        self.tokens.fill(0)
        self.tokens.reshape(-1)[place.reshape(-1)] = 1
        np.matmul(occupied[:, 1].transpose(1, 0, 2), self.tokens, dy)
        dy[..., -1] = totals[:, 0].T
        np.divide(dy, whole.T[..., None], dy)
        np.subtract(y, self.top[..., None], self.scores)
        np.exp(self.scores, self.scores)
        np.divide(self.scores, self.time["sums"].T[..., None], self.scores)
        np.subtract(self.scores, dy, dy)
        np.multiply(self.share, scale, self.factor)
        np.copyto(self.factor, 0, where=self.impossible)
        np.multiply(dy, self.factor[:, None, None], dy)
        if self.padded:
            np.copyto(dy, 0, where=self.pad[..., None])

    def needed_steps(self, t, lengths=None):
        return None if self.skip_impossible else needed_steps(t, lengths)

    def predict(self, y):
        return _softmax.predict(y)

    def _bind(self, y):
        """Views with the steps, then blanks and tokens first, and constants, for this batch size, once."""
        (rows, steps, outputs), width = y.shape, self.jump.shape[1]
        inner = {"scores": (steps, rows, outputs), "sums": (steps, rows), "logs": (steps, rows),
                 "totals": (steps, 2, rows), "emit": (steps, 2, rows, width), "occupied": (steps, 2, rows, width),
                 "alpha": (steps + 1, 2, rows, width), "ends": (2, rows, width), "states": (2, rows, width),
                 "place": (2, rows, width)}
        self.time = time = {name: getattr(self, name).reshape(shape) for name, shape in inner.items()}
        work = self.work.reshape(-1)
        self.lattice = Lattice(time["emit"], self.jump, time["ends"], time["alpha"], time["occupied"], work)
        self.all_steps, self.all_tokens = np.full(rows, steps), np.full(rows, self.flags.shape[1])
        self.score_starts = np.arange(0, rows * outputs, outputs)[:, None]
        self.token_starts = np.arange(0, rows * width * outputs, outputs).reshape(rows, width)
        self.row_starts = np.arange(0, rows * width, width)
        self.ones, self.state_ones, self.bound = np.ones(outputs, y.dtype), np.ones(width, y.dtype), y

    def _states(self, t, lengths):
        """states = the class of each state; jump and ends, as `Lattice` reads them; last = place of the last blank."""
        tokens, jump, last = self.time["states"][1], self.jump, self.last
        self.states.fill(len(self.ones) - 1)
        np.less(np.arange(t.shape[1]), lengths[:, None], out=self.flags)
        np.copyto(tokens[:, 1:], t, where=self.flags)
        jump.fill(LOW)
        np.not_equal(tokens[:, :-1], tokens[:, 1:], out=self.flags)     # also from the margin, whose class is the blank
        np.copyto(jump[:, :-1], 0, where=self.flags)
        np.add(lengths, self.row_starts, last)
        self.ends.fill(LOW)
        for ends in self.time["ends"]:
            ends.reshape(-1)[last] = 0

    def _emissions(self, y):
        """emit = log softmax(y) of each state's token; top and sums, of which the softmax is made again."""
        scores, emit, sums, logs = (self.time[name] for name in ("scores", "emit", "sums", "logs"))
        steps = len(scores)
        np.maximum.reduce(y, -1, None, self.top)
        np.subtract(y.transpose(1, 0, 2), self.top.T[..., None], scores)
        if self.padded:
            np.greater_equal(np.arange(steps), self.lengths[:, None], out=self.pad)
            np.copyto(scores, 0, where=self.pad.T[..., None])
        np.add(self.score_starts, self.time["states"], self.time["place"])
        scores.reshape(steps, -1).take(self.place.reshape(-1), 1, emit.reshape(steps, -1), "clip")
        np.exp(scores, scores)
        np.dot(scores.reshape(-1, len(self.ones)), self.ones, sums.reshape(-1))
        np.log(sums, logs)
        np.subtract(emit, logs[:, None, :, None], emit)
        np.maximum(emit, LOW, out=emit)         # a score of minus infinity
        emit[:, 1, :, 0] = LOW                  # the margin

    def _losses(self, lengths):
        """Minus the log probability of each row's target, which may end in its last token or the blank behind it."""
        size, likelihood, ending = self.jump.size, self.likelihood[:, 0], self.ending
        alpha, place = self.alpha.reshape(-1), self.place.reshape(-1)[:len(lengths)]
        np.multiply(lengths, 2 * size, place)
        np.add(place, self.last, place)
        alpha.take(place, None, self.found, "clip")
        place += size
        alpha.take(place, None, self.factor, "clip")
        np.copyto(ending, self.factor)
        np.logaddexp(self.found, ending, ending)
        np.add(ending, likelihood, likelihood)
        np.less(likelihood, LOW / 2, out=self.impossible)
        np.negative(likelihood, likelihood)
        np.copyto(likelihood, 0 if self.skip_impossible else np.inf, where=self.impossible)
        return likelihood
