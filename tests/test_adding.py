"""docs/adding.md does what it says: the file and the row of each section, put into a copy of the project, are a new
component, and without the row its suite fails."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.conftest import CALLS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/adding.md").read_text()
SECTIONS = {title: re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
            for title, text in re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)}
"""The blocks under each heading, as (language, text)."""
COMPLETE = {
    "A layer": "tests/layers/test_contract.py",
    "A loss": "tests/losses/test_contract.py",
    "A metric": "tests/metrics/test_contract.py",
    "A data source": "tests/data/test_sources.py",
    "A type of column": "tests/data/test_columns.py",
    "A cause of ill health": "tests/health/test_checks.py",
}
"""What fails while there is no row."""
OPTIONS = ["-vv", "-n", "0", "-p", "no:cacheprovider"]


def run(copy: Path, *command: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, *command], cwd=copy, capture_output=True, text=True)


def put(copy: Path, block: str) -> None:
    """A block at the place that its first line names: a file, or a row at the beginning of a table."""
    place, text = block.split("\n", 1)
    path, _, table = place.removeprefix("# ").partition(", in ")
    if not table:
        (copy / path).write_text(text)
        return
    begin = re.compile(rf"^{table}\b.* = [\[{{]\n", re.MULTILINE)
    cases = (copy / path).read_text()
    assert len(begin.findall(cases)) == 1
    (copy / path).write_text(begin.sub(lambda match: match[0] + text, cases))


def test_each_family_has_a_section():
    assert set(SECTIONS) == set(COMPLETE)


@pytest.mark.parametrize("title", SECTIONS)
def test_one_file_and_one_row(title, copy):
    (_, file), (_, row), (_, command), *_ = SECTIONS[title]
    put(copy, file)
    failed = run(copy, "-m", "pytest", COMPLETE[title], "-k", "has_a_row or has_a_case or complete", *OPTIONS)
    assert failed.returncode == 1 and "1 failed" in failed.stdout, "without a row the suite must fail"
    put(copy, row)
    python, *arguments = shlex.split(command)
    assert python == "python"
    passed = run(copy, *arguments, *OPTIONS)
    assert passed.returncode == 0 and "PASSED" in passed.stdout, passed.stdout
    if title == "A layer":
        assert passed.stdout.count("test_everything_holds[swish-start=1.5-") == 3, "on each sort of input"


def test_a_new_layer_is_explained_checked_and_trained(copy):
    blocks = SECTIONS["A layer"]
    put(copy, blocks[0][1])
    (copy / "swish.yaml").write_text(next(text for language, text in blocks if language == "yaml"))
    done = run(copy, "-c", CALLS, "explain swish", "check swish.yaml --json", "gradcheck swish.yaml --json",
               "train swish.yaml --json --quiet")
    assert done.returncode == 0, done.stderr
    explained, checked, gradients, trained, _ = done.stdout.split("\f")
    assert "Where beta starts." in explained
    checked = json.loads(checked)
    assert checked["valid"] and [layer["kind"] for layer in checked["layers"]] == ["linear", "swish", "linear"]
    assert checked["layers"][1]["parameters"] == 1
    assert json.loads(gradients)["passed"]
    trained = json.loads(trained)
    assert trained["status"] == "completed" and trained["metrics"]["train"]["accuracy"] > 0.9
