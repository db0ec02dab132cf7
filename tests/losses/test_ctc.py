"""Loss ctc against every path there is, and what it makes of targets that no path stands for."""

from itertools import product

import numpy as np
import pytest

from dlcli.data.dataset import Dataset
from dlcli.engine import registry
from dlcli.engine.batches import Batch
from dlcli.engine.graph import Graph
from dlcli.engine.network import Limits, Network
from dlcli.engine.spec import Spec
from dlcli.kernels.ctc.greedy import collapse
from dlcli.kernels.ctc.needed import needed_steps
from dlcli.training.scores import Scores, evaluate
from tests.engine.toys import entry

from .cases import Case
from .rig import Rig


def drawn(rng, rows, steps, most, classes, dtype=np.float64, scale=2.0, **options):
    """Random rows of random lengths, some of them impossible."""
    y, t = Spec((steps, classes + 1), lengths=True), Spec((most,), "int", size=classes, lengths=True)
    rig = Rig(Case("ctc", y, t, options), rows=1, dtype=dtype)
    rig.y = (scale * rng.standard_normal((rows, steps, classes + 1))).astype(dtype)
    rig.t = rng.integers(0, classes, (rows, most))
    rig.lengths, rig.target_lengths = rng.integers(1, steps + 1, rows), rng.integers(0, most + 1, rows)
    return rig.bind()


def each(rig):
    """The loss of each row by itself."""
    return [rig.part(slice(i, i + 1)).forward() for i in range(len(rig.y))]


def test_is_the_sum_over_all_paths():
    rig = drawn(np.random.default_rng(0), 30, 4, 3, 2)
    possible = needed_steps(rig.t, rig.target_lengths) <= rig.lengths
    assert 3 < possible.sum() < 27
    for i, found in enumerate(each(rig)):
        p, wanted = rig.loss.predict(rig.y[i, :rig.lengths[i]]), rig.t[i, :rig.target_lengths[i]].tolist()
        total = sum(p[np.arange(len(p)), path].prod() for path in product(range(3), repeat=len(p))
                    if collapse(np.array(path), 2).tolist() == wanted)
        assert found == (pytest.approx(-np.log(total), rel=1e-12) if possible[i] else np.inf)
        assert possible[i] == (total > 0)


def test_a_target_that_does_not_fit_is_infinite_and_pulls_nowhere():
    rig = drawn(np.random.default_rng(1), 40, 5, 4, 2)
    impossible = needed_steps(rig.t, rig.target_lengths) > rig.lengths
    assert rig.forward() == np.inf
    dy = rig.backward().copy()
    assert np.isfinite(dy).all() and not dy[impossible].any() and dy[~impossible].any((1, 2)).all()
    left_out = drawn(np.random.default_rng(1), 40, 5, 4, 2, skip_impossible=True)
    assert left_out.forward() == pytest.approx(sum(loss for loss in each(rig) if loss < np.inf))
    assert left_out.loss.weight(left_out.t) == 40 and np.array_equal(left_out.backward(), dy)


def test_what_is_no_number_is_not_called_impossible():
    rig = drawn(np.random.default_rng(2), 4, 8, 2, 3, skip_impossible=True)
    rig.y[1, 0, 0] = np.nan
    with np.errstate(invalid="ignore"):
        assert np.isnan(rig.forward())


def test_a_class_with_score_minus_infinity_is_never_chosen():
    y, t = Spec((3, 3)), Spec((1,), "int", size=2)
    rig = Rig(Case("ctc", y, t), rows=2)
    rig.y[...], rig.t[...] = 0.0, [[0], [1]]
    rig.y[:, :, 1] = -np.inf
    rig.bind()
    with np.errstate(all="raise", under="ignore"):
        assert each(rig) == [pytest.approx(-np.log(6 / 8)), np.inf]
        rig.forward()
        assert np.isfinite(rig.backward()).all()
        rig.y[:, :, 2] = -np.inf
        assert each(rig) == [0, np.inf], "not even the blank"


def test_float32_keeps_its_digits_over_many_steps():
    rng = np.random.default_rng(3)
    for scale in (0.01, 3.0):
        exact = drawn(rng, 4, 900, 150, 9, scale=scale)
        exact.lengths[:], exact.target_lengths[:] = (900, 700, 17, 600), (150, 60, 3, 0)
        exact.y[...] = exact.y.astype(np.float32)
        assert exact.forward() == pytest.approx(sum(each(exact)), rel=1e-12)
        rig = drawn(rng, 4, 900, 150, 9, np.float32)
        for name in ("y", "t", "lengths", "target_lengths"):
            getattr(rig, name)[...] = getattr(exact, name)
        assert rig.forward() == pytest.approx(exact.forward(), rel=1e-6)
        np.testing.assert_allclose(rig.backward(), exact.backward(), rtol=2e-4, atol=1e-4)


def test_a_batch_can_be_no_longer_than_its_longest_row():
    """What stands behind it is neither computed nor read, and may be anything."""
    rig = drawn(np.random.default_rng(4), 5, 12, 2, 3)
    rig.lengths[:], rig.target_lengths[:] = 5, 2
    total, dy = rig.forward(), rig.backward().copy()
    rig.poison(rig.loss.kept)
    assert rig.forward() == total and np.array_equal(rig.backward(), dy) and not dy[:, 5:].any()


@pytest.mark.parametrize("shards", [1, 3])
def test_a_network_learns_what_nobody_has_placed(shards):
    """Each token is shown for two steps, and nothing for one; which is which, the network has to find out."""
    rng = np.random.default_rng(0)
    rows, most, classes = 30, 4, 3
    tokens, counts = rng.integers(0, classes, (rows, most)), rng.integers(1, most + 1, rows)
    x, lengths = np.zeros((rows, 3 * most, classes)), 3 * counts
    for step in (0, 1):
        x[:, step::3] = np.eye(classes)[tokens]
    target = Spec((most,), "int", classes, lengths=True)
    graph = Graph([entry("l", {"linear": {"units": classes + 1}}, "input")],
                  {"input": Spec((3 * most, classes), lengths=True)})
    loss = registry.create("losses", "ctc")
    loss.build(graph.values[graph.output].spec, target)
    optimizer = registry.create("optimizers", {"adam": {"learning_rate": 0.1}})
    limits = Limits(batch=rows, shards=shards, form="serial")
    made = Network(graph, loss, target, optimizer, limits, "float64")
    handle = made.add(Dataset({"x": x}, tokens, {"x": lengths}, counts))
    made.start()
    metrics = {kind: registry.create("metrics", kind) for kind in ("token_error_rate", "sequence_accuracy")}
    scores = Scores(made, metrics, target, None)
    before = evaluate(made, handle, scores)
    for step in range(60):
        made.step(handle, [Batch(0, rows)], 0, step, 0.1)
    after = evaluate(made, handle, scores)
    assert after["loss"] < before["loss"] / 10
    assert after["token_error_rate"] == 0 < before["token_error_rate"]
    assert after["sequence_accuracy"] == 1 > before["sequence_accuracy"]
