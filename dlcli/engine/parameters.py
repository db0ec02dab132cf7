"""All learned arrays as one flat vector, and the arrays that are part of the model without being learned."""

from math import prod
from typing import NamedTuple

import numpy as np

from dlcli.engine import registry
from dlcli.engine.graph import Graph
from dlcli.engine.memory import shared
from dlcli.engine.streams import Stream


class Span(NamedTuple):
    """Where one parameter lies in the flat vector."""

    entry: str
    name: str
    start: int
    stop: int
    shape: tuple
    init: object


class Parameters:
    """theta, the flat vector of every parameter, and `buffers` beside it.

    Order in theta: trainable parameters that decay, other trainable ones, frozen ones; so weight decay is one slice
    (`decayed`) and the optimizer sees one slice (`trainable`). Stable names are `<entry>.<param>`.
    """

    def __init__(self, graph: Graph, dtype):
        found = [(0 if node.trainable and p.decay else 1 if node.trainable else 2, node.name, name, p)
                 for node in graph.nodes for name, p in node.layer.params.items()]
        found.sort(key=lambda item: item[0])           # stable: the list's order within each group
        self.spans: dict[str, Span] = {}
        self.decayed = self.trainable = start = 0
        for group, entry, name, p in found:
            stop = start + prod(p.shape)
            self.spans[f"{entry}.{name}"] = Span(entry, name, start, stop, p.shape, p.init)
            start = stop
            if group == 0:
                self.decayed = stop
            if group <= 1:
                self.trainable = stop
        self.size = start
        self.theta = shared(self.size, dtype)
        declared = [(f"{node.name}.{name}", b) for node in graph.nodes for name, b in node.layer.buffers.items()]
        self.buffers = {name: shared(b.shape, dtype) for name, b in declared}
        self._buffer_inits = {name: b.init for name, b in declared}

    def initialize(self, seed: int) -> None:
        """Draw every parameter and buffer from its own keyed stream."""
        for key, span in self.spans.items():
            init = registry.create("initializers", span.init)
            self.theta[span.start:span.stop] = init.sample(Stream(seed, "init", key).rng, span.shape).reshape(-1)
        for key, buffer in self.buffers.items():
            init = registry.create("initializers", self._buffer_inits[key])
            buffer[...] = init.sample(Stream(seed, "init", key).rng, buffer.shape)

    def view(self, vector: np.ndarray, key: str) -> np.ndarray:
        """One parameter's part of a vector laid out like theta, in its own shape."""
        span = self.spans[key]
        return vector[span.start:span.stop].reshape(span.shape)

    def of(self, entry: str, vector: np.ndarray) -> dict[str, np.ndarray]:
        """All parts of one entry, by the parameter's name."""
        return {span.name: self.view(vector, key) for key, span in self.spans.items() if span.entry == entry}

    def arrays(self) -> dict[str, np.ndarray]:
        """Every parameter and buffer by its stable name, as views."""
        return {key: self.view(self.theta, key) for key in self.spans} | self.buffers

    def load(self, arrays: dict[str, np.ndarray]) -> None:
        """Copy values in by stable name; every name must be there (KeyError) in its shape (ValueError)."""
        for key, mine in self.arrays().items():
            if arrays[key].shape != mine.shape:
                raise ValueError(f"{key} has shape {arrays[key].shape}, expected {mine.shape}")
            mine[...] = arrays[key]
