"""The rows of recurrent networks: the next of 65 characters, the same training steps in dlcli and in PyTorch."""

from typing import NamedTuple

import numpy as np

from benchmarks.ours import CORES, Ours, agree, twice
from benchmarks.timing import beside
from dlcli.data.dataset import Data, Dataset
from dlcli.engine.spec import Spec

RATE, TOKENS, WINDOW, WIDTH, UNITS, BATCH = 1e-3, 65, 64, 64, 128, 32


class Work(NamedTuple):
    """One network. `steps` are timed together as one sample. padded: rows have 1 to 64 real tokens, else all 64."""

    id: str
    layer: str
    steps: int = 6
    padded: bool = False

    def __str__(self) -> str:
        rows = f"batch {BATCH} of 1 to {WINDOW} tokens" if self.padded else f"batch {BATCH} of {WINDOW} tokens"
        return (f"embedding {WIDTH}, {self.layer} {UNITS}, linear {TOKENS}, {rows}, Adam, loss, accuracy and gradient "
                "norm each step")


WORKS = [Work("lstm", "lstm"), Work("gru", "gru"), Work("rnn", "rnn"), Work("lstm-padded", "lstm", padded=True)]


def data(work: Work) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Tokens, the ones behind them and real lengths for one sample's worth of steps; random, as only the time
    matters here."""
    rng, rows = np.random.default_rng(0), BATCH * work.steps
    text = rng.integers(0, TOKENS, (rows, WINDOW + 1))
    return text[:, :-1].copy(), text[:, 1:].copy(), rng.integers(1, WINDOW + 1, rows) if work.padded else None


def entries(work: Work, units: int = UNITS) -> list[tuple]:
    """(name, spec, sources) of each layer."""
    return [("embedding", {"embedding": {"units": WIDTH, "init": {"normal": {"std": 1.0}}}}, ("input",)),
            ("recurrent", {work.layer: {"units": units}}, ("embedding",)),
            ("linear", {"linear": {"units": TOKENS}}, ("recurrent",))]


def ours(work: Work, workers: int = CORES, units: int = UNITS) -> Ours:
    x, t, lengths = data(work)
    rows = Dataset({"x": x}, t, {} if lengths is None else {"x": lengths}, lengths)
    spec = Spec((WINDOW,), "int", TOKENS, lengths=work.padded)
    counts = tuple(np.bincount(t.reshape(-1), minlength=TOKENS).tolist())
    target = Spec((WINDOW,), "int", TOKENS, lengths=work.padded, counts=counts)
    full = Data({"train": rows}, {"x": spec}, target, "classification")
    return Ours(full, entries(work, units), "cross_entropy", {"adam": {"learning_rate": RATE}}, BATCH, workers)


class Torch:
    """The same steps in PyTorch: eager, fused Adam, default threads, from the same weights, or from its own without
    `start`. packed: padded rows are packed, else computed to their end."""

    def __init__(self, work: Work, start: dict[str, np.ndarray], packed: bool = False):
        import torch

        self.torch, self.packed = torch, packed
        x, t, lengths = data(work)
        cls = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[work.layer]
        self.embedding, self.linear = torch.nn.Embedding(TOKENS, WIDTH), torch.nn.Linear(UNITS, TOKENS)
        self.recurrent = cls(WIDTH, UNITS, batch_first=True)
        if start:
            self._load({name: torch.from_numpy(np.array(value)) for name, value in start.items()})
        self.parameters = [p for part in (self.embedding, self.recurrent, self.linear) for p in part.parameters()]
        self.optimizer = torch.optim.Adam(self.parameters, RATE, fused=True)
        self.x, self.order = torch.from_numpy(x), torch.arange(len(x))
        self.lengths = None if lengths is None else torch.from_numpy(lengths)
        if lengths is not None:
            t[np.arange(WINDOW) >= lengths[:, None]] = -100
        self.t, self.loss = torch.from_numpy(t), torch.nn.CrossEntropyLoss()

    def _load(self, start) -> None:
        own = self.recurrent
        with self.torch.no_grad():
            self.embedding.weight.copy_(start["embedding.W"])
            own.weight_ih_l0.copy_(start["recurrent.W"].T)
            own.weight_hh_l0.copy_(start["recurrent.U"].T)
            own.bias_ih_l0.copy_(start["recurrent.b"])
            own.bias_hh_l0.zero_()
            if "recurrent.bu" in start:
                own.bias_hh_l0[-UNITS:].copy_(start["recurrent.bu"])
            self.linear.weight.copy_(start["linear.W"].T)
            self.linear.bias.copy_(start["linear.b"])

    def _scores(self, rows):
        rnn, x = self.torch.nn.utils.rnn, self.embedding(self.x[rows])
        if self.packed:
            x = rnn.pack_padded_sequence(x, self.lengths[rows], batch_first=True, enforce_sorted=False)
        h, _ = self.recurrent(x)
        if self.packed:
            h, _ = rnn.pad_packed_sequence(h, batch_first=True, total_length=WINDOW)
        return self.linear(h)

    def __call__(self) -> float:
        torch, correct, value = self.torch, 0, 0.0
        for start in range(0, len(self.x), BATCH):
            rows = self.order[start:start + BATCH]
            t = self.t[rows]
            self.optimizer.zero_grad()
            y = self._scores(rows)
            loss = self.loss(y.reshape(-1, TOKENS), t.reshape(-1))
            loss.backward()
            torch.nn.utils.get_total_norm([p.grad for p in self.parameters]).item()
            self.optimizer.step()
            value = loss.item()
            correct += (y.argmax(-1) == t).sum().item()
        return value

    def set_rate(self, rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = rate


def alone(name: str, side: str) -> None:
    work = next(w for w in WORKS if w.id == name)
    twice(ours(work) if side == "dlcli" else Torch(work, {}, work.padded))


def measure(name: str, samples: int, one_core: bool = False) -> dict:
    """The row; of padded rows, against the way of PyTorch that is faster."""
    work, workers = next(w for w in WORKS if w.id == name), 1 if one_core else CORES
    short = work._replace(steps=3)
    check, mine = ours(short, workers), ours(work, workers)         # forked before PyTorch starts its threads
    agree(name, (check(), Torch(short, check.initial, work.padded)()))
    check.close()
    peers = {"PyTorch": Torch(work, mine.initial)}
    if work.padded:
        peers["PyTorch, packed"] = Torch(work, mine.initial, packed=True)
    if one_core:
        peers["PyTorch"].torch.set_num_threads(1)
    for side in (mine, *peers.values()):
        side.set_rate(0.0)
    our_ms, fastest, peer_ms = beside(mine, peers, samples, work.steps, one_core)
    mine.close()
    return {"id": name, "work": str(work), "peer": fastest, "dlcli_ms": our_ms, "peer_ms": peer_ms,
            "ratio": peer_ms / our_ms}
