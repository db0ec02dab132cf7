"""Every loss against PyTorch's (ctc in a file of its own): value and gradient, in both precisions."""

import numpy as np
import pytest

from .cases import CASES
from .rig import Rig

torch = pytest.importorskip("torch")
F = torch.nn.functional
pytestmark = pytest.mark.oracle
torch.set_num_threads(1)


def reference(case, loss, y, t):
    """PyTorch's loss for real positions: y (n, ..., outputs), t (n, ...)."""
    options = case.options
    single = case.t.dtype == "int" and y.shape[-1] == 1
    if case.kind in ("mse", "mae", "huber"):
        if case.t.dtype == "int":
            t = t[..., None].to(y.dtype) if single else F.one_hot(t, y.shape[-1]).to(y.dtype)
        function = {"mse": F.mse_loss, "mae": F.l1_loss, "huber": F.huber_loss}[case.kind]
        return function(y, t, **({"delta": options.get("delta", 1.0)} if case.kind == "huber" else {}))
    if case.kind == "binary_cross_entropy":
        weight = torch.tensor(loss.excess + 1, dtype=y.dtype)
        return F.binary_cross_entropy_with_logits(y[..., 0] if single else y, t.to(y.dtype), pos_weight=weight)
    if case.kind == "pinball":
        q = torch.tensor(loss.q, dtype=y.dtype)
        error = t[..., None] - y.reshape(*t.shape, len(q))
        return torch.maximum(q * error, (q - 1) * error).mean()
    if case.kind == "dice":
        return dice(y, t, single, **options)
    if case.kind in ("cross_entropy", "focal"):
        weight = None if loss.table is None else torch.tensor(loss.table, dtype=y.dtype)
        if single:
            y = torch.cat([torch.zeros_like(y), y], -1)
        y, t = y.reshape(-1, y.shape[-1]), t.reshape(-1)
        if case.kind == "focal":
            each = F.cross_entropy(y, t, reduction="none")
            weight = torch.ones_like(each) if weight is None else weight[t]
            return (weight * (1 - torch.exp(-each)) ** options.get("gamma", 2.0) * each).sum() / weight.sum()
        return F.cross_entropy(
            y, t, weight, ignore_index=options.get("ignore", -100), label_smoothing=options.get("label_smoothing", 0.0)
        )
    margin = 1 if case.kind == "hinge" else 0
    if single:
        return torch.clamp(margin - (2 * t - 1) * y[..., 0], min=0).mean()
    y, t = y.reshape(-1, y.shape[-1]), t.reshape(-1)
    others = y.masked_fill(F.one_hot(t, y.shape[-1]).bool(), -torch.inf)
    return torch.clamp(margin + others.max(-1).values - y.gather(1, t[:, None])[:, 0], min=0).mean()


def dice(y, t, single, smooth=1.0, background=True):
    """Per picture, over classes; a sigmoid's class is 1."""
    p = torch.sigmoid(y) if single else torch.softmax(y, -1)
    g = t[..., None].to(y.dtype) if single else F.one_hot(t, y.shape[-1]).to(y.dtype)
    p, g = p.flatten(1, -2), g.flatten(1, -2)
    overlap = (2 * (p * g).sum(1) + smooth) / (p.sum(1) + g.sum(1) + smooth)
    return 1 - overlap[:, 0 if single or background else 1:].mean()


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-5)], ids=["float64", "float32"])
@pytest.mark.parametrize("case", [case for case in CASES if case.kind != "ctc"], ids=str)
def test_equals_pytorch(case, dtype, tolerance):
    rig = Rig(case, rows=12, dtype=dtype)
    weight = rig.loss.weight(rig.t)
    value, dy = rig.forward() / weight, rig.backward(1 / weight)
    y, t = torch.tensor(rig.y, requires_grad=True), torch.tensor(rig.t)
    real = slice(None) if rig.lengths is None else torch.arange(case.y[0]) < torch.tensor(rig.lengths)[:, None]
    expected = reference(case, rig.loss, y[real], t[real])
    expected.backward()
    assert value == pytest.approx(expected.item(), rel=tolerance)
    np.testing.assert_allclose(dy, y.grad.numpy(), rtol=tolerance, atol=tolerance * np.abs(dy).max())
