"""Recurrent layers against PyTorch: outputs, states and every gradient, padded and not, in both directions, stacked."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from dlcli.engine.spec import Spec  # noqa: E402

from .case import Case  # noqa: E402
from .rig import Rig  # noqa: E402

pytestmark = pytest.mark.oracle
STEPS, INPUTS, UNITS, ROWS = 9, 4, 3, 6
CARRIED = {"rnn": 1, "lstm": 2, "gru": 1}


def theirs(kind: str, options: dict, dtype):
    cls = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[kind]
    more = {"nonlinearity": options.get("nonlinearity", "tanh")} if kind == "rnn" else {}
    return cls(INPUTS, UNITS, options.get("layers", 1), batch_first=True, bidirectional=options["direction"] == "both",
               dtype=dtype, **more)


def names(options: dict):
    """(suffix of ours, suffix of theirs) of each cell."""
    layers = options.get("layers", 1)
    for level in range(layers):
        for back in (False, True)[:1 + (options["direction"] == "both")]:
            yield (str(level + 1) if layers > 1 else "") + "_back" * back, f"_l{level}" + "_reverse" * back


def load(module, rig, kind: str, options: dict) -> None:
    with torch.no_grad():
        for mine, other in names(options):
            getattr(module, f"weight_ih{other}").copy_(torch.tensor(rig.params[f"W{mine}"].T))
            getattr(module, f"weight_hh{other}").copy_(torch.tensor(rig.params[f"U{mine}"].T))
            getattr(module, f"bias_ih{other}").copy_(torch.tensor(rig.params[f"b{mine}"]))
            recurrent = getattr(module, f"bias_hh{other}")
            recurrent.zero_()
            if kind == "gru":
                recurrent[2 * UNITS:].copy_(torch.tensor(rig.params[f"bu{mine}"]))


def state_of(kind: str, h, rows: int):
    """PyTorch's final state in the shape of ours."""
    parts = torch.stack(h) if kind == "lstm" else h[None]               # (carried, cells, rows, units)
    return parts.permute(2, 0, 1, 3).reshape(rows, *(n for n in (len(parts), parts.shape[1]) if n > 1), UNITS)


@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-10), (np.float32, 2e-5)], ids=["float64", "float32"])
@pytest.mark.parametrize("direction", ["forward", "both"])
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("kind, more", [("rnn", {}), ("rnn", {"nonlinearity": "relu"}), ("lstm", {}), ("gru", {})])
def test_equals_torch(kind, more, layers, direction, dtype, tolerance):
    for padded in (False, True):
        for start in (False, True):
            for returns in ("sequence", "last"):
                options = {"layers": layers, "direction": direction, "returns": returns, **more}
                compare(kind, options, padded, start, dtype, tolerance)


def compare(kind, options, padded, start, dtype, tolerance):
    cells = options["layers"] * (1 + (options["direction"] == "both"))
    state = (CARRIED[kind],) * (CARRIED[kind] > 1) + (cells,) * (cells > 1) + (UNITS,)
    inputs = (Spec((STEPS, INPUTS), lengths=padded), *([Spec(state)] * start))
    rig = Rig(Case(kind, {"units": UNITS, **options}, scale=0.5), inputs, rows=ROWS, dtype=dtype, shards=2)
    module = theirs(kind, options, torch.float64 if dtype == np.float64 else torch.float32)
    load(module, rig, kind, options)
    xs = [torch.tensor(x, requires_grad=True) for x in rig.xs]
    begin = None
    if start:
        parts = xs[1].reshape(ROWS, CARRIED[kind], cells, UNITS).permute(1, 2, 0, 3).contiguous()
        begin = (parts[0], parts[1]) if kind == "lstm" else parts[0]
    x, lengths = xs[0], rig.lengths[0]
    if padded:
        x = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
    y, h = module(x, begin)
    if padded:
        y, _ = torch.nn.utils.rnn.pad_packed_sequence(y, batch_first=True, total_length=STEPS)
    last = h[0] if kind == "lstm" else h
    if options["returns"] == "last":
        y = torch.cat(list(last[-(1 + (options["direction"] == "both")):]), -1)
    ours = state_of(kind, h, ROWS)
    ((y * torch.tensor(rig.dy)).sum() + (ours * torch.tensor(rig.douts["state"])).sum()).backward()
    rig.forward()
    rig.backward()

    pairs = {"y": (rig.y, y), "state": (rig.outputs["state"], ours)}
    pairs |= {f"dx{i}": (rig.dxs[i], x.grad) for i, x in enumerate(xs)} | gradients(rig, module, kind, options)
    for name, (mine, other) in pairs.items():
        other = other.detach().numpy()
        np.testing.assert_allclose(mine, other, rtol=tolerance, atol=tolerance * max(1, np.abs(other).max()),
                                   err_msg=f"{kind} {options} padded={padded} start={start}: {name}")


def gradients(rig, module, kind: str, options: dict) -> dict:
    """Ours beside theirs, by the name of ours."""
    found = {}
    for mine, other in names(options):
        for name, theirs in (("W", "weight_ih"), ("U", "weight_hh"), ("b", "bias_ih")):
            found[name + mine] = rig.gradient(name + mine), getattr(module, theirs + other).grad.T
        if kind == "gru":
            found[f"bu{mine}"] = rig.gradient(f"bu{mine}"), getattr(module, f"bias_hh{other}").grad[2 * UNITS:]
    return found
