"""Inspecting what a run left behind."""

import json

import numpy as np
import pytest

from dlcli.artifacts.run import Run
from dlcli.config.build import experiment
from dlcli.engine.blas import single_thread
from dlcli.errors import NumericalError
from dlcli.health.inspect import inspect, inspect_run
from dlcli.training.loop import Trainer
from tests.health.cases import RUNS, rate
from tests.health.networks import ADAM, brief, config, fired, layers


def run(tmp_path, case, stop_after=None) -> Run:
    """A run on the disk; `stop_after`: interrupted after so many steps."""
    single_thread()
    folder = Run.create(tmp_path, "test", b"", case.values, {})
    trainer = Trainer(experiment(case), folder, form="serial")
    with folder.lock():
        trainer.start()
        folder.update(status="running")
        try:
            status = trainer.train() if stop_after is None else stop(trainer, stop_after)
        except NumericalError:
            status = "diverged"
        folder.update(status=status)
    trainer.close()
    return folder


def stop(trainer, steps) -> str:
    class Request:
        number = property(lambda self: 2 if trainer.progress.step >= steps else None)

    while trainer.run_epoch(Request()):
        pass
    trainer.save()
    return "interrupted"


def look(case, folder) -> dict:
    document = inspect_run(experiment(case), Run.open(folder.path))
    json.dumps(document, allow_nan=False)
    return document


def test_finished_run(tmp_path):
    case = config(layers(2, "tanh", 24), optimizer=ADAM, epochs=3)
    folder = run(tmp_path, case)
    before = {path.name: path.read_bytes() for path in (folder.path / "checkpoints").iterdir()}
    document = look(case, folder)
    assert document["verdict"] == "healthy", brief(document)
    arrays = folder.load("last").arrays
    rows = {row["name"]: row for row in document["layers"]}
    size = np.sqrt(sum(np.square(arrays[f"model/linear1.{name}"].astype(float)).sum() for name in "Wb"))
    assert rows["linear1"]["weight_norm"] == pytest.approx(size)
    assert 0 < rows["linear1"]["update_ratio"] < 0.1
    assert {path.name: path.read_bytes() for path in (folder.path / "checkpoints").iterdir()} == before


def test_converged_run_is_healthy(tmp_path):
    case = config(
        layers(2, "tanh", 32, 2),
        {"moons": {"n": 200, "noise": 0.02}},
        optimizer={"adam": {"learning_rate": 0.03}},
        epochs=100,
    )
    document = look(case, run(tmp_path, case))
    assert document["layers"][0]["gradient_norm"] < 1
    assert document["verdict"] == "healthy", brief(document)


def test_fault_at_the_start_is_seen_afterwards(tmp_path):
    case = config(layers(10, "sigmoid"), epochs=2)
    document = look(case, run(tmp_path, case))
    root = document["findings"][0]
    assert (root["cause"], root["evidence"]["when"]) == ("vanishing_gradients", "at initialisation")


def test_units_that_died_on_the_way(tmp_path):
    case = config(layers(2, units=16), optimizer=rate(3.0), epochs=5)
    document = look(case, run(tmp_path, case))
    root = document["findings"][0]
    assert root["code"] == "A01" and root["evidence"]["step"] > 30, brief(document)
    assert root["remedy"] == inspect(experiment(case))["findings"][0]["remedy"], "the rate fits the very first update"


def test_first_update_is_that_of_the_initialisation(tmp_path):
    """Forty normalised layers: the first step throws the weights away, and after three epochs steps are small and the
    signal is calm."""
    case = config(layers(40, "relu", 16, norm="batch_norm", init="he"), optimizer=rate(0.1), epochs=3)
    document = look(case, run(tmp_path, case))
    root = document["findings"][0]
    assert (root["code"], root["severity"], root["evidence"]["step"]) == ("S05", "error", 0), brief(document)
    assert document["layers"][0]["update_ratio"] < 0.1


def test_interrupted_run_goes_on_in_the_replay(tmp_path):
    case = config(layers(2, "relu", 24, init="he"), epochs=5)
    document = look(case, run(tmp_path, case, stop_after=7))
    assert document["verdict"] == "healthy" and "G01" not in fired(document)
    assert [check["said"] for check in document["checks"] if check["code"] == "G01"] == ["silent"]


@pytest.mark.parametrize("every", [None, 20])
def test_diverged_run_is_replayed_to_the_step(tmp_path, every):
    """It ran well for dozens of steps, then overflowed: from the start or from the last checkpoint, the replay meets
    the same step."""
    warmed = [
        "schedule=[{linear_warmup: {steps: 400}}]",
        *([f"training.checkpoint.every_steps={every}"] if every else []),
    ]
    case = config(
        layers(3, "leaky_relu", 16, 1), "diabetes", "mse", rate(6.0), prepare=["standardize", "scale_target"]
    ).changed(warmed)
    folder = run(tmp_path, case)
    assert folder.info["status"] == "diverged" and bool(folder.steps()) == bool(every)
    root = look(case, folder)["findings"][0]
    trainer = Trainer(experiment(case), form="serial")
    trainer.start()
    with pytest.raises(NumericalError):
        trainer.train()
    trainer.close()
    step = trainer.progress.step + 1
    assert step > 30 and root["cause"] == "not_finite" and f"in step {step}," in root["evidence"]["says"]


@pytest.mark.parametrize("name", RUNS)
def test_the_outcome_of_a_run(tmp_path, name):
    """The check fires, its twin is silent, and each cure cures: what `train` warns of is never called healthy."""
    case = RUNS[name]
    document = look(case.sick, run(tmp_path, case.sick))
    root, *others = document["findings"]
    assert (root["code"], root["cause"], root["severity"],
            root["layer"]) == case[:1] + case[1:2] + case[3:4] + case[2:3], brief(document)
    assert others == [] and document["verdict"] == "unhealthy" and case.code not in fired(look(case.twin,
                                                                                               run(tmp_path,
                                                                                                   case.twin)))
    cures = [root["remedy"]["patch"], *(other["patch"] for other in root["remedy"]["others"])]
    assert all(cures)
    for patch in cures:
        cured = case.sick.changed(patch)
        document = look(cured, run(tmp_path, cured))
        assert document["verdict"] == "healthy", (patch, brief(document))
    if case.code == "V01":
        turn = root["evidence"]["epoch"]
        losses = [epoch["validation"]["loss"] for epoch in run(tmp_path, case.sick).journal.read("epoch")]
        assert turn == int(np.argmin(losses)) + 1
        assert root["evidence"]["value"] == pytest.approx(losses[-1] / min(losses))
        assert f"lowest in epoch {turn} (" in root["evidence"]["says"] and len(cures) == 3
