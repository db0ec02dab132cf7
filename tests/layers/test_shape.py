"""Layers that change a picture's shape: what the table of layers cannot show."""

import numpy as np
import pytest

from dlcli.engine.registry import create
from dlcli.engine.spec import Spec

from .case import Case
from .rig import Rig


def values(kind, options, x):
    x = np.array(x, float)[None, ..., None]
    rig = Rig(Case(kind, options), x.shape[1:], rows=1)
    rig.xs[0][...] = x
    return rig.forward()[0, ..., 0].tolist()


def test_pad_and_crop_by_hand():
    assert values("pad", {"padding": [[1, 0], [0, 2]], "value": 9}, [[1, 2], [3, 4]]) == [
        [9, 9, 9, 9],
        [1, 2, 9, 9],
        [3, 4, 9, 9],
    ]
    assert values("pad", {"padding": [2, 1], "mode": "reflect"}, [[1, 2], [3, 4], [5, 6]])[0] == [6, 5, 6, 5]
    assert values("pad", {"padding": 1}, [1, 2]) == [0, 1, 2, 0]
    assert values("crop", {"margins": [[0, 1], [1, 0]]}, [[1, 2], [3, 4]]) == [[2]]
    assert values("crop", {"size": 2}, [1, 2, 3, 4, 5]) == [2, 3]


def test_upsample_by_hand():
    assert values("upsample", {"factor": [2, 1]}, [[1, 2]]) == [[1, 2], [1, 2]]
    assert values("upsample", {"factor": 2, "method": "bilinear"}, [0, 4]) == [0, 1, 3, 4]


def test_dropout_per_channel_takes_whole_channels():
    rig = Rig(Case("dropout", {"p": 0.4, "per": "channel"}), (5, 4, 60), rows=50, dtype=np.float32)
    y = rig.forward()
    dropped = y == 0
    assert np.array_equal(dropped, np.broadcast_to(dropped[:, :1, :1], y.shape)) and abs(dropped.mean() - 0.4) < 0.04
    np.testing.assert_allclose(y[~dropped], rig.xs[0][~dropped] / 0.6, rtol=1e-6)
    rig.backward()
    assert np.array_equal(rig.dxs[0] == 0, dropped)


@pytest.mark.parametrize(
    "spec, x, text",
    [
        ({"pad": {"padding": [1, 2]}}, Spec((4, 3)), "besides the channels, that is 1, got 2"),
        ({"pad": {"padding": 1}}, Spec((4, 3), lengths=True), "cannot change the padded axis"),
        ({"pad": {"padding": 1}}, Spec((4,)), "an axis besides the channels"),
        (
            {"pad": {"padding": [[0, 4], [0, 0]], "mode": "reflect"}},
            Spec((4, 4, 1)),
            "reflects at most 3 places of an axis of 4, got 4",
        ),
        ("crop", Spec((4, 3)), "needs either `size` or `margins`"),
        ({"crop": {"size": 2, "margins": 1}}, Spec((4, 3)), "needs either `size` or `margins`"),
        ({"crop": {"size": 5}}, Spec((4, 3)), r"cannot cut \(5,\) out of \(4,\)"),
        ({"crop": {"margins": 2}}, Spec((4, 4, 3)), r"cannot cut \(0, 0\) out of \(4, 4\)"),
        ({"upsample": {"factor": [2, 2]}}, Spec((4, 3)), "besides the channels, that is 1, got 2"),
        (
            {"upsample": {"factor": 2}},
            Spec((4, 4, 4, 3)),
            r"needs \(height, width, channels\) or \(steps, channels\), got \(4, 4, 4, 3\)",
        ),
        ({"upsample": {"factor": 2, "method": "bilinear"}}, Spec((4, 3), lengths=True), "use `method: nearest`"),
    ],
)
def test_refuses_what_does_not_fit(spec, x, text):
    with pytest.raises(ValueError, match=text):
        create("layers", spec).build(x)
