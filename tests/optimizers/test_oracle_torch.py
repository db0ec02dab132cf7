"""Fifty steps of every optimizer against PyTorch's, each on its own gradients, in both precisions."""

import numpy as np
import pytest

from .cases import CASES
from .rig import Rig

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle
torch.set_num_threads(1)


def problem(w):
    """A little network: not convex, and no gradient of 0."""
    rng = np.random.default_rng(2)
    x, t = (torch.tensor(rng.standard_normal(shape)).to(w.dtype) for shape in ((30, 4), (30, 2)))
    return ((torch.tanh(x @ w[:20].reshape(4, 5)) @ w[20:].reshape(5, 2) - t) ** 2).mean()


def optimizer_of(kind, o, w):
    common = {"lr": o.learning_rate, "weight_decay": o.l2}
    return {
        "sgd": lambda: torch.optim.SGD([w], **common, momentum=o.momentum, nesterov=o.nesterov),
        "rmsprop": lambda: torch.optim.RMSprop(
            [w], **common, alpha=o.rho, eps=o.epsilon, momentum=o.momentum, centered=o.centered
        ),
        "adagrad": lambda: torch.optim.Adagrad([w], **common, eps=o.epsilon),
        "adam": lambda: torch.optim.Adam([w], **common, betas=(o.beta1, o.beta2), eps=o.epsilon),
        "adamw": lambda: torch.optim.AdamW(
            [w], lr=o.learning_rate, weight_decay=o.weight_decay, betas=(o.beta1, o.beta2), eps=o.epsilon
        ),
    }[kind]()


@pytest.mark.parametrize("l2", [0.0, 0.1])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-5)], ids=["float64", "float32"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_equals_pytorch(case, dtype, tolerance, l2):
    if case.kind == "adamw":
        l2 = 0.0                # PyTorch's AdamW has the decoupled decay only
    optimizer = case.make(l2=l2)
    first = np.random.default_rng(1).standard_normal(30).astype(dtype)
    rig, theirs = Rig(optimizer, first.copy()), torch.tensor(first, requires_grad=True)
    oracle = optimizer_of(case.kind, optimizer, theirs)
    for _ in range(50):
        oracle.zero_grad()
        problem(theirs).backward()
        oracle.step()
        ours = torch.tensor(rig.theta, requires_grad=True)
        problem(ours).backward()
        rig.update(ours.grad.numpy())
    expected = theirs.detach().numpy()
    assert np.abs(expected - first).max() > 0.02
    np.testing.assert_allclose(rig.theta, expected, rtol=tolerance, atol=tolerance * np.abs(expected).max())
