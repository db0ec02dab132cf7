"""Learned arrays in one vector: their order, their draws, values put back."""

import numpy as np
import pytest

from dlcli.engine import registry, update
from dlcli.engine.streams import Stream
from tests.engine.toys import FEATURES, entry, network, wide_entries


def test_each_parameter_draws_from_its_own_stream_whatever_else_there_is():
    made = network(
        [
            entry("a", {"linear": {"units": 8, "init": "normal", "bias_init": "normal"}}, "input"),
            *wide_entries()[:1],
            entry("l3", {"linear": {"units": 3}}, "a"),
        ]
    )
    for name, kind, shape in (
        ("a.W", "normal", (FEATURES, 8)),
        ("a.b", "normal", (8,)),
        ("l1.W", "glorot", (FEATURES, 16)),
    ):
        drawn = registry.create("initializers", kind).sample(Stream(5, "init", name).rng, shape)
        np.testing.assert_array_equal(made.parameters.arrays()[name], drawn.astype(np.float32))


def test_trainable_parameters_that_decay_then_others_then_frozen_ones():
    entries = [e._replace(trainable=e.name != "l1") for e in wide_entries()]
    p = network(entries).parameters
    names = [name for name, span in sorted(p.spans.items(), key=lambda item: item[1].start)]
    assert names == ["l2.W", "l3.W", "norm.weight", "norm.bias", "l2.b", "l3.b", "l1.W", "l1.b"]
    assert (p.decayed, p.trainable) == (p.spans["l3.W"].stop, p.spans["l3.b"].stop)


@pytest.mark.parametrize(
    "change, error",
    [
        (lambda a: a.pop("l1.W"), KeyError),
        (lambda a: a.update({"l1.b": np.zeros(1)}), ValueError),
        (lambda a: a.update({"norm.running_mean": np.zeros((1, 16))}), ValueError),
    ],
)
def test_values_that_do_not_fit_are_refused(change, error):
    made = network()
    arrays = {name: array + 1 for name, array in made.parameters.arrays().items()}
    made.parameters.load(arrays)
    assert all(np.array_equal(array, arrays[name]) for name, array in made.parameters.arrays().items())
    change(arrays)
    with pytest.raises(error):
        made.parameters.load(arrays)


def test_workers_own_blocks_and_scratch(monkeypatch):
    """However many of them take part."""
    monkeypatch.setattr(update, "BLOCK", 50)
    whole = network(shards=3, workers=3, form="thread")
    made = whole.update
    for active in (1, 2, 3):
        owned = [list(made._own(worker, active)) for worker in range(active)]
        assert sum(owned, []) == list(range(len(made.blocks))) and all(owned)
    assert sum(len(theta) for theta, *_ in made.blocks) == whole.parameters.trainable
    assert not any(np.shares_memory(a, b) for a, b in zip(made._work, made._work[1:]))
