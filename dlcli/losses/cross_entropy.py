"""Categorical cross-entropy, fused with softmax."""

from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Lt

from dlcli.engine.loss import Loss
from dlcli.losses import _padding, _targets

SAFE = 60.0
"""The exponentials of scores up to this, and their sum, fit a float32. Beyond, each row's largest score is subtracted first:
finding it takes as long as half of the rest, and nearly no batch needs it."""


class CrossEntropy(Loss):
    """Negative log-likelihood of the right class, from scores (logits): -log softmax(y)[t].

    Output (..., C) and target (...) of class ids below C: one class per row, or one per position. The loss of a batch is
    the mean over rows (positions), with class weights w the weighted mean, sum(w[t] * loss) / sum(w[t]), as in PyTorch.
    `predict` gives the probabilities, (n, ..., C). Exact for scores of any size.
    """

    activation = "softmax"

    label_smoothing: Annotated[float, Ge(0), Lt(1)] = 0.0
    """Share of the target's probability that is spread evenly over all classes (Szegedy et al. 2016)."""
    class_weights: Literal["balanced"] | list[Annotated[float, Ge(0)]] | None = None
    """A weight per class, or `balanced`: rows / (classes * rows of the class), counted on the training split."""

    bound = None

    def build(self, y, t):
        _targets.need_classes(self, y, t)
        _targets.need_output(y, t, t.size)
        _targets.need_lengths(self, y, t)
        _targets.elements(self, t)
        self.table = None if self.class_weights is None else self._table(t)
        self.keep("exps", y)
        self.keep("sums", t)
        self.keep("place", t, "int")
        self.temp("rest", t)
        self.temp("losses", t)
        if self.table is not None:
            self.keep("row_weights", t)
        if self.label_smoothing:
            self.temp("above", t)

    def weight(self, t):
        if self.table is None:
            return float(_padding.count(self, t))
        parts = (row[:length] for row, length in zip(t, self.lengths, strict=True)) if self.padded else (t.reshape(-1),)
        return float(sum(np.bincount(part, minlength=len(self.table)) for part in parts) @ self.table)

    def forward(self, y, t):
        if y is not self.bound:
            self._bind(y)
        exps, sums, place, rest, losses = self.views
        np.add(self.starts, t.reshape(-1), place)
        if self.padded:
            _padding.mark(self)
            np.copyto(place, self.starts, where=self.pad.reshape(-1))   # ids of padded positions may be anything
        y.reshape(-1).take(place, None, rest, "clip")
        np.subtract(self.scores, self.column, exps)         # scores above the target's: the loss is log(sum(exp(.)))
        if self.padded:
            _padding.clear(self, self.exps)
        if self.label_smoothing:
            exps.dot(self.class_row, self.above.reshape(-1))
        far = not np.maximum.reduce(exps.reshape(-1)) < SAFE
        if far:
            np.maximum.reduce(exps, 1, None, self.column, True)
            np.subtract(exps, self.column, exps)
        np.exp(exps, exps)
        exps.dot(self.ones, sums)
        np.log(sums, losses)
        if far:
            losses += rest
        if self.table is not None:
            self.class_row.take(t.reshape(-1), None, self.row_weights.reshape(-1), "clip")
            losses *= self._row_factor(rest)
        if self.label_smoothing:
            np.multiply(self.above.reshape(-1), self.label_smoothing / len(self.ones), rest)
            losses -= rest
        if self.padded:
            _padding.clear(self, self.losses)
        return losses.dot(self.row_ones).item()

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

    def predict(self, y):
        p = np.abs(y)
        if np.maximum.reduce(p, None) < SAFE:
            np.exp(y, p)
        else:
            np.subtract(y, y.max(-1, keepdims=True), p)
            np.exp(p, p)
        p /= np.add.reduce(p, -1, keepdims=True)
        return p

    def _row_factor(self, out):
        """Weight of log(sum(exp(.))) in a row's loss: w[t], of which label smoothing takes its share for the mean of w."""
        np.multiply(self.row_weights.reshape(-1), 1 - self.label_smoothing, out)
        out += self.label_smoothing * self.mean_weight
        return out

    def _bind(self, y):
        """Views and constants for this batch size, once."""
        classes = y.shape[-1]
        self.scores = y.reshape(-1, classes)
        self.views = (self.exps.reshape(-1, classes), *(a.reshape(-1) for a in (self.sums, self.place, self.rest, self.losses)))
        self.column = self.rest.reshape(-1, 1)
        self.starts = np.arange(len(self.scores)) * classes
        self.ones, self.row_ones = np.ones(classes, y.dtype), np.ones(len(self.scores), y.dtype)
        self.class_row = self.ones if self.table is None else self.table.astype(y.dtype)
        self.class_share, self.mean_weight = np.empty(classes, y.dtype), float(self.class_row.mean())
        self.bound = y

    def _table(self, t):
        """The class weights, (C,) float64."""
        if self.class_weights == "balanced":
            counts = _targets.counts(t, "class_weights: balanced")
            return sum(counts) / (t.size * np.array(counts, float))
        if len(self.class_weights) != t.size:
            raise ValueError(f"{t.size} classes need as many class_weights, got {len(self.class_weights)}")
        if not any(self.class_weights):
            raise ValueError("class_weights needs at least one number above 0")
        return np.array(self.class_weights, float)
