"""What layers ask of their inputs in `build`, each with one sentence for the user (a ValueError)."""

from dlcli.engine.spec import Spec


def numbers(*xs: Spec) -> None:
    """Refuse inputs that are ids (of words, of categories) instead of numbers."""
    for x in xs:
        if x.dtype != "float":
            known = f"ids from 0 to {x.size - 1}" if x.size else "ids"
            raise ValueError(
                f"needs numbers, but the input holds {known}; put an `embedding` before it, or let the data one-hot "
                "them"
            )


def channels(x: Spec) -> int:
    """Length of the last axis, for layers that work along it."""
    numbers(x)
    if not x:
        raise ValueError("needs at least one axis besides the rows of the batch; put `reshape: {shape: [1]}` before it")
    if x.lengths and len(x) == 1:
        raise ValueError(
            "would mix real and padded values, since the last axis is the padded one; put `reshape` to (steps, 1) "
            "before it"
        )
    return x[-1]


def alike(xs: tuple) -> Spec:
    """The one shape of several inputs."""
    several(xs)
    if len({tuple(x) for x in xs}) > 1:
        raise ValueError(f"needs inputs of one shape, got {', '.join(str(tuple(x)) for x in xs)}")
    return xs[0]


def several(xs: tuple) -> None:
    """At least two inputs, all numbers, all padded or none."""
    numbers(*xs)
    if len(xs) < 2:
        raise ValueError("needs at least two inputs; name them with `from`")
    if len({bool(x.lengths) for x in xs}) > 1:
        raise ValueError("cannot join an input with padded rows and one without")
