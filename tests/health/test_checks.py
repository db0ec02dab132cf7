"""Each check fires on its seeded fault, with the right root cause and layer, and is silent on the healthy twin."""

import re
from functools import cache
from pathlib import Path

import pytest

from dlcli.config.explain import explain, text_of
from dlcli.health.causes import CAUSES, CHECKS
from tests.health.cases import CASES, RUNS
from tests.health.networks import brief, fired, look

NAMES = list(CASES)


@cache
def sick(name: str) -> dict:
    return look(CASES[name].sick)


@pytest.mark.parametrize("name", NAMES)
def test_fires_with_cause_and_layer(name):
    case, document = CASES[name], sick(name)
    assert case.code in fired(document)
    root = document["findings"][0]
    assert (root["cause"], root["severity"]) == (case.cause, case.severity), brief(document)
    assert case.layer in (None, root["layer"]), brief(document)
    assert root["layer"] in {layer["name"] for layer in document["layers"]}
    assert document["verdict"] == ("unhealthy" if case.severity == "error" else "healthy")


@pytest.mark.parametrize("name", NAMES)
def test_twin_is_silent(name):
    document = look(CASES[name].twin)
    assert CASES[name].code not in fired(document), brief(document)
    assert document["verdict"] == "healthy" and document["findings"] == [], brief(document)


@pytest.mark.parametrize("name", NAMES)
def test_patch_cures(name):
    patch = sick(name)["findings"][0]["remedy"]["patch"]
    assert patch
    document = look(CASES[name].sick.changed(patch))
    assert document["verdict"] == "healthy", (patch, brief(document))
    assert CASES[name].code not in fired(document), (patch, brief(document))


def test_table_is_complete():
    cases = [*CASES.values(), *RUNS.values()]
    assert {check.code for check in CHECKS} == {case.code for case in cases}
    assert len({check.code for check in CHECKS}) == len(CHECKS)
    assert len({check.place for check in CHECKS}) == len(CHECKS)
    assert set(CAUSES) == {case.cause for case in cases}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_check_explains_itself(check):
    assert check.title and "Sources:" in check.__doc__ and "?" in check.__doc__.splitlines()[0]
    for name in (check.code, check.code.lower()):
        told, = explain(name)
        assert told["kind"] == check.code and "?" in text_of(told) and "Sources:" in text_of(told)


@pytest.mark.parametrize("name", CAUSES)
def test_cause_says_what_it_is(name):
    cause = CAUSES[name]
    assert cause.words and type(cause).__doc__ and set(cause.explains) <= set(CAUSES)
    told, = explain(name)
    assert all(check.code in told["text"] for check in cause.checks)


def test_documentation_is_right_about_checks_and_causes():
    text = (Path(__file__).parents[2] / "docs" / "health.md").read_text()
    found = {check.code: {name for name, cause in CAUSES.items() if type(check) in cause.checks} for check in CHECKS}
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| ") and line.count("|") == 7][1:]
    assert {row[1].strip(): set(row[6].strip().split(", ")) for row in rows}.items() <= found.items()
    sections = re.findall(r"^### (.*) \((.*)\)$", text, re.MULTILINE)
    assert len(sections) >= 10
    for names, codes in sections:
        assert set(names.split(", ")) <= set.union(*(found[code] for code in codes.split(", ")))
