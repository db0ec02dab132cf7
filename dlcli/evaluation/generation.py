"""Writing on: one token after the other, each drawn from what the network expects after all that stands there."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from dlcli.data.vocabulary import Vocabulary
from dlcli.engine.graph import GraphError
from dlcli.engine.limits import Limits
from dlcli.engine.network import Network
from dlcli.engine.plan_context import Places
from dlcli.engine.streams import Stream
from dlcli.training.experiment import Experiment

AHEAD = 16
"""Tokens before a new one that are read with it, so that blanks and parts of letters come out right."""


class Sampling(NamedTuple):
    """How a token is drawn.

    temperature: what scores are divided by: below 1 the likely become likelier, 0 takes the likeliest. top_k: only so
    many of the likeliest. top_p: only the likeliest that together have this probability (Holtzman et al. 2020). seed:
    the same one writes the same text.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    seed: int = 0


class Line:
    """A data set of one row, whose tokens are set by hand: what a network reads next."""

    buckets = begins = None
    lengths: dict = {}

    def __init__(self, steps: int):
        self.ids = np.zeros((1, steps), np.int64)

    def __len__(self) -> int:
        return 1

    def gather(self, rows: np.ndarray, places: Places, epoch: int | None = None) -> None:
        for out in places.inputs.values():
            out[...] = self.ids

    def gather_target(self, *_) -> None:
        """There is none."""

    def ahead(self, rows: np.ndarray) -> None:
        """Nothing is fetched."""


class Writer:
    """A network that reads tokens and says what may come next; `with writer:` starts it.

    It goes one step at a time and carries its state, if all its layers can; else each new token is a pass over the last
    window. experiment: a run's, whose target is the next token. arrays: the parameters.
    """

    def __init__(self, experiment: Experiment, arrays: dict[str, np.ndarray]):
        self.stepwise, graph = True, experiment.graph
        try:
            graph = graph.stepwise()
        except GraphError:
            self.stepwise = False
        target = experiment.data.target.of_steps(1) if self.stepwise else experiment.data.target
        loss = replace(experiment.loss)
        loss.build(graph.values[graph.output].spec, target)
        self.network = Network(graph, loss, target, limits=Limits(1, 1), dtype=experiment.dtype, seed=experiment.seed,
                               train=False)
        self.network.parameters.load(arrays)
        self.line = Line(target[0])
        self._handle = self.network.add(self.line)

    def __enter__(self) -> "Writer":
        self.network.start()
        return self

    def __exit__(self, *_) -> None:
        self.network.close()

    def begin(self, ids: np.ndarray) -> np.ndarray:
        """Forget everything, read tokens, and give the scores of what comes behind them (classes,)."""
        self.network.forget()
        self._read = list(ids)
        if not self.stepwise:
            return self._window()
        scores = None
        for token in ids:
            scores = self._advance(token)
        return scores

    def read(self, token: int) -> np.ndarray:
        """One more token; the scores of what comes behind it."""
        self._read.append(token)
        return self._advance(token) if self.stepwise else self._window()

    def _advance(self, token: int) -> np.ndarray:
        self.line.ids[0, 0] = token
        return self.network.advance(self._handle)[0, 0]

    def _window(self) -> np.ndarray:
        """The last window's tokens at its front: none of its steps looks ahead, so nothing behind them matters."""
        steps = self.line.ids.shape[1]
        own = self._read[-steps:]
        self.line.ids[0, :len(own)] = own
        return self.network.advance(self._handle)[0, len(own) - 1]


def draw(scores: np.ndarray, how: Sampling, rng: np.random.Generator) -> int:
    """The next token; never the one that stands for what is not known."""
    scores = scores.astype(np.float64)
    scores[0] = -np.inf
    if how.temperature == 0:
        return int(scores.argmax())
    order = np.argsort(-scores, kind="stable")[:how.top_k or len(scores)]
    own = (scores[order] - scores[order[0]]) / how.temperature
    shares = np.exp(own)
    shares /= shares.sum()
    if how.top_p is not None:
        kept = int(np.searchsorted(np.cumsum(shares), how.top_p * (1 - 1e-12))) + 1
        order, shares = order[:kept], shares[:kept] / shares[:kept].sum()
    return int(order[min(np.searchsorted(np.cumsum(shares), rng.random(), "right"), len(order) - 1)])


def write(writer: Writer, vocabulary: Vocabulary, prompt: np.ndarray, tokens: int, how: Sampling) -> Iterator[str]:
    """The text that follows a prompt, piece by piece as it is drawn; together they are what is written."""
    rng = Stream(how.seed, "generate").at()
    ids = prompt.tolist()
    done, scores = len(ids), writer.begin(prompt)
    for left in range(tokens - 1, -1, -1):
        token = draw(scores, how, rng)
        ids.append(token)
        near = ids[max(0, done - AHEAD):]
        text = vocabulary.decode(near)
        if left == 0 or not text.endswith("\ufffd"):        # else a letter is not whole yet
            yield text[len(vocabulary.decode(near[:len(near) - (len(ids) - done)])):]
            done = len(ids)
        if left:
            scores = writer.read(token)
