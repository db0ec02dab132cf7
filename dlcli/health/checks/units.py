"""Units that cannot learn: dead ones of rectifiers, saturated ones of squashing activations."""

import numpy as np

from dlcli.health.finding import SEVERITIES, CannotSay, Check, Finding, level
from dlcli.health.gauge import Gauge
from dlcli.health.measure import ROWS, Snapshot
from dlcli.health.record import Record

DEAD = (0.3, 0.6)
SATURATED = (0.5, 2.0)
"""Limits of a warning and of an error; no share of saturated elements is an error by itself."""
FLAT = 0.05
"""A slope below this share of the steepest one counts as saturated."""
DEAD_SLOPE = 1e-4
"""A unit whose slope is below this on every sample learns nothing. (For relu it is 0; smooth
rectifiers only come near.)"""


class Dead(Gauge):
    """Share of the units that are flat on all samples."""

    name = "dead"
    missing = "there is no activation that is flat on one side, such as relu"
    alive = False

    @classmethod
    def fits(cls, layer):
        return layer.activation == "rectifying"

    def see(self, x, y):
        self.alive = self.alive | (slopes(self.layer, x, y) > DEAD_SLOPE).any(axis=0)

    def value(self):
        return float(1 - np.mean(self.alive))


class Saturated(Gauge):
    """Share of the elements with a slope near 0."""

    name = "saturated"
    missing = "there is no sigmoid and no tanh"
    flat = seen = 0

    @classmethod
    def fits(cls, layer):
        return layer.activation == "squashing"

    def see(self, x, y):
        size = slopes(self.layer, x, y)
        self.flat += int(np.count_nonzero(size < FLAT * self.layer.steepest))
        self.seen += size.size

    def value(self):
        return self.flat / self.seen


def slopes(layer, x, y) -> np.ndarray:
    """|slope| of an activation at each element, (values, units), from its own backward rule on ones."""
    slope = np.empty_like(y)
    layer.backward(x, y, np.ones_like(y), slope)
    layer.forward(x, y, True)           # puts back what backward may have changed of what the layer keeps
    return np.abs(slope).reshape(-1, slope.shape[-1])


class Units(Check):
    """What the checks on units share: what their gauge says of each activation, `limits` its warning and error."""

    cause: str
    limits: tuple[float, float]
    fault: str
    """What is said of the units, with the share and the entry to be filled in."""

    def able(self, record: Record) -> list[str]:
        """Activations that can show this fault."""
        found = [name for name, measures in record.start.layers.items() if self.gauge.name in measures.gauged]
        if not found:
            raise CannotSay(self.gauge.missing)
        return found

    def entries(self, record: Record) -> list[str]:
        """Those of whose units enough was seen: a channel of a picture is a unit that is looked at in every place."""
        # passes are equal, so that the last rows of all may be missing
        enough = min(ROWS, record.rows) - record.passes + 1
        found = [name for name in self.able(record) if record.samples * record.structure.places(name) >= enough]
        if not found:
            raise CannotSay(f"only {record.samples} samples could be measured")
        return found

    def left_out(self, record: Record) -> str | None:
        seen = self.entries(record)
        few = [name for name in self.able(record) if name not in seen]
        others = f" and {len(few) - 1} more" if few[1:] else ""
        return f"without {few[0]}{others}, since only {record.samples} samples could be measured" if few else None

    def share(self, snapshot: Snapshot, name: str) -> float:
        return snapshot.layers[name].gauged[self.gauge.name]

    def graded(self, record: Record, shares: dict[str, float], snapshot: Snapshot) -> Finding | None:
        """A finding about the entries with the worst grade, of which the first is where it starts."""
        grade = max((level(share, *self.limits) for share in shares.values()), default=0)
        if not grade:
            return None
        worst = [name for name, share in shares.items() if level(share, *self.limits) == grade]
        name, value, limit = worst[0], shares[worst[0]], self.limits[grade - 1]
        says = self.fault.format(share=f"{100 * value:.0f} %", name=name)
        if len(worst) > 1:
            says += f"; {len(worst) - 1} more of the layers fare alike"
        return self.finding(
            grade,
            self.cause,
            record.structure.before(name) or name,
            worst,
            snapshot,
            says=says,
            units=name,
            measure=f"share of {name} that is {self.gauge.name}",
            value=value,
            limit=limit,
            healthy=(0.0, self.limits[0]),
        )


class AtStart(Units):
    def look(self, record: Record) -> Finding | None:
        shares = {
            name: min(self.share(record.start, name), self.share(record.last, name)) for name in self.entries(record)
        }
        return self.graded(record, shares, record.start)


class InTraining(Units):
    def look(self, record: Record) -> Finding | None:
        names = self.entries(record)
        if not record.later:
            raise CannotSay("no state after the initialisation was measured")
        before = {name: level(self.share(record.start, name), *self.limits) for name in names}
        now = {name: self.share(record.last, name) for name in names}
        return self.graded(
            record,
            {name: share for name, share in now.items() if level(share, *self.limits) > before[name]},
            record.last,
        )


class DeadAtStart(AtStart):
    """Are there units that no sample wakes, before training has begun?

    A unit of a rectifier (relu and its smooth relatives) is dead when its slope is 0 (below 1e-4) on every one of at
    least 256 training samples (or all there are). Then no gradient passes it, and its weights never change. A unit of a
    convolution is a channel, silent in every place of every picture, so there fewer pictures are as many looks. That a
    unit is silent on *most* samples is normal (sparse), and not counted. Warning above 30 % of a layer's units, error
    above 60 %; what lasts through the steps watched counts.

    Sources: by unit and over all samples, as TheDeepChecker (Ben Braiek and Khomh 2023) and torchdiag count; shares of
    zero *activations*, as other tools count, are false alarms. Limits: a trial of dlcli's on small MLPs with seeded
    faults.
    """

    code = "S06"
    place = 40
    title = "dead units at initialisation"
    cause = "dead_units"
    gauge = Dead
    limits = DEAD
    fault = "{share} of the units of {name} are silent on every sample, from the start"


class DeadInTraining(InTraining):
    """Do units die while the network is trained?

    As S06, at the last state measured, if the share was healthier at initialisation. The usual cause is a step that was
    too large: it pushes a unit's bias so far down that no sample reaches it any more, and then nothing brings it back.
    A warning at most if the loss has fallen to less than half nevertheless: then enough units are left to learn with.

    Sources: as S06; cs231n ("as much as 40 % can be dead if the learning rate is too high").
    """

    code = "A01"
    place = 90
    title = "units that die in training"
    cause = "dead_units"
    gauge = Dead
    limits = DEAD
    fault = "{share} of the units of {name} have died: they are silent on every sample"

    def look(self, record: Record) -> Finding | None:
        found = super().look(record)
        if found is not None and record.learns:
            found.severity = SEVERITIES[1]
        return found


class SaturatedAtStart(AtStart):
    """Do squashing activations begin in their flat ends?

    Share of the elements of a sigmoid's or tanh's output at which the slope is below 5 % of its maximum (sigmoid: 0.25,
    tanh: 1), over all samples. Warning above 50 %; what lasts through the steps watched counts.

    Sources: Glorot and Bengio 2010; Karpathy's makemore 3 (2 to 3 % is healthy). Limits: a trial of dlcli's on small
    MLPs.
    """

    code = "S07"
    place = 50
    title = "saturated units at initialisation"
    cause = "saturated_units"
    gauge = Saturated
    limits = SATURATED
    fault = "{share} of the outputs of {name} lie where the activation is flat, from the start"


class SaturatedInTraining(InTraining):
    """Do squashing activations move into their flat ends while the network is trained?

    As S07, at the last state measured, if the share was healthier at initialisation. The network's output is left
    out: a sigmoid at the end that is sure of its answer is what training is for.

    Sources: as S07.
    """

    code = "A02"
    place = 100
    title = "units that saturate in training"
    cause = "saturated_units"
    gauge = Saturated
    limits = SATURATED
    fault = "{share} of the outputs of {name} have moved to where the activation is flat"

    def able(self, record: Record) -> list[str]:
        found = [name for name in super().able(record) if name != record.structure.output]
        if not found:
            raise CannotSay("only the network's output could saturate, and there it may")
        return found
