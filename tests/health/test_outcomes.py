"""What came of a run is judged as `train` judges it: a run that learned nothing, or too much, is never called
healthy."""

import numpy as np
import pytest

from dlcli.training.overfitting import turned
from tests.health.cases import FEW, HEART
from tests.health.networks import ADAM, brief, config, fired, layers
from tests.health.test_run import look, run

TINY = {"adam": {"learning_rate": 1e-9}}


def ends(tmp_path, case, **options) -> dict:
    """The document of a run of the case, with what `train` measured at its end in run.json."""
    from dlcli.api._training import summary
    from dlcli.config.build import experiment
    from dlcli.training.loop import Trainer

    folder = run(tmp_path, case, **options)
    trainer = Trainer(experiment(case), folder, form="serial")
    trainer.start()
    if folder.steps():
        trainer.resume(folder.load("last"))
    document = summary(folder, trainer, folder.status)
    trainer.close()
    folder.update(metrics=document["metrics"])
    return look(case, folder)


def asked(document, code: str) -> str:
    return next(check["said"] for check in document["checks"] if check["code"] == code)


@pytest.mark.parametrize(("changes", "source", "measure"), [
    ([], "wine", "accuracy"), (["optimizer={sgd: {learning_rate: 1e-9}}"], "wine", "accuracy"),
    (["metrics=[mae]", "loss=mse", "network.4.linear.units=1", "data.prepare=[standardize, scale_target]"], "diabetes",
     "mae"),
    (["metrics=[r2]", "loss=huber", "network.4.linear.units=1", "data.prepare=[standardize, scale_target]"],
     "diabetes", "r2"),
    (["loss=perceptron", "network=[{linear: {units: 1, init: zeros}}]", "data.split={train: 1.0}", "data.prepare=[]"],
     "xor", "accuracy"),
])
def test_nothing_learned(tmp_path, changes, source, measure):
    case = config(layers(2, "tanh", out=3), source, optimizer=TINY, epochs=2).changed(changes)
    document = ends(tmp_path, case)
    finding = next(found for found in document["findings"] if found["code"] == "V02")
    assert document["verdict"] == "unhealthy", brief(document)
    assert finding["evidence"]["measure"] == f"{measure} of the training rows"
    value, (low, high) = finding["evidence"]["value"], finding["evidence"]["healthy"]
    assert value <= low if measure in ("accuracy", "r2") else value >= high
    patch = finding["remedy"]["patch"]
    if source != "xor":         # which no patch can mend: a line does not part it
        assert "V02" not in fired(ends(tmp_path, case.changed([*patch, "training.epochs=12"])))


def test_what_learned_something_or_has_not_ended_is_not_called_so(tmp_path):
    good = config(layers(2, "tanh", out=3), "wine", optimizer=ADAM, epochs=6)
    assert asked(ends(tmp_path, good), "V02") == "silent"
    assert asked(look(good, run(tmp_path, good, stop_after=3)), "V02") == "could not run"
    rare = {"blobs": {"n": 200, "classes": 2, "distance": 0.1}}
    weighted = config(layers(1, out=2), rare, {"cross_entropy": {"class_weights": [1.0, 30.0]}}, ADAM, epochs=3)
    assert asked(ends(tmp_path, weighted), "V02") in ("silent", "fired")        # as `train` says; no crash


def test_a_cause_of_nothing_learned_is_named_before_it(tmp_path):
    case = config(layers(10, "sigmoid", out=3), "wine", optimizer={"sgd": {"learning_rate": 0.01}}, epochs=2)
    root = ends(tmp_path, case)["findings"][0]
    assert root["cause"] == "vanishing_gradients" and "V02" in {found["code"] for found in root["consequences"]}


@pytest.mark.parametrize(("changes", "severity"), [
    (["training.early_stop={patience: 5}"], None), (["training.early_stop={patience: 100, restore_best: false}"],
                                                    "warning"),
    (["training.monitor=validation.loss"], "warning"), (["training.monitor=validation.accuracy"], "warning"),
    (["loss=hinge"], "warning"),       # of which nobody knows what a constant has
    (["data.split={train: 0.8, test: 0.2}"], "could not run"), (["training.epochs=1"], None),
])
def test_overfitting(tmp_path, changes, severity):
    case = config(HEART, FEW, "binary_cross_entropy", {"adam": {"learning_rate": 0.02}}, prepare=(), epochs=150,
                  batch_size="all")
    case = case.changed(changes)
    document = look(case, run(tmp_path, case))
    if severity == "could not run":
        assert asked(document, "V01") == severity
    else:
        found = {found["code"]: found["severity"] for found in document["findings"]}
        assert found.get("V01") == severity, brief(document)


def test_values_learned_by_heart(tmp_path):
    """Noise: what is learned of it makes every other row worse than the mean does."""
    rng = np.random.default_rng(2)
    np.savez(tmp_path / "a.npz", x=rng.normal(size=(80, 6)), y=rng.normal(size=(80, 1)))
    case = config(HEART, {"npz": {"file": str(tmp_path / "a.npz")}}, "mse", ADAM, prepare=(), epochs=120)
    document = look(case, run(tmp_path / "runs", case))
    finding = next(found for found in document["findings"] if found["code"] == "V01")
    assert finding["severity"] == "error" and "an answer that is always the same has" in finding["evidence"]["says"]


def test_the_turn():
    def epochs(validation, train=(0.9, 0.5, 0.1, 0.01)):
        return [{"epoch": i + 1, "train": {"loss": t}, "validation": {"loss": v}} for i,
                (t, v) in enumerate(zip(train, validation))]

    assert turned(epochs([1.0, 0.5, 0.8, 1.2])) == (2, 0.5, 1.2)
    assert turned(epochs([1.0, 0.5, 0.52, 0.54])) is None                           # a tenth is noise
    assert turned(epochs([1.0, 1e-3, 2e-3, 4e-3])) is None                          # next to nothing, and twice of it
    assert turned(epochs([1.0, 0.5, 0.8, 1.2], (0.9, 0.8, 0.8, 0.9))) is None       # the training loss is no better
    assert turned(epochs([1.0, None, 0.8, 1.2])) is None and turned([]) is None
    assert turned([{"epoch": 1, "train": {"loss": 1.0}}]) is None
    assert turned(epochs([0.5, 0.6, 0.8, 1.2])) == (1, 0.5, 1.2) and turned(epochs(np.linspace(1, 0.5, 4))) is None
