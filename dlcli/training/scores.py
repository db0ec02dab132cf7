"""Running a network over a data set and gathering what it says."""

from hashlib import sha256

import numpy as np

from dlcli.data.fitted import unscale_output
from dlcli.engine.metric import Metric
from dlcli.engine.network import Handle, Network
from dlcli.engine.plans import Answers
from dlcli.training.interrupt import StopRequest


def outputs(network: Network, handle: Handle) -> tuple[float, Answers]:
    """Mean loss, and raw outputs and targets of a whole data set in its order, in evaluation mode; 0 behind the real
    length of a row."""
    rows, (y, t, *lengths, _) = len(handle.dataset), network.plans.largest
    whole = Answers(*(None if a is None else np.zeros((rows, *a.shape[1:]), a.dtype) for a in (y, t, *lengths)))

    def keep(answers: Answers) -> None:
        for name in ("y", "t"):
            found = getattr(answers, name)
            place = (answers.rows, slice(found.shape[1])) if found.ndim > 1 else answers.rows
            getattr(whole, name)[place] = found
        for name in ("lengths", "target_lengths"):
            if getattr(whole, name) is not None:
                getattr(whole, name)[answers.rows] = getattr(answers, name)

    loss = network.evaluate(handle, keep)
    return loss, whole._replace(rows=handle.order.copy())


class Scores:
    """The metrics of one split, gathered batch by batch."""

    def __init__(self, network: Network, metrics: dict[str, Metric], target, positive: int | None, unscale=None):
        self._loss, self._metrics, self._unscale = network.loss, metrics, unscale
        self._target, self._positive = target, 1 if positive is None else positive
        self._by_place = bool(target.lengths) and network.loss.aligned
        output = network.graph.values[network.graph.output].spec
        self._raw = (
            target.dtype == "int"
            and tuple(output) == (*target, target.size)
            and all(m.by_choice for m in metrics.values())
        )

    def start(self) -> None:
        for metric in self._metrics.values():
            places = self._by_place and not metric.whole_rows
            metric.start(self._target.of_place if places else self._target, self._positive)

    def add(self, answers: Answers) -> None:
        """Count a batch: for most metrics each real place as an observation."""
        y, t = answers.y, answers.t
        if self._by_place:
            y, t = real_places(answers)
        p = y if self._raw else self._loss.predict(y)
        if self._unscale is not None:
            y, p = unscale_output(self._unscale, y, p), self._unscale(p)
            t = self._unscale(t)
        rows = None
        for metric in self._metrics.values():
            if not metric.whole_rows:
                metric.update(y, p, t)
                continue
            if rows is None:
                whole = answers.y if self._raw else self._loss.predict(answers.y)
                rows = [cut(x, answers.lengths) for x in (answers.y, whole)] + [cut(answers.t, answers.target_lengths)]
            metric.update(*rows)

    def results(self) -> dict[str, float]:
        return {name: float(metric.result()) for name, metric in self._metrics.items()}

    def state(self) -> dict[str, np.ndarray]:
        return {name: np.asarray(metric.state()) for name, metric in self._metrics.items()}

    def load(self, arrays: dict[str, np.ndarray]) -> None:
        for name, metric in self._metrics.items():
            metric.load(arrays[name])


def real_places(answers: Answers) -> tuple[np.ndarray, np.ndarray]:
    """Outputs and targets of all places that are not padded, side by side."""
    real = np.arange(answers.t.shape[1]) < answers.target_lengths[:, None]
    return answers.y[real], answers.t[real]


def cut(rows: np.ndarray, lengths: np.ndarray | None) -> list[np.ndarray]:
    """Each row, without what is padded."""
    return list(rows) if lengths is None else [row[:length] for row, length in zip(rows, lengths.tolist())]


def evaluate(network: Network, handle: Handle, scores: Scores, request: StopRequest | None = None) -> dict[str, float]:
    """Loss and metrics of a split, in evaluation mode. Raises `Stopped` after a batch if the request asks
    for it."""
    def add(answers: Answers) -> None:
        if request is not None:
            request.check()
        scores.add(answers)

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
