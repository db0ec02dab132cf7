"""The rows of convolutional networks: the same training steps in dlcli and in PyTorch."""

from typing import NamedTuple

import numpy as np

from benchmarks.ours import CORES, Ours, agree, classified, twice
from benchmarks.timing import beside
from benchmarks.torch_network import network

RATE = 1e-3


class Work(NamedTuple):
    """One network and batch. `steps` are timed together as one sample."""

    id: str
    title: str
    picture: tuple[int, int, int]
    batch: int
    steps: int
    momentum: bool = False

    def __str__(self) -> str:
        rule = "SGD with momentum" if self.momentum else "Adam"
        return f"{self.title}, batch {self.batch}, {rule}, loss, accuracy and gradient norm each step"


WORKS = [Work("cnn", "PyTorch's MNIST example", (28, 28, 1), 64, 4),
         Work("lenet", "LeNet-5 with tanh and average pooling", (28, 28, 1), 64, 20),
         Work("resnet20", "CIFAR ResNet-20", (32, 32, 3), 128, 1, momentum=True)]


def conv(filters: int, kernel: int = 3, **options) -> dict:
    return {"conv2d": {"filters": filters, "kernel": kernel, "init": "he", **options}}


def chain(*specs) -> list[tuple]:
    """Entries that each read the one before."""
    return [(f"e{i}", spec, (f"e{i - 1}" if i else "input",)) for i, spec in enumerate(specs)]


def entries(work: Work, dropout: bool = True) -> list[tuple]:
    """(name, spec, sources) of each layer."""
    drop = [{"dropout": {"p": p if dropout else 0.0}} for p in (0.25, 0.5)]
    if work.id == "cnn":
        return chain(
            conv(32),
            "relu",
            conv(64),
            "relu",
            {"max_pool2d": {"size": 2}},
            drop[0],
            "flatten",
            {"linear": {"units": 128}},
            "relu",
            drop[1],
            {"linear": {"units": 10}},
        )
    if work.id == "lenet":
        pool = {"avg_pool2d": {"size": 2}}
        return chain(
            conv(6, 5, padding=2),
            "tanh",
            pool,
            conv(16, 5),
            "tanh",
            pool,
            "flatten",
            {"linear": {"units": 120}},
            "tanh",
            {"linear": {"units": 84}},
            "tanh",
            {"linear": {"units": 10}},
        )
    return resnet()


def resnet() -> list[tuple]:
    """ResNet-20 (He et al. 2015) with 1 x 1 convolutions where a shortcut changes its shape."""
    made = []

    def put(name, spec, *sources):
        made.append((name, spec, sources))
        return name

    def normed(name, before, filters, **options):
        return put(f"{name}.norm", "batch_norm", put(f"{name}.conv", conv(filters, bias=False, **options), before))

    x = put("start.relu", "relu", normed("start", "input", 16, padding=1))
    for stage, filters in enumerate((16, 32, 64)):
        for block in range(3):
            name, stride = f"s{stage}b{block}", 2 if stage and not block else 1
            y = put(f"{name}.relu1", "relu", normed(f"{name}.1", x, filters, padding=1, stride=stride))
            y = normed(f"{name}.2", y, filters, padding=1)
            short = x if stride == 1 else normed(f"{name}.short", x, filters, kernel=1, stride=2)
            x = put(f"{name}.relu2", "relu", put(f"{name}.sum", "add", y, short))
    put("scores", {"linear": {"units": 10}}, put("pool", "global_avg_pool", x))
    return made


def data(work: Work) -> tuple[np.ndarray, np.ndarray]:
    """Pictures and class ids for one sample's worth of steps; random, as only the time matters here."""
    rng, rows = np.random.default_rng(0), work.batch * work.steps
    return rng.standard_normal((rows, *work.picture)).astype(np.float32), rng.integers(0, 10, rows)


def ours(work: Work, workers: int, dropout: bool = True) -> Ours:
    rule = {"sgd": {"learning_rate": RATE, "momentum": 0.9}} if work.momentum else {"adam": {"learning_rate": RATE}}
    return Ours(classified(*data(work)), entries(work, dropout), "cross_entropy", rule, work.batch, workers)


class Torch:
    """The same steps in PyTorch: eager, fused optimizer, default threads, one of its layouts, started from the same
    weights."""

    def __init__(self, work: Work, start: dict[str, np.ndarray], layout: str, dropout: bool = True):
        import torch

        self.torch, self.work, layout = torch, work, getattr(torch, layout)
        x, t = data(work)
        self.model = network(entries(work, dropout), work.picture, start).to(memory_format=layout)
        self.optimizer = torch.optim.SGD(self.model.parameters(), RATE, 0.9, fused=True) if work.momentum else \
            torch.optim.Adam(self.model.parameters(), RATE, fused=True)
        self.x = torch.from_numpy(x.transpose(0, 3, 1, 2).copy()).contiguous(memory_format=layout)
        self.t, self.order = torch.from_numpy(t), torch.arange(len(x))
        self.loss = torch.nn.CrossEntropyLoss()

    def __call__(self) -> float:
        torch, batch = self.torch, self.work.batch
        parameters, correct = list(self.model.parameters()), 0
        for start in range(0, len(self.x), batch):
            rows = self.order[start:start + batch]
            x, t = self.x[rows], self.t[rows]
            self.optimizer.zero_grad()
            y = self.model(x)
            loss = self.loss(y, t)
            loss.backward()
            torch.nn.utils.get_total_norm([p.grad for p in parameters]).item()
            self.optimizer.step()
            value = loss.item()
            correct += (y.argmax(1) == t).sum().item()
        return value

    def set_rate(self, rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = rate


LAYOUTS = ("channels_last", "contiguous_format")


def alone(name: str, side: str) -> None:
    work = next(w for w in WORKS if w.id == name)
    twice(ours(work, CORES) if side == "dlcli" else Torch(work, {}, LAYOUTS[0]))


def measure(name: str, samples: int, one_core: bool = False) -> dict:
    """The row, against the layout of PyTorch that is faster for it."""
    work, workers = next(w for w in WORKS if w.id == name), 1 if one_core else CORES
    short = work._replace(steps=3)
    # forked before PyTorch starts its threads
    check, mine = ours(short, workers, dropout=False), ours(work, workers)
    agree(name, (check(), Torch(short, check.initial, LAYOUTS[0], dropout=False)()))
    check.close()
    peers = {layout: Torch(work, mine.initial, layout) for layout in LAYOUTS}
    if one_core:
        peers[LAYOUTS[0]].torch.set_num_threads(1)
    for side in (mine, *peers.values()):
        side.set_rate(0.0)
    our_ms, fastest, peer_ms = beside(mine, peers, samples, work.steps, one_core)
    mine.close()
    return {
        "id": name,
        "work": str(work),
        "peer": f"PyTorch, {fastest}",
        "dlcli_ms": our_ms,
        "peer_ms": peer_ms,
        "ratio": peer_ms / our_ms,
    }
