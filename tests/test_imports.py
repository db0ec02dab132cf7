"""What a command loads before it begins: counted in modules, since milliseconds depend on the machine."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import json, sys
from dlcli.cli import main
for line in sys.argv[1:]:
    main(line.split())
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def loaded(*lines) -> set[str]:
    """Names of the modules that are loaded after these calls of the program in one process."""
    done = subprocess.run([sys.executable, "-c", CODE, *lines], capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])})
    return set(json.loads(done.stderr.splitlines()[-1]))


HEAVY = {"numpy", "yaml", "matplotlib", "plotext", "rich", "threadpoolctl"}


@pytest.mark.parametrize(("lines", "heavy"), [
    # here Typer itself loads pydantic
    (("--help", "--version"), HEAVY | {"pydantic"}), (("train --help", "runs --help"), HEAVY),
])
def test_help_loads_none_of_the_heavy_packages(lines, heavy):
    names = loaded(*lines)
    assert not {name.split(".")[0] for name in names} & heavy
    assert len([name for name in names if name.startswith("dlcli.")]) < 30


def test_training_loads_the_kinds_of_the_config_no_picture_library_and_without_a_terminal_no_rich(tmp_path):
    config = Path(__file__).parents[1] / "configs" / "xor_mlp.yaml"
    names = loaded(f"train {config} --quiet --json --runs {tmp_path}")
    assert "numpy" in names and not {name.split(".")[0] for name in names} & {"matplotlib", "plotext", "rich", "scipy"}
    layers = {
        name for name in names if name.startswith("dlcli.layers.") and not name.rpartition(".")[2].startswith("_")
    }
    assert layers == {"dlcli.layers.linear", "dlcli.layers.tanh"}
