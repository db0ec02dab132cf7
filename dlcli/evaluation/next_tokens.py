"""What `evaluate` says of a running text: counted window by window, so that nothing of the size of a vocabulary is
kept."""

from math import isfinite

import numpy as np

from dlcli.data.dataset import Data
from dlcli.engine.plans import Answers
from dlcli.engine.streams import Stream
from dlcli.errors import DataError, NumericalError
from dlcli.evaluation import intervals
from dlcli.evaluation.report import plain
from dlcli.metrics.formulas import constant_answer, weighted
from dlcli.metrics.formulas.likelihood import surprise


def next_tokens(data: Data) -> bool:
    """Whether the target of each place is the token behind it."""
    return data.fitted is not None and data.fitted.target.follows


class NextTokens:
    """Of each window: the sum of -log p of its tokens, how many were the likeliest, and how many there are.

    Tokens of one window hang together, so for intervals whole windows are drawn again. likely: whether the loss makes
    scores into logarithms of probabilities; else there is no perplexity.
    """

    def __init__(self, data: Data, likely: bool):
        self._data, self._likely = data, likely
        self._characters = data.columns[0].vocabulary.tokenizer.kind == "characters"
        self._windows: list[np.ndarray] = []
        self._support = np.zeros(data.target.size, np.int64)

    def add(self, answers: Answers) -> None:
        y, t = answers.y, answers.t
        lost = surprise(y, t).reshape(len(t), -1)
        if not np.isfinite(lost).all():
            raise NumericalError("evaluate", "there are predictions that are not finite numbers",
                                 "the weights hold NaN or infinity: try an earlier checkpoint with --checkpoint")
        right = (y.argmax(-1) == t).reshape(len(t), -1)
        self._windows.append(np.stack([lost.sum(1), right.sum(1), np.full(len(t), lost.shape[1])], 1))
        self._support += np.bincount(t.ravel(), minlength=len(self._support))

    def document(self, loss: float, losses, weights, seed: int) -> dict:
        """The document of `report`. losses, weights: each window's, None if they are not known.

        The baseline gives each token its share of the training part, one being added to each count, so that none is
        impossible."""
        if not self._windows:
            raise DataError("evaluate", "there are no rows to judge")
        terms = np.concatenate(self._windows)
        rows, measure = len(terms), self._measure(terms)
        values = {"loss": loss} | weighted.point(measure, rows)
        if losses is not None and isfinite(loss):
            measure = weighted.join(measure, weighted.loss(losses, weights))
        ranges = intervals.of_rows(measure, rows, Stream(seed, "evaluate", "bootstrap").at())
        found = {name: intervals.interval(ranges[name], value, rows) for name, value in values.items()
                 if name in ranges}
        baseline = None if self._data.target.counts is None else self._baseline(self._data.target.counts)
        return plain({"metrics": values, "intervals": found, "baseline": baseline})

    def _baseline(self, counts: tuple[int, ...]) -> dict:
        shares = constant_answer.shares(tuple(count + 1 for count in counts))
        terms = np.array([-np.log(shares) @ self._support, self._support[np.argmax(counts)], self._support.sum()])
        return weighted.point(self._measure(terms[None]), 1)

    def _measure(self, terms: np.ndarray) -> weighted.Measure:
        def measure(w):
            lost, right, tokens = (w @ terms).T
            nats, values = lost / tokens, {"accuracy": right / tokens}
            if self._likely:
                values["perplexity"] = np.exp(nats)
                if self._characters:
                    values["bits_per_character"] = nats / np.log(2)
            return values
        return measure
