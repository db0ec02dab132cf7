"""What `evaluate` says of forecasts beside the rest: what naive forecasts reach on the same rows, and errors step by
step."""

import numpy as np

from dlcli.data.dataset import Data
from dlcli.data.past import Past
from dlcli.engine.registry import create
from dlcli.evaluation.report import plain
from dlcli.metrics.formulas import weighted

KINDS = ("mase", "smape")
"""Metrics that forecasts always have."""


def parts(document: dict, p: np.ndarray, t: np.ndarray, data: Data, past: Past) -> dict:
    """The parts `metrics`, `intervals`, `baselines`, `by_step` and, of several targets, `by_target`.

    document: of `report`, whose metrics stay. p, t: forecasts and targets (rows, horizon * targets) in their own units.
    Of `baselines` one is None if the past of some rows does not reach back so far: its numbers would be of other rows.
    Windows overlap, so their errors are alike, and an interval that takes rows for independent would be too narrow:
    there is none.
    """
    season = past.season
    naive = {"naive": past.naive(1)} | ({"seasonal_naive": past.naive(season)} if season > 1 else {})
    known = {name: forecast for name, forecast in naive.items() if not np.isnan(forecast).any()}
    found = {"metrics": document["metrics"] | judged(p, t, data), "intervals": {},
             "baselines": {name: judged(known[name], t, data) if name in known else None for name in naive}}
    names = data.fitted.target.names
    steps = _groups(past.horizon, len(names), 1)
    found["by_step"] = [{"step": i + 1} | _errors(p, t, data, known, at) for i, at in enumerate(steps)]
    if len(names) > 1:
        groups = _groups(past.horizon, len(names), 0)
        found["by_target"] = [{"target": name} | _errors(p, t, data, known, at) for name, at in zip(names, groups)]
    return plain(found)


def judged(p: np.ndarray, t: np.ndarray, data: Data) -> dict[str, float]:
    """All metrics of a forecast."""
    found = weighted.point(weighted.values(p, t), len(t))
    for kind in KINDS:
        if kind != "mase" or data.target.scale is not None:
            metric = create("metrics", kind)
            metric.start(data.target)
            metric.update(p, p, t)
            found[kind] = metric.result()
    return found


def _groups(horizon: int, targets: int, axis: int) -> list[np.ndarray]:
    """The elements of each step (axis 1) or of each target (axis 0)."""
    places = np.arange(horizon * targets).reshape(horizon, targets)
    return list(places if axis else places.T)


def _errors(p: np.ndarray, t: np.ndarray, data: Data, known: dict, at: np.ndarray) -> dict[str, float]:
    """Errors of some elements, and the mean absolute errors of the naive forecasts there."""
    error = np.abs(p[:, at] - t[:, at])
    found = {"mae": error.mean(), "rmse": np.sqrt(np.square(error).mean(0)).mean()}
    if data.target.scale is not None:
        scale = np.array(data.target.scale)[at]
        found["mase"] = (error.mean(0) / scale).mean() if (scale > 0).all() else np.nan
    return found | {f"mae_{name}": np.abs(forecast[:, at] - t[:, at]).mean() for name, forecast in known.items()}
