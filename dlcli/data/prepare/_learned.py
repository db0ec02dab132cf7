"""Steps with what they have learned, as a checkpoint holds them: {"kind", and what `Step.fit` returned}."""

from collections.abc import Callable

import numpy as np

from dlcli.data.prepare._step import BadValue
from dlcli.engine.registry import find
from dlcli.storage.forms import FormError, number, refuse


def bound(state: dict) -> Callable[[np.ndarray], None]:
    """A step with what it has learned, ready to be applied to rows in place."""
    options = {
        key: np.array(value) if isinstance(value, list) else value for key, value in state.items() if key != "kind"
    }
    apply = find("data.prepare", state["kind"]).apply
    return lambda x: apply(x, **options)


def verify(state: dict, path: str, x: np.ndarray, target: bool) -> None:
    """FormError if a step cannot be done on rows such as x, or makes no numbers of them. target: they are the
    target's."""
    try:
        cls = find("data.prepare", state["kind"])
    except KeyError:
        cls = None
    if cls is None or cls.target != target:
        refuse(f"{path}.kind", state["kind"], f"a step of preparation for {'the target' if target else 'columns'}")
    learned = {key: value for key, value in state.items() if key != "kind"}
    for key, value in learned.items():
        if not isinstance(value, bool):
            numbers(value, f"{path}.{key}")
    try:
        with np.errstate(all="ignore"):
            bound(state)(x)
            good = np.isfinite(x).all() and (not target or cls.undo(x, **learned).shape == x.shape)
    except (TypeError, ValueError, IndexError, BadValue):
        good = False
    if not good:
        raise FormError(path, f"`{state['kind']}` has learned something else than it needs, or for rows of another "
                        "shape")


def numbers(value, path: str) -> np.ndarray:
    """A number, or lists of numbers in each other, as an array."""
    level = [value]
    while level and any(isinstance(item, list) for item in level):
        if not all(isinstance(item, list) for item in level):
            raise FormError(path, "lists and numbers are mixed")
        level = [item for outer in level for item in outer]
    for item in level:
        number(item, path)
    try:
        return np.array(value, np.float64)
    except ValueError:
        raise FormError(path, "its lists have different lengths") from None
