"""Values against annotations, with pydantic's strict mode as the judge: both accept the same, and take it to the same
value."""

import json
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Ge, Gt, Le, Len, Lt, MaxLen, MinLen, MultipleOf
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from dlcli.config.schema.fields import fields
from dlcli.config.schema.sections import SUGAR, Entry, EntryName, Reference, Root, RunName
from dlcli.config.schema.values import check
from dlcli.config.text.tree import SourceText, from_plain
from dlcli.config.wording.types import expected
from dlcli.engine import registry
from tests.rows import hold

VALUES = [
    None,
    True,
    False,
    0,
    1,
    -1,
    2,
    3,
    7,
    2**63,
    -(2**63),
    0.0,
    0.5,
    1.0,
    -0.5,
    1e300,
    -1e-300,
    "",
    "a",
    "ab",
    "all",
    "auto",
    "balanced",
    "float32",
    "x" * 100,
    "a.b",
    "1",
    "true",
    [],
    [1],
    [1, 2],
    [1, 2, 3],
    [0.5, 1],
    ["a"],
    ["a", "b"],
    [None],
    [[1]],
    [[1], [2, 3]],
    [True],
    {},
    {"a": 1},
    {"a": "b"},
    {"train": "x"},
    {"a": [1]},
    {"a": {"b": 1}},
    {"a": "numeric"},
    [{"a": 1}],
]

ANNOTATIONS = [
    int,
    float,
    str,
    bool,
    list,
    dict,
    object,
    Any,
    list[int],
    list[float],
    dict[str, float],
    dict[Literal["a", "b"], int],
    tuple[int, int],
    tuple[int, ...],
    tuple[int, str],
    int | None,
    float | int,
    int | float,
    bool | int,
    str | int | None,
    list[str] | Literal["all"],
    Literal["a", 3, None],
    Annotated[int, Gt(0)],
    Annotated[float, Ge(0), Lt(1)],
    Annotated[float, Gt(0), Le(1)] | None,
    Annotated[int | float, Gt(0)],
    Annotated[str, Len(1, 2)],
    Annotated[list[Annotated[int, Gt(0)]], MinLen(1), MaxLen(2)],
    Annotated[int, MultipleOf(3)],
    list[list[int]],
    dict[str, list[int] | None],
    list[Annotated[int, Ge(1)] | Literal["auto"]],
    RunName,
    EntryName,
    Reference,
    Reference | list[Reference] | None,
    Annotated[int, Gt(0)] | Literal["all"],
]


def options() -> dict:
    """The annotation of every option that is a plain value, by `family.kind.option`."""
    classes = {
        f"{family}.{kind}": registry.find(family, kind)
        for family in registry.FAMILIES
        for kind in registry.kinds(family)
    }
    pending = [("config", Root), ("entry", Entry), *SUGAR.items(), *classes.items()]
    found = {}
    for path, cls in pending:
        for name, field in fields(cls).items():
            if field.section or field.named:
                pending.append((f"{path}.{name}", field.section or field.named))
            elif not field.family and not field.entries:
                found[f"{path}.{name}"] = field.annotation
    return found


OPTIONS = options()


def same(annotation, *values) -> None:
    judge = TypeAdapter(annotation, config={"strict": True, "allow_inf_nan": False})
    for value in values:
        ours, wrong = check(annotation, from_plain(value, SourceText("x")))
        if annotation == Literal[1, 3] | None and value == 1 and type(value) is not int:
            assert wrong            # pydantic takes true and 1.0 for 1 here, since they are equal
            continue
        try:
            theirs = judge.validate_json(json.dumps(value))
        except ValidationError:
            assert wrong, value
        else:
            assert not wrong, value
            assert ours == theirs and type(ours) is type(theirs)


@pytest.mark.parametrize("annotation", ANNOTATIONS, ids=str)
def test_any_annotation(annotation):
    same(annotation, *VALUES)
    assert expected(annotation)


def every_option(name):
    same(OPTIONS[name], *VALUES)


@pytest.mark.parametrize("family", sorted({name.split(".")[0] for name in OPTIONS}))
def test_every_option(family):
    hold((every_option, name) for name in OPTIONS if name.split(".")[0] == family)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-3, 3) | st.text("ab", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
)


@given(st.sampled_from(ANNOTATIONS), JSON)
def test_any_value(annotation, value):
    same(annotation, value)


@pytest.mark.parametrize("annotation, value, steps", [
    (list[int], [1, "a", 2, None], ["1", "3"]), (dict[str, list[int]], {"a": [1], "b": [1, "x"]}, ["b.1"]),
    (list[int] | Literal["all"], ["a"], ["0"]), (list[int] | Literal["all"], "some", [""]),
    (Annotated[list[Annotated[int, Gt(0)]], MinLen(2)], [0, 1], ["0"]), (Annotated[list[int], MinLen(2)], [1], [""]),
    (tuple[int, int], [1], [""]), (tuple[int, int], [1, "x"], ["1"]), (dict[Literal["a"], int], {"b": 1}, ["b"]),
])
def test_what_is_wrong_is_named(annotation, value, steps):
    _, wrong = check(annotation, from_plain(value, SourceText("x")))
    assert [".".join(part.steps) for part in wrong] == steps


@pytest.mark.parametrize(
    "annotation, words",
    [
        (Annotated[int, Gt(0)], "a whole number above 0"),
        (Annotated[float, Ge(0), Lt(1)], "a number from 0 to below 1"),
        (Annotated[float, Gt(0), Le(1)], "a number above 0 and at most 1"),
        (Annotated[int, Ge(0), Le(2**63 - 1)], "a whole number from 0 to 2^63 - 1"),
        (Annotated[float, Gt(0), Lt(1)], "a number above 0 and below 1"),
        (Annotated[float, Lt(1)], "a number below 1"),
        (bool, "true or false"),
        (bool | None, "true, false or null"),
        (Literal["a", "b", 3], "'a', 'b' or 3"),
        (list[int], "a list of whole numbers"),
        (tuple[int, int], "a list of 2 whole numbers"),
        (tuple[int, str], "a list of 2 values (a whole number; text)"),
        (Annotated[list[float], Len(2, 2)], "a list of 2 numbers"),
        (Annotated[list[Annotated[int, Gt(0)]], MinLen(1)], "a list of one or more whole numbers above 0"),
        (dict[str, float], "a mapping from names to numbers"),
        (Annotated[str, Len(1, 1)], "text of 1 character"),
        (Annotated[int, MultipleOf(8)], "a whole number that is a multiple of 8"),
        (Annotated[list[int], Len(1, 3)], "a list of 1 to 3 whole numbers"),
        (float | None, "a number or null"),
        (list[list[int]], "a list of lists of whole numbers"),
        (Annotated[float, Ge(1e-8)], "a number of at least 1e-08"),
        (Any, "a value"),
        (list, "a list"),
        (dict, "a mapping"),
    ],
)
def test_types_in_words(annotation, words):
    assert expected(annotation) == words


def test_an_option_of_a_strange_type_is_a_bug():
    with pytest.raises(TypeError):
        check(complex, from_plain(1, SourceText("x")))
