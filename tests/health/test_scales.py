"""Inputs and targets of an odd size: when they are a fault, which, and what cures them."""

import numpy as np
import pytest

from dlcli.config.build import experiment
from dlcli.health.inspect import inspect
from tests.health.networks import ADAM, brief, config, fired, layers

RNG = np.random.default_rng(0)
N = 240
X = RNG.normal(size=(N, 4))
CLASSES = (X[:, 0] > 0).astype(np.int64)


@pytest.fixture
def looked(tmp_path, monkeypatch):
    """The document for arrays (one with a number per row is a column of its own), and the config."""
    monkeypatch.chdir(tmp_path)

    def look(inputs: dict, target, network=None, prepare=(), loss="cross_entropy", optimizer=ADAM, layout="stored",
             **training):
        np.savez(tmp_path / "a.npz", **{name: np.asarray(x, x.dtype if x.dtype == np.uint8 else np.float32) for name,
                                        x in inputs.items()},
                 y=target)
        source = {"npz": {"file": "a.npz", "inputs": list(inputs), "layout": layout}}
        out = 1 if loss != "cross_entropy" else 2
        case = config(network or layers(1, out=out, init="he"), source, loss, optimizer, prepare=prepare, **training)
        return inspect(experiment(case)), case

    return look


def said(document, code: str) -> tuple | None:
    """(severity, patch) of a root."""
    return next(((found["severity"],
                  found["remedy"]["patch"]) for found in document["findings"] if found["code"] == code), None)


def cured(case, patch) -> bool:
    document = inspect(experiment(case.changed(patch)))
    return "D02" not in fired(document) and "D05" not in fired(document)


STANDARDIZE = ["data.prepare=[standardize]"]
COLUMNS = {name: X[:, i] for i, name in enumerate("abcd")}


@pytest.mark.parametrize(("inputs", "severity"), [
    (COLUMNS, None), ({"x": X * 5}, None), ({"x": X + 4}, None), ({"x": X * 0.05}, None),
    ({"x": X * [1, 1, 1, 0.01]}, None),
    ({"x": X * 30}, "warning"), ({"x": X + 40}, "warning"), ({"x": X * 3e-3}, "warning"),
    (COLUMNS | {"c": X[:, 2] * 3000}, "error"),
    ({"x": X * [1, 1, 5, 0.001]}, "warning"), (COLUMNS | {"c": X[:, 2] * 1e-4}, "warning"), ({"x": X + 900}, "error"),
])
def test_size_of_the_inputs(looked, inputs, severity):
    document, case = looked(inputs, CLASSES)
    found = said(document, "D02")
    assert found == (severity and (severity, STANDARDIZE)), brief(document)
    assert not severity or cured(case, STANDARDIZE)
    finding = next(iter(document["findings"]), None)
    if inputs.keys() == COLUMNS.keys() and severity == "error":
        assert "'c'" in finding["evidence"]["says"] and finding["evidence"]["value"] == pytest.approx(3000, rel=0.3)


def test_rare_ones_among_numbers_are_not_small(looked):
    rare = (np.arange(N) == 7).astype(float)
    assert "D02" not in fired(looked(COLUMNS | {"rare": rare, "none": 0 * rare}, CLASSES)[0])


def test_a_normalisation_undoes_the_size_but_not_differences(looked):
    first = ["batch_norm", *layers(1, out=2)]
    behind = layers(1, out=2, norm="batch_norm")
    assert "D02" not in fired(looked({"x": X * 400}, CLASSES, first)[0])
    assert "D02" not in fired(looked({"x": X * 400}, CLASSES, behind)[0])
    assert said(looked({"x": X * [400, 400, 400, 0.01]}, CLASSES, behind)[0], "D02") == ("warning", STANDARDIZE)
    assert "D02" not in fired(looked({"x": X * [400, 400, 400, 0.01]}, CLASSES, first)[0])


def test_pictures_keep_their_look(looked):
    pictures = np.random.default_rng(1).integers(0, 256, (N, 6, 6, 3)).astype(np.uint8)
    network = ["flatten", *layers(1, out=2)]
    document, case = looked({"x": pictures}, CLASSES, network)
    assert said(document, "D02")[1] == ["data.prepare=[{standardize: {per: channel}}]"] and cured(case,
                                                                                                  said(document,
                                                                                                       "D02")[1])
    document, case = looked({"x": pictures}, CLASSES, layers(1, out=2), layout="flat")
    assert said(document, "D02")[1] == ["data.prepare=[{standardize: {per: all}}]"] and cured(case,
                                                                                              said(document, "D02")[1])


def test_a_step_for_some_columns_becomes_one_for_all(looked):
    document, case = looked(COLUMNS | {"c": X[:, 2] * 3000}, CLASSES,
                            prepare=[{"impute": {"strategy": "mean"}}, {"standardize": {"columns": ["a"]}}])
    patch = ["data.prepare=[{impute: {strategy: mean}}, standardize]"]
    assert said(document, "D02") == ("error", patch) and cured(case, patch)


SCALED = ["data.prepare=[standardize, scale_target]"]


@pytest.mark.parametrize(("target", "severity"), [
    (X[:, 0], None), (X[:, 0] * 4 + 3, None), (X[:, 0] * 30, "warning"), (X[:, 0] + 15, "warning"),
    (X[:, 0] * 0.05, "warning"),
    (X[:, 0] * 5000 + 13_000, "error"), (X[:, 0] * 3 + 65, "error"), (X[:, 0] * 1e-4, "warning"),
    (X[:, 0] * 1e4, "warning"),
    (np.zeros(N) + X[:, 0] * 1e-9 + 50, "error"),
])
def test_size_of_the_target(looked, target, severity):
    document, case = looked({"x": X}, target[:, None], prepare=["standardize"], loss="mse")
    assert said(document, "D05") == (severity and (severity, SCALED)), brief(document)
    assert not severity or cured(case, SCALED)


def test_a_target_that_is_met_all_the_same(looked):
    """Far from 0, and an error if the network were still far from it after thirty steps: it is not."""
    document, _ = looked({"x": X}, (X[:, 0] + 60)[:, None], prepare=["standardize"], loss="mse",
                         optimizer={"adam": {"learning_rate": 0.2}})
    assert said(document, "D05")[0] == "warning" and document["verdict"] == "healthy", brief(document)


def test_several_values_and_targets_of_a_fixed_range(looked):
    two = np.stack([X[:, 0], X[:, 1] * 5000 + 13_000], 1)
    document, case = looked({"x": X}, two, layers(1, out=2, init="he"), ["standardize"], "mse")
    assert said(document, "D05") == ("error", SCALED) and cured(case, SCALED)
    document, _ = looked({"x": X}, (0.5 + X[:, :1] * 1e-4), prepare=["standardize"], loss="binary_cross_entropy")
    assert {check["code"]: check["said"] for check in document["checks"]}["D05"] == "could not run"


def test_what_a_target_brings_about_is_not_blamed_on_the_units(looked):
    """Units that die on the way to it follow from it; those that were dead before any step do not."""
    target = (X[:, 0] * 5000 - 13_000)[:, None]
    document, _ = looked({"x": X}, target, layers(2, out=1, init="he"), ["standardize"], "mse",
                         {"sgd": {"learning_rate": 1e-4}})
    root = document["findings"][0]
    assert root["code"] == "D05" and {found["code"] for found in root["consequences"]} & {"A01", "N01",
                                                                                          "G01"}, brief(document)
    born_dead = layers(2, out=1, init="he", bias_init={"constant": {"value": -12.0}})
    document, _ = looked({"x": X}, target, born_dead, ["standardize"], "mse")
    assert [found["code"] for found in document["findings"]][:2] == ["D05", "S06"], brief(document)
