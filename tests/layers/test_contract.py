"""What holds for every layer: a test per row of the table makes all checks."""

import dataclasses
import gc
import inspect
import tracemalloc
from functools import partial

import numpy as np
import pytest

from dlcli.engine.registry import find, kinds
from dlcli.engine.spec import Spec
from tests.rows import hold

from .cases import CASES
from .rig import Rig
from .traits import (
    probes_hold_what_they_say,
    says_how_it_remembers,
    says_what_its_curve_is,
    says_whether_it_normalises,
    says_which_steps_it_sees,
)

TABLE = [(case, inputs) for case in CASES for inputs in case.inputs]
MODES = {"train": True, "eval": False}


class Row:
    """A layer on one sort of input, with one step of it in each mode, in float64, for the checks to compare with."""

    def __init__(self, case, inputs):
        self.case, self.inputs = case, inputs
        self.new = partial(Rig, case, inputs)
        self.rigs = {mode: self.new() for mode in MODES}
        self.before = {mode: [a.copy() for a in rig.given()] for mode, rig in self.rigs.items()}
        self.results = {mode: step(rig, mode) for mode, rig in self.rigs.items()}

    def __str__(self):
        return self.case.kind


def step(rig, mode, order=1, skip=()):
    """What a step of the rig computes, and the values that it got."""
    rig.forward(MODES[mode], order)
    return rig.backward(order, skip).results()


def same(a, b, **tolerance):
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_allclose(a[name], b[name], err_msg=name, **tolerance)


def test_every_layer_and_option_has_a_row():
    for kind in kinds("layers"):
        cases = [case for case in CASES if case.kind == kind]
        assert cases, f"{kind} has no row in tests/layers/cases.py"
        for option in dataclasses.fields(find("layers", kind)):
            assert any(option.name in case.options for case in cases), f"no row sets {kind}'s option {option.name}"


@pytest.mark.parametrize("kind", kinds("layers"))
def test_is_documented(kind):
    cls = find("layers", kind)
    assert cls.__doc__ and not cls.__doc__.startswith(f"{cls.__name__}("), "a class needs a docstring"
    source = "".join(inspect.getsource(part) for part in cls.__mro__ if part.__module__.startswith("dlcli.layers."))
    for option in dataclasses.fields(cls):
        after = source.split(f"\n    {option.name}: ")[1].split("\n")[1].strip()
        assert after.startswith('"""'), f"option {option.name} needs a docstring under it"


def writes_everything_and_changes_nothing_else(row, mode):
    rig, results = row.rigs[mode], row.results[mode]
    assert np.isfinite(results["y"]).all()
    for name, _, _ in rig.values():
        assert np.isfinite(results[f"d{name}"]).all(), name
    rig.forward(MODES[mode])
    y = rig.y.copy()
    rig.backward()
    assert np.array_equal(y, rig.y), "backward changes y"
    assert all(np.array_equal(a, b) for a, b in zip(row.before[mode], rig.given())), "x or a parameter is changed"


def writes_replace_and_never_add(row, mode):
    again = step(row.rigs[mode], mode)
    assert all(
        np.array_equal(value, row.results[mode][name])
        for name, value in again.items()
        if name not in row.rigs[mode].buffers
    )


def gradients_do_not_depend_on_which_are_needed(row, mode):
    rig, whole = row.rigs[mode], row.results[mode]
    for place in range(len(rig.xs) if rig.params or rig.merges else 0):
        part = step(rig, mode, skip={place})
        assert all(np.array_equal(part[n], whole[n]) for n in whole if n != f"dx{place}" and n not in rig.buffers)


def gradient_matches_finite_difference(row, mode):
    rig, train = row.rigs[mode], MODES[mode]
    step(rig, mode)
    rng, h, redrawn = np.random.default_rng(3), 1e-5, 0
    for name, value, gradient in rig.values():
        start, gradient = value.copy(), gradient.copy()
        for _ in range(2):
            while True:
                v, ends, pieces = rng.standard_normal(value.shape), [], []
                for sign in (1, -1):
                    value[...] = start + sign * h * v
                    rig.forward(train)
                    ends.append(rig.asked())
                    pieces.append(rig.layers[0].piece(rig.xs[0], rig.y))
                value[...] = start          # before anything can fail: other checks use it
                if pieces[0] is None or np.array_equal(*pieces):
                    break
                redrawn += 1
                assert redrawn < 20, "every direction crosses a kink"
            expected = (ends[0] - ends[1]) / (2 * h)
            scale = np.sqrt((gradient * v * gradient * v).sum()) + np.abs(rig.dy).mean()
            assert abs(np.vdot(gradient, v) - expected) <= 1e-8 * scale, name


def works_in_the_widest_float(row, mode):
    """Gradient checks take differences there, of the function that float64 computes."""
    rig = row.new(dtype=np.longdouble)
    wide = step(rig, mode)
    assert rig.y.dtype in (np.longdouble, np.int64) and row.rigs[mode].y.dtype in (np.float64, np.int64)
    same(row.results[mode], wide, rtol=1e-12, atol=1e-13)


def padding_changes_nothing(row, mode):
    specs = row.rigs[mode].specs
    if not any(spec.lengths and spec.dtype == "float" for spec in specs):
        return
    results = []
    for garbage in (0.0, 1e3):
        rig = row.new()
        rig.lengths = [rig.lengths[0]] * len(rig.lengths)
        rig.bind(2)
        padding = np.arange(rig.specs[0][0]) >= rig.lengths[0][:, None]
        padded = [i for i, spec in enumerate(rig.specs) if spec.lengths]
        for i in padded:
            rig.xs[i][padding] = garbage * rig.dy.std()
        real = real_places(rig, ~padding, MODES[mode])
        rig.dy[~real] = 0
        result = step(rig, mode)
        result["y"] = result["y"][real]
        for i in padded:
            result[f"dx{i}"] = result[f"dx{i}"][~padding]
        results.append(result)
    same(*results, rtol=1e-13, atol=1e-13)


def real_places(rig, real, train):
    """Where y holds values that do not come from padding alone."""
    if rig.out.lengths:
        rig.forward(train)
        return np.arange(rig.out[0]) < rig.y_lengths[:, None]
    whole = np.ones(rig.y.shape, bool)
    if rig.y[0].size == rig.xs[0][0].size:      # the layer makes the padding ordinary values
        whole.reshape(rig.rows, rig.specs[0][0], -1)[~real] = False
    return whole


def rows_are_independent_outside_training(row):
    whole = row.rigs["eval"]
    step(whole, "eval")
    for place in range(whole.rows):
        own = slice(place, place + 1)
        one = whole.part(own)
        step(one, "eval")
        np.testing.assert_allclose(one.y, whole.y[own], rtol=1e-13, atol=1e-13)
        for a, b in zip(one.dxs, whole.dxs):
            assert a is None or np.allclose(a, b[own], rtol=1e-13, atol=1e-13)


def shards_compute_what_the_whole_batch_does(row):
    cut = row.new(shards=3)
    mode = "eval" if cut.built.uses_rng else "train"            # random layers draw per shard
    same(row.results[mode], step(cut, mode), rtol=1e-12, atol=1e-13)


def the_order_in_which_shards_run_does_not_change_a_byte(row):
    a, b = (step(row.new(shards=3, dtype=np.float32), "train", order) for order in (1, -1))
    assert all(np.array_equal(value, b[name]) for name, value in a.items())


def allocates_nothing_the_size_of_a_batch(row):
    many = row.new(rows=9200, dtype=np.float32)
    few = many.part(slice(8200))                # NumPy's own buffers stop growing at 8192
    for mode in MODES:
        more = peak_of_a_step(many, mode) - peak_of_a_step(few, mode)
        # the first step of a kind of layer prepares constants; no later one does
        if more >= 1000:
            more = peak_of_a_step(many, mode) - peak_of_a_step(few, mode)
        assert more < 1000, f"{more} bytes for 1000 more rows ({mode})"


def peak_of_a_step(rig, mode):
    layer, x, dx, dy = rig.layers[0], tuple(rig.xs), tuple(rig.dxs), rig.dy.copy()
    needed = rig.params or any(d is not None for d in dx)
    x, dx = (x, dx) if rig.merges else (x[0], dx[0])
    layer.rng = np.random.default_rng(0)
    gc.disable()                                # when it collects depends on what ran before
    tracemalloc.start()
    try:
        if MODES[mode]:
            layer.forward_reduce(x, True)
        layer.forward(x, rig.y, MODES[mode])
        if needed:
            layer.backward_reduce(x, rig.y, dy)
            layer.backward(x, rig.y, dy, dx)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.enable()


def refuses_ids_where_it_needs_numbers(row):
    if getattr(row.inputs, "dtype", "float") != "float":
        return
    layer = find("layers", row.case.kind)(**row.case.options)
    specs = row.inputs if layer.merges else (row.inputs,)
    ids = [Spec(x, "int", size=9) for x in specs]
    if any(getattr(x, "dtype", "float") == "int" for other, x in TABLE if other.kind == row.case.kind):
        layer.build(*ids)                       # it takes ids as well
    else:
        with pytest.raises(ValueError, match="needs numbers, but the input holds ids from 0 to 8"):
            layer.build(*ids)


def counts_its_work(row):
    rig = row.rigs["train"]
    work = rig.built.flops(rig.out, *rig.specs)
    assert isinstance(work, int) and work >= 0


IN_EACH_MODE = [
    writes_everything_and_changes_nothing_else,
    writes_replace_and_never_add,
    gradients_do_not_depend_on_which_are_needed,
    gradient_matches_finite_difference,
    works_in_the_widest_float,
    padding_changes_nothing,
]
ONCE = [
    rows_are_independent_outside_training,
    shards_compute_what_the_whole_batch_does,
    counts_its_work,
    says_what_its_curve_is,
    says_whether_it_normalises,
    says_which_steps_it_sees,
    probes_hold_what_they_say,
    says_how_it_remembers,
    the_order_in_which_shards_run_does_not_change_a_byte,
    allocates_nothing_the_size_of_a_batch,
    refuses_ids_where_it_needs_numbers,
]


@pytest.mark.parametrize("case, inputs", TABLE, ids=lambda item: str(item).replace(" ", ""))
def test_everything_holds(case, inputs):
    row = Row(case, inputs)
    hold([(check, row, mode) for check in IN_EACH_MODE for mode in MODES] + [(check, row) for check in ONCE])
