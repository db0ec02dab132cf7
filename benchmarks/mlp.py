"""The rows of fully connected networks: the same training steps in dlcli and in PyTorch."""

from typing import NamedTuple

import numpy as np

from benchmarks.ours import CORES, Ours, agree, classified, twice
from benchmarks.timing import beside

RATE = 1e-3


class Work(NamedTuple):
    """One network and batch. `steps` are timed together as one sample."""

    id: str
    sizes: tuple[int, ...]
    batch: int
    steps: int

    @property
    def binary(self) -> bool:
        return self.sizes[-1] == 1

    def __str__(self) -> str:
        return (
            f"MLP {'-'.join(map(str, self.sizes))}, batch {self.batch}, Adam, loss, accuracy and gradient norm "
            "each step"
        )


WORKS = [Work("mlp-64", (64, 64, 64, 10), 32, 200), Work("tabular", (30, 64, 64, 1), 32, 200),
         Work("mlp-512", (784, 512, 512, 10), 128, 12), Work("mlp-2048", (784, 2048, 2048, 10), 256, 2)]


def data(work: Work) -> tuple[np.ndarray, np.ndarray]:
    """Features and class ids for one sample's worth of steps; random, as only the time matters here."""
    rng = np.random.default_rng(0)
    rows = work.batch * work.steps
    return rng.standard_normal((rows, work.sizes[0])).astype(np.float32), rng.integers(0, max(2, work.sizes[-1]), rows)


def entries(work: Work) -> list[tuple]:
    """(name, spec, sources) of each layer: linear1, relu1, linear2, ..."""
    made, before = [], "input"
    for i, units in enumerate(work.sizes[1:], 1):
        if i > 1:
            made.append((f"relu{i - 1}", "relu", (before,)))
            before = f"relu{i - 1}"
        made.append((f"linear{i}", {"linear": {"units": units, "init": "he"}}, (before,)))
        before = f"linear{i}"
    return made


def ours(work: Work, workers: int = CORES) -> Ours:
    loss = "binary_cross_entropy" if work.binary else "cross_entropy"
    rule = {"adam": {"learning_rate": RATE}}
    return Ours(classified(*data(work)), entries(work), loss, rule, work.batch, workers)


class Torch:
    """The same steps in PyTorch: eager, fused Adam, default threads, started from the same weights, or from its own
    without `start`."""

    def __init__(self, work: Work, start: dict[str, np.ndarray]):
        import torch

        self.torch, self.work = torch, work
        x, t = data(work)
        modules = []
        for i, (inputs, outputs) in enumerate(zip(work.sizes, work.sizes[1:]), 1):
            layer = torch.nn.Linear(inputs, outputs)
            if start:
                layer.weight.data = torch.from_numpy(start[f"linear{i}.W"].T.copy())
                layer.bias.data = torch.from_numpy(start[f"linear{i}.b"].copy())
            modules += [layer, torch.nn.ReLU()]
        self.model = torch.nn.Sequential(*modules[:-1])
        self.optimizer = torch.optim.Adam(self.model.parameters(), RATE, fused=True)
        self.x = torch.from_numpy(x)
        self.t = torch.from_numpy(t.astype(np.float32)[:, None] if work.binary else t)
        self.order = torch.arange(len(x))
        self.loss = torch.nn.BCEWithLogitsLoss() if work.binary else torch.nn.CrossEntropyLoss()

    def __call__(self) -> float:
        torch, batch = self.torch, self.work.batch
        correct, total, norms, loss_value = 0, 0.0, 0.0, 0.0
        parameters = list(self.model.parameters())
        for start in range(0, len(self.x), batch):
            rows = self.order[start:start + batch]
            x, t = self.x[rows], self.t[rows]
            self.optimizer.zero_grad()
            y = self.model(x)
            loss = self.loss(y, t)
            loss.backward()
            norms += torch.nn.utils.get_total_norm([p.grad for p in parameters]).item()
            self.optimizer.step()
            loss_value = loss.item()
            total += loss_value
            guess = (y > 0).to(t.dtype) if self.work.binary else y.argmax(1)
            correct += (guess == t).sum().item()
        return loss_value

    def set_rate(self, rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = rate


def alone(name: str, side: str) -> None:
    work = next(w for w in WORKS if w.id == name)
    twice(ours(work) if side == "dlcli" else Torch(work, {}))


def measure(name: str, samples: int) -> dict:
    work = next(w for w in WORKS if w.id == name)
    short = work._replace(steps=3)
    check, mine = ours(short), ours(work)           # forked before PyTorch starts its threads
    agree(name, (check(), Torch(short, check.initial)()))
    check.close()
    peer = Torch(work, mine.initial)
    mine.set_rate(0.0)
    peer.set_rate(0.0)
    our_ms, fastest, peer_ms = beside(mine, {"PyTorch": peer}, samples, work.steps)
    mine.close()
    return {
        "id": name,
        "work": str(work),
        "peer": fastest,
        "dlcli_ms": our_ms,
        "peer_ms": peer_ms,
        "ratio": peer_ms / our_ms,
    }
