"""The JSON Schema for editors: accepts what validation accepts, and refuses what a schema can refuse."""

import json
from pathlib import Path

import pytest

from dlcli.config.explain import explain, kinds, overview, text_of
from dlcli.config.json_schema import json_schema
from dlcli.config.schema.fields import docs, fields
from dlcli.config.schema.sections import SUGAR, Root
from dlcli.config.text.read import read
from dlcli.engine import registry
from dlcli.errors import UsageError
from tests.config.rig import BASE, around, config
from tests.config.test_mutations import CASES
from tests.config.test_network import LINES

CONFIGS = sorted((Path(__file__).parents[2] / "configs").rglob("*.yaml"))
BEYOND = (
    "is not above",
    "no entry above",
    "there twice",
    "stands in a repeat",
    "reads one value",
    "is taken",
    "is needed",
    "written out",
    "names no layer",
    "'classes' and",
    "one of `",
)
"""Problems that JSON Schema cannot state: references, uniqueness, options that hang together."""


@pytest.fixture(scope="module")
def validator():
    jsonschema = pytest.importorskip("jsonschema")
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


GOOD = {
    "base": BASE,
    "sugar": around(LINES),
    "bare": around("- relu\n- relu: {}\n- relu:\n- linear: {units: 1}\n  trainable: false"),
    "empty sections": around("- relu") + "training:\n",
    "one schedule": around("- relu") + "schedule: cosine\nmetrics: mse\n",
    "null": around("- relu") + "init_from:\nmetrics:\n",
    "declared": around("- relu\n").replace(
        "{source: iris}", "{source: {declared: {inputs: {x: {shape: [3]}}, classes: 2}}}"
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_good_configs_fit(validator, name):
    config(GOOD[name])
    values = read(GOOD[name].encode(), "c.yaml")[0].plain()
    assert [error.message for error in validator.iter_errors(values)] == []


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_config_fits(validator, path):
    values = read(path.read_bytes(), path.name)[0].plain()
    assert [error.message for error in validator.iter_errors(values)] == []


def test_resolved_values_fit(validator):
    assert [error.message for error in validator.iter_errors(config(around(LINES)).values)] == []


@pytest.mark.parametrize("name", CASES)
def test_broken_configs_do_not(validator, name):
    case = CASES[name]
    if name.startswith("yaml"):
        return                                              # never gets as far as a schema
    if all(any(words in problem for words in BEYOND) for problem, _ in case.errors):
        return
    tree, _, problems = read(case.text.encode(), "c.yaml")
    if problems or "a float for a whole number" in name or "an exponent" in name or "seed float" in name:
        return                                              # JSON Schema calls 64.0 an integer
    assert not validator.is_valid(tree.plain())


def test_it_documents_everything():
    schema = json_schema()
    assert schema["properties"]["training"]["description"] == docs(Root)["training"]
    units = schema["$defs"]["layers.embedding"]["properties"]["units"]
    assert units == {"type": "integer", "exclusiveMinimum": 0, "description": "Length of each vector."}
    for family in registry.FAMILIES:
        for kind in kinds(family):
            described = schema["$defs"][f"{family}.{kind}"]
            assert described["description"], f"{family}.{kind} has no docstring"
            for name, option in described["properties"].items():
                assert option.get("description"), f"{family}.{kind}.{name} has no string under it"
    assert json.loads(json.dumps(schema)) == schema and len(json.dumps(schema)) < 200_000
    assert "title" not in json.dumps(schema["$defs"])


def test_references_in_it_lead_somewhere():
    schema = json_schema()

    def references(part):
        if isinstance(part, dict):
            yield from [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            for value in part.values():
                yield from references(value)
        elif isinstance(part, list):
            for value in part:
                yield from references(value)

    found = set(references(schema))
    assert {"#/$defs/layers", "#/$defs/losses", "#/$defs/data.sources"} <= found
    assert found <= {f"#/$defs/{name}" for name in schema["$defs"]}


@pytest.mark.parametrize("family", registry.FAMILIES)
def test_every_kind_is_explained(family):
    for kind in kinds(family):
        found, = explain(f"{family}.{kind}")
        cls = SUGAR[kind] if kind in SUGAR and family == "layers" else registry.find(family, kind)
        assert [option["name"] for option in found["options"]] == list(fields(cls))
        text = text_of(found)
        assert found["summary"] in " ".join(text.split()) and text.startswith(f"{kind} ({family})")
        for option in found["options"]:
            assert option["text"] and option["type"] and ("default" in option) != option["required"]
            assert option["text"].split()[0] in text
        json.dumps(found)


def test_explain_names():
    assert [found["family"] for found in explain("step")] == ["layers", "schedules"]
    assert explain("layers.step")[0]["family"] == "layers"
    assert [option["name"] for option in explain("training.batch_size")[0]["options"]] == ["batch_size"]
    assert [option["name"] for option in explain("adam.learning_rate")[0]["options"]] == ["learning_rate"]
    assert [(found["kind"], found["options"][0]["name"]) for found in explain("monitor")] == [("training", "monitor")]
    assert {found["kind"] for found in explain("patience")} == {"training.early_stop", "reduce_on_plateau"}
    layers, = explain("layers")
    assert "linear" in layers["members"] and [key["name"] for key in layers["beside"]] == ["name", "from", "trainable"]
    assert "cosine" in text_of(explain("schedule")[0])
    assert "training.early_stop" in overview()["sections"] and "relu" in text_of(explain()[0])
    assert explain("training.early_stop")[0]["options"][0] == {
        "name": "patience", "type": "a whole number of at least 1 or null", "required": False, "default": None,
        "text": "Epochs without improvement before training ends. Default: 10, or any number if `mistakes` is set."}
    inputs = next(option for option in explain("declared")[0]["options"] if option["name"] == "inputs")
    assert [option["name"] for option in inputs["options"]] == ["shape", "size", "lengths"]
    assert "units: a whole number above 0; required\n      Length of each vector." in text_of(explain("embedding")[0])


@pytest.mark.parametrize(
    "name, hint",
    [
        ("liner", "did you mean 'linear'?"),
        ("training.batchsize", "did you mean 'training.batch_size'?"),
        ("os.system", None),
        ("__class__", None),
        ("data.splits", "did you mean 'data.split'?"),
        ("monitr", "did you mean 'monitor'?"),
        ("mae.foo", "there are: one_hot"),
    ],
)
def test_explain_what_is_not_there(name, hint):
    with pytest.raises(UsageError) as caught:
        explain(name)
    assert hint is None or caught.value.hint == hint
