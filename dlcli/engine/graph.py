"""A network as a list of entries, each of which reads earlier ones: names resolved, shapes worked out."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import prod
from typing import NamedTuple

from dlcli.engine.layer import Layer
from dlcli.engine.spec import Spec

Fusions = Mapping[tuple[str, ...], Callable[..., Layer | None]]
"""Which chains of layers are computed together: kinds -> function of the layers, which are built. It gives one layer
with the first one's parameters and buffers under the same names, which reads what the first reads and gives what the
last gives, within rounding; or None if it cannot. Earlier lines come first."""


class Entry(NamedTuple):
    """One line of a network. `sources` are names: of inputs, of earlier entries, or `<entry>.<output>`."""

    name: str
    layer: Layer
    sources: tuple[str, ...]
    trainable: bool = True


class GraphError(ValueError):
    """Shapes that do not fit; `entry` is the name of the entry that cannot be built."""

    def __init__(self, entry: str, problem: str):
        super().__init__(f"{entry}: {problem}")
        self.entry, self.problem = entry, problem


class Value(NamedTuple):
    """Something that flows: an input or an output of a node. `lengths` is the id of the value that owns its lengths, or
    None."""

    name: str
    spec: Spec
    node: int | None
    lengths: int | None


class Node(NamedTuple):
    """An entry with its sources and outputs as ids of values; `outputs` are the named ones, `value` the main one."""

    name: str
    layer: Layer
    sources: tuple[int, ...]
    value: int
    outputs: dict[str, int]
    trainable: bool


class Graph:
    """Entries in order, which is a topological order: forward is the list, backward the list reversed.

    inputs: name to Spec; a single input is called "input", several "input.<field>".
    output: name of the value that the loss reads; by default the last entry's.
    values, nodes: what flows, and what computes. needs: per value, whether its gradient is needed.
    """

    def __init__(
        self, entries: list[Entry], inputs: dict[str, Spec], output: str | None = None, input_gradient: bool = False
    ):
        self._made_of = entries, inputs, output, input_gradient
        self.values: list[Value] = []
        self.nodes: list[Node] = []
        self.needs: list[bool] = []
        self._ids: dict[str, int] = {}
        self.inputs = {name: self._value(name, spec, None, None, input_gradient and spec.dtype == "float")
                       for name, spec in inputs.items()}
        for entry in entries:
            self._add(entry)
        self.output = self._ids[output or (entries[-1].name if entries else next(iter(inputs)))]
        self._freeze_unread()

    def _value(self, name: str, spec: Spec, node: int | None, lengths: int | None, needs: bool) -> int:
        place = len(self.values)
        if spec.lengths and lengths is None:
            lengths = place
        self.values.append(Value(name, spec, node, lengths if spec.lengths else None))
        self.needs.append(needs)
        self._ids[name] = place
        return place

    def _add(self, entry: Entry) -> None:
        place, layer = len(self.nodes), entry.layer
        sources = tuple(self._ids[name] for name in entry.sources)
        specs = [self.values[s].spec for s in sources]
        if len(sources) != 1 and not layer.merges:
            raise GraphError(
                entry.name, f"{layer.kind} reads one input, got {len(sources)}: {', '.join(entry.sources)}"
            )
        try:
            shape = layer.build(*specs)
        except ValueError as error:
            reads = ", ".join(f"{name} {tuple(spec)}" for name, spec in zip(entry.sources, specs))
            raise GraphError(entry.name, f"cannot read {reads}: {error}") from None
        spec = shape if isinstance(shape, Spec) else Spec(shape, lengths=bool(specs[0].lengths))
        inherited = None if spec.lengths == "own" else self.values[sources[0]].lengths
        # whoever reads it inherits its lengths
        spec = Spec(spec, spec.dtype, spec.size, bool(spec.lengths), spec.counts)
        needs = (entry.trainable and bool(layer.params)) or any(self.needs[s] for s in sources)
        value = self._value(entry.name, spec, place, inherited, needs)
        outputs = {}
        for name, s in layer.outputs.items():
            if s.lengths and inherited is None:
                raise GraphError(entry.name, f"{name} has lengths, and there are none that it could take over")
            outputs[name] = self._value(f"{entry.name}.{name}", s, place, inherited, needs)
        self.nodes.append(Node(entry.name, layer, sources, value, outputs, entry.trainable))

    def _freeze_unread(self) -> None:
        """What the output does not depend on has no gradient: the optimizer must leave it alone, decay included."""
        read = {self.output}
        for place, node in reversed(list(enumerate(self.nodes))):
            if read.isdisjoint((node.value, *node.outputs.values())):
                self.nodes[place] = node._replace(trainable=False)
            else:
                read.update(node.sources)

    @property
    def causal(self) -> str | None:
        """Name of an entry whose output looks ahead in a sequence; None: no step depends on later ones."""
        return next((node.name for node in self.nodes if node.layer.sees == "all"), None)

    def stepwise(self) -> "Graph":
        """The same network for one step at a time, which carries what it needs of those before. GraphError if a layer
        cannot do so."""
        entries, inputs, output, _ = self._made_of
        fresh = []
        for entry in entries:
            try:
                fresh.append(entry._replace(layer=entry.layer.stepwise()))
            except ValueError as error:
                raise GraphError(entry.name, str(error)) from None
        return Graph(fresh, {name: spec.of_steps(1) for name, spec in inputs.items()}, output)

    def cut(self, steps: Mapping[str, int]) -> "Graph":
        """The same network for rows of other lengths: its layers are built anew, their parameters go by the same names.

        steps: of each padded input, by name. GraphError if a layer cannot be built so. ValueError if an array that is
        learned would have another shape: the layer is made for rows of one length.
        """
        entries, inputs, output, input_gradient = self._made_of
        fresh = [entry._replace(layer=replace(entry.layer)) for entry in entries]
        inputs = {name: spec.of_steps(steps[name]) if name in steps else spec for name, spec in inputs.items()}
        graph = Graph(fresh, inputs, output, input_gradient)
        for mine, other in zip(self.nodes, graph.nodes):
            own = {name: param.shape for name, param in mine.layer.params.items()}
            if own != {name: param.shape for name, param in other.layer.params.items()}:
                raise ValueError(f"{mine.name} learns arrays whose shapes follow from the steps of a row")
        return graph

    def fused(self, fusions: Fusions) -> list[Node]:
        """The nodes, still in order, with one in the place of each chain that the table computes together.

        It has the name and the parameters of the first node, and the value of the last. Values between are not stored.
        """
        readers: dict[int, list[int]] = {}
        for place, node in enumerate(self.nodes):
            for source in node.sources:
                readers.setdefault(source, []).append(place)
        longest = max(map(len, fusions), default=0)
        chains = [self._chain(place, readers, longest) for place in range(len(self.nodes))]
        made, taken = {}, set()
        for kinds, fuse in fusions.items():
            for chain in chains:
                chain = chain[:len(kinds)]
                layers = [self.nodes[place].layer for place in chain]
                if tuple(layer.kind for layer in layers) != kinds or not taken.isdisjoint(chain):
                    continue
                one = fuse(*layers)
                if one is not None:
                    made[chain[0]] = self.nodes[chain[0]]._replace(layer=one, value=self.nodes[chain[-1]].value)
                    taken.update(chain)
        return [made.get(place, node) for place, node in enumerate(self.nodes) if place in made or place not in taken]

    def _chain(self, place: int, readers: dict[int, list[int]], most: int) -> list[int]:
        """Places of a node and of those behind it: each the only reader of the one before, none with parameters,
        buffers or several inputs, all trainable or none."""
        chain, node = [place], self.nodes[place]
        trainable = node.trainable
        while len(chain) < most and not node.outputs and node.value != self.output \
                and len(readers.get(node.value, ())) == 1:
            place, = readers[node.value]
            node = self.nodes[place]
            layer = node.layer
            if layer.merges or layer.params or layer.buffers or layer.states or layer.uses_rng or layer.reduces \
                    or node.trainable != trainable or self.values[node.value].lengths is not None:
                break
            chain.append(place)
        return chain

    @property
    def trains(self) -> bool:
        """Whether training can change anything."""
        return any(node.trainable and node.layer.params for node in self.nodes)

    def flops(self) -> int:
        """Floating-point operations of one sample's forward pass."""
        return sum(
            node.layer.flops(self.values[node.value].spec, *(self.values[s].spec for s in node.sources))
            for node in self.nodes
        )

    def elements(self) -> int:
        """Elements of all values for one sample."""
        return sum(prod(value.spec) for value in self.values)


def field(name: str) -> str:
    """The data set's field behind a graph's input: `input.age` reads "age", and `input` alone the only one, "x"."""
    return "x" if name == "input" else name.removeprefix("input.")
