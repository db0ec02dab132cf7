"""Windows over sequences whose rows differ in length: each row gives what it would give alone."""

import numpy as np

from dlcli.engine.spec import Spec
from dlcli.kernels.windows import Axis


def alike(x: Spec, a: Axis, padding) -> None:
    """ValueError if `same` would lay the windows of a shorter row at other places than those of the longest."""
    span = a.reach(1)
    # the least and the most before a row
    if x.lengths and padding == "same" and max(span - a.stride, 0) // 2 != (span - 1) // 2:
        raise ValueError(
            f"cannot pad rows of different length with `padding: same` and a stride of {a.stride}, since each would "
            "begin "
            f"at another place; give the padding as a number: {span // 2}"
        )


def measure(layer) -> None:
    """Number of windows of each row, at least one."""
    a, y = layer.axis, layer.y_lengths
    same, pad = layer.padding == "same", 0 if layer.padding == "valid" else layer.padding
    np.add(layer.lengths, a.stride - 1 if same else 2 * pad + a.stride - a.reach(1), y)
    np.floor_divide(y, a.stride, y)
    np.clip(y, 1, a.out, y)
