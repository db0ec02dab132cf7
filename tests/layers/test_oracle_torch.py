"""Every layer against PyTorch: forward and backward, both precisions, training and evaluation."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from .cases import CASES  # noqa: E402
from .rig import Rig  # noqa: E402

pytestmark = pytest.mark.oracle
TABLE = [(case, inputs, train) for case in CASES if case.torch for inputs in case.inputs for train in (True, False)
         if not (train and case.kind == "dropout")          # random while training: test_layers.py
         and (getattr(inputs, "dtype", "float") == "float" or case.kind == "embedding")]


def tensor(array):
    return torch.tensor(array, requires_grad=array.dtype.kind == "f")


@pytest.mark.parametrize("case, inputs, train", TABLE, ids=lambda item: str(item).replace(" ", ""))
@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-10), (np.float32, 1e-5)], ids=["float64", "float32"])
@pytest.mark.parametrize("shards", [1, 2])
def test_equals_torch(case, inputs, train, dtype, tolerance, shards):
    rig = Rig(case, inputs, rows=16, dtype=dtype, shards=shards)
    # PyTorch knows no padding; test_norm.py compares it with rows cut out
    if case.kind == "batch_norm":
        rig.lengths = [None]
        rig.bind(shards)
    before = {name: tensor(a) for name, a in rig.params.items()} | {
        name: torch.tensor(b) for name, b in rig.buffers.items()
    }
    xs = [tensor(x) for x in rig.xs]
    expected = case.torch(torch, before, train, *xs)
    expected.backward(torch.tensor(rig.dy))
    rig.forward(train)
    rig.backward()

    def close(ours, theirs, name):
        theirs = theirs.detach().numpy()
        np.testing.assert_allclose(
            ours, theirs, rtol=tolerance, atol=tolerance * max(1, np.abs(theirs).max()), err_msg=name
        )

    close(rig.y, expected, "y")
    for x, dx in zip(xs, rig.dxs):
        if dx is not None:
            close(dx, x.grad, "dx")
    for name in rig.params:
        close(rig.gradient(name), before[name].grad, f"d{name}")
    for name, buffer in rig.buffers.items():
        close(buffer, before[name], name)
