"""A network of dlcli's in PyTorch: the same entries, the same weights."""

import numpy as np

from dlcli.engine import registry
from dlcli.engine.graph import Entry, Graph
from dlcli.engine.spec import Spec


def network(entries: list[tuple], picture: tuple, start: dict[str, np.ndarray]):
    """A module that reads pictures with their channels first. entries: (name, spec, sources); start: parameters and
    buffers by name."""
    import torch

    graph = Graph(
        [Entry(name, registry.create("layers", spec), sources) for name, spec, sources in entries],
        {"input": Spec(picture)},
    )
    modules, last = {}, {}
    for node in graph.nodes:
        names = ((name, f"{node.name}.{name}") for name in (*node.layer.params, *node.layer.buffers))
        values = {name: start[key] for name, key in names if key in start}
        shape = tuple(graph.values[node.sources[0]].spec)
        before = last.get(node.sources[0])          # the picture that a flatten made a row of
        modules[node.name] = _module(torch, node.layer, shape, values, before)
        last[node.value] = (
            shape
            if node.layer.kind == "flatten"
            else before
            if node.layer.kind in ("relu", "tanh", "dropout")
            else None
        )

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.entries = torch.nn.ModuleList(m for m in modules.values() if isinstance(m, torch.nn.Module))

        def forward(self, x):
            values = {"input": x}
            for name, _, sources in entries:
                values[name] = modules[name](*(values[s] for s in sources))
            return values[entries[-1][0]]

    return Network()


def _module(torch, layer, shape: tuple, values: dict, picture: tuple | None):
    """The same layer. picture: shape of what a linear layer's input was before it was flattened, if it was."""
    nn, made = torch.nn, None
    w = values.get("W")         # without weights to start from, PyTorch's own
    if layer.kind == "conv2d":
        made = nn.Conv2d(
            shape[-1],
            layer.filters,
            layer.kernel,
            layer.stride,
            layer.padding,
            layer.dilation,
            layer.groups,
            layer.bias,
        )
        values = {} if w is None else {"weight": w.transpose(3, 2, 0, 1), "bias": values.get("b")}
    elif layer.kind == "linear":
        if picture and w is not None:
            w = w.reshape(*picture, -1).transpose(2, 0, 1, 3).reshape(w.shape)
        made = nn.Linear(shape[-1], layer.units, layer.bias)
        values = {} if w is None else {"weight": w.T, "bias": values.get("b")}
    elif layer.kind == "batch_norm":
        made = nn.BatchNorm2d(shape[-1])
    if made is not None:
        made.load_state_dict(
            {name: torch.from_numpy(np.array(value)) for name, value in values.items() if value is not None},
            strict=False,
        )
        return made
    return {
        "relu": nn.ReLU,
        "tanh": nn.Tanh,
        "flatten": nn.Flatten,
        "max_pool2d": lambda: nn.MaxPool2d(layer.size),
        "avg_pool2d": lambda: nn.AvgPool2d(layer.size),
        "dropout": lambda: nn.Dropout(layer.p),
        "add": lambda: lambda *xs: sum(xs[1:], xs[0]),
        "global_avg_pool": lambda: lambda x: x.mean((2, 3)),
    }[layer.kind]()
