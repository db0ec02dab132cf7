"""What losses ask of the shapes of output and target, and the sentences that say so."""

from math import prod

import numpy as np

from dlcli.engine.loss import Loss, WrongTask
from dlcli.engine.spec import Spec


def need_scores(loss: Loss, y: Spec) -> None:
    """The output must be float."""
    if y.dtype != "float":
        raise ValueError(f"{loss.kind} reads scores, but the output holds whole numbers")


def need_classes(loss: Loss, y: Spec, t: Spec) -> None:
    """The target must hold class ids, of at least two classes."""
    need_scores(loss, y)
    if t.dtype != "int":
        raise WrongTask(f"{loss.kind} needs class labels as its target, got values; mse, mae and huber fit values")
    if t.size < 2:
        raise ValueError(f"{loss.kind} needs at least two classes, the target has {t.size}")


def need_output(y: Spec, t: Spec, *widths: int) -> int:
    """The output must hold, for each class id of the target, one of these numbers of scores. Returns the number it
    has."""
    if y[:-1] == t and y[-1:] and y[-1] in widths:
        return y[-1]
    shapes = [shape((*t, width)) for width in widths]
    raise ValueError(f"{t.size} classes need an output of {' or '.join(shapes)}, got {shape(y)}")


def need_same(loss: Loss, y: Spec, t: Spec) -> None:
    """The output must be float and have the target's shape."""
    need_scores(loss, y)
    if y != t:
        raise ValueError(f"a target of shape {shape(t)} needs an output of the same shape, got {shape(y)}")


def need_lengths(loss: Loss, y: Spec, t: Spec) -> None:
    """Output and target must both have a length for each row, or neither. Declares `pad`, True at padded positions."""
    loss.padded = bool(t.lengths)
    if t and bool(y.lengths) != loss.padded:
        raise ValueError(
            "the rows of the target are padded, but those of the output are not: the network has lost their lengths"
            if loss.padded
            else "the rows of the output are padded, but the target has no lengths for them"
        )
    if loss.padded:
        loss.keep("pad", y[:1], "bool")


def counts(t: Spec, option: str) -> tuple:
    """Rows of each class in the training split, which an option asks for."""
    if t.counts is None:
        raise ValueError(f"{option} needs to know how many rows each class has, and this data does not say")
    if 0 in t.counts:
        raise ValueError(
            f"{option} needs rows of every class, but the training split has none of class {t.counts.index(0)}"
        )
    return t.counts


def class_weights(loss: Loss, t: Spec) -> np.ndarray | None:
    """The option `class_weights` as (C,) float64: None, numbers, or `balanced`, which is rows / (classes * rows of the
    class)."""
    if loss.class_weights is None:
        return None
    if loss.class_weights == "balanced":
        found = counts(t, "class_weights: balanced")
        return sum(found) / (t.size * np.array(found, float))
    if len(loss.class_weights) != t.size:
        raise ValueError(f"{t.size} classes need as many class_weights, got {len(loss.class_weights)}")
    if not any(loss.class_weights):
        raise ValueError("class_weights needs at least one number above 0")
    return np.array(loss.class_weights, float)


def elements(loss: Loss, y: Spec) -> None:
    """Remembers how many numbers one row, and one position of a padded row, have."""
    loss.per_row, loss.per_position = prod(y), prod(y[1:])


def shape(spec: tuple) -> str:
    """A shape as a sentence gives it: the number itself if there is only one."""
    return str(spec[0]) if len(spec) == 1 else str(tuple(spec))
