"""docs/adding-a-layer.md does what it says: its file and its row, put into a copy of the project, are a layer."""

import json
import re
import subprocess
import sys
from pathlib import Path

from tests.commands.conftest import CALLS

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", (ROOT / "docs/adding-a-layer.md").read_text(), re.MULTILINE | re.DOTALL)


def run(copy: Path, *command: str) -> str:
    done = subprocess.run([sys.executable, *command], cwd=copy, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_one_file_and_one_row_are_a_layer(copy):
    (_, layer), (_, row), (_, command), (_, config) = BLOCKS
    (copy / "dlcli/layers/swish.py").write_text(layer)
    complete = "from tests.layers import test_contract; test_contract.test_every_layer_and_option_has_a_row()"
    failed = subprocess.run([sys.executable, "-c", complete], cwd=copy, capture_output=True, text=True)
    assert failed.returncode == 1 and "AssertionError: swish has no row" in failed.stderr, (
        "a layer without a row must fail the suite"
    )

    cases = copy / "tests/layers/cases.py"
    cases.write_text(cases.read_text().replace("CASES = [\n", f"CASES = [\n{row}", 1))
    python, *arguments = command.split()
    assert python == "python"
    passed = run(copy, *arguments, "-vv", "-n", "0", "-p", "no:cacheprovider")
    assert len(re.findall(r"test_everything_holds\[swish-start=1.5-.* PASSED", passed)) == 3, "on each sort of input"

    (copy / "swish.yaml").write_text(config)
    out = run(copy, "-c", CALLS, "explain swish", "check swish.yaml --json", "gradcheck swish.yaml --json",
              "train swish.yaml --json --quiet")
    explained, checked, gradients, trained, _ = out.split("\f")
    assert "Where beta starts." in explained
    checked = json.loads(checked)
    assert checked["valid"] and [layer["kind"] for layer in checked["layers"]] == ["linear", "swish", "linear"]
    assert checked["layers"][1]["parameters"] == 1
    assert json.loads(gradients)["passed"]
    trained = json.loads(trained)
    assert trained["status"] == "completed" and trained["metrics"]["train"]["accuracy"] > 0.9
