"""What holds for every layer, row by row of the table."""

import dataclasses
import inspect
import tracemalloc

import numpy as np
import pytest

from dlcli.engine.registry import find, kinds
from dlcli.engine.spec import Spec

from .cases import CASES
from .rig import Rig

TABLE = [(case, inputs) for case in CASES for inputs in case.inputs]
each = pytest.mark.parametrize("case, inputs", TABLE, ids=lambda item: str(item).replace(" ", ""))
modes = pytest.mark.parametrize("train", [True, False], ids=["train", "eval"])
FLOATS = [(case, inputs) for case, inputs in TABLE if getattr(inputs, "dtype", "float") == "float"]
each_of_numbers = pytest.mark.parametrize("case, inputs", FLOATS, ids=lambda item: str(item).replace(" ", ""))


def same(a, b, **tolerance):
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_allclose(a[name], b[name], err_msg=name, **tolerance)


def peak_of_a_step(rig, train):
    layer, x, dx, dy = rig.layers[0], tuple(rig.xs), tuple(rig.dxs), rig.dy.copy()
    needed = rig.params or any(d is not None for d in dx)
    x, dx = (x, dx) if rig.merges else (x[0], dx[0])
    layer.rng = np.random.default_rng(0)

    def step():
        if train:
            layer.forward_reduce(x, train)
        layer.forward(x, rig.y, train)
        if needed:
            layer.backward_reduce(x, rig.y, dy)
            layer.backward(x, rig.y, dy, dx)

    step()
    tracemalloc.start()
    step()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


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
    source = inspect.getsource(cls)
    for option in dataclasses.fields(cls):
        after = source.split(f"\n    {option.name}: ")[1].split("\n")[1].strip()
        assert after.startswith('"""'), f"option {option.name} needs a docstring under it"


@each
@modes
def test_gradient_matches_finite_difference(case, inputs, train):
    rig = Rig(case, inputs)
    rig.forward(train)
    rig.backward()
    rng, h, redrawn = np.random.default_rng(3), 1e-5, 0
    for name, value, gradient in rig.values():
        start, gradient = value.copy(), gradient.copy()
        for _ in range(2):
            while True:
                v, ends, pieces = rng.standard_normal(value.shape), [], []
                for sign in (1, -1):
                    value[...] = start + sign * h * v
                    ends.append(rig.forward(train).copy())
                    pieces.append(rig.built.piece(rig.xs[0], rig.y))
                if pieces[0] is None or np.array_equal(*pieces):
                    break
                redrawn += 1
                assert redrawn < 20, "every direction crosses a kink"
            value[...] = start
            expected = np.vdot(rig.dy, ends[0] - ends[1]) / (2 * h)
            scale = np.sqrt((gradient * v * gradient * v).sum()) + np.abs(rig.dy).mean()
            assert abs(np.vdot(gradient, v) - expected) <= 1e-8 * scale, name


@each
@modes
def test_writes_everything_and_changes_nothing_else(case, inputs, train):
    rig = Rig(case, inputs)
    before = [a.copy() for a in (*rig.xs, *rig.params.values())]
    y = rig.forward(train).copy()
    rig.backward()
    assert np.isfinite(y).all()
    for name, _, gradient in rig.values():
        assert np.isfinite(gradient).all(), name
    assert np.array_equal(y, rig.y), "backward changes y"
    assert all(np.array_equal(a, b) for a, b in zip(before, (*rig.xs, *rig.params.values()))), "x or a parameter is changed"


@each
def test_writes_replace_and_never_add(case, inputs):
    rig = Rig(case, inputs)
    rig.forward()
    rig.backward()
    first = rig.results()
    rig.forward()
    rig.backward()
    assert all(np.array_equal(value, first[name]) for name, value in rig.results().items() if name not in rig.buffers)


@each
@modes
def test_gradients_do_not_depend_on_which_are_needed(case, inputs, train):
    rig = Rig(case, inputs)
    rig.forward(train)
    whole = rig.backward().results()
    for place in range(len(rig.xs) if rig.params or rig.merges else 0):
        rig.forward(train)
        part = rig.backward(skip={place}).results()
        assert all(np.array_equal(part[n], whole[n]) for n in whole if n != f"dx{place}" and n not in rig.buffers)


@each
def test_allocates_nothing_the_size_of_a_batch(case, inputs):
    few, many = (Rig(case, inputs, rows=rows, dtype=np.float32) for rows in (8500, 13000))     # NumPy's own buffers stop growing at 8192
    for train in (True, False):
        more = peak_of_a_step(many, train) - peak_of_a_step(few, train)
        assert more < 4500, f"{more} bytes for 4500 more rows"


@each
@modes
def test_works_in_the_widest_float(case, inputs, train):
    """Gradient checks take differences there, of the function that float64 computes."""
    results = []
    for dtype in (np.float64, np.longdouble):
        rig = Rig(case, inputs, dtype=dtype)
        rig.forward(train)
        rig.backward()
        assert rig.y.dtype in (dtype, np.int64)
        results.append(rig.results())
    same(*results, rtol=1e-12, atol=1e-13)


@each
def test_rows_are_independent_outside_training(case, inputs):
    whole = Rig(case, inputs)
    whole.forward(train=False)
    whole.backward()
    for row in range(whole.rows):
        one = Rig(case, inputs)
        one.xs, one.y, one.dy = ([a[row:row + 1] for a in arrays] for arrays in (whole.xs, [whole.y.copy()], [whole.dy]))
        one.y, one.dy, one.rows, one.params = one.y[0], one.dy[0], 1, whole.params
        one.lengths = [None if n is None else n[row:row + 1] for n in whole.lengths]
        one.dxs = [None if dx is None else np.empty(x.shape) for x, dx in zip(one.xs, whole.dxs)]
        one.bind(1).forward(train=False)
        one.backward()
        np.testing.assert_allclose(one.y, whole.y[row:row + 1], rtol=1e-13, atol=1e-13)
        for a, b in zip(one.dxs, whole.dxs):
            assert a is None or np.allclose(a, b[row:row + 1], rtol=1e-13, atol=1e-13)


@each
def test_shards_compute_what_the_whole_batch_does(case, inputs):
    whole, cut = Rig(case, inputs), Rig(case, inputs, shards=3)
    train = not whole.built.uses_rng            # random layers draw per shard
    for rig in (whole, cut):
        rig.forward(train)
        rig.backward()
    same(whole.results(), cut.results(), rtol=1e-12, atol=1e-13)


@each
def test_the_order_in_which_shards_run_does_not_change_a_byte(case, inputs):
    a, b = (Rig(case, inputs, shards=3, dtype=np.float32) for _ in range(2))
    a.forward()
    a.backward()
    b.forward(order=-1)
    b.backward(order=-1)
    assert all(np.array_equal(value, b.results()[name]) for name, value in a.results().items())


def real_places(rig, real, train):
    """Where y holds values that do not come from padding alone."""
    if rig.out.lengths:
        rig.forward(train)
        return np.arange(rig.out[0]) < rig.y_lengths[:, None]
    whole = np.ones(rig.y.shape, bool)
    if rig.y[0].size == rig.xs[0][0].size:      # the layer makes the padding ordinary values
        whole.reshape(rig.rows, rig.specs[0][0], -1)[~real] = False
    return whole


@pytest.mark.parametrize("case, inputs", [row for row in TABLE if any(
    getattr(x, "lengths", False) and x.dtype == "float" for x in (row[1], *row[1]))], ids=lambda item: str(item).replace(" ", ""))
@modes
def test_padding_changes_nothing(case, inputs, train):
    results = []
    for garbage in (0.0, 1e3):
        rig = Rig(case, inputs)
        rig.lengths = [rig.lengths[0]] * len(rig.lengths)
        rig.bind(2)
        padding = np.arange(rig.specs[0][0]) >= rig.lengths[0][:, None]
        for x in rig.xs:
            x[padding] = garbage * rig.dy.std()
        real = real_places(rig, ~padding, train)
        rig.dy[~real] = 0
        rig.forward(train)
        rig.backward()
        result = rig.results()
        result["y"] = result["y"][real]
        for i in range(len(rig.xs)):
            result[f"dx{i}"] = result[f"dx{i}"][~padding]
        results.append(result)
    same(*results, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("case, inputs", FLOATS, ids=lambda item: str(item).replace(" ", ""))
def test_refuses_ids_where_it_needs_numbers(case, inputs):
    layer = find("layers", case.kind)(**case.options)
    specs = inputs if layer.merges else (inputs,)
    ids = [Spec(x, "int", size=9) for x in specs]
    if any(getattr(x, "dtype", "float") == "int" for other, x in TABLE if other.kind == case.kind):
        layer.build(*ids)                       # it takes ids as well
    else:
        with pytest.raises(ValueError, match="needs numbers, but the input holds ids from 0 to 8"):
            layer.build(*ids)


@each
def test_counts_its_work(case, inputs):
    rig = Rig(case, inputs)
    work = rig.built.flops(rig.out, *rig.specs)
    assert isinstance(work, int) and work >= 0
