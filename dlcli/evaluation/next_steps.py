"""What a network says of the steps behind the last one of a series."""

import numpy as np

from dlcli.data.dataset import Dataset
from dlcli.data.past import Past


def next_steps(y: np.ndarray, p: np.ndarray, rows: Dataset, quantiles: list[float] | None) -> list[dict]:
    """A dict per step of the horizon, all in the targets' own units: its number from 1, its time if the series has
    times, the value (a list if there are several targets), and by name the quantiles, in ascending order also if the
    network's cross.

    y, p: outputs and predictions of one row.
    """
    past, values = rows.past, p.reshape(rows.past.horizon, -1)
    times = None if past.times is None else past.times(int(past.origins[0]), past.horizon)
    each = None if quantiles is None else np.sort(y.reshape(*values.shape, -1), -1)
    found = []
    for i, row in enumerate(values):
        own = {"step": i + 1} | ({} if times is None else {"time": times[i]}) | {"value": _one(row)}
        if each is not None:
            own["quantiles"] = {f"{q:g}": _one(each[i, :, j]) for j, q in enumerate(quantiles)}
        found.append(own)
    return found


def known_steps(past: Past, most: int) -> tuple[list[str] | None, np.ndarray]:
    """Times and values (steps, targets) of the last steps before a forecast."""
    end = int(past.origins[0])
    first = max(int(past.begins[end - 1]), end - most)
    return None if past.times is None else past.times(first, end - first), past.values[first:end]


def _one(values: np.ndarray):
    return float(values[0]) if len(values) == 1 else values.tolist()
