"""Running a network over a data set and gathering what it says."""

from hashlib import sha256

import numpy as np

from dlcli.engine.metric import Metric
from dlcli.engine.network import Handle, Network
from dlcli.training.interrupt import StopRequest


def outputs(network: Network, handle: Handle) -> tuple[float, np.ndarray, np.ndarray]:
    """Mean loss, raw outputs (rows, ...) and targets (rows, ...) of a whole data set, in evaluation mode."""
    ys, ts = [], []

    def keep(y, t):
        ys.append(y.copy())
        ts.append(t.copy())

    loss = network.evaluate(handle, keep)
    return loss, np.concatenate(ys), np.concatenate(ts)


class Scores:
    """The metrics of one split, gathered batch by batch."""

    def __init__(self, network: Network, metrics: dict[str, Metric], target, positive: int | None, unscale=None):
        self._loss, self._metrics, self._unscale = network.loss, metrics, unscale
        self._target, self._positive = target, 1 if positive is None else positive
        output = network.graph.values[network.graph.output].spec
        self._raw = (
            target.dtype == "int"
            and tuple(output) == (*target, target.size)
            and all(m.by_choice for m in metrics.values())
        )

    def start(self) -> None:
        for metric in self._metrics.values():
            metric.start(self._target, self._positive)

    def add(self, y, t) -> None:
        p = y if self._raw else self._loss.predict(y)
        if self._unscale is not None:
            y = p = self._unscale(p)
            t = self._unscale(t)
        for metric in self._metrics.values():
            metric.update(y, p, t)

    def results(self) -> dict[str, float]:
        return {name: float(metric.result()) for name, metric in self._metrics.items()}

    def state(self) -> dict[str, np.ndarray]:
        return {name: np.asarray(metric.state()) for name, metric in self._metrics.items()}

    def load(self, arrays: dict[str, np.ndarray]) -> None:
        for name, metric in self._metrics.items():
            metric.load(arrays[name])


def evaluate(network: Network, handle: Handle, scores: Scores, request: StopRequest | None = None) -> dict[str, float]:
    """Loss and metrics of a split, in evaluation mode. Raises `Stopped` after a batch if the request asks
    for it."""
    def add(y, t):
        if request is not None:
            request.check()
        scores.add(y, t)

    scores.start()
    loss = network.evaluate(handle, add)
    return {"loss": loss} | scores.results()


def weights_sha256(network: Network) -> str:
    """Hash of theta and every buffer, little-endian: two networks with the same hash are the same, byte for byte."""
    digest = sha256(_little(network.theta))
    for name in sorted(network.parameters.buffers):
        digest.update(_little(network.parameters.buffers[name]))
    return digest.hexdigest()


def _little(array: np.ndarray) -> bytes:
    return array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
