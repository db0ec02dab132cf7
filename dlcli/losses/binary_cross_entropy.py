"""Cross-entropy of yes or no, fused with sigmoid."""

from typing import Annotated, Literal

import numpy as np
from annotated_types import Gt

from dlcli.engine.loss import Loss
from dlcli.losses import _padding, _targets


class BinaryCrossEntropy(Loss):
    """Negative log-likelihood of binary labels, from scores (logits): -t log s(y) - (1 - t) log(1 - s(y)), s the
    sigmoid.

    Two classes: output (..., 1), target (...) of ids 0 and 1; `predict` gives the probability of class 1, (n, ...).
    Several labels at once: output and target (..., k), the target float in [0, 1]; `predict` gives (n, ..., k). The
    loss of a batch is the mean over all labels. Exact for scores of any size: no exponential of a positive number is
    taken.
    """

    prediction_layer = "sigmoid"
    measures = "log_likelihood"
    target_range = (0.0, 1.0)

    positive_weight: Annotated[float, Gt(0)] | Literal["balanced"] = 1.0
    """Weight of label 1 against label 0 (PyTorch's `pos_weight`); `balanced`: rows of class 0 / rows of class 1 in the
    training split."""

    bound = None

    def build(self, y, t):
        self.binary = t.dtype == "int"
        if self.binary:
            _targets.need_classes(self, y, t)
            if t.size != 2:
                raise ValueError(
                    f"binary_cross_entropy needs two classes, the target has {t.size}; cross_entropy reads any number"
                )
            _targets.need_output(y, t, 1)
            self.keep("labels", y)
        else:
            _targets.need_same(self, y, t)
        _targets.need_lengths(self, y, t)
        _targets.elements(self, y)
        self.excess = self._positive_weight(t) - 1
        self.keep("tails", y)
        self.temp("losses", y)
        self.temp("rest", y)
        if self.excess:
            self.temp("extra", y)

    def weight(self, t):
        return float(_padding.count(self, t))

    def forward(self, y, t):
        if y is not self.bound:
            self.views = tuple(a.reshape(-1) for a in (y, self.tails, self.losses, self.rest))
            self.ones, self.bound = np.ones(y.size, y.dtype), y
        z, tails, losses, rest = self.views
        labels = self._labels(t)
        if self.binary:
            labels[...] = t.reshape(-1)
        np.absolute(z, tails)
        np.negative(tails, tails)
        np.exp(tails, tails)
        np.multiply(z, labels, losses)      # the loss is max(z, 0) - t z + log(1 + exp(-|z|))
        np.maximum(z, 0, out=rest)
        rest -= losses
        np.log1p(tails, losses)
        if self.excess:
            self._add_positive(z, labels, losses, rest)
        losses += rest
        if self.padded:
            _padding.mark(self)
            _padding.clear(self, self.losses)
        return losses.dot(self.ones).item()

    # The loss is (1 - t) z + (1 + (w - 1) t) log(1 + exp(-z)), so its slope is s(z) - t - (w - 1) t (1 - s(z)).
    def backward(self, y, t, dy, scale):
        z, tails, losses, p = self.views
        labels = self._labels(t)
        np.minimum(z, 0, out=p)             # s(z) = exp(min(z, 0)) / (1 + exp(-|z|))
        np.exp(p, p)
        np.add(tails, 1, losses)
        p /= losses
        if self.excess:
            np.subtract(1, p, losses)
            losses *= labels
            losses *= self.excess
            p -= losses
        p -= labels
        np.multiply(p, scale, dy.reshape(-1))
        if self.padded:
            _padding.clear(self, dy)

    def predict(self, y):
        p = np.exp(np.minimum(y, 0)) / (1 + np.exp(-np.abs(y)))
        return p[..., 0] if self.binary else p

    def _labels(self, t):
        return self.labels.reshape(-1) if self.binary else t.reshape(-1)

    def _add_positive(self, z, labels, tails, rest):
        """rest += (weight - 1) * t * log(1 + exp(-z)). tails: log(1 + exp(-|z|))."""
        extra = self.extra.reshape(-1)
        np.negative(z, extra)
        np.maximum(extra, 0, out=extra)
        extra += tails
        extra *= labels
        extra *= self.excess
        rest += extra

    def _positive_weight(self, t):
        if self.positive_weight != "balanced":
            return self.positive_weight
        if not self.binary:
            raise ValueError(
                "positive_weight: balanced needs one label of two classes as its target; for several labels give a "
                "number"
            )
        negative, positive = _targets.counts(t, "positive_weight: balanced")
        return negative / positive
