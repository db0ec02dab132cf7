"""The same config and seed through the real program: twice, with any number of workers, in any form, the same bytes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

CONFIGS = Path(__file__).parents[2] / "configs"


def weights(config: str, folder: Path, shards: int, workers: int, form: str) -> str:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "dlcli",
            "train",
            str(CONFIGS / config),
            "training.epochs=3",
            f"training.shards={shards}",
            "--workers",
            str(workers),
            "--parallel",
            form,
            "--runs",
            str(folder),
            "--json",
            "--quiet",
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["weights_sha256"]


@pytest.mark.slow
@pytest.mark.parametrize(("config", "shards"), [("digits_mlp.yaml", 1), ("digits_mlp.yaml", 8), ("digits_cnn.yaml", 8)])
def test_workers_and_forms(config, shards, tmp_path):
    """digits_cnn has convolutions, batch normalisation, dropout and augmentation."""
    found = {(workers, form): weights(config, tmp_path, shards, workers, form)
             for workers in (1, 2, 4, 8) for form in ("fork", "thread", "serial")}
    again = weights(config, tmp_path, shards, 2, "fork")
    assert set(found.values()) == {again}, found
