"""How an error signal fades in recurrent layers, against Jacobians taken by differences."""

import numpy as np
import pytest

from dlcli.engine.registry import create
from dlcli.engine.spec import Spec

from .test_recurrent import INPUTS, KINDS, ROWS, STEPS, UNITS, VARIANTS, like, rig_of

LENGTHS = np.array([6, 4, 1])


def behind(source, row, first, stop, start):
    """The state behind steps first .. stop of one row, if it begins there with `start`."""
    if stop == first:
        return start.copy()
    kind, options = source.case.kind, {k: v for k, v in source.case.options.items() if k != "units"}
    rig = like(rig_of(kind, options, Spec((stop - first, INPUTS)), Spec(start.shape), rows=1), source)
    rig.xs[0][...], rig.xs[1][...] = source.xs[0][row, first:stop], start
    rig.forward(False)
    return rig.outputs["state"][0].copy()


def gradient(source, row, back, vector):
    """Of vector times h behind the row's last step, by the state `back` steps before."""
    length, h = LENGTHS[row], 1e-6
    zero = np.zeros((2, UNITS) if source.case.kind == "lstm" else UNITS)
    state = behind(source, row, 0, length - back, zero)
    found = np.zeros_like(state)
    for place in np.ndindex(state.shape):
        ends = []
        for sign in (1, -1):
            moved = state.copy()
            moved[place] += sign * h
            ends.append(behind(source, row, length - back, length, moved).reshape(-1, UNITS)[0] @ vector)
        found[place] = (ends[0] - ends[1]) / (2 * h)
    return found


@pytest.mark.parametrize("kind, options", VARIANTS)
def test_is_the_norm_of_the_gradient_by_earlier_states(kind, options):
    rig = rig_of(kind, options, Spec((STEPS + 1, INPUTS), lengths=True), rows=len(LENGTHS))
    rig.lengths[0][...] = LENGTHS
    rig.forward()
    found = rig.layers[0].signal_over_time(np.random.default_rng(4))[""]
    vectors = np.random.default_rng(4).standard_normal((len(LENGTHS), UNITS))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for row, length in enumerate(LENGTHS):
        norms = [np.linalg.norm(gradient(rig, row, back, vectors[row])) for back in range(length)]
        np.testing.assert_allclose(found[row, :length], norms, rtol=1e-6)
        assert np.isnan(found[row, length:]).all()
    assert found.dtype == np.float64


@pytest.mark.parametrize("scale", [0.7, 1.0, 1.3])
@pytest.mark.parametrize("more, cells", [
    ({}, [""]), ({"direction": "backward"}, [""]), ({"layers": 2, "direction": "both"}, ["1", "1_back", "2", "2_back"]),
    ({"returns": "last", "layers": 2}, ["1", "2"]), ({"nonlinearity": "relu"}, [""])], ids=str)
def test_of_a_linear_cell_it_is_a_power(scale, more, cells):
    """Without input and with a recurrent matrix of scale times an orthogonal one a signal is `scale` as long after each
    step back, whatever stands behind the end of a row."""
    relu = more.get("nonlinearity") == "relu"           # a permutation of positive states: no unit is at its kink
    rig = rig_of("rnn", more, Spec((STEPS, INPUTS), lengths=True), rows=len(LENGTHS))
    for name, param in rig.params.items():
        orthogonal = np.roll(np.eye(UNITS), 1, 0) if relu else np.linalg.qr(np.random.default_rng(1).normal(
            size=(UNITS, UNITS)))[0]
        param[...] = scale * orthogonal if name.startswith("U") else 0 if name.startswith("W") or not relu else 1
    rig.lengths[0][...] = LENGTHS
    rig.xs[0][np.arange(STEPS) >= LENGTHS[:, None]] = np.nan
    rig.forward()
    found = rig.layers[0].signal_over_time(np.random.default_rng(0))
    assert list(found) == cells
    wanted = np.where(np.arange(STEPS) < LENGTHS[:, None], scale ** np.arange(STEPS), np.nan)
    for norms in found.values():
        np.testing.assert_allclose(norms, wanted, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_is_kept_is_changed(kind):
    rig = rig_of(kind, {"layers": 2, "direction": "both"}, Spec((STEPS, INPUTS)), dtype=np.float32)
    rig.forward()
    before = {name: a.copy() for name, a in rig.scratch[0][0].items()}
    found = rig.layers[0].signal_over_time(np.random.default_rng(0))
    assert all(norms.shape == (ROWS, STEPS) and np.isfinite(norms).all() for norms in found.values())
    np.testing.assert_allclose([norms[:, 0] for norms in found.values()], 1, rtol=1e-6)
    for name, array in rig.scratch[0][0].items():
        assert np.array_equal(array, before[name], equal_nan=True), f"{name}, which is kept, is changed"


def test_other_layers_have_none():
    assert create("layers", {"linear": {"units": 3}}).signal_over_time(np.random.default_rng(0)) == {}
