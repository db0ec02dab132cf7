"""Forecasts of the example configs beside methods of statistics.

`python -m benchmarks.forecasts [CONFIG ...] [--json]` trains each config with seeds 1, 2 and 3 and judges it on its
test split, the last 20 % of its series. On the same windows: the naive forecasts, exponential smoothing and ARIMA of
statsmodels (extra `oracles`; left out if it is not there). These learn their parameters on the training part alone, as
the network does, and then read all that was known before each window, which is more than the network's window. Their
orders are the usual ones for such series, and were not searched for. Bars: a mean mase below 1, and below the seasonal
naive forecast's.
"""

import argparse
import json
import os
import sys
import warnings
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np  # noqa: E402

from benchmarks.accuracy import SEEDS, run  # noqa: E402
from dlcli.data.dataset import Data  # noqa: E402

ROOT = Path(__file__).parents[1]
METHODS = {
    "passengers": {"smoothing": {"trend": "add", "seasonal": 12}, "arima": ((0, 1, 1), (0, 1, 1, 12)), "log": True},
    "temperature_gru": {"smoothing": {}, "arima": ((2, 0, 1), (0, 0, 0, 0)), "year": 365.2425},
    "sunspots_lstm": {"smoothing": {}, "arima": ((9, 0, 0), (0, 0, 0, 0))},
}
"""Of exponential smoothing the trend and the season; (p, d, q) and the seasonal (P, D, Q, m) of ARIMA (for passengers
the airline model of Box and Jenkins 1970); whether of logarithms; the length of a year for a pair of Fourier terms."""


def mase(forecast: np.ndarray, data: Data) -> float:
    """Of the test split; forecast: (windows, horizon) in the target's units."""
    t = data.fitted.target.unscale(np.asarray(data.splits["test"].target, np.float64))
    return float((np.abs(forecast - t).mean(0) / np.array(data.target.scale)).mean())


def _known(data: Data) -> tuple[np.ndarray, int, np.ndarray, int]:
    """(series, steps of the training part, first step of each test window's forecast, horizon)."""
    past, target = data.splits["test"].past, data.fitted.target
    train = int(data.splits["train"].past.origins[-1]) + target.horizon
    return past.values[:, 0], train, past.origins, target.horizon


def statistics(name: str, data: Data) -> dict[str, float]:
    """mase of both methods."""
    options = METHODS[name]
    values, train, origins, horizon = _known(data)
    values = np.log1p(values) if options.get("log") else values
    back = np.expm1 if options.get("log") else np.asarray
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for method, fit in (("smoothing", _smoothing), ("arima", _arima)):
            forecast = fit(options, values, train, origins, horizon)
            found[method] = mase(back(forecast), data)
    return found


def _smoothing(options: dict, values: np.ndarray, train: int, origins: np.ndarray, horizon: int) -> np.ndarray:
    from statsmodels.tsa.statespace.exponential_smoothing import ExponentialSmoothing

    own = options["smoothing"]
    model = ExponentialSmoothing(values[:train], trend=own.get("trend") == "add", seasonal=own.get("seasonal"))
    return _ahead(model.fit(disp=False, maxiter=200), values, origins, horizon, None)


def _arima(options: dict, values: np.ndarray, train: int, origins: np.ndarray, horizon: int) -> np.ndarray:
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    order, seasonal = options["arima"]
    angle = 2 * np.pi * np.arange(len(values)) / options["year"] if "year" in options else None
    outer = None if angle is None else np.stack([np.sin(angle), np.cos(angle)], 1)
    model = SARIMAX(values[:train], order=order, seasonal_order=seasonal, exog=None if outer is None else outer[:train],
                    trend="n" if order[1] else "c")
    return _ahead(model.fit(disp=False, maxiter=200), values, origins, horizon, outer)


def _ahead(fitted, values: np.ndarray, origins: np.ndarray, horizon: int, outer: np.ndarray | None) -> np.ndarray:
    """Forecasts from each origin, with all before it known and the parameters as they were learned: (windows, horizon).

    `dynamic=0`: what lies behind the first predicted step is not looked at.
    """
    known = fitted.apply(values, exog=outer)
    return np.array([known.get_prediction(origin, origin + horizon - 1, dynamic=0).predicted_mean
                     for origin in origins.tolist()])


def measure(name: str) -> dict:
    """A line of the table."""
    results, built = [], None
    for seed in SEEDS:
        result, built = run(name, seed)
        results.append(result)
    data, past = built.data, built.data.splits["test"].past
    found = {"config": name, "network": [result["test"]["mase"] for result in results],
             "seconds": [round(result["seconds"], 1) for result in results],
             "naive": mase(past.naive(1), data), "seasonal_naive": mase(past.naive(past.season), data)}
    try:
        found |= statistics(name, data)
    except ModuleNotFoundError as error:
        print(f"{error}: without exponential smoothing and ARIMA", file=sys.stderr)
    mean = float(np.mean(found["network"]))
    return found | {"mean": mean, "passed": mean < 1 and mean < found["seasonal_naive"]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("configs", nargs="*", default=list(METHODS), metavar="CONFIG")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("DLCLI_DATA", str(ROOT.parent / "shared" / "data"))
    found = [measure(name) for name in options.configs]
    if options.json:
        print(json.dumps(found))
    else:
        columns = ("mean", "naive", "seasonal_naive", "smoothing", "arima")
        print(f"{'mase of the test split':24}" + "".join(f"{name.replace('_', ' '):>16}" for name in
                                                         ("network, mean", *columns[1:])) + "   seeds")
        for row in found:
            cells = "".join(f"{row[name]:16.3f}" if name in row else f"{'':16}" for name in columns)
            each = ", ".join(f"{value:.3f}" for value in row["network"])
            verdict = "" if row["passed"] else "   misses its bar"
            print(f"{row['config']:24}{cells}   {each} in {row['seconds']} s{verdict}")
    return 0 if all(row["passed"] for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
