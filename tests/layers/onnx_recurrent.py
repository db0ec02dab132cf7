"""ONNX's RNN, LSTM and GRU by our layers: their gates in our order, time and batch turned round, their two biases added
up."""

import numpy as np

from dlcli.engine.spec import Spec

from .case import Case
from .onnx_steps import LeftOut
from .rig import Rig

GATES = {"rnn": (0,), "lstm": (0, 2, 3, 1), "gru": (1, 0, 2)}
"""Places in ONNX (LSTM: i, o, f, c; GRU: z, r, h) of our gates (i, f, g, o; r, z, n)."""
DIRECTIONS = {"forward": "forward", "reverse": "backward", "bidirectional": "both"}


def recurrent(kind: str):
    def compute(operator):
        x, w, r, bias, lengths, h, c, peepholes = (*operator.inputs, *[None] * 8)[:8]
        if peepholes is not None:
            raise LeftOut("an LSTM with peepholes, which look at c from within the gates")
        for name in ("clip", "activations", "input_forget"):
            if operator[name]:
                raise LeftOut(f"{name} of a recurrent operator")
        options = {"units": r.shape[-1], "direction": DIRECTIONS[(operator["direction"] or b"forward").decode()]}
        if kind == "gru":
            options["reset"] = "after" if operator["linear_before_reset"] else "before"
        batch_first = operator["layout"] == 1
        state = [part if batch_first or part is None else part.swapaxes(0, 1) for part in (h, c)[:1 + (kind == "lstm")]]
        rig = made(kind, options, x if batch_first else x.swapaxes(0, 1), lengths, state)
        for way, suffix in enumerate(("", "_back")[:len(w)] if len(w) > 1 else ("",)):
            load(rig, kind, suffix, w[way], r[way], None if bias is None else bias[way])
        rig.forward(False)
        return results(rig, kind, batch_first, len(w), operator.outputs)

    return compute


def made(kind, options, x, lengths, state) -> Rig:
    inputs = [Spec(x.shape[1:], lengths=lengths is not None)]
    begun = any(part is not None for part in state)
    if begun:
        both = np.stack([np.zeros_like(state[0]) if part is None else part for part in state], 1)
        both = both.reshape(len(x), *(n for n in both.shape[1:3] if n > 1), both.shape[-1])
        inputs.append(Spec(both.shape[1:]))
    rig = Rig(Case(kind, options), tuple(inputs), rows=len(x), dtype=np.float32)
    rig.xs[0][...] = x
    if begun:
        rig.xs[1][...] = both
    if lengths is not None:
        rig.lengths[0][...] = lengths
    return rig


def load(rig, kind, suffix, w, r, bias) -> None:
    gates, units = GATES[kind], r.shape[-1]
    bias = np.zeros(2 * len(w), w.dtype) if bias is None else bias
    order = np.concatenate([np.arange(units) + gate * units for gate in gates])
    first, second = (part[order] for part in np.split(bias, 2))
    if f"bu{suffix}" in rig.params:
        rig.params[f"bu{suffix}"][...] = second[2 * units:]
        second[2 * units:] = 0
    for name, value in ("W", w[order].T), ("U", r[order].T), ("b", first + second):
        rig.params[name + suffix][...] = value


def results(rig, kind, batch_first, ways, wanted):
    """Those of Y, Y_h and Y_c that the case has, told apart by their axes."""
    units = rig.built.units
    y = rig.y.reshape(*rig.y.shape[:2], ways, units)
    state = rig.outputs["state"].reshape(len(y), -1, ways, units)
    parts = iter([state[:, i] if batch_first else state[:, i].swapaxes(0, 1) for i in range(state.shape[1])])
    return [(y if batch_first else y.transpose(1, 2, 0, 3)) if out.ndim == 4 else next(parts) for out in wanted]
