"""A hundred steps of small recurrent networks, from the same weights on the same batches as PyTorch: the same
losses."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from dlcli.data.dataset import Dataset  # noqa: E402
from dlcli.engine.batches import Batch  # noqa: E402
from dlcli.engine.graph import Entry, Graph  # noqa: E402
from dlcli.engine.network import Limits, Network  # noqa: E402
from dlcli.engine.registry import create  # noqa: E402
from dlcli.engine.spec import Spec  # noqa: E402

pytestmark = pytest.mark.oracle
STEPS, BATCH, TOKENS, WINDOW, WIDTH, UNITS, RATE, MOMENTUM = 100, 8, 7, 12, 6, 10, 0.3, 0.9


def data():
    """Texts that repeat themselves after two or three tokens, so that a state is needed; rows of 4 to 12 tokens."""
    rng = np.random.default_rng(0)
    rows = STEPS * BATCH
    period = rng.integers(2, 4, rows)[:, None]
    start = rng.integers(0, TOKENS, (rows, 3))
    text = np.take_along_axis(start, np.arange(WINDOW + 1)[None] % period, 1)
    return text[:, :-1].copy(), text[:, 1:].copy(), rng.integers(4, WINDOW + 1, rows)


def ours(kind, x, t, lengths):
    spec = Spec((WINDOW,), "int", TOKENS, lengths=True)
    layers = [("embedding", {"embedding": {"units": WIDTH, "init": {"normal": {"std": 1.0}}}}),
              ("recurrent", {kind: {"units": UNITS, "layers": 2}}), ("linear", {"linear": {"units": TOKENS}})]
    sources = ["input", "embedding", "recurrent"]
    graph = Graph([Entry(name, create("layers", layer), (source,)) for (name, layer), source in zip(layers, sources)],
                  {"input": spec})
    loss = create("losses", "cross_entropy")
    loss.build(graph.values[graph.output].spec, spec)
    net = Network(graph, loss, spec, create("optimizers", {"sgd": {"momentum": MOMENTUM}}),
                  Limits(batch=BATCH, evaluation=BATCH, shards=2))
    net.parameters.initialize(1)
    start = {name: torch.from_numpy(array.copy()) for name, array in net.parameters.arrays().items()}
    net.add(Dataset({"x": x}, t, {"x": lengths}, lengths))
    with net:
        batches = [[Batch(step * BATCH, BATCH)] for step in range(STEPS)]
        return start, [net.step(net.handles[0], batch, 0, step, RATE)[0] for step, batch in enumerate(batches)]


class Theirs(torch.nn.Module):
    def __init__(self, kind, start):
        super().__init__()
        self.embedding, self.linear = torch.nn.Embedding(TOKENS, WIDTH), torch.nn.Linear(UNITS, TOKENS)
        cls = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[kind]
        self.recurrent = cls(WIDTH, UNITS, 2, batch_first=True)
        with torch.no_grad():
            self.embedding.weight.copy_(start["embedding.W"])
            for level in (1, 2):
                for name, mine in (("weight_ih", "W"), ("weight_hh", "U")):
                    getattr(self.recurrent, f"{name}_l{level - 1}").copy_(start[f"recurrent.{mine}{level}"].T)
                getattr(self.recurrent, f"bias_ih_l{level - 1}").copy_(start[f"recurrent.b{level}"])
                second = getattr(self.recurrent, f"bias_hh_l{level - 1}")
                second.zero_()
                if kind == "gru":
                    second[-UNITS:].copy_(start[f"recurrent.bu{level}"])
            self.linear.weight.copy_(start["linear.W"].T)
            self.linear.bias.copy_(start["linear.b"])

    def freeze_second_biases(self, kind):
        """There is one bias in dlcli: PyTorch's second one would learn too. Of a GRU's candidate both have two."""
        for level in (0, 1):
            keep = torch.zeros_like(getattr(self.recurrent, f"bias_hh_l{level}"))
            if kind == "gru":
                keep[-UNITS:] = 1
            getattr(self.recurrent, f"bias_hh_l{level}").register_hook(lambda g, keep=keep: g * keep)

    def forward(self, x, lengths):
        rnn = torch.nn.utils.rnn
        packed = rnn.pack_padded_sequence(self.embedding(x), lengths, batch_first=True, enforce_sorted=False)
        y, _ = rnn.pad_packed_sequence(self.recurrent(packed)[0], batch_first=True, total_length=WINDOW)
        return self.linear(y)


def theirs(kind, start, x, t, lengths):
    torch.set_num_threads(1)
    model = Theirs(kind, start)
    model.freeze_second_biases(kind)
    optimizer, losses = torch.optim.SGD(model.parameters(), RATE, MOMENTUM), []
    t = np.where(np.arange(WINDOW) < lengths[:, None], t, -100)
    x, t, lengths = (torch.from_numpy(a) for a in (x, t, lengths))
    for step in range(STEPS):
        rows = slice(step * BATCH, (step + 1) * BATCH)
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x[rows], lengths[rows]).reshape(-1, TOKENS), t[rows].reshape(-1))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_same_losses_for_a_hundred_steps(kind):
    x, t, lengths = data()
    start, losses = ours(kind, x, t, lengths)
    expected = theirs(kind, start, x, t, lengths)
    assert np.mean(expected[-10:]) < 0.7 * np.mean(expected[:5]), "it must learn, or the comparison says little"
    np.testing.assert_allclose(losses, expected, atol=1e-4, rtol=1e-4)
