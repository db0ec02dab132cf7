"""The error signal on its way back through time: what is measured, and who is blamed for it, and how badly."""

import numpy as np
import pytest

from dlcli.config.build import experiment
from dlcli.config.config import Config, from_values
from dlcli.health import inspect
from dlcli.health.causes import GAUGES
from dlcli.health.measure import Probe
from dlcli.health.over_time import Fade, OverTime, SignalOverTime
from tests.health.cases import memory, rate, steep
from tests.health.networks import brief, config, look
from tests.health.test_run import look as look_at_run
from tests.health.test_run import run

LINE = {"linear": {"units": 1}}
PLAIN = {"rnn": {"units": 8}}


def of(document: dict, code: str) -> dict | None:
    """The finding of a check."""
    return next((finding for finding in document["findings"] if finding["code"] == code), None)


def adding(network: list, length: int = 40, **more) -> Config:
    source = {"adding_problem": {"n": 60, "length": length}}
    return config(network, source, "mse", {"adam": {"learning_rate": 0.01}}, prepare=(), **more)


def measured(case: Config) -> dict[str, OverTime]:
    """Of each recurrent layer, at initialisation."""
    built = experiment(case)
    network = built.network(1, "serial")
    network.parameters.initialize(built.seed)
    layers = Probe(built, GAUGES).measure(network.parameters.arrays(), 0).layers
    return {name: found for name, m in layers.items() if (found := m.gauged.get(SignalOverTime.name))}


@pytest.mark.parametrize("scale", [0.5, 0.97, 1.0, 1.1])
def test_half_life_of_a_power(scale):
    fade = Fade((scale ** np.arange(60)).tolist())
    assert fade.steps == 60 and fade.half_way == scale ** 30 and fade.growth == pytest.approx(
        max(0, 59 * np.log10(scale)))
    assert fade.half_life == (pytest.approx(np.log(0.5) / np.log(scale)) if scale < 1 else None)
    assert fade.doubling == (pytest.approx(np.log(2) / np.log(scale)) if scale > 1 else None)


def test_half_life_of_what_leaves_no_digits():
    fades = [Fade([1.0, 0.0, 0.0]), Fade([1.0, 1e-200, 0.0, 0.0]), Fade([1.0]), Fade([1.0, np.inf])]
    assert [fade.half_life for fade in fades] == [0.0, pytest.approx(np.log10(2) / 200), None, 0.0]
    assert fades[3].growth == np.inf


def test_a_signal_of_a_linear_layer_halves_when_its_weights_say_so():
    """Without inputs tanh is a straight line. Both ways and stacked, each cell by its name."""
    options = {"units": 8, "init": "zeros", "recurrent_init": {"orthogonal": {"gain": 0.9}}}
    for more, cells in (({}, [""]), ({"direction": "both", "layers": 2}, ["1", "1_back", "2", "2_back"])):
        found = measured(adding([{"rnn": options | more | {"returns": "last"}}, LINE]))["rnn1"]
        assert list(found.cells) == cells and not found.own
        for fade in found.cells.values():
            assert fade.steps == 40 and fade.half_life == pytest.approx(np.log(0.5) / np.log(0.9))


def test_the_median_row_counts_as_far_as_half_of_the_rows_go():
    class Layer:
        memory, lengths = "plain", [np.array([6, 4, 1])]

        def signal_over_time(self, rng):
            powers = np.array([[0.5], [0.25], [0.1]]) ** np.arange(6)
            return {"": np.where(np.arange(6) < self.lengths[0][:, None], powers, np.nan)}

    gauge = SignalOverTime(Layer())
    gauge.see(None, None)
    assert gauge.value().cells[""].signal == pytest.approx([1, 3 / 8, 5 / 32, 9 / 128])
    asked = np.zeros((3, 6, 2))
    asked[0, 5] = asked[1, 3] = 1               # the last step of each row, behind its half
    gauge.back(asked)
    assert not gauge.value().own
    asked[1, 1] = 1
    gauge.back(asked)
    assert gauge.value().own


@pytest.mark.parametrize("rest, own", [
    (["global_avg_pool", LINE], True), ([{"rnn": {"units": 8, "returns": "last"}}, LINE], False)],
    ids=["pooled", "below another"])
def test_whether_each_step_is_asked_for_something_itself(rest, own):
    assert measured(adding([PLAIN | {"name": "low"}, *rest]))["low"].own == own


def text(tmp_path, kind: str, **more) -> Config:
    (tmp_path / "t.txt").write_text("the quick brown fox jumps over the lazy dog. " * 120)
    source = {"text": {"file": str(tmp_path / "t.txt"), "tokens": "characters", "window": 48}}
    return from_values({
        "seed": 1, "data": {"source": source, "split": {"train": 0.8, "validation": 0.2}},
        "network": [{"embedding": {"units": 12, "init": {"normal": {"std": 1.0}}}}, {kind: {"units": 24}}, "linear"],
        "loss": "cross_entropy", "optimizer": {"adam": {"learning_rate": 0.01}},
        "training": {"epochs": 20, "batch_size": 8, **more}})


def test_a_plain_layer_that_predicts_each_step_gets_a_note(tmp_path):
    """It fades as fast as any, and learns by what is near."""
    document = look(text(tmp_path, "rnn"))
    note = of(document, "R01")
    assert document["verdict"] == "healthy" and note["severity"] == "info", brief(document)
    assert note["evidence"]["half_life"] < 5 and "what is near can be learned" in note["evidence"]["says"]
    assert document["over_time"][0]["steps"] == 48 and document["over_time"][0]["half_way"] < 1e-3


FORGETS = {"rnn": {}, "gru": {}, "lstm": {"forget_bias": 0.0}}
"""What makes each forget within a few steps."""


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_gates_that_forget_at_first_are_no_fault(kind):
    document = look(memory(80, kind, **FORGETS[kind]))
    assert document["over_time"][0]["half_way"] < 1e-3 and document["findings"] == [], brief(document)


@pytest.mark.parametrize("kind, patch", [("rnn", "network.rnn1={lstm: {units: 24, returns: last}}"),
                                         ("lstm", "network.lstm1.lstm.forget_bias=4.4"), ("gru", None)])
def test_a_run_that_has_learned_nothing_is_an_error(kind, patch, tmp_path):
    case = memory(80, kind, **FORGETS[kind]).changed(["training.epochs=3"])
    document = look_at_run(case, run(tmp_path, case))
    found = of(document, "R01")
    assert document["verdict"] == "unhealthy" and found["severity"] == "error", brief(document)
    assert found["remedy"]["patch"] == ([patch] if patch else []) and found["remedy"]["text"]
    experiment(case.changed(found["remedy"]["patch"]))


def test_a_plain_network_that_wanders_is_judged_by_its_first_steps_too(monkeypatch, tmp_path):
    """The last state of such a run may be one that passes signals on; that of its first steps is not."""
    case = memory(40, optimizer=rate(1e-4)).changed(["training.epochs=1"])
    folder, seen, first = run(tmp_path, case), [], inspect._first_steps
    assert [finding["code"] for finding in look_at_run(case, folder)["findings"]] == ["V02"]

    def fading(experiment):
        seen.append(first(experiment))
        gauged = seen[0].layers["rnn1"].gauged
        gauged[SignalOverTime.name] = OverTime({"": Fade([0.5 ** n for n in range(40)])}, False)
        return seen[0]

    monkeypatch.setattr(inspect, "_first_steps", fading)
    found = of(look_at_run(case, folder), "R01")
    assert found["severity"] == "error" and found["evidence"]["half_life"] == pytest.approx(1)
    assert found["evidence"]["when"] == f"after step {seen[0].step}" and found["consequences"][0]["code"] == "V02"


@pytest.mark.parametrize("kind, fading", [("rnn", "warning"), ("gru", None)])
def test_steps_of_next_to_nothing_are_not_blamed_on_time(kind, fading, tmp_path):
    small = {"recurrent_init": {"normal": {"std": 0.08}}} if kind == "rnn" else {}
    case = memory(80, kind, rate(1e-9), **small).changed(["training.epochs=2"])
    document = look_at_run(case, run(tmp_path, case))
    severities = {finding["code"]: finding["severity"] for finding in document["findings"]}
    assert severities == {"V02": "error"} | ({"R01": fading} if fading else {}), brief(document)
    assert of(document, "V02")["remedy"]["patch"][0].startswith("optimizer.sgd.learning_rate=")


def test_a_plain_layer_that_learns_by_its_last_steps_gets_a_note(tmp_path):
    x = np.random.default_rng(0).normal(size=(300, 80, 2))
    np.savez(tmp_path / "a.npz", x=x, y=x[:, -1, 0])
    source = f"data.source={{npz: {{file: {tmp_path / 'a.npz'}, task: regression}}}}"
    case = memory(40, recurrent_init="glorot").changed([source])
    document = look(case, steps=60)
    assert of(document, "R01")["severity"] == "info" and document["verdict"] == "healthy", brief(document)


def test_a_limit_on_the_norm_makes_growth_a_warning():
    case = memory(40, optimizer=rate(1e-3), **steep(2.0)).changed(["training.clip_norm=0.01"])
    found = of(look(case, steps=3), "R02")
    assert found["severity"] == "warning" and found["remedy"]["others"] == []
    assert found["evidence"]["doubling"] < 5 and found["evidence"]["value"] > 3


def test_who_is_not_asked():
    frozen = look(adding([{"rnn": {"units": 8, "returns": "last"}, "trainable": False}, LINE]), steps=5)
    single = look(adding(["flatten", {"linear": {"units": 4}}, LINE]), steps=5)
    overflow = look(memory(40, optimizer=rate(1e30)), steps=5)
    for document, why in ((frozen, "no recurrent layer is trained"), (single, "there is no recurrent layer"),
                          (overflow, "the numbers did not stay finite")):
        check = next(check for check in document["checks"] if check["code"] == "R01")
        assert check["said"] == "could not run" and why in check["why"]
    assert single["over_time"] == [] and len(frozen["over_time"]) == 1
