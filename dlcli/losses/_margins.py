"""What losses on margins share: two classes read as -1 and +1, or the target's score against that of its rival."""

import numpy as np

from dlcli.engine.loss import Loss
from dlcli.engine.spec import Spec
from dlcli.losses import _padding, _targets


def build(loss: Loss, y: Spec, t: Spec) -> None:
    """Checks the shapes; declares `losses` and, for one output, `signs`, else `rival` and `target` (places in the flat
    output)."""
    _targets.need_classes(loss, y, t)
    loss.binary = _targets.need_output(y, t, *((1, 2) if t.size == 2 else (t.size,))) == 1
    _targets.need_lengths(loss, y, t)
    _targets.elements(loss, t)
    loss.keep("losses", t)
    if loss.binary:
        loss.keep("signs", t)
    else:
        loss.keep("rival", t, "int")
        loss.keep("target", t, "int")
        loss.temp("values", t)
        loss.starts = None


def margins(loss: Loss, y: np.ndarray, t: np.ndarray) -> None:
    """One output: signs = -1 for class 0 and +1 for class 1; losses = signs * y, the margin."""
    np.copyto(loss.signs, t)
    loss.signs *= 2
    loss.signs -= 1
    np.multiply(loss.signs, y[..., 0], loss.losses)


def place_target(loss: Loss, y: np.ndarray, t: np.ndarray) -> None:
    """target = place of each target's score in the flat output."""
    np.add(_starts(loss, y), t, loss.target)
    if loss.padded:
        np.copyto(loss.target, loss.starts, where=loss.pad)     # ids of padded positions may be anything


def place_rival(loss: Loss, scores: np.ndarray) -> None:
    """rival = place of each row's largest score, the first if several are equal."""
    np.argmax(scores, -1, loss.rival)
    loss.rival += _starts(loss, scores)


def gap(loss: Loss, y: np.ndarray) -> None:
    """losses = rival's score - target's score."""
    flat, losses, values = y.reshape(-1), loss.losses.reshape(-1), loss.values.reshape(-1)
    flat.take(loss.rival.reshape(-1), None, losses, "clip")
    flat.take(loss.target.reshape(-1), None, values, "clip")
    losses -= values


def total(loss: Loss) -> float:
    """The sum over real positions."""
    if loss.padded:
        _padding.clear(loss, loss.losses)
    return np.add.reduce(loss.losses.reshape(-1)).item()


def push(loss: Loss, dy: np.ndarray) -> None:
    """dy = values at the rival, -values at the target, 0 elsewhere."""
    flat, values = dy.reshape(-1), loss.values.reshape(-1)
    dy.fill(0)
    flat[loss.rival.reshape(-1)] = values
    np.negative(values, values)
    flat[loss.target.reshape(-1)] = values


def predict(loss: Loss, y: np.ndarray) -> np.ndarray:
    """Decisions: for one output, 1 if the score is at least 0, else 0, (n, ...), as layer `step` answers; otherwise
    1 for the class of the largest score, else 0, (n, ..., C)."""
    if loss.binary:
        return (y[..., 0] >= 0).astype(y.dtype)
    chosen = np.zeros_like(y)
    np.put_along_axis(chosen, y.argmax(-1)[..., None], 1, -1)
    return chosen


def _starts(loss: Loss, y: np.ndarray) -> np.ndarray:
    """Place of each row's first score in the flat output, worked out once."""
    if loss.starts is None:
        loss.starts = np.arange(0, y.size, y.shape[-1]).reshape(y.shape[:-1])
    return loss.starts
