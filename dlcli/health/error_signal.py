"""How the error signal changes on its way back through a network.

The signal of an entry is the gradient of the loss with respect to its output. What counts is its size relative to the
signal at the network's output, in decades: log10(|signal| / |signal at the output|). A factor on the loss, on the
targets or on the rows cancels out. If a normalisation reads a layer, the signal is taken behind the normalisation,
which undoes any scale before it.
"""

from math import inf, isfinite, log10
from statistics import median

from dlcli.health.finding import CannotSay, Finding
from dlcli.health.measure import Snapshot
from dlcli.health.record import Record
from dlcli.health.structure import Structure

THROWN = 0.1
"""An update of this share of the weights, or more, is too large: the upper limit of TheDeepChecker (Ben Braiek and
Khomh 2023), of MindSpore and of torchmortem."""
FAINT = 1e-5
"""A first update, relative to the weights, that is too small to get anywhere."""


def exponents(structure: Structure, snapshot: Snapshot) -> dict[str, float]:
    """Decades of each layer with weights, in order; -inf if nothing arrives. CannotSay if there is no signal to
    follow."""
    reference = snapshot.layers[structure.output].signal if structure.nodes else None
    if reference is None:
        raise CannotSay("no parameter is trained")
    if reference == 0:
        raise CannotSay("the loss has no gradient: all samples are learned, or the output is flat")
    found = {}
    for name in structure.weights:
        signal = snapshot.layers[structure.points[name]].signal
        if signal is not None and name not in structure.blocked:
            found[name] = decades(signal, reference)
    if not all(value < inf for value in found.values()):
        raise CannotSay("the gradient is not finite")
    if len(found) < 2:
        raise CannotSay("fewer than two layers with weights get a gradient, so there is nothing to compare")
    return found


def decades(signal: float, reference: float) -> float:
    if not isfinite(signal) or not isfinite(reference):
        return inf
    return log10(signal) - log10(reference) if signal and reference else -inf


def trail(structure: Structure, snapshot: Snapshot, name: str) -> list[tuple[str, float]]:
    """The way from a layer's output to the network's: each entry passed, with the decades that its backward pass adds.

    At a fork it follows the reader with the larger signal. A layer and the normalisation behind it count as one.
    """
    def signal(entry: str) -> float:
        return snapshot.layers[entry].signal or 0.0

    steps, here = [], structure.points[name]
    while here != structure.output:
        reader = max(structure.readers[here], key=signal)
        end = structure.points.get(reader, reader)
        change = decades(signal(here), signal(end)) if signal(here) or signal(end) else 0.0
        steps.append((reader, change))
        here = end
    return steps


def share_of(structure: Structure, snapshot: Snapshot, name: str, entries: list[str]) -> float:
    """Which share of the decades between a layer and the output is lost (or gained) in some of the entries on the
    way."""
    steps = trail(structure, snapshot, name)
    total = sum(change for _, change in steps)
    if not isfinite(total):
        return float(any(entry in entries for entry, change in steps if not isfinite(change)))
    return sum(change for entry, change in steps if entry in entries) / total if total else 0.0


def loses_half(record: Record, vanishing: Finding, entries: list[str]) -> bool:
    """Whether at least half of the signal that a finding says has vanished is lost in some entries."""
    snapshot = record.at(vanishing.evidence["step"])
    values = exponents(record.structure, snapshot)
    return share_of(record.structure, snapshot, min(values, key=values.get), entries) >= 0.5


def origin(structure: Structure, snapshot: Snapshot, name: str, limit: float) -> str:
    """Where a signal that is beyond the limit at `name` went astray: the entry that did more than half of it alone;
    else, going from the output, the first layer that is beyond the limit."""
    steps = trail(structure, snapshot, name)
    sign = 1 if limit > 0 else -1
    entry, change = max(steps, key=lambda step: sign * step[1])
    if not isfinite(change) or abs(change) > abs(sum(c for _, c in steps)) / 2:
        return entry
    beyond = [layer for layer, value in exponents(structure, snapshot).items() if sign * value > sign * limit]
    return beyond[-1] if beyond else name


def weakest(record: Record) -> tuple[float, float]:
    """Decades of the weakest layer at initialisation, and what lasts of it: the smaller loss of then and after the
    steps watched."""
    return _lasting(record, min, lambda first, values: max(first, min(values)))


def strongest(record: Record) -> tuple[float, float]:
    """Decades of the strongest layer at initialisation, and what lasts of it: less if it falls and nothing vanishes
    instead.

    A fall is no recovery if the layer's first update was more than a tenth of its weights: then they were thrown
    away, and behind a normalisation weights that have grown have a smaller gradient.
    """
    values = exponents(record.structure, record.start)
    worst = max(values, key=values.get)
    if record.first.get(worst, 0.0) > THROWN:
        return values[worst], values[worst]
    return _lasting(record, max, lambda first, values: min(first, max(values)) if min(values) >= -2 else first)


def _lasting(record: Record, pick, what_lasts) -> tuple[float, float]:
    first = pick(exponents(record.structure, record.start).values())
    if not record.later or record.overflow is not None:
        return first, first
    try:
        return first, what_lasts(first, exponents(record.structure, record.last).values())
    except CannotSay:
        learned = record.last.layers[record.structure.output].signal == 0
        return first, 0.0 if learned else first


def made_up_for(record: Record) -> bool:
    """Whether the optimizer makes up for a faint signal, as those do that divide by the gradient's size (adam,
    rmsprop): every layer's update, relative to its weights, is at least a tenth of the largest."""
    ratios = [ratio for name in record.structure.weights if (ratio := record.ratio(name)) is not None]
    return bool(ratios) and min(ratios) >= max(ratios) / 10


def first_update(record: Record) -> float | None:
    """The size of the very first update relative to the weights, as the median over layers."""
    ratios = [ratio for name, ratio in record.first.items() if name in record.structure.weights]
    return median(ratios) if ratios else None
