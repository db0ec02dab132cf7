"""The same config and seed through the real program: twice, with any number of workers, in any form, the same bytes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

CONFIG = Path(__file__).parents[2] / "configs/digits_mlp.yaml"


def weights(folder: Path, shards: int, workers: int, form: str) -> str:
    done = subprocess.run([sys.executable, "-m", "dlcli", "train", str(CONFIG), "training.epochs=3", f"training.shards={shards}",
                           "--workers", str(workers), "--parallel", form, "--runs", str(folder), "--json", "--quiet"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["weights_sha256"]


@pytest.mark.slow
@pytest.mark.parametrize("shards", [1, 8])
def test_workers_and_forms(shards, tmp_path):
    found = {(workers, form): weights(tmp_path, shards, workers, form) for workers in (1, 2, 4, 8) for form in ("fork", "thread", "serial")}
    again = weights(tmp_path, shards, 2, "fork")
    assert set(found.values()) == {again}, found
