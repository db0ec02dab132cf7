"""Broken configs, each a small change of mutations/base.yaml with every error that it must lead to.

A case reads: `## title`, then changes (`@line`, the lines taken out with -, the lines put in with +), then the errors
in order: `! line:column path: problem` and `? hint`. A hint that ends in ... is the beginning of the hint.
"""

import re
from typing import NamedTuple

import pytest

from tests.config.rig import BASE, MUTATIONS, config, problems


class Case(NamedTuple):
    text: str
    errors: list[tuple[str, str | None]]


def read(text: str) -> Case:
    lines, errors, shift = BASE.split("\n"), [], 0
    at = None
    for line in text.split("\n")[1:]:
        mark, rest = line[:1], line[1:]
        if mark == "@":
            at = int(rest) - 1 + shift
        elif mark == "-":
            assert lines[at] == rest, (lines[at], rest)
            del lines[at]
            shift -= 1
        elif mark == "+":
            lines.insert(at, rest)
            at, shift = at + 1, shift + 1
        elif mark == "!":
            errors.append((rest.strip(), None))
        elif mark == "?":
            errors[-1] = (errors[-1][0], rest.strip())
    return Case("\n".join(lines), errors)


FILES = sorted(MUTATIONS.glob("*.cases"))
CASES = {f"{file.stem}: {block.split(chr(10))[0]}": read(block)
         for file in FILES for block in re.split(r"^## ", file.read_text(), flags=re.M)[1:]}


def test_there_are_many():
    assert len(CASES) >= 160


def test_the_base_is_valid():
    assert config().warnings == []


FOREIGN = (
    "input should",
    "pydantic",
    "valid integer",
    "unexpected keyword",
    "did not find",
    "token",
    "scalar",
    "<class",
    "dict[",
    "list[",
)


@pytest.mark.parametrize("name", CASES)
def test_every_error_at_its_place_in_our_own_words(name):
    """Words: no text of pydantic or PyYAML, no Python type."""
    case = CASES[name]
    found = problems(case.text)
    assert [f"{p.line}:{p.column} {p.path}".rstrip() + f": {p.problem}" for p in found] == [
        place for place, _ in case.errors
    ]
    for problem, (_, hint) in zip(found, case.errors, strict=True):
        if hint and hint.endswith("..."):
            assert problem.hint.startswith(hint[:-3])
        else:
            assert problem.hint == hint
    lines = case.text.split("\n")
    for problem in found:
        assert problem.source == lines[problem.line - 1]
        assert 1 <= problem.column <= len(problem.source) + 1
        words = f"{problem.problem} {problem.hint}".lower()
        assert not [foreign for foreign in FOREIGN if foreign in words.replace("'tokens'", "")]
