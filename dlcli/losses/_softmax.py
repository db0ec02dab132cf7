"""The softmax of each row (position) as losses over classes work with it, shifted by the target's score.

exp(y - y[t]) and its sum give the negative log-likelihood, log(sum), without cancellation; and no largest score has to
be found as long as the exponentials fit. One output for two classes is read as the scores (0, y), whose softmax is the
sigmoid.
"""

import numpy as np

from dlcli.engine.loss import Loss
from dlcli.engine.spec import Spec
from dlcli.losses import _padding, _targets

SAFE = 60.0
"""The exponentials of scores up to this, and their sum, fit a float32. Beyond, each row's largest score is subtracted
first: finding it takes as long as half of the rest, and nearly no batch needs it."""


def build(loss: Loss, y: Spec, t: Spec, single: bool = False) -> None:
    """Checks the shapes; declares `exps` (..., classes), and `sums`, `place` (of the target in it), `rest`, `losses`
    per row.

    single: whether one output may stand for two classes; `pair` then holds the two scores.
    """
    _targets.need_classes(loss, y, t)
    loss.single = _targets.need_output(y, t, *((1, 2) if single and t.size == 2 else (t.size,))) == 1
    _targets.need_lengths(loss, y, t)
    _targets.elements(loss, t)
    loss.keep("exps", (*t, t.size))
    loss.keep("sums", t)
    loss.keep("place", t, "int")
    loss.temp("rest", t)
    loss.temp("losses", t)
    if loss.single:
        loss.keep("pair", (*t, 2))
    loss.bound = None


def bind(loss: Loss, y: np.ndarray) -> None:
    """Views and constants for this batch size, once: `scores` and `views` (exps, sums, place, rest, losses) over flat
    rows, and ones."""
    if loss.single:
        loss.pair[..., 0] = 0
    classes = loss.exps.shape[-1]
    loss.scores = (loss.pair if loss.single else y).reshape(-1, classes)
    loss.views = (
        loss.exps.reshape(-1, classes),
        *(a.reshape(-1) for a in (loss.sums, loss.place, loss.rest, loss.losses)),
    )
    loss.column = loss.rest.reshape(-1, 1)
    loss.starts = np.arange(len(loss.scores)) * classes
    loss.ones, loss.row_ones = np.ones(classes, y.dtype), np.ones(len(loss.scores), y.dtype)
    loss.bound = y


def shift(loss: Loss, y: np.ndarray, t: np.ndarray) -> None:
    """exps = scores above the target's, 0 at padded positions; rest = the target's score."""
    exps, _, place, rest, _ = loss.views
    if loss.single:
        np.copyto(loss.pair[..., 1], y[..., 0])
    np.add(loss.starts, t.reshape(-1), place)
    if loss.padded:
        _padding.mark(loss)
        np.copyto(place, loss.starts, where=loss.pad.reshape(-1))   # ids of padded positions may be anything
    loss.scores.reshape(-1).take(place, None, rest, "clip")
    np.subtract(loss.scores, loss.column, exps)
    if loss.padded:
        _padding.clear(loss, loss.exps)


def likelihoods(loss: Loss) -> None:
    """exps and sums, whose quotient is the softmax; losses = -log softmax(y)[t]."""
    exps, sums, _, rest, losses = loss.views
    far = not np.maximum.reduce(exps.reshape(-1)) < SAFE
    if far:
        np.maximum.reduce(exps, 1, None, loss.column, True)
        np.subtract(exps, loss.column, exps)
    np.exp(exps, exps)
    exps.dot(loss.ones, sums)
    np.log(sums, losses)
    if far:
        losses += rest


def predict(y: np.ndarray, single: bool = False) -> np.ndarray:
    """Probabilities: softmax over the last axis (n, ..., C); of one output the sigmoid, (n, ...)."""
    if single:
        return (np.exp(np.minimum(y, 0)) / (1 + np.exp(-np.abs(y))))[..., 0]
    p = np.abs(y)
    if np.maximum.reduce(p, None) < SAFE:
        np.exp(y, p)
    else:
        np.subtract(y, y.max(-1, keepdims=True), p)
        np.exp(p, p)
    p /= np.add.reduce(p, -1, keepdims=True)
    return p
