"""Networks: names, references, `repeat` and `residual` written out, and values that come back."""

import json

import pytest

from dlcli.config import from_values
from dlcli.errors import ConfigError
from tests.config.rig import around, network, problems
from tests.odd import at, changed, paths, variants


def flat(lines: str) -> list[tuple]:
    return [(e.name, e.kind, e.inputs) for e in network(lines).entries]


def test_each_reads_the_one_before():
    assert flat("- linear: {units: 3}\n- relu\n- relu:") == [
        ("linear1", "linear", ("input",)), ("relu1", "relu", ("linear1",)), ("relu2", "relu", ("relu1",))]


def test_names_count_every_entry_of_the_kind():
    found = flat("- linear: {units: 3}\n  name: a\n- linear: {units: 3}\n- relu:\n  name: relu2\n- relu\n- relu")
    assert [name for name, _, _ in found] == ["a", "linear2", "relu2", "relu3", "relu4"]


def test_references():
    found = flat(
        "- relu:\n  from: input.left\n- relu:\n  from: [input.right]\n- add:\n  from: [relu1, relu2]\n- relu:\n  "
        "from: add1.state"
    )
    assert [inputs for _, _, inputs in found] == [
        ("input.left",),
        ("input.right",),
        ("relu1", "relu2"),
        ("add1.state",),
    ]


def test_repeat():
    assert flat("""
- linear: {units: 3}
- repeat:
    times: 3
    layers:
      - relu
      - linear: {units: 3}
        name: deep
- relu
- add:
  from: [deep_1, relu2, repeat1]
""") == [("linear1", "linear", ("input",)),
         ("relu1_1", "relu", ("linear1",)), ("deep_1", "linear", ("relu1_1",)),
         ("relu1_2", "relu", ("deep_1",)), ("deep_2", "linear", ("relu1_2",)),
         ("relu1_3", "relu", ("deep_2",)), ("deep_3", "linear", ("relu1_3",)),
         ("relu2", "relu", ("deep_3",)), ("add1", "add", ("deep_1", "relu2", "deep_3"))]


def test_names_in_a_repeat_mean_the_same_copy_first():
    found = flat("""
- relu:
  name: outer
- repeat:
    times: 2
    layers:
      - relu:
        name: a
      - relu
      - add:
        from: [a, outer, relu3]
""")
    assert [inputs for _, kind, inputs in found if kind == "add"] == [
        ("a_1", "outer", "relu3_1"),
        ("a_2", "outer", "relu3_2"),
    ]


def test_repeats_in_repeats():
    found = flat("""
- repeat:
    times: 2
    layers:
      - repeat:
          times: 2
          layers: [{relu: , name: a}]
      - add:
        from: [a_1, a_2]
- concat:
  from: [a_1_2, a_2_1]
""")
    assert [name for name, _, _ in found] == ["a_1_1", "a_1_2", "add1_1", "a_2_1", "a_2_2", "add1_2", "concat1"]
    assert [inputs for _, _, inputs in found] == [
        ("input",), ("a_1_1",), ("a_1_1", "a_1_2"), ("add1_1",), ("a_2_1",), ("a_2_1", "a_2_2"), ("a_1_2", "a_2_1")]


def test_residual():
    assert flat("""
- linear: {units: 3}
- residual:
    layers: [relu, {linear: {units: 3}}]
- relu
- add:
  from: [residual1, relu2]
""") == [
        ("linear1", "linear", ("input",)),
        ("relu1", "relu", ("linear1",)),
        ("linear2", "linear", ("relu1",)),
        ("residual1", "add", ("linear1", "linear2")),
        ("relu2", "relu", ("residual1",)),
        ("add1", "add", ("residual1", "relu2")),
    ]


def test_residual_with_a_shortcut_inside_a_repeat():
    found = flat("""
- linear: {units: 3}
- repeat:
    times: 2
    layers:
      - residual:
          layers: [relu]
          shortcut: [{linear: {units: 3}, name: way}]
        name: block
""")
    assert found[1:] == [
        ("relu1_1", "relu", ("linear1",)),
        ("way_1", "linear", ("linear1",)),
        ("block_1", "add", ("way_1", "relu1_1")),
        ("relu1_2", "relu", ("block_1",)),
        ("way_2", "linear", ("block_1",)),
        ("block_2", "add", ("way_2", "relu1_2")),
    ]


def test_a_residual_that_begins_the_network():
    assert flat("- residual: {layers: [relu]}")[-1] == ("residual1", "add", ("input", "relu1"))
    assert flat("- relu\n- relu\n- residual: {layers: [relu]}\n  from: relu1\n- add:\n  from: [relu2, residual1]")[
        2:4
    ] == [("relu3", "relu", ("relu1",)), ("residual1", "add", ("relu1", "relu3"))]


def test_expanded_entries_keep_their_place():
    entries = network("- relu\n- repeat:\n    times: 2\n    layers:\n      - residual: {layers: [tanh]}\n").entries
    assert [e.path for e in entries[1:]] == [
        "network.1.repeat.layers.0.residual.layers.0",
        "network.1.repeat.layers.0",
    ] * 2
    assert [e.span.line for e in entries] == [2, 6, 6, 6, 6]
    config = network("- relu\n- repeat:\n    times: 2\n    layers:\n      - linear: {units: 4}\n")
    assert config.position("network.linear1_2.linear.units")[:2] == (6, 25)
    assert config.position("network.linear1_2")[:2] == config.position("network.linear1")[:2] == (6, 9)


def test_trainable_is_handed_down():
    lines = (
        "- repeat:\n    times: 1\n    layers: [relu, {linear: {units: 2}, trainable: true}]\n  trainable: false\n- relu"
    )
    entries = network(lines).entries
    assert [e.trainable for e in entries] == [False, True, True]


def test_copies_have_options_of_their_own_content():
    entries = network("- repeat: {times: 2, layers: [{linear: {units: 4, init: he}}]}").entries
    assert entries[0].options == entries[1].options
    assert (
        entries[0].options["init"] == {"he": {"distribution": "normal", "fan": "in", "gain": 1.0}}
        and entries[0].options["bias"] is True
    )


def test_as_many_entries_as_may_be():
    assert len(network("- repeat: {times: 2000, layers: [relu]}").entries) == 2000
    assert problems(around("- repeat: {times: 2000, layers: [relu]}\n- relu"))[0].problem.startswith("2,001 entries")
    deep = "relu"
    for _ in range(6):
        deep = f"{{repeat: {{times: 2000, layers: [{deep}]}}}}"
    assert "entries once repeat is written out" in problems(around(f"- {deep}"))[0].problem
    assert "10,000 entries are more than" in problems(around("- relu\n" * 10_000))[0].problem


@pytest.mark.parametrize(
    "lines, where, problem",
    [
        (
            "- relu:\n  name: a\n- repeat:\n    times: 2\n    layers: [{relu: , name: a}]",
            (6, 29),
            "the name 'a' is there twice",
        ),
        (
            "- relu:\n  name: a_2\n- repeat:\n    times: 2\n    layers: [{relu: , name: a}]",
            (6, 15),
            "the name 'a_2' is there twice once repeat is written out",
        ),
        ("- relu:\n  name: relu1\n- relu:\n  name: relu1", (5, 9), "the name 'relu1' is there twice"),
        ("- repeat: {times: 2, layers: [{relu: , from: relu9}]}", (2, 46), "no entry above is called 'relu9'"),
        (
            "- repeat: {times: 2, layers: [{relu: , name: a}]}\n- relu:\n  from: a",
            (4, 9),
            "'a' stands in a repeat, so there are 2 of it",
        ),
        (
            "- repeat: {times: 2, layers: [{relu: , name: a}]}\n- relu:\n  from: a_3",
            (4, 9),
            "no entry above is called 'a_3'",
        ),
        ("- residual: {layers: [relu]}\n  from: residual1", (3, 9), "'residual1' is not above this entry"),
        ("- repeat: {times: 2, layers: []}", (2, 30), "the list of layers is empty"),
    ],
)
def test_errors_in_expanded_networks(lines, where, problem):
    found = problems(around(lines))
    assert [(p.line, p.column, p.problem) for p in found] == [(*where, problem)]


LINES = """
- linear: {units: 3, init: {uniform: {low: -1, high: 1}}}
- reshape: {shape: [3, 1]}
- flatten
- repeat:
    times: 2
    layers:
      - residual:
          layers: [relu, {linear: {units: 3}}]
        trainable: false
- linear: {units: 1}
  from: [residual1_1]
- linear: {units: 1}
  from: residual1_2
- add:
  from: [linear3, linear4]
"""


def test_values_come_back():
    config = network(LINES)
    stored = json.loads(json.dumps(config.values))
    again = from_values(stored)
    assert again.values == config.values == from_values(again.values).values
    assert [e._replace(span=None) for e in again.entries] == [e._replace(span=None) for e in config.entries]
    assert [type(part) for part in (again.loss, again.optimizer)] == [
        type(part) for part in (config.loss, config.optimizer)
    ]
    assert stored["network"][3]["repeat"]["layers"][0] == {
        "residual": {
            "layers": [
                {"relu": {}, "name": "relu1"},
                {
                    "linear": stored["network"][3]["repeat"]["layers"][0]["residual"]["layers"][1]["linear"],
                    "name": "linear2",
                },
            ],
            "shortcut": [],
        },
        "name": "residual1",
        "trainable": False,
    }


def test_stored_values_that_somebody_changed_are_errors_that_can_be_shown():
    """They stand in no file, so no place is known."""
    stored = json.loads(json.dumps(network(LINES).values))
    objects = [path for path in [(), *paths(stored)] if isinstance(at(stored, path), dict)]
    unknown = [(f"{path} has more", changed(stored, (*path, "nosuch"), value))
               for path in objects for value in (1, {"a": 1})]
    refused = 0
    for name, odd in [*variants(stored), *unknown]:
        try:
            from_values(odd)
        except ConfigError as error:
            refused += 1
            assert str(error) and json.dumps(error.document()), name
        except Exception as error:
            raise AssertionError(name) from error
    assert refused > 2 * len(objects)
