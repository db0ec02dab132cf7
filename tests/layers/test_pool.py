"""Pooling: what the table of layers cannot show."""


import numpy as np
import pytest

from dlcli.engine.registry import create
from dlcli.engine.spec import Spec
from tests.counting import lines_run

from .case import Case
from .rig import Rig

SETTINGS = [
    {"size": 2},
    {"size": 3, "stride": 2, "padding": 1},
    {"size": 3, "stride": 1, "padding": "same"},
    {"size": 2, "stride": 3},
    {"size": 2, "padding": "same"},
]
SEQUENCES = [("max_pool1d", s) for s in SETTINGS] + [
    ("avg_pool1d", s | {"count_include_pad": c}) for s in SETTINGS for c in (True, False)
]
OTHERS = [
    ("global_avg_pool", {}),
    ("global_max_pool", {}),
    ("adaptive_avg_pool1d", {"size": 3}),
    ("upsample", {"factor": 2}),
    ("conv1d", {"filters": 2, "kernel": 4, "stride": 2, "padding": "same"}),
]


@pytest.mark.parametrize("kind, options", [*SEQUENCES, *OTHERS], ids=str)
def test_a_padded_row_gives_what_it_gives_alone(kind, options):
    rig = Rig(Case(kind, options), Spec((8, 3), lengths=True), rows=30)
    rig.lengths[0][:] = np.arange(30) % 6 + 3  # as long as a window at least
    rig.xs[0][np.arange(8) >= rig.lengths[0][:, None]] = (
        np.nan if "max" in kind or "1d" in kind and "adaptive" not in kind else 1e9
    )
    rig.bind(2).forward()
    rig.backward()
    for row, length in enumerate(rig.lengths[0]):
        one = Rig(Case(kind, options), (int(length), 3), rows=1)
        one.xs[0][0], one.params = rig.xs[0][row, :length], rig.params
        one.bind(1)
        y, n = one.forward()[0], len(one.y[0])
        if rig.out.lengths:
            assert rig.y_lengths[row] == n
            assert kind == "upsample" or not rig.y[row, n:].any()
        else:
            n = None
        np.testing.assert_allclose(rig.y[row, :n], y, atol=1e-12)
        one.dy[0] = rig.dy[row, :n]
        one.backward()
        np.testing.assert_allclose(rig.dxs[0][row, :length], one.dxs[0][0], atol=1e-12)
        if kind != "upsample":
            assert not rig.dxs[0][row, length:].any()


@pytest.mark.parametrize("kind", ["max_pool1d", "avg_pool1d"])
def test_a_row_shorter_than_the_window_gives_one_step_of_what_there_is(kind):
    rig = Rig(Case(kind, {"size": 4}), Spec((8, 1), lengths=True), rows=1)
    rig.lengths[0][:] = 2
    rig.xs[0][0, :2, 0] = 3, 5
    rig.bind(1).forward()
    assert rig.y_lengths.tolist() == [1] and rig.y[0, :, 0].tolist() == [5 if kind == "max_pool1d" else 4, 0]


@pytest.mark.parametrize(
    "kind, options", [(kind, options) for kind in ("max_pool2d", "avg_pool2d") for options in SETTINGS], ids=str
)
def test_blocks_compute_what_single_rows_do(kind, options):
    whole = Rig(Case(kind, options), (13, 12, 40), rows=30, dtype=np.float32)
    assert whole.built.planes.samples < 30
    whole.forward()
    whole.backward()
    for row in (0, 11, 29):
        one = Rig(Case(kind, options), (13, 12, 40), rows=1, dtype=np.float32)
        one.xs[0][0], one.dy[0] = whole.xs[0][row], whole.dy[row]
        np.testing.assert_array_equal(one.forward()[0], whole.y[row])
        np.testing.assert_array_equal(one.backward().dxs[0][0], whole.dxs[0][row])


def test_padding_never_wins_and_the_first_of_equals_takes_the_gradient():
    rig = Rig(Case("max_pool2d", {"size": 2, "padding": 1}), (2, 2, 1), rows=1)
    rig.xs[0][...] = -7
    assert (rig.forward() == -7).all()
    rig = Rig(Case("max_pool2d", {"size": 2}), (2, 4, 1), rows=1)
    rig.xs[0][0, :, :, 0] = [[1, 2, 0, 0], [2, 1, 0, 0]]
    rig.dy[...] = 1
    rig.forward()
    rig.backward()
    assert rig.dxs[0][0, :, :, 0].tolist() == [[0, 1, 1, 0], [0, 0, 0, 0]]


@pytest.mark.parametrize(
    "kind, options, expected",
    [
        ("max_pool1d", {"size": 3, "stride": 1}, [1, 1, 1, 0, 0]),
        ("max_pool1d", {"size": 2, "padding": "same"}, [1, 0, 1, 0, 1]),
        ("global_max_pool", {}, [1, 0, 0, 0, 0]),
    ],
    ids=str,
)
def test_where_all_are_equal_each_window_gives_its_gradient_once(kind, options, expected):
    rig = Rig(Case(kind, options), (5, 1), rows=1)
    rig.xs[0][...], rig.dy[...] = 3, 1
    rig.forward()
    assert rig.backward().dxs[0][0, :, 0].tolist() == expected


def test_same_padding_has_its_odd_place_at_the_end():
    rig = Rig(Case("max_pool1d", {"size": 2, "stride": 1, "padding": "same"}), (3, 1), rows=1)
    rig.xs[0][0, :, 0] = 1, 2, 3
    assert rig.forward()[0, :, 0].tolist() == [2, 3, 3]


def test_gradient_checks_see_the_winner_change():
    for kind, options, shape in (("max_pool2d", {"size": 2}, (2, 2, 1)), ("global_max_pool", {}, (4, 1))):
        rig = Rig(Case(kind, options), shape, rows=1)
        rig.xs[0].flat = 1, 2, 3, 4
        before = rig.built.piece(rig.xs[0], rig.y)
        rig.xs[0].flat[3] = 3.5
        assert np.array_equal(before, rig.built.piece(rig.xs[0], rig.y))
        rig.xs[0].flat[3] = 2.5
        assert not np.array_equal(before, rig.built.piece(rig.xs[0], rig.y))


@pytest.mark.parametrize("kind, options", [("global_max_pool", {}), ("max_pool1d", {"size": 6})], ids=str)
def test_gradient_checks_see_the_winner_change_ahead_of_the_padding(kind, options):
    rig = Rig(Case(kind, options), Spec((6, 1), lengths=True), rows=1)
    rig.lengths[0][:] = 3
    rig.xs[0].flat = -1, -2, -3, 0, 0, 0
    layer, = rig.bind(1).layers
    before = layer.piece(rig.xs[0], rig.y).copy()
    rig.xs[0].flat[:3] = -2, -1, -3
    assert not np.array_equal(before, layer.piece(rig.xs[0], rig.y))


def test_bins_of_rows_of_one_length_need_one_matrix_for_all_of_them():
    layer = create("layers", {"adaptive_avg_pool1d": {"size": 100}})
    layer.build(Spec((16000, 1)))
    assert [a.shape for a in layer.temps.values() if a.rows] == []


def step(rig):
    rig.forward()
    rig.backward()


@pytest.mark.parametrize("local, overall", [("avg_pool2d", "global_avg_pool"), ("max_pool2d", "global_max_pool")])
def test_one_window_over_all_places_is_global_pooling_and_as_fast(local, overall):
    window, whole = (
        Rig(Case(kind, options), (40, 40, 8), rows=20) for kind, options in ((local, {"size": 40}), (overall, {}))
    )
    window.dy = whole.dy.reshape(window.dy.shape)
    assert lines_run(lambda: step(window)) < 2 * lines_run(lambda: step(whole)), "not place by place"
    np.testing.assert_allclose(window.y[:, 0, 0], whole.y, atol=1e-14)
    np.testing.assert_array_equal(window.dxs[0], whole.dxs[0])


def test_a_large_window_is_laid_out_at_once():
    built = []
    lines = lines_run(lambda: built.append(create("layers", {"avg_pool2d": {"size": 150}}).build(Spec((300, 300, 1)))))
    assert tuple(built[0]) == (2, 2, 1) and lines < 10 * 150 * 150, "not place by place of each window"


@pytest.mark.parametrize("padding, expected", [("valid", 3), ("same", 4), (1, 4), (2, 5)])
def test_number_of_windows(padding, expected):
    assert tuple(
        create("layers", {"max_pool1d": {"size": 3, "stride": 2, "padding": padding}}).build(Spec((7, 5)))
    ) == (expected, 5)


@pytest.mark.parametrize(
    "spec, x, text",
    [
        (
            {"max_pool2d": {"size": 5}},
            Spec((4, 6, 1)),
            "its window spans 5 places, more than the height of 4; use a smaller one",
        ),
        (
            {"avg_pool2d": {"size": [2, 7], "padding": 0}},
            Spec((4, 6, 1)),
            "its window spans 7 places, more than the width of 6; ",
        ),
        ({"max_pool1d": {"size": 2, "padding": 2}}, Spec((4, 6)), "a padding below the window of 2, got 2"),
        (
            {"max_pool1d": {"size": 3, "padding": "same"}},
            Spec((8, 3), lengths=True),
            "a stride of 3, since each .* padding as a number: 1",
        ),
        (
            {"avg_pool1d": {"size": 3, "stride": 2, "padding": "same"}},
            Spec((8, 3), lengths=True),
            "padding as a number: 1",
        ),
        (
            {"max_pool2d": {"size": 2}},
            Spec((28, 28)),
            r"\(height, width, channels\); put `reshape: {shape: \[28, 28, 1\]}` before it",
        ),
        ({"max_pool1d": {"size": 2}}, Spec((28, 28, 1)), r"needs \(steps, channels\)$"),
        (
            {"avg_pool1d": {"size": 2}},
            Spec((28,)),
            r"needs \(steps, channels\); put `reshape: {shape: \[28, 1\]}` before it",
        ),
        (
            {"max_pool2d": {"size": 2}},
            Spec((8, 8, 1), lengths=True),
            "pictures of one size, but the rows here differ in length",
        ),
        ({"adaptive_avg_pool2d": {"size": 2}}, Spec((8, 1)), r"needs \(height, width, channels\)"),
        ("global_avg_pool", Spec(()), "at least one axis"),
    ],
)
def test_refuses_what_does_not_fit(spec, x, text):
    with pytest.raises(ValueError, match=text):
        create("layers", spec).build(x)
