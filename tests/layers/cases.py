"""The table of layers: one row per layer and set of options. A new layer is its file and a row here, and nothing else.

`inputs` are what a layer is tried on, each in turn: a shape without the batch axis, a Spec, or, for layers that merge,
a tuple of these. `torch` is the same computation in PyTorch, for layers that it has: called with the module torch, the
layer's parameters and buffers by name, whether it is training, and the inputs. It may be left out.
"""

from dlcli.engine.spec import Spec

from .case import FLAT, GRID, STEPS, Case
from .cases_conv import CASES as CONVOLUTIONS
from .cases_pool import CASES as POOL
from .cases_recurrent import CASES as RECURRENT

IDS, WORDS = Spec((), "int", size=7), Spec((6,), "int", size=7, lengths=True)


def batch_norm(torch, p, train, x, momentum=0.1, eps=1e-5):
    rows = x.reshape(-1, x.shape[-1])
    y = torch.nn.functional.batch_norm(
        rows, p["running_mean"], p["running_var"], p["weight"], p["bias"], train, momentum, eps
    )
    return y.reshape(x.shape)


def prelu(torch, p, train, x):
    return torch.nn.functional.prelu(x.reshape(-1, x.shape[-1]), p["weight"]).reshape(x.shape)


def embedding_padding(torch, p, train, x):
    return torch.nn.functional.embedding(x, p["W"]) * (x != 2)[..., None]


CASES = [
    Case("linear", {"units": 3}, torch=lambda torch, p, train, x: torch.nn.functional.linear(x, p["W"].T, p["b"])),
    Case(
        "linear", {"units": 1, "bias": False}, torch=lambda torch, p, train, x: torch.nn.functional.linear(x, p["W"].T)
    ),
    Case("linear", {"units": 4, "init": "he", "bias_init": {"constant": {"value": 0.1}}}),
    Case("step", torch=lambda torch, p, train, x: torch.heaviside(x, torch.ones((), dtype=x.dtype)).detach() + 0 * x),
    Case("sigmoid", torch=lambda torch, p, train, x: torch.sigmoid(x)),
    Case("tanh", torch=lambda torch, p, train, x: torch.tanh(x)),
    Case("relu", torch=lambda torch, p, train, x: torch.relu(x)),
    Case("leaky_relu", torch=lambda torch, p, train, x: torch.nn.functional.leaky_relu(x)),
    Case(
        "leaky_relu", {"negative_slope": 0.3}, torch=lambda torch, p, train, x: torch.nn.functional.leaky_relu(x, 0.3)
    ),
    Case("prelu", torch=prelu),
    Case("prelu", {"shared": False, "init": 0.1}, torch=prelu),
    Case("elu", torch=lambda torch, p, train, x: torch.nn.functional.elu(x)),
    Case("elu", {"alpha": 0.7}, torch=lambda torch, p, train, x: torch.nn.functional.elu(x, 0.7)),
    Case("gelu", torch=lambda torch, p, train, x: torch.nn.functional.gelu(x)),
    Case(
        "gelu",
        {"approximate": "tanh"},
        torch=lambda torch, p, train, x: torch.nn.functional.gelu(x, approximate="tanh"),
    ),
    Case("silu", torch=lambda torch, p, train, x: torch.nn.functional.silu(x)),
    Case("softplus", torch=lambda torch, p, train, x: torch.nn.functional.softplus(x, threshold=1e9)),
    Case("softmax", torch=lambda torch, p, train, x: torch.softmax(x, -1)),
    Case("dropout", {"p": 0.3}, torch=lambda torch, p, train, x: torch.dropout(x, 0.3, train)),
    Case(
        "flatten",
        inputs=(FLAT, GRID, STEPS, Spec((3, 2), "int", size=4)),
        torch=lambda torch, p, train, x: x.flatten(1),
    ),
    Case(
        "reshape",
        {"shape": [2, -1, 5]},
        (GRID, (10, 5), Spec((20,), "int", size=4)),
        lambda torch, p, train, x: x.reshape(len(x), 2, -1, 5),
    ),
    Case("reshape", {"shape": [6, 5, 1]}, (STEPS, (30,)), lambda torch, p, train, x: x.reshape(len(x), 6, 5, 1)),
    Case("batch_norm", torch=batch_norm),
    Case(
        "batch_norm",
        {"momentum": 0.3, "eps": 0.01},
        (FLAT, Spec((6, 2, 5), lengths=True)),
        lambda *arguments: batch_norm(*arguments, 0.3, 0.01),
    ),
    Case(
        "layer_norm",
        torch=lambda torch, p, train, x: torch.nn.functional.layer_norm(x, x.shape[-1:], p["weight"], p["bias"]),
    ),
    Case(
        "layer_norm",
        {"eps": 0.01},
        torch=lambda torch, p, train, x: torch.nn.functional.layer_norm(x, x.shape[-1:], p["weight"], p["bias"], 0.01),
    ),
    Case("add", inputs=((FLAT,) * 2, (GRID,) * 3, (STEPS,) * 2), torch=lambda torch, p, train, *xs: sum(xs)),
    Case(
        "multiply",
        inputs=((FLAT,) * 2, (GRID,) * 3, (STEPS,) * 2),
        torch=lambda torch, p, train, *xs: torch.stack(xs).prod(0),
    ),
    Case(
        "concat",
        inputs=((FLAT, (2,)), (GRID, (3, 4, 1), GRID), (STEPS,) * 2),
        torch=lambda torch, p, train, *xs: torch.cat(xs, -1),
    ),
    Case("concat", {"axis": 0}, (((3, 5), (2, 5)),), lambda torch, p, train, *xs: torch.cat(xs, 1)),
    Case("embedding", {"units": 3}, (IDS, WORDS), lambda torch, p, train, x: torch.nn.functional.embedding(x, p["W"])),
    Case("embedding", {"units": 2, "init": {"normal": {"std": 1.0}}}, (Spec((2, 3), "int", size=4),)),
    Case("embedding", {"units": 3, "padding": 2}, (IDS, WORDS), embedding_padding),
    *CONVOLUTIONS,
    *POOL,
    *RECURRENT,
]
