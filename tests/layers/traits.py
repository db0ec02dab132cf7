"""What a layer says of itself in class variables, held against what it computes."""

import numpy as np
import pytest

from dlcli.engine.registry import create


def says_what_its_curve_is(row):
    """An elementwise layer that is not a straight line is an activation, and says which sort; others say nothing."""
    rig = row.new()
    layer, x = rig.built, rig.xs[0]
    for name, param in layer.params.items():
        rig.params[name][...] = create("initializers", param.init).sample(np.random.default_rng(0), param.shape)
    alone = not layer.merges and not layer.uses_rng and layer.differentiable and x.dtype.kind == "f"
    if not (alone and rig.specs[0] == rig.out and elementwise(rig)):
        assert layer.activation is layer.steepest is None and not layer.fades
        return
    far, near = slopes(rig, np.array([-1e4, 1e4])), slopes(rig, np.linspace(-6, 6, 2401))
    flat = int((np.abs(far) < 1e-6).sum())
    assert layer.activation == ("straight", "rectifying", "squashing")[flat], f"its slope goes to 0 on {flat} sides"
    if layer.activation == "squashing":
        assert layer.steepest == pytest.approx(np.abs(near).max(), rel=1e-3)
    else:
        assert layer.steepest is None
    normal = np.random.default_rng(0).standard_normal(20_000)
    assert layer.fades == (np.sqrt(np.mean(np.square(slopes(rig, normal)))) < 0.58)


def elementwise(rig):
    """Whether each element of y depends on its own element of x alone, and not as a straight line."""
    x, whole = rig.xs[0].copy(), rig.forward(False).copy()
    rig.xs[0].flat[0] += 100
    others = np.flatnonzero(rig.forward(False) != whole)
    back, once, twice = (at(rig, scale * x) - at(rig, 0 * x) for scale in (-1, 1, 2))
    return set(others) <= {0} and not (np.allclose(-back, once) and np.allclose(twice, 2 * once))


def at(rig, x):
    rig.xs[0][...] = x
    return rig.forward(False).copy()


def slopes(rig, values):
    """The layer's slope at each of some values, from its backward pass on ones."""
    found, size = [], rig.xs[0].size
    rig.dy[...] = 1
    for start in range(0, len(values), size):
        part = values[start:start + size]
        at(rig, np.resize(part, rig.xs[0].shape))
        rig.backward()
        found.append(rig.dxs[0].ravel()[:len(part)].copy())
    return np.concatenate(found)


def says_whether_it_normalises(row):
    rig = row.new(rows=64)
    if rig.merges or rig.built.uses_rng or not rig.built.differentiable or rig.xs[0].dtype.kind != "f":
        return
    rig.xs[0][...] *= 1e3                   # far above the eps that is added to a variance
    small = rig.forward().copy()
    rig.xs[0][...] *= 10
    assert rig.built.normalises == np.allclose(rig.forward(), small, rtol=1e-3, atol=1e-3)


def probes_hold_what_they_say(row):
    rig = row.rigs["train"]
    rig.forward()
    for name, (meaning, array) in rig.layers[0].probes().items():
        assert len(array) == rig.rows and array.min() >= 0 and array.max() <= 1, name
        if meaning == "attention":
            np.testing.assert_allclose(array.sum(-1), 1, err_msg=name)
        else:
            assert meaning == "gate", name


def says_which_steps_it_sees(row):
    """Each step of a sequence is changed in turn: only those steps of the output may change that are said to see it."""
    found, order = "step", ("step", "past", "all")
    for train in (False, True):
        rig = row.new()
        if len(rig.out) < 2 or len(rig.specs[0]) < 2 and rig.specs[0].dtype != "int" or rig.built.uses_rng and train:
            return
        if rig.specs[0][0] != rig.out[0]:       # steps that are made anew
            assert rig.built.sees == "all"
            return
        places = [i for i, spec in enumerate(rig.specs) if spec[0] == rig.out[0]]
        rig.lengths = [None if own is None else np.full_like(own, spec[0]) for own, spec in zip(rig.lengths, rig.specs)]
        rig.bind(1)
        whole = rig.forward(train).copy()
        for place, step in ((place, step) for place in places for step in range(rig.out[0])):
            own = rig.xs[place][:, step]
            before = own.copy()
            own[...] = (own + 1) % rig.specs[place].size if own.dtype.kind == "i" else own * 3 + 1
            changed = (rig.forward(train) != whole).reshape(len(whole), len(whole[0]), -1).any((0, 2)).nonzero()[0]
            own[...] = before
            found = "all" if found == "all" or (changed < step).any() else \
                "past" if found == "past" or (changed > step).any() else "step"
    assert order.index(rig.built.sees) >= order.index(found), f"sees {found}"
    if rig.specs[0].lengths and row.case.kind not in ("reshape", "pad", "crop"):    # which move steps, if they are told
        assert rig.built.sees == found


def says_how_it_remembers(row):
    rig = row.rigs["train"]
    rig.forward()
    layer = rig.layers[0]
    gates = any(signal.meaning == "gate" for signal in layer.probes().values())
    carries = bool(layer.signal_over_time(np.random.default_rng(0)))
    assert layer.memory == ("gated" if carries and gates else "plain" if carries else None)
