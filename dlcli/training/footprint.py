"""How much memory training will take, from shapes alone."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from dlcli.errors import StorageError

if TYPE_CHECKING:
    from dlcli.training.experiment import Experiment

STEP = 5_000_000
"""Bytes to which measurements are rounded up: the system counts the same process a little differently each time."""


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


class Memory(NamedTuple):
    """Bytes that a training takes at its peak. program: Python and the libraries. data: rows of all splits. network:
    with all that a batch needs. reading: what it took to read the data, beyond the three others. files: mapped ones,
    which take what memory is left."""

    program: int
    data: int
    network: int
    reading: int = 0
    files: int = 0


def memory(e: "Experiment") -> Memory:
    """What training will take, beside this process as it is now, possibly with data that are read already."""
    from dlcli.storage.machine import peak_memory, resident_memory, total_memory

    program, network = _rounded(resident_memory()), _network(e)
    known = Memory(program, 0 if e.data.splits else e.data.bytes, network)
    beyond = peak_memory() - sum(known)
    known = known._replace(reading=_rounded(beyond) if beyond > STEP else 0)
    return known._replace(files=min(e.data.mapped, max(total_memory() - sum(known), 0)))


def _rounded(count: int) -> int:
    return -(-count // STEP) * STEP


def memory_hint(e: "Experiment") -> tuple[str, str]:
    """The place in the config of what takes most of the memory, and what would need less."""
    from dlcli.engine.registry import create

    weights = _vectors(e)
    batch = _network(e) - weights
    if e.data.bytes > max(weights, batch):
        return "data.source", create("data.sources", e.values["data"]["source"]).memory_hint()
    if weights > batch or e.batch_rows == 1:
        return "network", "smaller layers need less; `dlcli check` shows where the parameters are"
    return "network", "a smaller training.batch_size, or smaller layers, need less"


@contextmanager
def enough_memory(e: "Experiment") -> Iterator[None]:
    """Around a training: a want of memory is a StorageError with a hint."""
    try:
        yield
    except MemoryError as error:
        problem = f"not enough of it{f': {error}' if str(error) else ''}"
        raise StorageError("memory", problem, memory_hint(e)[1]) from None


def shortage(needed: Memory) -> str | None:
    """What to say if this machine has less memory than training takes; mapped files can do with less."""
    from dlcli.storage.machine import total_memory
    from dlcli.text import size

    needed, there = sum(needed._replace(files=0)), total_memory()
    return f"training it needs about {size(needed)}, and this machine has {size(there)}" if needed > there else None


def _network(e: "Experiment") -> int:
    """Bytes of the network in training; if those of its vectors are too many already, theirs."""
    from dlcli.storage.machine import total_memory

    weights = _vectors(e)
    with suppress(MemoryError):         # not even the addresses can be had
        return weights if weights > total_memory() else e.bytes()
    return weights


def _vectors(e: "Experiment") -> int:
    """Bytes of parameters, gradients and what the optimizer keeps."""
    count = sum(prod(p.shape) for node in e.graph.nodes for p in node.layer.params.values())
    return count * (1 + e.shards + len(e.optimizer.slots)) * e.dtype.itemsize
