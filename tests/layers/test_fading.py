"""How an error signal fades in recurrent layers, against Jacobians taken by differences."""

import numpy as np
import pytest

from dlcli.engine.registry import create
from dlcli.engine.spec import Spec

from .test_recurrent import INPUTS, KINDS, STEPS, UNITS, VARIANTS, like, rig_of

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
    found = rig.layers[0].signal_over_time(np.random.default_rng(4))
    vectors = np.random.default_rng(4).standard_normal((len(LENGTHS), UNITS))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for back in range(STEPS):
        norms = [np.linalg.norm(gradient(rig, row, back, vectors[row]))
                 for row, length in enumerate(LENGTHS) if length > back]
        np.testing.assert_allclose(found[back], np.mean(norms), rtol=1e-6)
    assert found.dtype == np.float64 and found[0] == pytest.approx(1) and np.isnan(found[STEPS])


@pytest.mark.parametrize("kind", KINDS)
def test_of_several_cells_is_their_mean(kind):
    rig = rig_of(kind, {"layers": 2, "direction": "both"}, Spec((STEPS, INPUTS)), dtype=np.float32)
    rig.forward()
    before = {name: a.copy() for name, a in rig.scratch[0][0].items()}
    found = rig.layers[0].signal_over_time(np.random.default_rng(0))
    assert found.shape == (STEPS,) and found[0] == pytest.approx(1) and np.isfinite(found).all()
    for name, array in rig.scratch[0][0].items():
        assert np.array_equal(array, before[name], equal_nan=True), f"{name}, which is kept, is changed"


def test_other_layers_have_none():
    assert create("layers", {"linear": {"units": 3}}).signal_over_time(np.random.default_rng(0)) is None
