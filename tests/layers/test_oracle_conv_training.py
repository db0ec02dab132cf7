"""A hundred steps of small convolutional networks, from the same weights on the same batches as PyTorch: the same
losses."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from benchmarks.torch_network import network  # noqa: E402
from dlcli.data.dataset import Dataset  # noqa: E402
from dlcli.engine.batches import Batch  # noqa: E402
from dlcli.engine.graph import Entry, Graph  # noqa: E402
from dlcli.engine.network import Limits, Network  # noqa: E402
from dlcli.engine.registry import create  # noqa: E402
from dlcli.engine.spec import Spec  # noqa: E402

pytestmark = pytest.mark.oracle
STEPS, BATCH, CLASSES, PICTURE, RATE, MOMENTUM = 100, 16, 4, (12, 12, 3), 0.02, 0.9


def conv(filters, kernel=3, **options):
    return {"conv2d": {"filters": filters, "kernel": kernel, "init": "he", **options}}


def chain(*specs):
    return [(f"e{i}", spec, (f"e{i - 1}" if i else "input",)) for i, spec in enumerate(specs)]


CNN = chain(conv(8, 5, padding=2), "relu", {"max_pool2d": {"size": 2}}, conv(16, padding=1), "tanh", conv(16), "relu",
            {"max_pool2d": {"size": 2}}, "flatten", {"linear": {"units": 16}}, "relu", {"linear": {"units": CLASSES}})

RESNET = [
    *(
        ("start", conv(8, padding=1, bias=False), ("input",)),
        ("norm0", "batch_norm", ("start",)),
        ("x0", "relu", ("norm0",)),
    ),
    *(
        ("a1", conv(8, padding=1, bias=False), ("x0",)),
        ("norm1", "batch_norm", ("a1",)),
        ("r1", "relu", ("norm1",)),
        ("a2", conv(8, padding=1, bias=False), ("r1",)),
        ("norm2", "batch_norm", ("a2",)),
        ("sum1", "add", ("norm2", "x0")),
        ("x1", "relu", ("sum1",)),
    ),
    *(
        ("b1", conv(16, padding=1, stride=2, bias=False), ("x1",)),
        ("norm3", "batch_norm", ("b1",)),
        ("r2", "relu", ("norm3",)),
        ("b2", conv(16, padding=1, bias=False), ("r2",)),
        ("norm4", "batch_norm", ("b2",)),
        ("short", conv(16, 1, stride=2, bias=False), ("x1",)),
        ("norm5", "batch_norm", ("short",)),
        ("sum2", "add", ("norm4", "norm5")),
        ("x2", "relu", ("sum2",)),
    ),
    ("pool", "global_avg_pool", ("x2",)),
    ("scores", {"linear": {"units": CLASSES}}, ("pool",)),
]


def data():
    """Stripes of four directions in noise: something that can be learned."""
    rng = np.random.default_rng(0)
    t = rng.integers(0, CLASSES, STEPS * BATCH)
    y, x = np.mgrid[:PICTURE[0], :PICTURE[1]]
    angles = np.pi * t / CLASSES
    waves = np.sin(
        1.5 * (np.cos(angles)[:, None, None] * x + np.sin(angles)[:, None, None] * y)
        + rng.uniform(0, 6, len(t))[:, None, None]
    )
    return (waves[..., None] + 0.8 * rng.standard_normal((len(t), *PICTURE))).astype(np.float32), t


def ours(entries, x, t):
    made = [Entry(name, create("layers", spec), sources) for name, spec, sources in entries]
    graph, target, loss = (
        Graph(made, {"input": Spec(PICTURE)}),
        Spec((), "int", CLASSES),
        create("losses", "cross_entropy"),
    )
    loss.build(graph.values[graph.output].spec, target)
    rule = create("optimizers", {"sgd": {"momentum": MOMENTUM}})
    net = Network(graph, loss, target, rule, Limits(batch=BATCH, evaluation=BATCH, shards=2))
    net.parameters.initialize(1)
    start = {name: array.copy() for name, array in net.parameters.arrays().items()}
    net.add(Dataset({"x": x}, t))
    with net:
        losses = [net.step(net.handles[0], [Batch(step * BATCH, BATCH)], 0, step, RATE)[0] for step in range(STEPS)]
    return start, losses


def theirs(entries, start, x, t):
    torch.set_num_threads(1)
    model = network(entries, PICTURE, start)
    optimizer, losses = torch.optim.SGD(model.parameters(), RATE, MOMENTUM), []
    x, t = torch.from_numpy(x.transpose(0, 3, 1, 2).copy()), torch.from_numpy(t)
    for step in range(STEPS):
        rows = slice(step * BATCH, (step + 1) * BATCH)
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x[rows]), t[rows])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("entries", [CNN, RESNET], ids=["cnn", "resnet"])
def test_same_losses_for_a_hundred_steps(entries):
    x, t = data()
    start, losses = ours(entries, x, t)
    expected = theirs(entries, start, x, t)
    assert np.mean(expected[-10:]) < 0.5 * np.mean(expected[:5]), "it must learn, or the comparison says little"
    np.testing.assert_allclose(losses, expected, atol=1e-4, rtol=1e-4)
