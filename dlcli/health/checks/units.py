"""Units that cannot learn: dead ones of rectifiers, saturated ones of squashing activations."""

from dlcli.health.finding import SEVERITIES, CannotSay, Check, Finding, level
from dlcli.health.measure import ROWS, Snapshot
from dlcli.health.record import Record

DEAD = (0.3, 0.6)
SATURATED = (0.5, 2.0)
"""Limits of a warning and of an error; no share of saturated elements is an error by itself."""


class Units(Check):
    """What the checks on units share: `what` is the measure, `limits` its warning and error."""

    cause: str
    what: str
    limits: tuple[float, float]
    fault: str
    """What is said of the units, with the share and the entry to be filled in."""

    def able(self, record: Record) -> list[str]:
        """Activations that can show this fault."""
        found = [
            name for name in record.structure.measured if getattr(record.start.layers[name], self.what) is not None
        ]
        if not found:
            raise CannotSay(
                "there is no relu, gelu, silu, elu or softplus"
                if self.what == "dead"
                else "there is no sigmoid and no tanh"
            )
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
        return getattr(snapshot.layers[name], self.what)

    def judge(self, record: Record, shares: dict[str, float], snapshot: Snapshot) -> Finding | None:
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
            measure=f"share of {name} that is {self.what}",
            value=value,
            limit=limit,
            healthy=(0.0, self.limits[0]),
        )


class AtStart(Units):
    def look(self, record: Record) -> Finding | None:
        shares = {
            name: min(self.share(record.start, name), self.share(record.last, name)) for name in self.entries(record)
        }
        return self.judge(record, shares, record.start)


class InTraining(Units):
    def look(self, record: Record) -> Finding | None:
        names = self.entries(record)
        if not record.later:
            raise CannotSay("no state after the initialisation was measured")
        before = {name: level(self.share(record.start, name), *self.limits) for name in names}
        now = {name: self.share(record.last, name) for name in names}
        return self.judge(
            record,
            {name: share for name, share in now.items() if level(share, *self.limits) > before[name]},
            record.last,
        )


class DeadAtStart(AtStart):
    """Are there units that no sample wakes, before training has begun?

    A unit of a rectifier (relu, gelu, silu, elu, softplus) is dead when its slope is 0 (below 1e-4) on every one of at
    least 256 training samples (or all there are): then no gradient passes it, and its weights never change. A unit of a
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
    what, limits = "dead", DEAD
    fault = "{share} of the units of {name} are silent on every sample, from the start"


class DeadInTraining(InTraining):
    """Do units die while the network is trained?

    As S06, at the last state measured, where the share was healthier at initialisation. The usual cause is a step that
    was too
    large: it pushes a unit's bias so far down that no sample reaches it any more, and then nothing brings it back. A
    warning at
    most where the loss has fallen to less than half nevertheless: then enough units are left to learn with.

    Sources: as S06; cs231n ("as much as 40 % can be dead if the learning rate is too high").
    """

    code = "A01"
    place = 90
    title = "units that die in training"
    cause = "dead_units"
    what, limits = "dead", DEAD
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
    what, limits = "saturated", SATURATED
    fault = "{share} of the outputs of {name} lie where the activation is flat, from the start"


class SaturatedInTraining(InTraining):
    """Do squashing activations move into their flat ends while the network is trained?

    As S07, at the last state measured, where the share was healthier at initialisation. The network's output is left
    out: a sigmoid at the end that is sure of its answer is what training is for.

    Sources: as S07.
    """

    code = "A02"
    place = 100
    title = "units that saturate in training"
    cause = "saturated_units"
    what, limits = "saturated", SATURATED
    fault = "{share} of the outputs of {name} have moved to where the activation is flat"

    def able(self, record: Record) -> list[str]:
        found = [name for name in super().able(record) if name != record.structure.output]
        if not found:
            raise CannotSay("only the network's output could saturate, and there it may")
        return found
