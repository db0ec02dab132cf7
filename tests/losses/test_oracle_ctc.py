"""Loss ctc equals PyTorch's, in value and gradient."""

import numpy as np
import pytest

from .cases import CASES
from .rig import Rig
from .test_ctc import drawn

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle
torch.set_num_threads(1)


def reference(rig, reduction):
    """PyTorch's loss and gradient in float64; rows that are impossible are left out."""
    y = torch.tensor(rig.y.astype(np.float64), requires_grad=True)
    rows, steps, most = *rig.y.shape[:2], rig.t.shape[1]
    lengths = np.full(rows, steps) if rig.lengths is None else rig.lengths
    targets = np.full(rows, most) if rig.target_lengths is None else rig.target_lengths
    loss = torch.nn.functional.ctc_loss(
        y.log_softmax(-1).transpose(0, 1), torch.tensor(rig.t), torch.tensor(lengths), torch.tensor(targets),
        blank=rig.y.shape[2] - 1, reduction=reduction, zero_infinity=True)
    loss.backward()
    return loss.item(), y.grad.numpy()


def check(rig, reduction, tolerance):
    weight = 1 if reduction == "sum" else rig.loss.weight(rig.t)
    value, gradient = reference(rig, reduction)
    assert rig.forward() / weight == pytest.approx(value, rel=tolerance, abs=tolerance)
    dy = rig.backward(1 / weight)
    np.testing.assert_allclose(dy, gradient, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 2e-5)], ids=["float64", "float32"])
@pytest.mark.parametrize("case", [case for case in CASES if case.kind == "ctc"], ids=str)
def test_equals_pytorch(case, dtype, tolerance):
    check(Rig(case, rows=12, dtype=dtype), "mean" if case.options.get("per_token") else "sum", tolerance)


@pytest.mark.parametrize("per_token", [False, True])
def test_any_lengths(per_token):
    """Repeats, empty targets, single steps, rows that are impossible, scores far apart."""
    rng = np.random.default_rng(0)
    for _ in range(60):
        rows, steps, most, classes = (int(rng.integers(1, n)) for n in (7, 10, 6, 4))
        rig = drawn(rng, rows, steps, most, classes + 1, scale=rng.choice([1, 5, 100]), per_token=per_token,
                    skip_impossible=True)
        check(rig, "mean" if per_token else "sum", 1e-10)


def test_long_rows():
    rig = drawn(np.random.default_rng(1), 5, 300, 40, 11, skip_impossible=True)
    rig.lengths[:3] = 300
    check(rig, "sum", 1e-9)
