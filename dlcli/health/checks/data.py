"""The size of what the network reads, and of what it is to answer."""

import numpy as np

from dlcli.data.target.scale import odd_target
from dlcli.health.finding import CannotSay, Check, Finding, level
from dlcli.health.record import Record, some_rows

WIDE, FAINT = (10.0, 100.0), 0.01
UNLIKE = 1000.0
FAR_MEAN = 30.0
"""Mean of a target that a network does not reach by the way, if its answers are still of another size: by a factor
of 2 or more."""
OFF = 2.0
ROWS = 100_000
"""Targets that are looked at."""


class InputsScaled(Check):
    """Are the inputs of a size that initial weights reckon with?

    Root mean square of each feature (of arrays: of each index of the last axis; of pictures whose rows are flat: of all
    values) over up to 1,000 training rows, as the network reads them. Warning: the largest above 10, or all below 0.01,
    or one more than 1,000 times another (features of 0 and 1 left out); error: the largest above 100. Not looked at:
    inputs that a normalisation reads; and if one stands behind each layer that reads them, only whether they differ
    too widely.

    Sources: LeCun et al. 1998; ranges of TheDeepChecker and UMLAUT. Limits: a trial of dlcli's on six features, as that
    for targets in `dlcli.data.target.scale`. R^2 is 0.6 to 0.9 if their deviations are 1. With adam at 1e-3 it is below
    0.1 if they are 10, and negative in all trainings but one if they are 30; with sgd at 1e-2 the loss overflows.
    """

    code = "D02"
    place = 10
    title = "size of the inputs"

    def look(self, record: Record) -> Finding | None:
        found = [finding for field in record.experiment.data.inputs if (finding := self._field(record, field))]
        if not found and not any(x.dtype.kind == "f" for x in record.experiment.data.splits["train"].inputs.values()):
            raise CannotSay("the network reads ids, no numbers")
        return max(found, key=lambda finding: finding.severity == "error", default=None)

    def _field(self, record: Record, field: str) -> Finding | None:
        structure, sizes = record.structure, sizes_of(record, field)
        readers = [structure.meets(name) for name in structure.input_readers(field)]
        if sizes is None or not readers or all(structure.layer(name).normalises for name in readers):
            return None
        names, top = feature_names(record, field, len(sizes.rms)), int(np.argmax(sizes.rms))
        of, largest = f"input {names[top]!r}" if names else "the inputs", float(sizes.rms[top])
        grade = 0 if all(map(structure.normalised, readers)) else level(largest, *WIDE) or int(largest < FAINT)
        if grade:
            says = (f"{readers[0]} reads numbers of size {largest:,.3g} ({of}), and its weights start as if they were "
                    "around 1")
            return self._found(record, readers[0], grade, says, f"root mean square of {of}", largest,
                               FAINT if largest < FAINT else WIDE[grade - 1], (FAINT, WIDE[0]))
        ratio, high, low = sizes.ratio()
        if ratio <= UNLIKE:
            return None
        pair = f", {names[high]!r} and {names[low]!r}" if names else ""
        says = f"the inputs of {readers[0]} are of very different sizes{pair}: it hardly sees the small ones"
        return self._found(record, readers[0], 1, says, "largest size of an input over the smallest", ratio, UNLIKE,
                           (1.0, UNLIKE))

    def _found(self, record: Record, layer: str, grade: int, says: str, measure: str, value: float, limit: float,
               healthy) -> Finding:
        return self.finding(grade, "input_scale", layer, [layer], record.start, says=says, measure=measure,
                            value=value, limit=limit, healthy=healthy)


class Sizes:
    """Root mean squares of the features of a field; which of them are 0 and 1 only or never change, and are not
    compared."""

    def __init__(self, x: np.ndarray):
        self.rms = np.sqrt(np.mean(np.square(x), 0))
        self.compared = ~(np.isin(x, (0, 1)).all(0) | (np.ptp(x, 0) == 0))

    def ratio(self) -> tuple[float, int, int]:
        """The largest over the smallest, and the places of both."""
        places = np.flatnonzero(self.compared)
        if len(places) < 2:
            return 1.0, 0, 0
        high, low = (int(places[pick(self.rms[places])]) for pick in (np.argmax, np.argmin))
        return float(self.rms[high] / self.rms[low]), high, low


def sizes_of(record: Record, field: str) -> Sizes | None:
    """Of a field of numbers; None of one of ids."""
    x = some_rows(record.experiment.data.splits["train"].inputs[field])
    if x.dtype.kind != "f" or not x.size:
        return None
    flat = any(column.picture and column.field == field and len(column.shape) == 1
               for column in record.experiment.data.columns)
    return Sizes(np.asarray(x, np.float64).reshape(-1, 1 if flat or x.ndim == 1 else x.shape[-1]))


def feature_names(record: Record, field: str, count: int) -> list[str] | None:
    """Names of the single numbers of a field, if they have some."""
    fitted = record.experiment.data.fitted
    names = fitted.features if fitted else []
    return names if len(names) == count and field in ("x", "numeric") else None


class TargetScaled(Check):
    """Is the target of a regression near what a network answers at its start?

    Mean and standard deviation of each value of the training targets, as the network learns them. Warning if a
    deviation is above 10 or below 0.1, or a mean above 10 or above 10 deviations. Error if a mean is above 30 and
    above its deviation, and the network's answers, after the steps watched, still have a root mean square of less than
    half or more than twice the targets'. (A target of another size around 0 may be learned badly too: if it is learned
    worse than by its mean, a run shows it, V02.)

    Sources: LeCun et al. 1998. Limits: the trial in `dlcli.data.target.scale`.
    """

    code = "D05"
    place = 20
    title = "size of the target"

    def look(self, record: Record) -> Finding | None:
        e, output = record.experiment, record.structure.output
        if e.data.task != "regression":
            raise CannotSay("the target is a class, which has no size")
        if e.loss.target_range is not None:
            raise CannotSay(f"{e.loss.kind} reads targets of a fixed range")
        t = some_rows(e.data.splits["train"].target, ROWS).astype(np.float64)
        t = t.reshape(len(t), -1)
        mean, deviation = t.mean(0), t.std(0)
        odd = odd_target(mean.tolist(), deviation.tolist())
        if odd is None:
            return None
        size, answered = float(np.sqrt(np.mean(np.square(t)))), record.last.layers[output].forward
        off = not size / OFF <= answered <= size * OFF
        far = bool((np.abs(mean) > np.maximum(FAR_MEAN, deviation)).any())
        return self.finding(2 if far and off else 1, "target_scale", output, [output], record.last,
                            measure=odd.measure, value=odd.value, limit=odd.limit, healthy=odd.healthy,
                            says=f"the target {odd.says}, and {output} answers with numbers of size {answered:,.3g}")
