"""The pages say what is true: their configs are valid, their commands exist, their links lead somewhere."""

import re
from pathlib import Path

import pytest

from dlcli.cli import COMMANDS
from dlcli.config import ConfigErrors, parse
from dlcli.config.schema.fields import fields
from dlcli.config.schema.sections import sections
from dlcli.errors import Exit

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
REST = {"data": "data: {source: digits}", "network": "network: [{linear: {units: 10}}]", "loss": "loss: cross_entropy",
        "optimizer": "optimizer: adam"}
OWN = "adding.md"
"""Has a layer that is not there yet, and a test of its own (test_adding.py)."""


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != OWN], ids=lambda page: page.name)
def test_configs_on_the_pages_are_valid(page):
    for text in blocks(page, "yaml"):
        whole = text + "".join(
            f"{rest}\n" for key, rest in REST.items() if not re.search(rf"^{key}:", text, re.MULTILINE)
        )
        try:
            parse(whole.encode(), page.name)
        except ConfigErrors as errors:
            raise AssertionError(f"{whole}\n{errors}") from None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_on_the_pages_exist(page):
    for name in re.findall(
        r"dlcli ([a-z][a-z-]+)\b", "\n".join(re.findall(r"`[^`]+`|```.*?```", page.read_text(), re.DOTALL))
    ):
        assert name in COMMANDS or name == "schema", name


def test_the_newcomers_blocks_are_the_first_two_and_a_line_each():
    first, second, *_ = blocks(ROOT / "README.md", "sh")
    assert first.count("\n") == second.count("\n") == 1
    assert first.startswith("python3 -m venv ") and first.strip().endswith(
        "pip install -q . && dlcli train configs/digits_mlp.yaml"
    )
    assert "'.[test]'" in second and second.strip().endswith("pytest -q")


def test_the_readme_names_every_command_and_status():
    text = (ROOT / "README.md").read_text()
    assert all(f"`dlcli {name}" in text for name in COMMANDS)
    assert all(re.search(rf"^\| (\d+, )?{int(status)}\b", text, re.MULTILINE) for status in Exit)


def test_every_option_of_training_stands_on_the_page_of_the_config():
    text = (ROOT / "docs" / "config.md").read_text()
    for path, section in sections().items():
        if path.startswith("training"):
            assert [
                name for name in fields(section) if f"{path}.{name}" not in text and not fields(section)[name].section
            ] == []


def test_dependencies_are_those_of_the_package():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    text = (ROOT / "docs" / "dependencies.md").read_text().lower()
    assert all(re.split(r"[=<>]", name)[0] in text for name in project["dependencies"])
