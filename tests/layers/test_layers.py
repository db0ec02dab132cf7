"""What single layers promise beyond the contract: names, extremes, statistics, refusals."""

from math import erfc, sqrt

import numpy as np
import pytest

from dlcli.engine.registry import create
from dlcli.engine.spec import Spec

from .cases import Case
from .rig import Rig


@pytest.mark.parametrize("spec, shape, decays", [
    ({"linear": {"units": 3}}, Spec((5,)), {"W": True, "b": False}),
    ({"linear": {"units": 3, "bias": False}}, Spec((5,)), {"W": True}),
    ({"embedding": {"units": 3}}, Spec((4,), "int", size=9), {"W": True}),
    ("batch_norm", Spec((5,)), {"weight": False, "bias": False}),
    ("layer_norm", Spec((5,)), {"weight": False, "bias": False}),
    ("prelu", Spec((5,)), {"weight": False}),
])
def test_names_of_parameters_and_whether_they_decay(spec, shape, decays):
    layer = create("layers", spec)
    layer.build(shape)
    assert {name: p.decay for name, p in layer.params.items()} == decays


@pytest.mark.parametrize("spec, inputs, text", [
    ({"linear": {"units": 3}}, [Spec(())], "at least one axis"),
    ({"linear": {"units": 3}}, [Spec((6,), lengths=True)], "mix real and padded values"),
    ("softmax", [Spec((6,), lengths=True)], "mix real and padded values"),
    ("add", [Spec((3,))], "at least two inputs"),
    ("add", [Spec((3,)), Spec((4,))], r"one shape, got \(3,\), \(4,\)"),
    ("multiply", [Spec((3, 1)), Spec((3, 2))], r"one shape, got \(3, 1\), \(3, 2\)"),
    ("add", [Spec((3, 2)), Spec((3, 2), lengths=True)], "with padded rows and one without"),
    ("concat", [Spec((3, 2)), Spec((4, 2))], r"only along axis -1, got \(3, 2\), \(4, 2\)"),
    ("concat", [Spec((3, 2)), Spec((3,))], "only along axis -1"),
    ({"concat": {"axis": 2}}, [Spec((3, 2))] * 2, "no axis 2: a sample has 2 axes"),
    ({"concat": {"axis": -3}}, [Spec((3, 2))] * 2, "no axis -3"),
    ({"concat": {"axis": 0}}, [Spec((3, 2), lengths=True)] * 2, "along the padded axis"),
    ({"reshape": {"shape": [4, -1]}}, [Spec((3, 2))], r"cannot give 6 elements the shape \(4, -1\)"),
    ({"reshape": {"shape": [-1, -1]}}, [Spec((3, 2))], "cannot give 6 elements"),
    ({"reshape": {"shape": [0, -1]}}, [Spec((3, 2))], "cannot give 6 elements"),
    ({"reshape": {"shape": [7]}}, [Spec((3, 2))], "cannot give 6 elements"),
    ({"embedding": {"units": 3}}, [Spec((3,))], "needs ids"),
    ({"embedding": {"units": 3, "padding": 9}}, [Spec((3,), "int", size=9)], "the id 9, and the ids go from 0 to 8"),
])
def test_refuses_shapes_that_do_not_fit(spec, inputs, text):
    with pytest.raises(ValueError, match=text):
        create("layers", spec).build(*inputs)


@pytest.mark.parametrize("spec, x, expected, dtype, lengths", [
    ("flatten", Spec((3, 4, 5)), (60,), "float", False),
    ("flatten", Spec((6, 2), lengths=True), (12,), "float", False),
    ("flatten", Spec((6, 2), "int", size=4), (12,), "int", False),
    ({"reshape": {"shape": [4, -1]}}, Spec((6, 2)), (4, 3), "float", False),
    ({"reshape": {"shape": [6, 1, -1]}}, Spec((6, 2), lengths=True), (6, 1, 2), "float", True),
    ({"reshape": {"shape": [3, -1]}}, Spec((6, 2), lengths=True), (3, 4), "float", False),
])
def test_what_becomes_of_ids_and_lengths(spec, x, expected, dtype, lengths):
    y = create("layers", spec).build(x)
    assert (tuple(y), y.dtype, bool(y.lengths)) == (expected, dtype, lengths)
    assert y.size == x.size


@pytest.mark.parametrize("kind", ["sigmoid", "tanh", "softplus", "softmax", "silu", "elu", "gelu", "relu"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_scores_neither_overflow_nor_warn(kind, dtype):
    rig = Rig(Case(kind), (4,), rows=1, dtype=dtype)
    rig.xs[0][...] = -1e4, -100, 100, 1e4
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y = rig.forward()
        rig.backward()
    assert np.isfinite(y).all() and np.isfinite(rig.dxs[0]).all()


@pytest.mark.parametrize("kind", ["sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus"])
def test_nan_is_passed_on_and_not_hidden(kind):
    rig = Rig(Case(kind), (3,), rows=2)
    rig.xs[0][0, 1] = np.nan
    assert np.isnan(rig.forward()[0, 1]) and np.isfinite(rig.y).sum() == 5


def test_step_is_one_from_zero_on_and_has_no_gradient():
    rig = Rig(Case("step"), (3,), rows=1)
    rig.xs[0][...] = -1e-9, 0, 2
    assert rig.forward().tolist() == [[0, 1, 1]]
    rig.backward()
    assert not rig.dxs[0].any() and not rig.built.differentiable


def test_gelu_is_right_far_out():
    rig = Rig(Case("gelu"), (201,), rows=1)
    rig.xs[0][...] = np.linspace(-30, 30, 201)
    exact = [x * erfc(-x / sqrt(2)) / 2 for x in rig.xs[0][0]]
    np.testing.assert_allclose(rig.forward()[0], exact, rtol=1e-12)


def test_gelu_forms_are_within_half_a_thousandth():
    exact, fast = Rig(Case("gelu"), (999,)), Rig(Case("gelu", {"approximate": "tanh"}), (999,))
    assert 1e-5 < np.abs(exact.forward() - fast.forward()).max() < 5e-4


def test_dropout_zeroes_its_share_and_keeps_the_mean():
    rig = Rig(Case("dropout", {"p": 0.3}), (100,), rows=1000, dtype=np.float32)
    y = rig.forward()
    dropped = y == 0
    assert abs(dropped.mean() - 0.3) < 0.006                # 4 standard deviations
    np.testing.assert_allclose(y[~dropped], rig.xs[0][~dropped] / 0.7, rtol=1e-6)
    rig.backward()
    assert np.array_equal(rig.dxs[0] == 0, dropped)
    assert np.array_equal(Rig(Case("dropout", {"p": 0.3}), (100,), rows=1000, dtype=np.float32).forward(), y)
    assert np.array_equal(rig.forward(train=False), rig.xs[0])


def test_embedding_gradient_adds_up_over_repeated_ids():
    rig = Rig(Case("embedding", {"units": 2}), Spec((3,), "int", size=4), rows=2)
    rig.xs[0][...] = [[0, 2, 2], [2, 0, 3]]
    rig.forward()
    rig.backward()
    dy = rig.dy
    np.testing.assert_allclose(
        rig.gradient("W"), [dy[0, 0] + dy[1, 1], [0, 0], dy[0, 1] + dy[0, 2] + dy[1, 0], dy[1, 2]]
    )


def test_embedding_of_padding_is_zero_and_is_not_learned():
    rig = Rig(Case("embedding", {"units": 2, "padding": 3}), Spec((3,), "int", size=4), rows=2)
    rig.xs[0][...] = [[0, 3, 2], [3, 0, 3]]
    y = rig.forward()
    assert np.array_equal((y == 0).all(-1), rig.xs[0] == 3)
    rig.backward()
    assert np.array_equal((rig.gradient("W") != 0).any(-1), [True, False, True, False])


def test_embedding_gradient_is_the_same_in_blocks(monkeypatch):
    whole = Rig(Case("embedding", {"units": 2}), Spec((3,), "int", size=4), rows=20)
    whole.forward(), whole.backward()
    monkeypatch.setattr("dlcli.layers.embedding.ELEMENTS", 14)      # 7 of 60 places at a time
    cut = Rig(Case("embedding", {"units": 2}), Spec((3,), "int", size=4), rows=20)
    cut.forward(), cut.backward()
    assert np.array_equal(whole.gradient("W"), cut.gradient("W"))


def test_multiply_has_a_gradient_where_inputs_are_zero():
    rig = Rig(Case("multiply"), ((1,), (1,), (1,)), rows=1)
    for x, value in zip(rig.xs, (0, 3, 4)):
        x[...] = value
    rig.dy[...] = 1
    rig.forward()
    rig.backward()
    assert [float(dx[0, 0]) for dx in rig.dxs] == [12, 0, 0]


class TestBatchNorm:
    def test_padding_takes_no_part(self):
        padded = Rig(Case("batch_norm"), Spec((6, 5), lengths=True), rows=9, shards=2)
        real = np.arange(6) < padded.lengths[0][:, None]
        cut = Rig(Case("batch_norm"), (5,), rows=int(real.sum()))
        cut.xs, cut.dy, cut.params = [padded.xs[0][real]], padded.dy[real], padded.params
        cut.buffers = {name: b.copy() for name, b in padded.buffers.items()}
        cut.bind(1)
        for rig in (padded, cut):
            rig.forward()
            rig.backward()
        np.testing.assert_allclose(padded.y[real], cut.y, rtol=1e-12)
        np.testing.assert_allclose(padded.dxs[0][real], cut.dxs[0], rtol=1e-10, atol=1e-14)
        assert not padded.y[~real].any() and not padded.dxs[0][~real].any()
        for name in ("weight", "bias"):
            np.testing.assert_allclose(padded.gradient(name), cut.gradient(name), rtol=1e-12)
        for name, buffer in padded.buffers.items():
            np.testing.assert_allclose(buffer, cut.buffers[name], rtol=1e-12)

    def test_running_statistics(self):
        rig = Rig(Case("batch_norm", {"momentum": 0.5}), (2,), rows=8, shards=3)
        mean, var = rig.buffers["running_mean"].copy(), rig.buffers["running_var"].copy()
        for _ in range(3):
            rig.forward()
            mean, var = (mean + rig.xs[0].mean(0)) / 2, (var + rig.xs[0].var(0, ddof=1)) / 2
        np.testing.assert_allclose(rig.buffers["running_mean"], mean)
        np.testing.assert_allclose(rig.buffers["running_var"], var)
        rig.forward(train=False)
        assert np.array_equal(rig.buffers["running_mean"], mean) or np.allclose(rig.buffers["running_mean"], mean)
        np.testing.assert_allclose(
            rig.y, (rig.xs[0] - mean) / np.sqrt(var + 1e-5) * rig.params["weight"] + rig.params["bias"]
        )

    def test_evaluation_leaves_the_running_statistics_alone(self):
        rig = Rig(Case("batch_norm"), (2,))
        before = [b.copy() for b in rig.buffers.values()]
        rig.forward(train=False)
        rig.backward()
        assert all(np.array_equal(a, b) for a, b in zip(before, rig.buffers.values()))

    def test_a_mean_far_above_the_deviation_in_float32(self):
        rig = Rig(Case("batch_norm"), (3,), rows=64, dtype=np.float32)
        noise = rig.xs[0].copy()
        rig.xs[0] += 1000
        rig.params["weight"][...], rig.params["bias"][...] = 1, 0
        y = rig.forward()
        # x itself is rounded to 6e-5
        np.testing.assert_allclose(y, (noise - noise.mean(0)) / noise.std(0), atol=5e-4)

    def test_a_single_value_gives_the_bias_and_has_no_variance_to_remember(self):
        for shape, real in (((3,), 1), (Spec((4, 3), lengths=True), 1), (Spec((4, 3), lengths=True), 0)):
            rig = Rig(Case("batch_norm"), shape, rows=1)
            if rig.lengths[0] is not None:
                rig.lengths[0][...] = real
            before = {name: b.copy() for name, b in rig.buffers.items()}
            y = rig.forward().reshape(-1, 3)
            np.testing.assert_allclose(y[:real], np.tile(rig.params["bias"], (real, 1)), atol=1e-12)
            rig.backward()
            assert np.isfinite(rig.dxs[0]).all()
            assert all(np.array_equal(b, before[name]) for name, b in rig.buffers.items())
