"""How the rows of an epoch are cut into batches, and what an epoch reports whatever their size."""

import math

import numpy as np
import pytest

from dlcli.training.scores import Scores, evaluate, weights_sha256
from tests.training.runs import Records, build, train

PLAIN = ("~network.batch_norm1", "~network.dropout1")
NORMED = """
data: {source: {moons: {n: 50}}, split: {train: 1.0}, prepare: [standardize]}
network: [{batch_norm: {momentum: 1}}, {linear: {units: 2}}]
loss: cross_entropy
optimizer: {sgd: {learning_rate: 0.1}}
training: {epochs: 2}
"""


@pytest.mark.parametrize("size, steps", [("all", 1), ("1", 90), ("16", 6), ("1000", 1)])
def test_batch_sizes(size, steps):
    assert (
        train(build("training.epochs=1", f"training.batch_size={size}", "~network.batch_norm1")).progress.step == steps
    )


def test_no_metric_is_nan_where_the_last_batch_is_short():
    records = Records()
    train(build("training.batch_size=89", "training.epochs=1"), watchers=[records])
    assert all(math.isfinite(v) for v in records.epochs[0]["train"].values())


def test_a_single_row_joins_the_batch_before_it_where_batch_norm_compares_rows():
    """With momentum 1 the running statistics are those of the last batch, whose rows the order tells."""
    for rows, batch, accumulate, shards, last, steps in (
            (50, 49, 1, 1, 50, 1), (50, 7, 1, 2, 8, 7), (50, 7, 3, 2, 8, 3), (50, 7, 7, 3, 8, 1), (50, 7, 9, 1, 8, 1),
            (51, 2, 1, 2, 3, 25), (51, 2, 5, 9, 3, 5), (50, 48, 1, 3, 2, 2), (50, 25, 1, 4, 25, 2), (50, 60, 1, 1, 50,
                                                                                                     1)):
        e = build(f"data.source.moons.n={rows}", f"training.batch_size={batch}", f"training.accumulate={accumulate}",
                  f"training.shards={shards}", text=NORMED)
        assert (e.last_batch_rows, e.span) == (last, (steps, 2 * steps)), (rows, batch)
        records = Records()
        trainer = train(e, watchers=[records], workers=2, form="serial")
        assert len(records.steps) == trainer.progress.step == 2 * steps
        own = e.data.splits["train"].inputs["x"][trainer.batches.order(1)[-last:]]
        found = trainer.network.parameters.arrays()
        case = f"{rows} rows in batches of {batch}"
        np.testing.assert_allclose(found["batch_norm1.running_var"], own.var(0, ddof=1), rtol=1e-5, err_msg=case)
        np.testing.assert_allclose(found["batch_norm1.running_mean"], own.mean(0), atol=1e-6)


def test_a_single_row_stays_a_batch_where_nothing_compares_rows():
    for overrides in (("~network.batch_norm1",), ("network.batch_norm1={batch_norm: {momentum: 1}, trainable: false}",),
                      ("network.batch_norm1=layer_norm",)):
        e = build("training.batch_size=7", *overrides, text=NORMED)
        assert (e.last_batch_rows, e.span.steps_per_epoch, e.limits().largest) == (1, 8, 7)


@pytest.mark.parametrize(
    "overrides",
    [
        ("loss={cross_entropy: {class_weights: [1.0, 5.0, 0.2]}}",),
        ("training.accumulate=3",),
        ("training.accumulate=2", "training.shards=3"),
        ("data.sampling=balanced",),
    ],
    ids=str,
)
def test_the_loss_of_an_epoch_is_that_of_its_rows_together(overrides):
    """With nearly no step size, all batches see the same weights: the epoch's mean must be that of one pass over its
    rows."""
    records = Records()
    still = (*PLAIN, "training.epochs=1", "training.batch_size=7", "optimizer={sgd: {learning_rate: 1e-12}}")
    trainer = train(build(*still, *overrides), watchers=[records])
    e = trainer.experiment
    network = e.network()
    network.parameters.load(trainer.network.parameters.arrays())
    network.add(e.data.splits["train"])
    network.reorder(network.handles[0], trainer.batches.order(0))
    network.start()
    scores = Scores(network, {m.kind: m for m in e.metrics}, e.data.target, None)
    assert records.epochs[0]["train"] == pytest.approx(evaluate(network, network.handles[0], scores), rel=1e-6)


def test_more_shards_than_rows_are_as_many_as_rows():
    e = build("training.shards=100000", "training.batch_size=8")
    assert e.shards == 8
    assert weights_sha256(train(e).network) == weights_sha256(
        train(build("training.shards=8", "training.batch_size=8")).network
    )
