"""What is measured is what it says, and measuring leaves what is trained alone."""

import numpy as np
import pytest

from dlcli.config.build import experiment
from dlcli.data.dataset import Data, Dataset
from dlcli.engine import registry
from dlcli.engine.graph import Entry
from dlcli.engine.spec import Spec
from dlcli.health import measure
from dlcli.health.causes import GAUGES
from dlcli.health.checks.units import DeadAtStart
from dlcli.health.inspect import _observed, inspect
from dlcli.health.measure import Probe, draw
from dlcli.health.observe import Observer, watch
from dlcli.health.record import Record
from dlcli.training.experiment import Experiment
from dlcli.training.loop import Trainer
from dlcli.training.scores import weights_sha256
from dlcli.training.settings import Training
from tests.health.networks import ADAM, config, layers

MIXED = [*layers(1, "relu", 24, 24, norm="batch_norm"), {"dropout": {"p": 0.3}}, "tanh", {"linear": {"units": 3}}]
TRAINING = {"epochs": 2, "optimizer": ADAM}


def start(case) -> tuple[Probe, dict]:
    """A probe, and the parameters that training begins with."""
    network = case.network(1, "serial")
    network.parameters.initialize(case.seed)
    return Probe(case, GAUGES), network.parameters.arrays()


def trained(case, watchers=()) -> str:
    trainer = Trainer(case, form="serial", watchers=list(watchers))
    trainer.start()
    trainer.train()
    trainer.close()
    return weights_sha256(trainer.network)


@pytest.mark.parametrize("network", [layers(3), MIXED], ids=["mlp", "batch_norm and dropout"])
def test_watched_training_gives_the_same_bytes(network):
    plain = trained(experiment(config(network, **TRAINING)))
    case = experiment(config(network, **TRAINING))
    probe = Probe(case, GAUGES)
    record = Record(case, probe.structure, 320, probe.samples, probe.passes)
    assert trained(case, [Observer(probe, record, steps=15)]) == plain
    assert len(record.snapshots) > 4


def test_inspection_leaves_the_experiment_as_it_was():
    """Schedules and metrics remember what they have seen; those of the inspection are others."""
    plateau = [
        "schedule=[{reduce_on_plateau: {patience: 1, gamma: 0.1}}]",
        "optimizer.adam.learning_rate=0.05",
        "training.epochs=8",
    ]
    case = experiment(config(MIXED, **TRAINING).changed(plateau))
    inspect(case, steps=60)
    assert trained(case) == trained(experiment(config(MIXED, **TRAINING).changed(plateau)))


def test_ids_are_read_too():
    """A table of vectors for ids, beside a field of numbers: two inputs, one without a gradient."""
    rng = np.random.default_rng(0)
    ids, x = rng.integers(0, 5, 60), rng.standard_normal((60, 3)).astype(np.float32)
    target = (ids % 2).astype(np.int64)
    data = Data({"train": Dataset({"id": ids, "mass": x}, target)}, {"id": Spec((), "int", size=5), "mass": Spec((3,))},
                Spec((), "int", size=2, counts=(30, 30)), "classification")
    made = [
        ("table", "embedding", {"units": 4}, ("input.id",)),
        ("both", "concat", {}, ("table", "input.mass")),
        ("hidden", "linear", {"units": 8}, ("both",)),
        ("tanh", "tanh", {}, ("hidden",)),
        ("out", "linear", {"units": 2}, ("tanh",)),
    ]
    entries = [
        Entry(name, registry.create("layers", {kind: options}), sources) for name, kind, options, sources in made
    ]
    loss, optimizer = registry.create("losses", "cross_entropy"), registry.create("optimizers", ADAM)
    case = Experiment("ids", 0, entries, loss, optimizer, [], [], Training(), data)
    document = inspect(case)
    assert document["verdict"] == "healthy", document["findings"]
    assert document["layers"][0]["name"] == "table" and document["layers"][0]["gradient_norm"] > 0


def test_measures_of_a_network_worked_out_by_hand():
    case = experiment(config(layers(1, "relu", 8), dtype="float64"))
    probe, arrays = start(case)
    sample = probe.network.handles[0].dataset
    x, t = sample.inputs["x"], sample.target
    W, V = arrays["linear1.W"], arrays["linear2.W"]
    z = x @ W + arrays["linear1.b"]
    h = np.maximum(z, 0)
    s = h @ V + arrays["linear2.b"]
    p = np.exp(s) / np.exp(s).sum(1, keepdims=True)
    ds = (p - np.eye(3)[t]) / len(t)
    dz = ds @ V.T * (z > 0)
    got = probe.measure(arrays, 0).layers
    assert got["linear1"].signal == pytest.approx(np.linalg.norm(dz))
    assert got["relu1"].signal == pytest.approx(np.linalg.norm(ds @ V.T))
    assert got["linear2"].signal == pytest.approx(np.linalg.norm(ds))
    assert got["linear1"].gradient == pytest.approx(np.sqrt(np.square(x.T @ dz).sum() + np.square(dz.sum(0)).sum()))
    assert got["linear1"].weight == pytest.approx(np.linalg.norm(W))
    assert got["linear1"].rms == {"W": pytest.approx(np.sqrt(np.mean(W ** 2)))}
    assert got["relu1"].forward == pytest.approx(np.sqrt(np.mean(h ** 2)))
    assert got["linear1"].largest == pytest.approx(np.abs(z).max())
    assert got["relu1"].gauged["dead"] == np.mean(~(z > 0).any(0))


@pytest.mark.parametrize("activation, slope", [("sigmoid", lambda y: 4 * y * (1 - y)), ("tanh", lambda y: 1 - y * y)])
def test_saturated_share(activation, slope):
    case = experiment(config(layers(1, activation, 16, init={"normal": {"std": 4.0}})))
    probe, arrays = start(case)
    z = probe.network.handles[0].dataset.inputs["x"] @ arrays["linear1.W"].astype(float)
    y = 1 / (1 + np.exp(-z)) if activation == "sigmoid" else np.tanh(z)
    share = np.mean(slope(y) < 0.05)
    assert 0.2 < share < 0.9
    assert probe.measure(arrays, 0).layers[f"{activation}1"].gauged["saturated"] == pytest.approx(share, abs=1e-3)


@pytest.mark.parametrize("activation", ["relu", "gelu", "silu", "elu", "softplus"])
def test_dead_share(activation):
    case = experiment(config(layers(1, activation, 10)))
    probe, arrays = start(case)
    arrays["linear1.b"][:3] = -40
    assert probe.measure(arrays, 0).layers[f"{activation}1"].gauged["dead"] == pytest.approx(0.3)


def test_sparse_is_not_dead():
    """Units that are silent on most samples, but not on all."""
    probe, arrays = start(experiment(config(layers(1, "relu", 64))))
    arrays["linear1.b"][:] = -1.2 * np.abs(arrays["linear1.W"]).sum(0)
    probe.measure(arrays, 0)
    z = probe.network.handles[0].dataset.inputs["x"] @ arrays["linear1.W"] + arrays["linear1.b"]
    assert np.mean(z > 0) < 0.3
    assert probe.measure(arrays, 0).layers["relu1"].gauged["dead"] == pytest.approx(np.mean(~(z > 0).any(0)))


def test_several_passes_measure_the_same(monkeypatch):
    case = experiment(config(layers(2, "relu", 16)))
    probe, arrays = start(case)
    whole = probe.measure(arrays, 0)
    monkeypatch.setattr(measure, "ELEMENTS", 32 * case.graph.elements())
    parts = Probe(case, GAUGES)
    assert parts.passes == 8 and parts.samples == probe.samples == 256
    for name, m in parts.measure(arrays, 0).layers.items():
        same = whole.layers[name]
        assert m.gauged == pytest.approx(same.gauged, rel=1e-9)
        for field in ("forward", "largest", "signal", "gradient", "weight"):
            mine, other = getattr(m, field), getattr(same, field)
            assert mine == other if mine is None else mine == pytest.approx(other, rel=1e-9), (name, field)


@pytest.mark.parametrize("n", range(120, 124))
def test_a_few_rows_that_fill_no_pass_leave_no_unit_unjudged(monkeypatch, n):
    """Equal passes of 96 to 99 rows may leave out one or two of these; the rest is still all there is to look at."""
    case = experiment(config(layers(2, "relu", 16), {"spirals": {"n": n, "classes": 3}}))
    monkeypatch.setattr(measure, "ELEMENTS", 40 * case.graph.elements())
    probe, arrays = start(case)
    rows = len(case.data.splits["train"])
    assert probe.passes == 3 and probe.samples == rows - rows % 3
    record = Record(case, probe.structure, rows, probe.samples, probe.passes, [probe.measure(arrays, 0)])
    assert DeadAtStart().entries(record) == ["relu1", "relu2"] and DeadAtStart().left_out(record) is None


def test_faint_signals_keep_their_digits():
    """Thirty sigmoid layers: 1e-18 at the first, where float32 squares underflow."""
    probe, arrays = start(experiment(config(layers(30, "sigmoid"))))
    assert 0 < probe.measure(arrays, 0).layers["linear1"].signal < 1e-15


def test_sample_is_drawn_from_all_rows():
    case = experiment(config(layers(1), {"spirals": {"n": 2000, "classes": 3}}))
    train = case.data.splits["train"]
    sample, again = draw(train, 256, 0), draw(train, 256, 0)
    assert len(sample) == 256 and np.array_equal(sample.target, again.target)
    assert not np.array_equal(sample.inputs["x"], train.inputs["x"][:256])
    assert sample.inputs["x"].dtype == np.float64


def test_update_ratio_is_the_real_step():
    case = experiment(config(layers(1, units=8)))
    trainer, observer = _observed(case, 1)
    trainer.start()
    before = {name: a.copy() for name, a in trainer.network.parameters.arrays().items()}
    watch(trainer, observer)
    trainer.close()
    after = trainer.network.parameters.arrays()
    size = np.sqrt(sum(np.sum(before[n].astype(float) ** 2) for n in ("linear1.W", "linear1.b")))
    change = np.sqrt(sum(np.sum((after[n] - before[n]).astype(float) ** 2) for n in ("linear1.W", "linear1.b")))
    assert observer.record.ratio("linear1") == pytest.approx(change / size, rel=1e-5)
    assert [s.step for s in observer.record.snapshots] == [0, 1]


def test_initial_state_is_measured_before_the_first_update():
    case = experiment(config(layers(2), optimizer={"sgd": {"learning_rate": 50.0}}))
    probe, arrays = start(case)
    trainer, observer = _observed(case, 3)
    trainer.start()
    watch(trainer, observer)
    trainer.close()
    assert observer.record.start.layers == probe.measure(arrays, 0).layers
