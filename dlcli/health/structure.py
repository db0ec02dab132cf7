"""What the checks need to know of a network's wiring: where the weights are, and between which places signals are
compared."""

from math import prod

from dlcli.engine.graph import Graph, Node
from dlcli.engine.layer import Layer


class Structure:
    """A graph, as the checks see it. All names are those of entries.

    weights: layers with a matrix of learned weights, in order. points: for each of them, the entry at whose output its
    signal is compared: the layer itself, or the normalisation that reads it, because normalising undoes any scale
    before it. output: the entry that the loss reads. blocked: entries that no gradient can reach, because only a layer
    without a derivative (`step`) reads them.
    """

    def __init__(self, graph: Graph):
        self.graph = graph
        self.nodes: dict[str, Node] = {node.name: node for node in graph.nodes}
        owner = {value: node.name for node in graph.nodes for value in (node.value, *node.outputs.values())}
        self.output = owner.get(graph.output, "input")
        self.sources = {node.name: [owner[s] for s in node.sources if s in owner] for node in graph.nodes}
        self.readers: dict[str, list[str]] = {name: [] for name in self.nodes}
        for name, sources in self.sources.items():
            for source in sources:
                self.readers[source].append(name)
        self.weights = [name for name in self.nodes if self.matrices(name)]
        self.points = {name: self._point(name) for name in self.weights}
        self.blocked: set[str] = set()
        for name in reversed(self.nodes):
            readers = self.readers[name]
            if (
                readers
                and name != self.output
                and all(r in self.blocked or not self.nodes[r].layer.differentiable for r in readers)
            ):
                self.blocked.add(name)

    def layer(self, name: str) -> Layer:
        return self.nodes[name].layer

    def kind(self, name: str) -> str:
        return self.nodes[name].layer.kind

    def matrices(self, name: str) -> list[str]:
        """Names of an entry's parameters that are weights: two axes or more, and subject to decay."""
        return [p for p, param in self.nodes[name].layer.params.items() if len(param.shape) > 1 and param.decay]

    def alone(self, name: str) -> bool:
        """Whether an entry reads one value and gives one: no state goes in or out beside it."""
        node = self.nodes[name]
        read = {source for other in self.nodes.values() for source in other.sources}
        return len(node.sources) == 1 and not read & set(node.outputs.values())

    def places(self, name: str) -> int:
        """Values that one unit (one index of the last axis) of an entry has for each sample."""
        return prod(self.graph.values[self.nodes[name].value].spec[:-1])

    def normalised(self, name: str) -> bool:
        """Whether a normalisation alone reads this entry, so that the scale of its output does not matter."""
        return self.points[name] != name

    def activation(self, name: str) -> str | None:
        """The entry of the first activation after a layer, if there is a single way to it."""
        while len(self.readers[name]) == 1:
            name = self.readers[name][0]
            if self.layer(name).activation:
                return name
            if self.matrices(name):
                return None
        return None

    def before(self, name: str) -> str | None:
        """The layer with weights that an entry reads, directly or through others that have none."""
        while self.sources[name]:
            name = self.sources[name][0]
            if self.matrices(name):
                return name
        return None

    def input_readers(self, field: str) -> list[str]:
        """The entries that read an input field (`x` if there is one)."""
        value = self.graph.inputs["input" if field == "x" else f"input.{field}"]
        return [name for name, node in self.nodes.items() if value in node.sources]

    def meets(self, name: str) -> str:
        """The first entry with weights, or that normalises, from one on and along a single way; else the entry
        itself."""
        here = name
        while not self.matrices(here) and not self.layer(here).normalises:
            if len(self.readers[here]) != 1:
                return name
            here = self.readers[here][0]
        return here

    def _point(self, name: str) -> str:
        readers = self.readers[name]
        return readers[0] if len(readers) == 1 and self.layer(readers[0]).normalises else name
