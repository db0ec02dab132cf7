"""How much memory training will take, from shapes alone."""

import os
from math import prod
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dlcli.training.experiment import Experiment

SIZES = {"float64": 8, "int": 8, "int32": 4, "bool": 1}
"""Bytes of the types that do not follow `training.dtype`."""

REMEDY = "smaller layers, or a smaller training.batch_size, need less"


class Layer(NamedTuple):
    """One entry of the network as `check` lists it. output: shape without the batch axis."""

    name: str
    kind: str
    output: tuple
    parameters: int


def layers(e: "Experiment") -> list[Layer]:
    nodes = {node.name: node for node in e.graph.nodes}
    found = []
    for entry in e.entries:
        node = nodes.get(entry.name)        # a final activation that the loss does itself keeps the shape it reads
        shape = e.graph.values[node.value if node else e.graph.output].spec
        parameters = sum(prod(p.shape) for p in node.layer.params.values()) if node else 0
        found.append(Layer(entry.name, entry.layer.kind, tuple(shape), parameters))
    return found


def memory(e: "Experiment") -> int:
    """Bytes: data, parameters, gradients of each shard, the optimizer's vectors, and what a batch needs between forward and backward."""
    return _data(e) + _vectors(e) + _batch(e)


def shortage(e: "Experiment") -> str | None:
    """What to say where this machine has less memory than training takes."""
    from dlcli.commands._output import size

    needed, there = memory(e), os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"training it needs about {size(needed)}, and this machine has {size(there)}" if needed > there else None


def _vectors(e: "Experiment") -> int:
    count = sum(prod(p.shape) for node in e.graph.nodes for p in node.layer.params.values())
    stop, best = e.training.early_stop, e.training.monitor
    copies = 1 + e.shards + len(e.optimizer.slots) + (e.training.accumulate > 1) + bool(stop or best)
    return count * copies * e.dtype.itemsize


def _batch(e: "Experiment") -> int:
    def size(spec) -> int:
        return prod(spec) * (e.dtype.itemsize if spec.dtype == "float" else 8)

    def total(arrays) -> int:
        return sum(a.elements(e.batch_rows) * SIZES.get(a.dtype, e.dtype.itemsize) for a in arrays.values())

    modules = [node.layer for node in e.graph.nodes] + [e.loss]
    sizes = [size(value.spec) for value in e.graph.values]
    flowing = max((sizes[node.value] + sum(sizes[s] for s in node.sources) for node in e.graph.nodes), default=0)
    return (sum(sizes) + flowing) * e.batch_rows + sum(total(m.kept) for m in modules) + max(total(m.temps) for m in modules)


def _data(e: "Experiment") -> int:
    row = sum(prod(spec) * (e.dtype.itemsize if spec.dtype == "float" else 8) for spec in e.data.inputs.values()) + 8 * prod(e.data.target)
    return row * sum(e.data.rows.values())
