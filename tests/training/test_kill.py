"""kill -9 while the real program trains, then resume: the same weights as the run that nothing interrupted."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CONFIG = Path(__file__).parents[2] / "configs/digits_mlp.yaml"
LONGER = ["training.epochs=120", "~training.early_stop", "training.checkpoint={every_seconds: 0.1}"]
KILLS = 20


def command(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "dlcli", name, *arguments, "--json", "--quiet"]


def document(*arguments: str) -> dict:
    done = subprocess.run(command(*arguments), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("shards", [1, 4])
def test_killed_at_random_times_and_resumed(shards, tmp_path):
    train = ["train", str(CONFIG), *LONGER, f"training.shards={shards}", "--runs"]
    start = time.monotonic()
    whole = document(*train, str(tmp_path / "whole"))
    length = time.monotonic() - start
    rng, hit, same = random.Random(shards), 0, 0
    for i in range(KILLS):
        runs = tmp_path / str(i)
        process = subprocess.Popen(command(*train, str(runs)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while not list(runs.glob("*/run.json")) and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(rng.uniform(0, 0.8 * length))
        process.send_signal(signal.SIGKILL)
        hit += process.wait() == -signal.SIGKILL
        (run,) = (path.parent for path in runs.glob("*/run.json"))
        same += document("resume", str(run))["weights_sha256"] == whole["weights_sha256"]
    print(f"shards {shards}: {same} of {KILLS} the same, {hit} killed while training")
    assert same == KILLS and hit >= KILLS // 2
