"""The rows of single convolutions: forward and backward with the gradients of input and weights, in dlcli and in
PyTorch."""

import copy
from typing import NamedTuple

import numpy as np

from dlcli.engine import registry, workers
from dlcli.engine.memory import Arena, shared
from dlcli.engine.spec import Spec
from dlcli.storage.machine import cores


class Work(NamedTuple):
    """A 3 x 3 convolution that keeps the size of its picture. `steps` are timed together as one sample."""

    id: str
    channels: int
    size: int
    batch: int = 32
    steps: int = 4

    def __str__(self) -> str:
        return (
            f"3x3 convolution of {self.batch} x {self.size}x{self.size}x{self.channels} to as many channels, "
            "forward and backward"
        )


WORKS = [Work("conv-64", 64, 32), Work("conv-128", 128, 16), Work("conv-16", 16, 32, steps=20)]


class Ours:
    """Two shards of the batch on forked workers, as a training step computes them."""

    def __init__(self, work: Work, count: int):
        rng, shape = np.random.default_rng(0), (work.batch, work.size, work.size, work.channels)
        self.work = work
        self.x, self.dy, self.y, self.dx = (shared(shape, np.float32) for _ in range(4))
        self.x[...], self.dy[...] = rng.standard_normal(shape), rng.standard_normal(shape)
        built = registry.create("layers", {"conv2d": {"filters": work.channels, "kernel": 3, "padding": 1}})
        built.build(Spec(shape[1:]))
        self.weights = {name: shared(p.shape, np.float32) for name, p in built.params.items()}
        self.weights["W"][...] = rng.standard_normal(self.weights["W"].shape) / np.sqrt(9 * work.channels)
        self.weights["b"][...] = rng.standard_normal(work.channels)
        self.gradients = [
            {f"d{name}": shared(a.shape, np.float32) for name, a in self.weights.items()} for _ in range(2)
        ]
        self.layers, half = [], work.batch // 2
        for gradients in self.gradients:
            arena, layer = Arena(np.float32), copy.copy(built)
            scratch = {name: arena.take(name, a.shape if not a.rows else (half, *a.shape), a.dtype)
                       for name, a in (built.temps | built.kept).items()}
            vars(layer).update(self.weights, **gradients, **scratch)
            self.layers.append(layer)
        self._pool = workers.start([self._steps], min(count, 2), "fork")

    def _steps(self, worker: int, active: int) -> None:
        half = self.work.batch // 2
        for shard in range(worker, 2, active):
            rows, layer = slice(shard * half, (shard + 1) * half), self.layers[shard]
            for _ in range(self.work.steps):
                layer.forward(self.x[rows], self.y[rows], True)
                layer.backward(self.x[rows], self.y[rows], self.dy[rows], self.dx[rows])

    def __call__(self) -> None:
        self._pool.run(0)

    def results(self) -> dict:
        """y, dx, dW and db of one step."""
        self()
        return {"y": self.y, "dx": self.dx} | {
            name: self.gradients[0][name] + self.gradients[1][name] for name in ("dW", "db")
        }

    def close(self) -> None:
        self._pool.close()


class Torch:
    """The same in PyTorch, with its default threads, in one of its layouts."""

    def __init__(self, ours: Ours, layout: str):
        import torch

        self.torch, layout, steps = torch, getattr(torch, layout), ours.work.steps
        self.steps, channels = steps, ours.work.channels
        self.layer = torch.nn.Conv2d(channels, channels, 3, padding=1)
        self.layer.weight.data = torch.from_numpy(ours.weights["W"].transpose(3, 2, 0, 1).copy())
        self.layer.bias.data = torch.from_numpy(ours.weights["b"].copy())
        self.layer = self.layer.to(memory_format=layout)
        self.x, self.dy = (
            torch.from_numpy(a.transpose(0, 3, 1, 2).copy()).contiguous(memory_format=layout) for a in (ours.x, ours.dy)
        )
        self.x.requires_grad_()

    def __call__(self):
        for _ in range(self.steps):
            self.layer.weight.grad = self.layer.bias.grad = self.x.grad = None
            y = self.layer(self.x)
            y.backward(self.dy)
        return y

    def results(self) -> dict:
        y = self().detach().numpy()
        return {"y": y.transpose(0, 2, 3, 1), "dx": self.x.grad.numpy().transpose(0, 2, 3, 1),
                "dW": self.layer.weight.grad.numpy().transpose(2, 3, 1, 0), "db": self.layer.bias.grad.numpy()}


def measure(name: str, samples: int, one_core: bool = False) -> dict:
    """The row, against the layout of PyTorch that is faster for it."""
    from benchmarks.timing import beside

    work = next(w for w in WORKS if w.id == name)
    ours = Ours(work, 1 if one_core else cores())         # forked before PyTorch starts its threads
    peers = {layout: Torch(ours, layout) for layout in ("channels_last", "contiguous_format")}
    if one_core:
        peers["channels_last"].torch.set_num_threads(1)
    mine, theirs = ours.results(), peers["contiguous_format"].results()
    for key, value in mine.items():
        if np.abs(value - theirs[key]).max() > 1e-4 * np.abs(theirs[key]).max():
            raise SystemExit(f"{name}: the two sides do not compute the same {key}")
    mine, fastest, theirs = beside(ours, peers, samples, work.steps, one_core)
    ours.close()
    return {
        "id": name,
        "work": str(work),
        "peer": f"PyTorch, {fastest}",
        "dlcli_ms": mine,
        "peer_ms": theirs,
        "ratio": theirs / mine,
    }
