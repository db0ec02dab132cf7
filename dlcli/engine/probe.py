"""What happens inside one forward and backward pass, call by call."""

from collections.abc import Callable

from dlcli.engine.network import Handle, Network


def trace(
    network: Network, handle: Handle, see: Callable, start: int = 0, rows: int | None = None, step: int = 0
) -> float:
    """Run one batch in training mode and return its mean loss; the gradient is left in `network.gradients[0]`.

    For a network of its own (one shard, serial), never the one that is being trained. `see(name, pass_, x, y, dy, dx)`
    is called right after each layer's call, while its buffers still hold what it read and wrote. pass_ is "forward" (dy
    and dx are None) or "backward". By then the layer may have spoiled dy: `see(name, "gradient", x, y, dy, None)` comes
    right before its backward call.
    """
    plans = network.layers(True, rows or network.limits.batch)
    names = {id(layer): name for name, layer in plans[0].layers.items()}

    def traced(function, arguments):
        name = names.get(id(getattr(function, "__self__", None)))
        kind = function.__name__ if name else None

        def forward(*_):
            function(*arguments)
            see(name, "forward", arguments[0], arguments[1], None, None)

        def backward(*_):
            see(name, "gradient", *arguments[:3], None)
            function(*arguments)
            see(name, "backward", *arguments)

        return (forward, ()) if kind == "forward" else (backward, ()) if kind == "backward" else (function, arguments)

    before = plans[0].segments
    plans[0].segments = [[traced(f, a) for f, a in calls] for calls in before]
    try:
        return network.gradient(handle, start, rows, step=step)
    finally:
        plans[0].segments = before
