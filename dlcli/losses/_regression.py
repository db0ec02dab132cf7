"""What mse, mae and huber share: the difference between output and target."""

import numpy as np

from dlcli.engine.loss import Loss, WrongTask
from dlcli.engine.spec import Spec
from dlcli.losses import _padding, _targets


def build(loss: Loss, y: Spec, t: Spec) -> None:
    """Checks the shapes and declares `difference`, like the output in shape, kept for the backward pass."""
    _targets.need_scores(loss, y)
    loss.classes = t.dtype == "int"
    if loss.classes:
        if not loss.one_hot:
            raise WrongTask(f"{loss.kind} is a regression loss, but the target holds class labels; "
                            "cross_entropy is made for these (one_hot: true fits class indicators all the same)")
        _targets.need_classes(loss, y, t)
        _targets.need_output(y, t, *((1, 2) if t.size == 2 else (t.size,)))
    else:
        _targets.need_same(loss, y, t)
    loss.single = loss.classes and y[-1] == 1
    _targets.need_lengths(loss, y, t)
    _targets.elements(loss, y)
    loss.keep("difference", y)


def difference(loss: Loss, y: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Sets `difference` to output minus target, 0 at padded positions, and returns it flat."""
    d = loss.difference
    if not loss.classes:
        np.subtract(y, t, d)
    elif loss.single:
        np.copyto(d[..., 0], t)
        np.subtract(y, d, d)
    else:
        np.equal(t[..., None], np.arange(y.shape[-1]), out=d)
        np.subtract(y, d, d)
    if loss.padded:
        _padding.mark(loss)
        _padding.clear(loss, d)
    return d.reshape(-1)


def predict(loss: Loss, y: np.ndarray) -> np.ndarray:
    """The outputs: (n, ...) if one output stands for two classes, otherwise in the shape that they have."""
    return y[..., 0].copy() if loss.single else y.copy()
