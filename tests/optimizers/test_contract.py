"""What holds for every optimizer: a test per row of the table makes all checks."""

import dataclasses
import inspect
import tracemalloc

import numpy as np
import pytest

from dlcli.engine.optimizer import Optimizer
from dlcli.engine.registry import find, kinds
from tests.rows import hold

from .cases import CASES
from .rig import Rig, gradients


def start(size=40, dtype=np.float64):
    return np.random.default_rng(0).standard_normal(size).astype(dtype)


def test_every_optimizer_and_option_has_a_case():
    shared = {f.name for f in dataclasses.fields(Optimizer)}
    for kind in kinds("optimizers"):
        cases = [case for case in CASES if case.kind == kind]
        own = {f.name for f in dataclasses.fields(find("optimizers", kind))} - shared
        assert cases and all(any(name in case.options for case in cases) for name in own), kind
        assert inspect.getdoc(find("optimizers", kind))


def falls_on_a_quadratic(case):
    scales, goal = np.linspace(0.1, 2, 40), np.linspace(-1, 1, 40)
    rig = Rig(case.make(weight_decay=0.0), start())

    def loss():
        return float(scales @ (rig.theta - goal) ** 2)

    first = loss()
    for _ in range(300):
        rig.update(2 * scales * (rig.theta - goal))
    assert loss() < 0.02 * first


def matches_the_textbook(case):
    optimizer, state = case.make(), {}
    rig, w = Rig(optimizer, start()), start()
    for t, g in enumerate(gradients(40, 30), 1):
        w = w * (1 - optimizer.learning_rate * optimizer.weight_decay) - case.reference(optimizer, state, g, t)
        np.testing.assert_allclose(rig.update(g), w, rtol=1e-10, atol=1e-12)


def decay_shrinks_weights_and_only_those_that_decay(case):
    for penalty in ("l1", "l2", "weight_decay"):
        optimizer = case.make(**{"weight_decay": 0.0, penalty: 0.1})
        decayed, other = Rig(optimizer, start()), Rig(optimizer, start())
        decayed.update(np.zeros(40)), other.update(np.zeros(40), decay=False)
        assert np.array_equal(other.theta, start()), penalty
        large = np.abs(start()) > 0.4
        assert large.sum() > 10 and (np.abs(decayed.theta) < np.abs(start()))[large].all(), penalty
        assert (decayed.theta * start() > 0)[large].all(), f"{penalty}: towards 0, not past it"


def penalties_are_gradients_of_what_they_say(case):
    g, w, o = gradients(40, 1)[0], start(), case.make(weight_decay=0.0)
    penalised = Rig(case.make(l1=0.3, l2=0.2, weight_decay=0.0), w.copy()).update(g)
    np.testing.assert_allclose(penalised, Rig(o, w.copy()).update(g + 0.3 * np.sign(w) + 0.2 * w), rtol=1e-12)


def blocks_of_any_size_in_any_order_give_the_same_bytes(case):
    results = []
    for block, order in ((300, 1), (1, 1), (7, -1), (64, 1)):
        rig = Rig(case.make(l1=0.01, l2=0.01), start(300, np.float32), block)
        for g in gradients(300, 3, np.float32):
            rig.update(g, order=order)
        results.append((rig.theta.tobytes(), *(slot.tobytes() for slot in rig.slots.values())))
    assert len(set(results)) == 1


def state_is_in_the_slots_only(case):
    optimizer = case.make()
    before, rig = repr(vars(optimizer)), Rig(optimizer, start())
    grads = gradients(40, 10)
    for g in grads[:5]:
        rig.update(g)
    assert repr(vars(optimizer)) == before
    assert len(rig.slots) == case.slots and all(slot.any() for slot in rig.slots.values())
    resumed = Rig(case.make(), rig.theta.copy())
    resumed.step, resumed.slots = 5, {name: slot.copy() for name, slot in rig.slots.items()}
    for g in grads[5:]:
        rig.update(g), resumed.update(g)
    assert np.array_equal(rig.theta, resumed.theta)


def follows_the_rate_of_the_schedule(case):
    whole, half, still = (Rig(case.make(weight_decay=0.0), start()) for _ in range(3))
    rate = case.options["learning_rate"]
    g = gradients(40, 1)[0]
    moved = start() - whole.update(g)
    np.testing.assert_allclose(start() - half.update(g, rate=rate / 2), moved / 2, rtol=1e-9, atol=1e-15)
    assert np.abs(start() - still.update(g, rate=1e-300)).max() < 1e-200


def a_gradient_of_zero_moves_nothing(case):
    rig = Rig(case.make(weight_decay=0.0), start(dtype=np.float32))
    for _ in range(3):
        rig.update(np.zeros(40, np.float32))
    assert np.array_equal(rig.theta, start(dtype=np.float32))


def float32_stays_float32(case):
    narrow, wide = Rig(case.make(), start(dtype=np.float32)), Rig(case.make(), start(dtype=np.float32).astype(float))
    for g in gradients(40, 20, np.float32):
        narrow.update(g), wide.update(g.astype(float))
    assert all(a.dtype == np.float32 for a in (narrow.theta, *narrow.slots.values()))
    np.testing.assert_allclose(narrow.theta, wide.theta, rtol=1e-4, atol=1e-5)


def allocates_nothing(case):
    optimizer, size = case.make(l1=0.1, l2=0.1, weight_decay=0.1), 100_000
    theta, grad, work = start(size, np.float32), start(size, np.float32), np.empty(size, np.float32)
    slots = tuple(np.zeros(size, np.float32) for _ in optimizer.slots)
    tracemalloc.start()
    try:
        optimizer.apply(theta, grad, slots, work, True, 0.1, optimizer.scalars(1, 0.1))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10_000, f"{peak} bytes"


CHECKS = [falls_on_a_quadratic, matches_the_textbook, decay_shrinks_weights_and_only_those_that_decay,
          penalties_are_gradients_of_what_they_say, blocks_of_any_size_in_any_order_give_the_same_bytes,
          state_is_in_the_slots_only, follows_the_rate_of_the_schedule, a_gradient_of_zero_moves_nothing,
          float32_stays_float32, allocates_nothing]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_everything_holds(case):
    hold((check, case) for check in CHECKS)


def test_nesterov_needs_a_momentum():
    with pytest.raises(ValueError, match="nesterov needs a momentum above 0"):
        find("optimizers", "sgd")(nesterov=True)


def test_centered_rmsprop_survives_a_constant_gradient():
    """The variance is then 0, and by rounding below it."""
    rig = Rig(find("optimizers", "rmsprop")(centered=True, rho=0.9), start(dtype=np.float32))
    for _ in range(200):
        rig.update(np.linspace(0.01, 3, 40, dtype=np.float32))
    assert np.isfinite(rig.theta).all()


@pytest.mark.parametrize(("kind", "rate", "decay"), [
    ("sgd", 0.01, 0.0), ("rmsprop", 0.01, 0.0), ("adagrad", 0.01, 0.0), ("adam", 0.001, 0.0), ("adamw", 0.001, 0.01)])
def test_defaults_are_those_that_readers_know(kind, rate, decay):
    optimizer = find("optimizers", kind)()
    assert (optimizer.learning_rate, optimizer.weight_decay) == (rate, decay)
