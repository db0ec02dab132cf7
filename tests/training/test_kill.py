"""kill -9 while the real program trains, then resume: the same weights as the run that nothing interrupted."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CONFIGS = Path(__file__).parents[2] / "configs"
MLP = ("digits_mlp.yaml", "training.epochs=120", "~training.early_stop", "training.checkpoint={every_seconds: 0.1}")
CNN = ("digits_cnn.yaml", "training.epochs=15", "training.checkpoint={every_steps: 7}")
"""With batch normalisation, dropout and augmentation; seven steps are a fifth of an epoch."""


def command(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "dlcli", name, *arguments, "--json", "--quiet"]


def document(*arguments: str) -> dict:
    done = subprocess.run(command(*arguments), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize(("config", "shards", "kills"), [(MLP, 1, 20), (MLP, 4, 20), (CNN, 2, 8)])
def test_killed_at_random_times_and_resumed(config, shards, kills, tmp_path):
    train = ["train", str(CONFIGS / config[0]), *config[1:], f"training.shards={shards}", "--runs"]
    start = time.monotonic()
    whole = document(*train, str(tmp_path / "whole"))
    length = time.monotonic() - start
    rng, hit, same = random.Random(shards), 0, 0
    for i in range(kills):
        runs = tmp_path / str(i)
        process = subprocess.Popen(command(*train, str(runs)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 300
        while not list(runs.glob("*/run.json")) and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(rng.uniform(0, 0.8 * length))
        process.send_signal(signal.SIGKILL)
        hit += process.wait() == -signal.SIGKILL
        (run,) = (path.parent for path in runs.glob("*/run.json"))
        same += document("resume", str(run))["weights_sha256"] == whole["weights_sha256"]
    print(f"shards {shards}: {same} of {kills} the same, {hit} killed while training")
    assert same == kills and hit >= kills // 2
