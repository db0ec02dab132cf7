"""Categorical cross-entropy, fused with softmax."""

from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Lt

from dlcli.engine.loss import Loss
from dlcli.losses import _padding, _softmax, _targets


class CrossEntropy(Loss):
    """Negative log-likelihood of the right class, from scores (logits): -log softmax(y)[t].

    Output (..., C) and target (...) of class ids below C: one class per row, or one per position (per pixel: output (H,
    W, C), target (H, W)). The loss of a batch is the mean over rows (positions), with class weights w the weighted
    mean, sum(w[t] * loss) / sum(w[t]), as in PyTorch. `predict` gives the probabilities, (n, ..., C). Exact for scores
    of any size.
    """

    prediction_layer = "softmax"
    measures = "log_likelihood"

    label_smoothing: Annotated[float, Ge(0), Lt(1)] = 0.0
    """Share of the target's probability that is divided evenly among all classes (Szegedy et al. 2016)."""
    class_weights: Literal["balanced"] | list[Annotated[float, Ge(0)]] | None = None
    """A weight per class, or `balanced`: rows / (classes * rows of the class), counted on the training split."""
    ignore: Annotated[int, Ge(0)] | None = None
    """Id of a class whose rows (pixels) add nothing to the loss, such as the border that nobody labelled (PyTorch's
    `ignore_index`). Ids count from 0 in the order of the classes: names sorted as text, numbers by size."""

    def build(self, y, t):
        _softmax.build(self, y, t)
        self.table = _targets.class_weights(self, t)
        self.counted = self._counted(t)
        if self.table is not None:
            self.keep("row_weights", t)
        if self.label_smoothing:
            self.temp("above", t)
        if self.ignore is not None:
            self.keep("ignored", t, "bool")

    def weight(self, t):
        if self.counted is None:
            return float(_padding.count(self, t))
        parts = _padding.real(self, t)
        return float(sum(np.bincount(part, minlength=len(self.counted)) for part in parts) @ self.counted)

    def forward(self, y, t):
        if y is not self.bound:
            self._bind(y)
        exps, _, _, rest, losses = self.views
        _softmax.shift(self, y, t)
        if self.label_smoothing:
            exps.dot(self.class_row, self.above.reshape(-1))
        _softmax.likelihoods(self)
        if self.table is not None:
            self.class_row.take(t.reshape(-1), None, self.row_weights.reshape(-1), "clip")
            losses *= self._row_factor(rest)
        if self.label_smoothing:
            np.multiply(self.above.reshape(-1), self.label_smoothing / len(self.ones), rest)
            losses -= rest
        if self.padded:
            _padding.clear(self, self.losses)
        if self.ignore is not None:
            np.equal(t, self.ignore, out=self.ignored)
            np.copyto(self.losses, 0, where=self.ignored)
        return losses.dot(self.row_ones).item()

    # With e the label smoothing, C classes, p = softmax(y), f as in `_row_factor`: the loss is f log(sum of exp(y)) -
    # (1 - e) w[t] y[t] - e / C sum of w y, so its slope is f p[j] - (1 - e) w[t] [j = t] - e / C w[j].
    def backward(self, y, t, dy, scale):
        exps, sums, place, rest, picked = self.views
        rows, flat = dy.reshape(exps.shape), dy.reshape(-1)
        np.divide(scale, sums, picked)
        if self.table is not None:
            picked *= self._row_factor(rest)
        np.multiply(exps, picked[:, None], rows)
        if self.label_smoothing:
            np.multiply(self.class_row, scale * self.label_smoothing / len(self.ones), self.class_share)
            rows -= self.class_share
        flat.take(place, None, picked, "clip")
        if self.table is None:
            picked -= scale * (1 - self.label_smoothing)
        else:
            np.multiply(self.row_weights.reshape(-1), scale * (1 - self.label_smoothing), rest)
            picked -= rest
        flat[place] = picked
        if self.padded:
            _padding.clear(self, dy)
        if self.ignore is not None:
            np.copyto(dy, 0, where=self.ignored[..., None])

    def predict(self, y):
        return _softmax.predict(y)

    def _row_factor(self, out):
        """Weight of log(sum(exp(.))) in a row's loss: w[t], of which label smoothing takes its share for the mean of
        w."""
        np.multiply(self.row_weights.reshape(-1), 1 - self.label_smoothing, out)
        out += self.label_smoothing * self.mean_weight
        return out

    def _bind(self, y):
        """Views and constants for this batch size, once."""
        _softmax.bind(self, y)
        self.class_row = self.ones if self.table is None else self.table.astype(y.dtype)
        self.class_share, self.mean_weight = np.empty_like(self.class_row), float(self.class_row.mean())

    def _counted(self, t):
        """How much a row of each class counts in the mean, (C,) float64; None if all count one."""
        if self.ignore is None:
            return self.table
        if self.ignore >= t.size:
            raise ValueError(
                f"ignore names the class {self.ignore}, and the ids of {t.size} classes go from 0 to {t.size - 1}"
            )
        counted = np.ones(t.size) if self.table is None else self.table.copy()
        counted[self.ignore] = 0
        if not counted.any():
            raise ValueError("without the class to ignore, class_weights needs at least one number above 0")
        return counted
