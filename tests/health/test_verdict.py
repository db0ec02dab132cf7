"""Root causes first, in causal order; what follows from them under them."""

import pytest

from dlcli.config.build import experiment
from dlcli.health import verdict
from dlcli.health.causes import CAUSES, CHECKS
from dlcli.health.checks.numbers import culprit
from dlcli.health.checks.propagation import PropagationInTraining
from dlcli.health.checks.scale import InitScale
from dlcli.health.checks.units import DeadAtStart
from dlcli.health.error_signal import exponents, trail
from dlcli.health.finding import CannotSay, Check, Finding, level
from dlcli.health.inspect import _observed
from dlcli.health.observe import watch
from tests.health.cases import CASES, at, rate
from tests.health.networks import brief, config, fired, layers, look


def recorded(case, steps=30):
    trainer, observer = _observed(experiment(case), steps)
    trainer.start()
    watch(trainer, observer)
    trainer.close()
    return observer.record


def consequences(document) -> set[str]:
    return {finding["cause"] for finding in document["findings"][0]["consequences"]}


def test_dead_layer_that_makes_gradients_vanish_is_called_dead():
    document = look(CASES["biases that silence a layer"].sick)
    assert [finding["cause"] for finding in document["findings"]] == ["dead_units"]
    assert consequences(document) == {"vanishing_gradients"}
    assert document["findings"][0]["layer"] == "linear3"


def test_large_weights_come_before_what_they_bring_about():
    document = look(CASES["one layer far too large"].sick)
    assert document["findings"][0]["cause"] == "init_too_large" and len(document["findings"]) == 1
    assert {"exploding_gradients", "not_finite"} <= consequences(document)


def test_high_learning_rate_is_not_blamed_on_the_initialisation():
    """The first update destroys the network; all that stood before it was well."""
    document = look(config(layers(4, init="he"), optimizer=rate(300.0)))
    assert document["verdict"] == "unhealthy"
    assert {finding["code"] for finding in document["findings"]} <= {"N01", "A01", "G01"}, brief(document)
    assert "learning_rate" in document["findings"][0]["remedy"]["patch"][0]


def test_two_faults_are_two_findings():
    """Inputs that saturate the first layer, and too many sigmoid layers behind it."""
    document = look(config(layers(9, "sigmoid"), {"blobs": {"distance": 4000.0, "noise": 900.0}}, prepare=()))
    assert [(finding["cause"], finding["severity"]) for finding in document["findings"]] == \
        [("input_scale", "error"), ("vanishing_gradients", "error")], brief(document)
    assert consequences(document) == {"saturated_units"}


def test_a_few_dead_units_do_not_explain_what_vanishes():
    """A third of a deep layer's units may be dead; the signal was lost in the sigmoid layers."""
    record = recorded(
        config(
            [*layers(8, "sigmoid")[:-1], *at(0, layers(1, units=20), bias_init={"normal": {"mean": -0.5, "std": 1.0}})]
        )
    )
    document = verdict.diagnose(record)[0]
    vanishing = next(finding for finding in document if finding.cause == "vanishing_gradients")
    assert vanishing.severity == "error" and document[0] is vanishing


def test_severity_rises_with_the_consequences():
    document = look(CASES["every layer too small"].sick)
    root = document["findings"][0]
    assert root["severity"] == "error" and root["cause"] == "init_too_small"
    assert look(CASES["one layer far too small"].sick)["findings"][0]["severity"] == "warning"


def test_errors_stand_before_warnings():
    severities = [
        finding["severity"] for finding in look(CASES["inputs in the thousands"].sick, fail_on="warning")["findings"]
    ]
    assert severities == sorted(severities, key=["error", "warning"].index)


def test_fail_on_moves_the_line():
    case = CASES["steps that saturate units"].sick
    assert look(case)["verdict"] == "healthy"
    assert look(case, fail_on="warning")["verdict"] == "unhealthy"


def test_culprit_stands_out():
    """One layer of many that loses the signal alone is the one that is named, wherever it is."""
    for place in (1, 3, 5):
        record = recorded(config(at(place, layers(7, "tanh"), init={"normal": {"std": 1e-4}}), optimizer=rate(1e-4)))
        finding = verdict.diagnose(record)[0][0]
        assert finding.cause == "init_too_small" and finding.consequences[0].cause == "vanishing_gradients"
        assert finding.layer == finding.consequences[0].layer == f"linear{place + 1}", finding


@pytest.mark.parametrize("normalised", [False, True])
def test_decades_add_up_along_the_way(normalised):
    record = recorded(config(layers(6, "tanh", norm="layer_norm" if normalised else None)), steps=1)
    values = exponents(record.structure, record.start)
    for name, value in values.items():
        assert sum(change for _, change in trail(record.structure, record.start, name)) == pytest.approx(
            value, abs=1e-9
        )


def test_more_dead_units_than_at_first_are_another_matter():
    """A third dead at first does not explain that all die; all dead at first does."""
    few = Finding("S06", "warning", "dead_units", "linear1", {}, ["relu1"])
    many = Finding("A01", "error", "dead_units", "linear1", {}, ["relu1"])
    assert not CAUSES["dead_units"].brings_about(None, few, many)
    assert CAUSES["dead_units"].brings_about(None, many, few)


def test_what_was_so_at_the_start_is_not_reported_twice():
    assert fired(look(CASES["ten sigmoid layers"].sick)) == ["S04"]


def test_units_that_wake_up_are_not_dead():
    record = recorded(config(layers(2)))
    record.start.layers["relu1"].gauged["dead"] = 0.9
    assert DeadAtStart().look(record) is None
    record.last.layers["relu1"].gauged["dead"] = 0.9
    assert DeadAtStart().look(record).severity == "error"


def test_a_network_that_has_learned_everything_had_no_lasting_trouble():
    """Zero output weights let nothing through at first; thirty steps later a hinge loss has nothing left to say."""
    clouds = {"blobs": {"n": 100, "classes": 2, "distance": 60.0}}
    network = at(1, layers(1, "tanh", 16, 1), init="zeros")
    record = recorded(config(network, clouds, "hinge", rate(1.0)))
    assert record.last.layers["linear2"].signal == 0
    assert verdict.diagnose(record)[0] == []


def test_overflow_is_placed():
    """The first output beyond float32; else the first error signal, coming from the loss; else the weights that grew
    most."""
    record = recorded(config(layers(3), optimizer=rate(1e6)))
    layers_before = record.overflow.before.layers
    for m in layers_before.values():
        m.largest, m.signal, m.weight = 1.0, 1.0, m.weight and 1.0
    layers_before["linear2"].weight = 1e9
    assert culprit(record)[0] == "linear2"
    layers_before["relu1"].signal = layers_before["relu3"].signal = 1e39
    assert culprit(record) == ("relu3", 1e39)
    layers_before["relu2"].largest = layers_before["linear4"].largest = float("inf")
    assert culprit(record)[0] == "relu2"


@pytest.mark.parametrize("units", [1, 2, 3])
def test_few_weights_scatter_too_widely_to_be_judged(units):
    for seed in range(20):
        record = recorded(
            config(layers(1, "tanh", units, 2), {"moons": {"n": 100}}, seed=seed, optimizer=rate(0.01)), steps=1
        )
        assert InitScale().look(record) is None


def test_training_that_explodes():
    """G01 on states whose signal grows from a healthy start."""
    record = recorded(config(layers(6, "tanh")))
    for snapshot in record.later:
        snapshot.layers["linear1"].signal *= 1e4
    finding = PropagationInTraining().look(record)
    assert (finding.cause, finding.severity, finding.evidence["at"]) == ("exploding_gradients", "error", "linear1")
    for snapshot in record.later[2:]:
        snapshot.layers["linear1"].signal /= 1e4
    assert PropagationInTraining().look(record) is None     # not sustained


def test_checks_that_cannot_run_say_why():
    document = look(config([{"linear": {"units": 3}}]))
    unable = {check["code"]: check["why"] for check in document["checks"] if check["said"] == "could not run"}
    assert set(unable) == {"S04", "S05", "S06", "S07", "A01", "A02", "G01", "D05", "R01", "R02", "V01", "V02"}
    assert all(unable.values()) and document["verdict"] == "healthy"


def test_every_check_is_asked_once_and_answered():
    document = look(config(layers(2)))
    assert [check["code"] for check in document["checks"]] == [check.code for check in CHECKS]
    assert all((check["why"] is None) == (check["said"] != "could not run") for check in document["checks"])


@pytest.mark.parametrize("value, grade", [(-1.9, 0), (-2.1, 1), (-3.1, 2)])
def test_level(value, grade):
    assert level(value, -2, -3) == level(-value, 2, 3) == grade


def test_a_check_that_is_not_written_says_so():
    with pytest.raises(NotImplementedError):
        Check().look(None)
    assert issubclass(CannotSay, Exception)
