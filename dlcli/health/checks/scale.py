"""The scale of the initial weights."""

from math import inf, prod, sqrt
from typing import NamedTuple

from dlcli.engine.initializer import fans
from dlcli.engine.layer import Layer
from dlcli.health.error_signal import strongest, weakest
from dlcli.health.finding import CannotSay, Check, Finding
from dlcli.health.record import Record

FACTOR = 3.5
FEWEST_WEIGHTS = 16


class OddWeights(NamedTuple):
    """A layer whose weights start outside of the range for their shape."""

    name: str
    rms: float
    low: float
    high: float


class InitScale(Check):
    """Are the initial weights of the size that keeps signals alive?

    The root mean square of a layer's weights before the first update, against what LeCun (1/in), Glorot (2/(in + out)),
    He (2/in) and fan-out (1/out) initialisation give for its shape: from the smallest / 3.5 to the largest * 3.5.
    Fan-out counts for the smallest only; of embeddings, 0.02 to 1 is healthy. Outside is a warning. Too large is an
    error if the error signal also grows by more than 2 decades on its way back. Too small is reported if it fades by
    more than 2 (less does no harm), and is an error if vanishing gradients last (S04), since a shallow network
    recovers. Weights of zero count as too small only if they keep the signal from a layer for good: an output layer, or
    the last of a residual branch, may start so. Not looked at: layers that a normalisation reads (it undoes their
    scale), and matrices of fewer than 16 weights (the scatter of so few draws is too wide).

    Sources: LeCun et al. 1998; Glorot and Bengio 2010; He et al. 2015. Limits: the factor 3.5 from a trial of dlcli's
    on small MLPs with seeded faults; the 2 decades from relu networks of 2 to 8 hidden layers with normal(0.01 ... 1),
    on scikit-learn's make_classification.
    """

    code = "S02"
    place = 30
    title = "size of the initial weights"

    def look(self, record: Record) -> Finding | None:
        if record.experiment.init_from is not None:
            raise CannotSay("the weights come from an earlier run")
        odd = [found for name in record.structure.weights if (found := compare(record, name))]
        large = [found for found in odd if found.rms > found.high]
        first, lasts = _ask(weakest, record)
        small = [found for found in odd if found.rms < found.low and (first < -2 if found.rms else lasts < -3)]
        if not large and not small:
            return None
        if len(large) >= len(small):
            grade = 2 if _ask(strongest, record)[0] > 2 else 1
            return self._found(record, large, "large", "init_too_large", large[0].high, grade)
        return self._found(record, small, "small", "init_too_small", small[0].low, 1)

    def _found(self, record: Record, odd: list[OddWeights], word: str, cause: str, limit: float, grade: int) -> Finding:
        name, rms, low, high = odd[0]
        says = (
            f"the weights of {name} start at {rms:.2g} (root mean square), where {low:.2g} to {high:.2g} suits "
            "their shape"
        )
        if len(odd) > 1:
            says += f"; those of {len(odd) - 1} more are too {word} as well"
        return self.finding(
            grade,
            cause,
            name,
            [found.name for found in odd],
            record.start,
            says=says,
            measure=f"root mean square of the weights of {name}",
            value=rms,
            limit=limit,
            healthy=(low, high),
        )


def healthy_range(layer: Layer, shape: tuple) -> tuple[float, float]:
    """From the smallest to the largest deviation that a common initializer would choose, with a factor of 3.5 to
    spare."""
    if layer.usual_scale is not None:
        least, greatest = layer.usual_scale
        return least / FACTOR, greatest * FACTOR
    into, out = fans(shape)
    return sqrt(min(1 / into, 2 / (into + out), 1 / out)) / FACTOR, sqrt(max(2 / into, 2 / (into + out))) * FACTOR


def compare(record: Record, name: str) -> OddWeights | None:
    """A layer that is outside of its range, or None."""
    structure = record.structure
    if structure.normalised(name):
        return None
    layer = structure.nodes[name].layer
    for matrix, rms in record.start.layers[name].rms.items():
        shape = layer.params[matrix].shape
        low, high = healthy_range(layer, shape)
        if prod(shape) >= FEWEST_WEIGHTS and not low <= rms <= high:
            return OddWeights(name, rms, low, high)
    return None


def _ask(question, record: Record) -> tuple[float, float]:
    """`weakest` or `strongest`, if there is a way back to measure; else what changes no judgement."""
    try:
        return question(record)
    except CannotSay:
        return -inf if question is strongest else 0.0, 0.0
