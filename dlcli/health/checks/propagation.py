"""Whether the error signal reaches the first layers in a useful size."""

from math import inf, isfinite, log
from statistics import median

from dlcli.health.error_signal import exponents, made_up_for, origin, strongest, trail, weakest
from dlcli.health.finding import CannotSay, Check, Finding, level
from dlcli.health.measure import Snapshot
from dlcli.health.record import Record

LOW, LOW_ADAPTIVE = (-2.0, -3.0), (-2.0, -4.0)
HIGH = (2.0, 3.0)
HEALTHY = (-2.0, 2.0)
SUSTAINED = 3
"""States after the first update that it takes to blame training itself, among the first steps."""


def low_limits(record: Record) -> tuple[float, float]:
    return LOW_ADAPTIVE if made_up_for(record) else LOW


class VanishingAtStart(Check):
    """Does the error signal fade on its way from the loss to the first layers?

    Decades between the signal at the output and at the weakest layer, a = log10(|dL/dy_layer| / |dL/dy_output|), each a
    Euclidean norm over all samples. Warning below -2, error below -3, if that lasts through the steps watched (zero
    weights in an output layer or a residual branch are no trouble: they grow within a few steps). If the optimizer
    makes up for it (adam and rmsprop divide by the gradient's size, so that every layer's relative update is of the
    same order), error below -4. Evidence: what one layer passes on, and the depth up to which such a network can be
    trained: six times the depth over which the signal falls to 1/e. Of a run also the gradient norm in its first and
    last epoch.

    Sources: Hochreiter 1991; Glorot and Bengio 2010; trainable depth: Schoenholz et al. 2017. Limits: a trial of
    dlcli's on small MLPs with seeded faults, checked against outcomes on scikit-learn's make_classification. Networks
    of sigmoid layers stop learning with SGD between 3 layers (-1.8) and 4 (-2.4); with Adam they fall behind from 8
    (-4.9), hence -4.
    """

    code = "S04"
    place = 70
    title = "error signal vanishing at initialisation"

    def look(self, record: Record) -> Finding | None:
        _, lasts = weakest(record)
        limits = low_limits(record)
        grade = level(lasts, *limits)
        return _found(self, record, record.start, "vanishing_gradients", grade, limits) if grade else None


class ExplodingAtStart(Check):
    """Does the error signal grow on its way from the loss to the first layers?

    As S04, for the strongest layer: warning above +2 decades, error above +3, if that lasts through the steps
    watched. It counts as lasting too if the layer's first update is more than a tenth of its weights: the gradient
    then falls only because the weights were thrown away. (Deep networks with batch normalisation and without shortcuts
    fare so: the gradient grows with each layer.)

    Sources: Pascanu et al. 2013; batch normalisation: Yang et al. 2019. Limits: as S04; on make_classification, relu
    networks of 4 and 8 layers overflow or die with SGD from +2.0, and stay far behind with Adam.
    """

    code = "S05"
    place = 60
    title = "error signal exploding at initialisation"

    def look(self, record: Record) -> Finding | None:
        _, lasts = strongest(record)
        grade = level(lasts, *HIGH)
        return _found(self, record, record.start, "exploding_gradients", grade, HIGH) if grade else None


class PropagationInTraining(Check):
    """Does the error signal begin to fade or to grow while the network is trained?

    The decades of S04 and S05 as a median over the states after the first update (at least 3 of the first steps, or
    those that a run has kept), if they are worse than at initialisation. Same limits.

    Sources: as S04 and S05.
    """

    code = "G01"
    place = 110
    title = "error signal in training"

    def look(self, record: Record) -> Finding | None:
        first, states = exponents(record.structure, record.start), []
        for snapshot in record.later:
            try:
                states.append((snapshot, exponents(record.structure, snapshot)))
            except CannotSay:
                continue
        if not states or (len(states) < SUSTAINED and states[-1][0].step < SUSTAINED):
            raise CannotSay(f"{len(states)} states after the first update could be measured, and it takes {SUSTAINED}")
        for cause, pick, limits in (
            ("vanishing_gradients", min, low_limits(record)),
            ("exploding_gradients", max, HIGH),
        ):
            grade = level(median(pick(values.values()) for _, values in states), *limits)
            if grade > level(pick(first.values()), *limits):
                snapshot = next(s for s, values in reversed(states) if level(pick(values.values()), *limits) >= grade)
                return _found(self, record, snapshot, cause, grade, limits)
        return None


def _found(
    check: Check, record: Record, snapshot: Snapshot, cause: str, grade: int, limits: tuple[float, float]
) -> Finding:
    structure, limit = record.structure, limits[grade - 1]
    values = exponents(structure, snapshot)
    fades = cause == "vanishing_gradients"
    worst = (min if fades else max)(values, key=values.get)
    value = values[worst]
    depth = sum(entry in structure.points for entry, _ in trail(structure, snapshot, worst))
    each = 10 ** (value / max(1, depth)) if isfinite(value) else None
    more = {"at": worst, "depth": depth, "passed_on_per_layer": each}
    if fades and isfinite(value):
        more["trainable_depth"] = round(6 * depth / (-value * log(10)), 1)
    if record.norms:
        more["gradient_norm"] = [record.norms[0], record.norms[-1]]
    layer = origin(structure, snapshot, worst, limit)
    reached = [name for name, v in values.items() if (v < limit if fades else v > limit)]
    return check.finding(
        grade,
        cause,
        layer,
        reached,
        snapshot,
        says=_sentence(worst, layer, value, depth, each),
        measure=f"log10(error signal at {worst} / at the output)",
        value=value,
        limit=limit,
        healthy=HEALTHY,
        **more,
    )


def _sentence(worst: str, layer: str, value: float, depth: int, each: float | None) -> str:
    if value == -inf:
        return f"no error signal arrives at {worst}: {layer} lets nothing through"
    if value < 0:
        steps = f" (each of {depth} layers passes on {each:.2g} of it)" if depth > 1 else ""
        return (
            f"of the error signal at the output, {10**value:.2g} arrives at {worst}{steps}; at {layer} most of it "
            "is lost"
        )
    steps = f" (each of {depth} layers makes it {each:.2g} times as strong)" if depth > 1 else ""
    times = f"{10 ** min(value, 300):.2g}"
    return (
        f"the error signal at {worst} is {times} times as strong as at the output{steps}; at {layer} it is out of "
        "bounds"
    )
