"""Every option of every component and section, set to values of the wrong sort, missing, and extreme: the count grows
with the registry."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcli.config.schema.fields import fields
from dlcli.config.schema.sections import SUGAR, Root
from dlcli.config.text.read import compose
from dlcli.config.text.tree import Node, SourceText, Span
from dlcli.config.validate import Checker, filled, options
from dlcli.engine import registry
from dlcli.engine.component import Family
from dlcli.errors import ConfigErrors, DlcliError
from tests.config.rig import BASE, config, problems
from tests.rows import hold

WRONG = [
    "x y z",
    "-9223372036854775808",
    "18446744073709551615",
    "-1e300",
    "1e300",
    "[]",
    "{}",
    "[[[]]]",
    "{a: {b: {c: 1}}}",
    "true",
    "null",
    "''",
    "[null]",
    "0",
    "[1, [2], {a: 3}]",
    "'\\u202e[/red]'",
]
CLASSES = [(family, kind) for family in registry.FAMILIES for kind in registry.kinds(family)]


def check(family: str, kind: str, text: str) -> list:
    """The problems of `kind: {...}` given as text."""
    source, wrong = SourceText("c.yaml", text.split("\n")), []
    tree = compose(text, source, wrong)
    Checker(wrong).component(Family(family), tree, family)
    return wrong


def wrong_values_are_errors_or_fit(family, kind):
    """Whatever a user writes, it is either accepted or an error at its own line with an expectation: never a
    traceback."""
    known = fields(registry.find(family, kind))
    for name in known:
        for wrong in WRONG:
            lines = [f"{kind}:", f"  {name}: {wrong}"]
            for problem in check(family, kind, "\n".join(lines)):
                assert problem.span.line in (1, 2) and problem.problem
                assert problem.path.startswith(f"{family}.{kind}")
                assert (
                    problem.span.line == 2
                    or "needs" in problem.problem
                    or "`" in problem.problem
                    or problem.path == f"{family}.{kind}"
                )
                assert "\u202e" not in str(problem)


def unknown_and_missing_options(family, kind):
    known = fields(registry.find(family, kind))
    found = check(family, kind, f"{kind}: {{zzzzzz: 1}}")
    assert f"{kind} has no option 'zzzzzz'" in [p.problem for p in found]
    required = {name for name, field in known.items() if field.required}
    found = check(family, kind, kind)
    assert {p.problem for p in found if "needs '" in p.problem} == {f"{kind} needs '{name}'" for name in required}
    if not required:
        assert all("`" in p.problem or "need" in p.problem for p in found)


def defaults_are_valid(family, kind):
    """Defaults pass their own validation, and come back the same from what a run stores."""
    cls = registry.find(family, kind)
    if any(field.required for field in fields(cls).values()):
        return
    try:
        stored = json.loads(json.dumps(filled(family, kind), default=options))
    except ValueError:
        return                                              # options of which one has to be chosen
    text = json.dumps(stored)
    wrong = []
    tree = compose(text, SourceText("c.yaml", [text]), wrong)
    again = Checker(wrong).component(Family(family), tree, family)
    assert wrong == [] and json.loads(json.dumps(again, default=options)) == stored


@pytest.mark.parametrize("family, kind", CLASSES)
def test_every_kind(family, kind):
    hold(
        (holds, family, kind)
        for holds in (wrong_values_are_errors_or_fit, unknown_and_missing_options, defaults_are_valid)
    )


@pytest.mark.parametrize("name", [name for name in fields(Root) if name not in ("network",)])
def test_wrong_sections(name):
    lines = [line for line in BASE.split("\n") if not line.startswith(f"{name}:")]
    if name in ("data", "training"):
        inside = BASE.split("\n").index(f"{name}:")
        lines = BASE.split("\n")[:inside] + [line for i, line in enumerate(BASE.split("\n")[inside + 1:]) if i > 2]
    for wrong in WRONG:
        text = "\n".join([f"{name}: {wrong}", *lines])
        try:
            config(text)
        except ConfigErrors as error:
            assert all(problem.line for problem in error.problems), wrong


def test_sugar_has_defaults_that_fit():
    for cls in SUGAR.values():
        assert [field.name for field in fields(cls).values() if field.entries]


def test_a_tree_built_by_hand():
    node = Node({"relu": Node(None, Span(SourceText("x")))}, Span(SourceText("x")))
    assert Checker([]).component(Family("layers"), node, "a") == {"relu": {}}


PIECES = st.text(":-{}[],'\"|>&*!%@#? \n\tab01.~", max_size=3)
EDITS = st.lists(st.tuples(st.integers(0, len(BASE)), st.integers(0, 4), PIECES), min_size=1, max_size=4)


@given(EDITS)
def test_damaged_configs(edits):
    """A config with pieces cut out and put in is valid, or its errors lie in it."""
    text = BASE
    for at, cut, put in edits:
        text = text[:at] + put + text[at + cut:]
    for problem in problems(text):
        assert problem.problem and 1 <= (problem.line or 1) <= text.count("\n") + 2
        assert str(problem)


@given(st.lists(st.text("abnetworkhiddenlinearunits.=~+0[]{}:, 1", max_size=24), min_size=1, max_size=3))
def test_any_override(overrides):
    try:
        config(BASE, overrides)
    except DlcliError as error:
        assert str(error)
