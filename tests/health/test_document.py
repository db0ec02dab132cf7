"""The document of `inspect` has exactly the fields that are promised, and no number that JSON does not know."""

import json

import pytest

from dlcli.config.build import experiment, outline
from dlcli.errors import DataError
from dlcli.health.causes import CAUSES
from dlcli.health.inspect import inspect
from tests.health.cases import CASES
from tests.health.networks import config, layers, look

BRIEF = {"code", "severity", "cause", "layer", "evidence"}
EVIDENCE = {"says", "measure", "value", "limit", "healthy", "when", "step", "layers"}
LAYER = {"name", "kind", "gradient_norm", "weight_norm", "update_ratio", "dead", "saturated"}


@pytest.mark.parametrize("name", CASES)
def test_fields(name):
    document = look(CASES[name].sick)
    assert set(document) == {"verdict", "findings", "layers", "over_time", "checks"}
    assert document["verdict"] in ("healthy", "unhealthy")
    json.dumps(document, allow_nan=False)
    names = {layer["name"] for layer in document["layers"]}
    for finding in document["findings"]:
        assert set(finding) == BRIEF | {"consequences", "remedy"} and set(finding["remedy"]) == {"text", "patch",
                                                                                                 "others"}
        assert finding["remedy"]["text"]
        for said in (finding, *finding["consequences"]):
            assert BRIEF <= set(said) and EVIDENCE <= set(said["evidence"])
            assert said["cause"] in CAUSES and said["layer"] in names and said["severity"] in ("error", "warning")
            assert len(said["evidence"]["healthy"]) == 2 and said["evidence"]["says"]
        assert all(set(said) == BRIEF for said in finding["consequences"])
    assert all(set(layer) == LAYER for layer in document["layers"])
    assert all(set(check) == {"code", "title", "said", "why"} for check in document["checks"])
    assert {check["said"] for check in document["checks"]} <= {"silent", "fired", "could not run"}


def test_rows_of_the_table():
    document = look(config([*layers(1, "relu", 16, 8), "tanh", {"linear": {"units": 3}, "trainable": False}]))
    rows = {row["name"]: row for row in document["layers"]}
    assert list(rows) == ["linear1", "relu1", "linear2", "tanh1", "linear3"]
    assert rows["linear1"]["gradient_norm"] > 0 and 0 < rows["linear1"]["update_ratio"] < 1
    assert rows["linear1"]["dead"] is None and 0 <= rows["relu1"]["dead"] < 0.3
    assert rows["relu1"]["gradient_norm"] is None and rows["tanh1"]["saturated"] < 0.5
    frozen = rows["linear3"]
    assert frozen["gradient_norm"] is None and frozen["update_ratio"] is None and frozen["weight_norm"] > 0


def test_overflow_leaves_no_infinity():
    document = look(config(layers(3), optimizer={"sgd": {"learning_rate": 1e38}}))
    assert document["findings"][0]["cause"] == "not_finite"
    json.dumps(document, allow_nan=False)


def test_the_same_twice():
    assert look(config(layers(3))) == look(config(layers(3)))


def test_no_rows_is_an_error_of_the_data():
    declared = config(layers(1), {"declared": {"shape": [4], "classes": 3}}, prepare=())
    with pytest.raises(DataError, match="no rows"):
        inspect(outline(declared))


def test_steps_are_those_of_the_whole_training_at_most():
    """A training of two steps, watched for thirty."""
    document = inspect(experiment(config(layers(1), batch_size="all", epochs=2)), steps=30)
    assert document["verdict"] == "healthy" and document["layers"][0]["update_ratio"] > 0
