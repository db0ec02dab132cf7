"""From the start of the process to the first finished training step."""

import os
import subprocess
import sys
import time

import numpy as np

OURS = [
    sys.executable,
    "-m",
    "dlcli",
    "train",
    "configs/digits_mlp.yaml",
    "training.epochs=1",
    "training.batch_size=all",
    "~training.early_stop",
    "--quiet",
    "--runs",
]
PEER = """
import torch
from torch import nn
torch.manual_seed(0)
x, t = torch.randn(1078, 64), torch.randint(0, 10, (1078,))
model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Dropout(0.3), nn.Linear(128, 64), nn.ReLU(), nn.Dropout(0.3),
                      nn.Linear(64, 10))
optimizer = torch.optim.Adam(model.parameters(), 1e-3)
loss = nn.functional.cross_entropy(model(x), t)
loss.backward()
optimizer.step()
print(loss.item())
"""


def measure(samples: int, folder: str) -> dict:
    """One full-batch step on digits: ours with config, data, run folder and final evaluation,
    the peer's with random data of the same shape."""
    commands = [[*OURS, folder], [sys.executable, "-c", PEER]]
    # compiled files are kept, as ever
    normal = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    seconds = [[], []]
    for i in range(samples + 1):
        for own, command in zip(seconds, commands):
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True, env=normal)
            if i:
                own.append(time.perf_counter() - start)
    mine, theirs = (float(np.median(s)) * 1e3 for s in seconds)
    return {
        "id": "first-step",
        "work": "process start to the first finished step, digits MLP",
        "peer": "PyTorch",
        "dlcli_ms": mine,
        "peer_ms": theirs,
        "ratio": theirs / mine,
    }
