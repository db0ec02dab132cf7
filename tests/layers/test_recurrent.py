"""What recurrent layers promise beyond the contract: padding, states that are carried, how they start, how a signal
fades."""

import numpy as np
import pytest

from dlcli.engine.registry import create
from dlcli.engine.spec import Spec

from .case import Case
from .rig import Rig

STEPS, INPUTS, UNITS, ROWS = 6, 4, 3, 5
KINDS = {"rnn": 1, "lstm": 2, "gru": 1}
VARIANTS = [("rnn", {}), ("rnn", {"nonlinearity": "relu"}), ("lstm", {}), ("gru", {}), ("gru", {"reset": "before"})]


def rig_of(kind, options, *inputs, rows=ROWS, **more):
    return Rig(Case(kind, {"units": UNITS, **options}, scale=0.5), inputs, rows=rows, **more)


def like(rig, other):
    """Give a rig the parameters of another."""
    for name, param in rig.params.items():
        param[...] = other.params[name]
    return rig


@pytest.mark.parametrize("kind, options", VARIANTS)
@pytest.mark.parametrize("more", [{"layers": 2}, {"direction": "backward"}, {"direction": "both", "layers": 2},
                                  {"direction": "both", "returns": "last"}], ids=str)
def test_not_even_nan_behind_a_row_is_seen(kind, options, more):
    rig = rig_of(kind, options | more, Spec((STEPS, INPUTS), lengths=True), rows=7)
    behind = np.arange(STEPS) >= rig.lengths[0][:, None]
    assert behind.any() and not behind.all(1).any()
    results = []
    for garbage, asked in ((0.0, 0.0), (np.nan, 1e9)):
        rig.xs[0][behind] = garbage
        if rig.out.lengths:
            rig.dy[behind] = asked
        rig.forward()
        if rig.out.lengths:
            assert not rig.y[behind].any()
        results.append(rig.backward().results())
        assert not rig.dxs[0][behind].any()
    for name, value in results[0].items():
        assert np.array_equal(value, results[1][name]), name


@pytest.mark.parametrize("kind, options", VARIANTS)
def test_each_row_is_computed_as_if_it_were_alone_and_not_padded(kind, options):
    rig = rig_of(kind, options | {"direction": "both", "layers": 2}, Spec((STEPS, INPUTS), lengths=True))
    rig.forward()
    for row, length in enumerate(rig.lengths[0]):
        alone = like(rig_of(kind, options | {"direction": "both", "layers": 2}, Spec((length, INPUTS)), rows=1), rig)
        alone.xs[0][...] = rig.xs[0][row, :length]
        np.testing.assert_allclose(alone.forward()[0], rig.y[row, :length], rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(alone.outputs["state"][0], rig.outputs["state"][row], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("kind, options", VARIANTS)
@pytest.mark.parametrize("layers", [1, 2])
def test_windows_with_a_carried_state_give_what_the_whole_sequence_gives(kind, options, layers):
    whole = rig_of(kind, options | {"layers": layers}, Spec((STEPS, INPUTS)))
    part = like(rig_of(kind, options | {"layers": layers, "carry": True}, Spec((2, INPUTS))), whole)
    expected = whole.forward()
    part.before["carried"][...] = 0
    for start in range(0, STEPS, 2):
        part.xs[0][...] = whole.xs[0][:, start:start + 2]
        np.testing.assert_allclose(part.forward(), expected[:, start:start + 2], rtol=1e-12, atol=1e-13)
        part.before["carried"][...] = part.carried["carried"]
    np.testing.assert_allclose(part.carried["carried"], whole.outputs["state"], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("returns", ["sequence", "last"])
def test_backward_is_the_second_half_of_both(kind, returns):
    both, back = (rig_of(kind, {"direction": d, "returns": returns}, Spec((STEPS, INPUTS), lengths=True))
                  for d in ("both", "backward"))
    for name, param in back.params.items():
        param[...] = both.params[f"{name}_back"]
    for mine, other in ((back.xs, both.xs), (back.lengths, both.lengths)):
        mine[0][...] = other[0]
    assert np.array_equal(back.forward(), both.forward()[..., UNITS:])
    assert np.array_equal(back.outputs["state"].reshape(ROWS, -1, UNITS),
                          both.outputs["state"].reshape(ROWS, -1, 2, UNITS)[:, :, 1])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("returns", ["sequence", "last"])
def test_nobody_has_to_ask_for_the_state(kind, returns):
    options = {"returns": returns, "layers": 2}
    asked, silent = (rig_of(kind, options, Spec((STEPS, INPUTS), lengths=True), shards=1) for _ in range(2))
    asked.douts["state"][...] = 0
    silent.layers[0].dstate = None
    results = []
    for rig in (asked, silent):
        rig.forward()
        results.append(rig.backward().results())
    assert all(np.array_equal(value, results[1][name]) for name, value in results[0].items())


def test_dropout_lies_between_stacked_layers_and_only_in_training():
    options = {"layers": 2, "dropout": 0.5, "nonlinearity": "relu"}
    rig = rig_of("rnn", options, Spec((STEPS, INPUTS)), rows=200)
    plain = like(rig_of("rnn", options | {"dropout": 0.0}, Spec((STEPS, INPUTS)), rows=200), rig)
    plain.xs[0][...] = rig.xs[0]
    assert np.array_equal(rig.forward(False), plain.forward())
    rig.forward(True)
    mask = rig.layers[0].mask1
    assert set(np.unique(mask)) == {0.0, 2.0} and abs(mask.mean() - 1) < 0.1
    between = rig.layers[0].h_1[1:] * mask          # what the first cell gives, and the second reads
    assert np.array_equal(rig.layers[0].x1, between) and between.any()


@pytest.mark.parametrize("kind, gates", [("rnn", 1), ("lstm", 4), ("gru", 3)])
def test_weights_start_gate_by_gate(kind, gates):
    layer = create("layers", {kind: {"units": 5, "direction": "both", "bias_init": {"constant": {"value": 0.25}}}})
    layer.build(Spec((STEPS, INPUTS)))
    draw = {name: create("initializers", p.init).sample(np.random.default_rng(1), p.shape)
            for name, p in layer.params.items()}
    for name in ("U", "U_back"):
        for part in np.split(draw[name], gates, -1):
            np.testing.assert_allclose(part @ part.T, np.eye(5), atol=1e-12)
    limit = np.sqrt(6 / (INPUTS + 5))               # glorot, of one gate's matrix
    assert 0.8 * limit < np.abs(draw["W"]).max() <= limit
    bias = draw["b"].reshape(gates, 5)
    assert np.array_equal(bias[:, 0], [0.25, 1.25, 0.25, 0.25] if kind == "lstm" else [0.25] * gates)
    assert {name for name, p in layer.params.items() if p.decay} == {"W", "U", "W_back", "U_back"}


@pytest.mark.parametrize("kind, state, more, text", [
    ("lstm", (3,), {}, r"a state \(2, 3\) that it begins with"),
    ("gru", (2, 3), {}, r"a state \(3,\) that it begins with"),
    ("gru", (3,), {"direction": "both"}, r"a state \(2, 3\) that it begins with"),
    ("rnn", (3,), {"carry": True}, "without `carry`"),
    ("rnn", None, {"carry": True, "direction": "both"}, "cannot carry a state on and read backwards"),
])
def test_refuses_states_that_do_not_fit(kind, state, more, text):
    inputs = [Spec((STEPS, INPUTS)), *([] if state is None else [Spec(state)])]
    with pytest.raises(ValueError, match=text):
        create("layers", {kind: {"units": UNITS, **more}}).build(*inputs)


@pytest.mark.parametrize("spec", ["rnn", "lstm", "gru"])
def test_what_they_see(spec):
    seen = {d: create("layers", {spec: {"units": 3, "direction": d}}).sees for d in ("forward", "backward", "both")}
    assert seen == {"forward": "past", "backward": "all", "both": "all"}


def test_gates_are_shown_by_the_rows_of_the_batch_and_not_by_length():
    rig = rig_of("lstm", {}, Spec((STEPS, INPUTS), lengths=True))
    rig.lengths[0][...] = [2, 6, 1, 5, 3]
    rig.forward()
    alone = like(rig_of("lstm", {}, Spec((STEPS, INPUTS)), rows=1), rig)
    for row, length in enumerate(rig.lengths[0]):
        alone.xs[0][...] = rig.xs[0][row]
        alone.forward()
        for name, signal in rig.layers[0].probes().items():
            own = alone.layers[0].probes()[name].array[0, :length]
            np.testing.assert_allclose(signal.array[row, :length], own, rtol=1e-12)
            assert not signal.array[row, length:].any()
