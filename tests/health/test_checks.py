"""Each check fires on its seeded fault, with the right root cause and layer, and is silent on the healthy twin."""

from functools import cache
from pathlib import Path

import pytest

from dlcli.health.checks import CHECKS
from dlcli.health.finding import CAUSES
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
    assert {cause for check in CHECKS for cause in check.causes} == set(CAUSES) == {case.cause for case in cases}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_check_explains_itself(check):
    assert check.title and "Sources:" in check.__doc__ and "?" in check.__doc__.splitlines()[0]


def test_documentation_tells_of_every_check_and_cause():
    text = (Path(__file__).parents[2] / "docs" / "health.md").read_text()
    table = {
        line.split("|")[1].strip(): line for line in text.splitlines() if line.startswith("| ") and line.count("|") == 7
    }
    headings = [line for line in text.splitlines() if line.startswith("### ")]
    for check in CHECKS:
        assert all(cause in table[check.code] for cause in check.causes)
        assert all(any(cause in line and check.code in line for line in headings) for cause in check.causes)
