"""How an error signal fares on its way back through the steps of a sequence."""

from math import log10
from typing import NamedTuple

from dlcli.health.error_signal import FAINT, first_update
from dlcli.health.finding import CannotSay, Check, Finding, level
from dlcli.health.measure import Snapshot
from dlcli.health.over_time import Fade, OverTime, SignalOverTime
from dlcli.health.record import Record
from dlcli.text import rough
from dlcli.training.constant import constant_loss, learned_nothing

LOST = 1e-3
HIGH = (2.0, 3.0)
BETTER = 0.93
"""Share of the loss of a constant answer below which something has been learned."""


class Cell(NamedTuple):
    """One cell of a recurrent layer that is trained. name: its own, empty if there is a single one."""

    layer: str
    name: str
    fade: Fade
    over_time: OverTime

    @property
    def words(self) -> str:
        return f"{self.layer} ({self.name})" if self.name else self.layer


class AlongTime(Check):
    """What both checks share."""

    gauge = SignalOverTime

    def cells(self, record: Record, snapshot: Snapshot) -> list[Cell]:
        """Those with a way back of more than a step, as they are in a state. CannotSay if there are none."""
        measured = {name: found for name, measures in snapshot.layers.items()
                    if (found := measures.gauged.get(self.gauge.name))}
        if not measured:
            raise CannotSay(self.gauge.missing)
        found = [Cell(layer, name, fade, over_time) for layer, over_time in measured.items()
                 if record.structure.nodes[layer].trainable
                 for name, fade in over_time.cells.items() if fade.steps > 1]
        if not found:
            raise CannotSay("no recurrent layer is trained on sequences of more than a step")
        return found

    def about(self, snapshot: Snapshot, grade: int, cause: str, cells: list[Cell], **more) -> Finding:
        """A finding that starts at the first of these cells."""
        layers = list(dict.fromkeys(cell.layer for cell in cells))
        fade = cells[0].fade
        return self.finding(grade, cause, cells[0].layer, layers, snapshot, cell=cells[0].name, steps=fade.steps,
                            half_life=fade.half_life, doubling=fade.doubling, **more)


class VanishingOverTime(AlongTime):
    """Does what the last step of a sequence asks for reach the steps before it?

    A signal of size 1, in a random direction, is put into the state behind each row's last step and carried back
    through the recurrence alone. What arrives half of the way back, s (the median over up to 256 rows): below 1e-3 it
    has vanished. The half-life is that of the straight line through log s, in steps. Judged is the last state measured,
    of layers that are trained.

    Severity says what it has done. Error: the run is complete and has learned nothing (no better than a constant
    answer, or a loss above 93 % of that of one), though its first step changed the weights by 1e-5 or more. Info: the
    loss is below that, or each half of the steps has errors of its own (a prediction at each step): then what is near
    is learned, and what is far is not. Else a warning. A layer with gates is reported only if the run has learned
    nothing: at the start its gates forget, and it learns to keep. Of a plain layer whose run has learned nothing the
    state after its first steps counts too, as a network that gets nowhere wanders from state to state.

    Sources: Hochreiter 1991; Bengio, Simard and Frasconi 1994; Pascanu et al. 2013. The limit is a matter of counting:
    a far step's share s of the gradient is seen beside a part of size 1 that comes from near steps and differs from row
    to row. That noise is 1 / sqrt(N) in the mean of N rows, so that s = 1e-3 stands out after a million rows. Half of
    the way, as a target is as far away on average if it may lie anywhere. 93 % is a choice: well clear of the scatter
    around the loss of a constant answer.
    """

    code = "R01"
    place = 58
    title = "error signal vanishing over time"

    def look(self, record: Record) -> Finding | None:
        cells, failed = self.cells(record, record.last), has_failed(record)
        if record.overflow:
            raise CannotSay("the numbers did not stay finite")
        lost = [cell for cell in cells if cell.fade.half_way < LOST and (failed or plain(record, cell))]
        snapshot = record.last
        if failed and not lost and record.early:
            snapshot = record.early
            lost = [cell for cell in self.cells(record, snapshot) if cell.fade.half_way < LOST and plain(record, cell)]
        if not lost:
            return None
        lost.sort(key=lambda cell: cell.fade.half_way)
        worst, fade = lost[0], lost[0].fade
        near = all(cell.over_time.own for cell in lost) or learns(record)
        says = (f"of a signal at the last of {fade.steps} steps, {rough(fade.half_way)} is left {fade.half} steps back "
                f"in {worst.words}")
        if fade.half_life is not None:
            says += f": it falls to half every {rough(fade.half_life)} steps" if fade.half_life > 1 else \
                ": next to nothing passes a single step"
        if near and not failed:
            says += "; what is near can be learned, and what is further back than a few times that cannot"
        return self.about(snapshot, 2 if failed else 0 if near else 1, "vanishing_over_time", lost, says=says,
                          measure=f"signal {fade.half} steps back in {worst.words}", value=fade.half_way, limit=LOST,
                          healthy=(LOST, 10 ** HIGH[0]))


class ExplodingOverTime(AlongTime):
    """Does an error signal grow on its way back through the steps of a sequence?

    As R01: log10 of the largest size that a signal of 1 reaches on its way back, in the last state measured; if numbers
    did not stay finite, at initialisation. Warning above 2, error above 3. A warning at most if the norm of the
    gradient is limited (`clip_norm`), which keeps steps short however far the signal grows, or if the loss is below
    93 % of that of a constant answer.

    Sources: Pascanu, Mikolov and Bengio 2013. Limits: those of S05.
    """

    code = "R02"
    place = 56
    title = "error signal exploding over time"

    def look(self, record: Record) -> Finding | None:
        snapshot = record.start if record.overflow else record.last
        grown = [cell for cell in self.cells(record, snapshot) if level(cell.fade.growth, *HIGH)]
        if not grown:
            return None
        grown.sort(key=lambda cell: -cell.fade.growth)
        worst, fade = grown[0], grown[0].fade
        grade = level(fade.growth, *HIGH)
        if record.experiment.training.clip_norm is not None or learns(record):
            grade = min(grade, 1)
        back = fade.signal.index(max(fade.signal))
        times = f"{rough(10 ** fade.growth)} times" if fade.growth < 300 else "beyond all numbers"
        says = f"a signal at the last of {fade.steps} steps is {times} as strong {back} steps back in {worst.words}"
        if fade.doubling is not None:
            says += f": it doubles every {rough(fade.doubling)} steps"
        return self.about(snapshot, grade, "exploding_over_time", grown, says=says,
                          measure=f"log10 of the largest signal in {worst.words}", value=fade.growth, limit=HIGH[0],
                          healthy=(log10(LOST), HIGH[0]))


def plain(record: Record, cell: Cell) -> bool:
    """Whether a cell has no gates, and so cannot learn to keep what it has."""
    return record.structure.layer(cell.layer).memory == "plain"


def learns(record: Record) -> bool:
    """Whether the loss of the samples measured is clearly below that of a constant answer; if that is not known,
    whether it has halved."""
    constant = constant_loss(record.experiment, "train")
    return record.learns if constant is None else record.last.loss < BETTER * constant


def has_failed(record: Record) -> bool:
    """Whether a run is complete and has learned nothing, though its steps were not too faint to get anywhere."""
    first = first_update(record)
    if not record.ended or (first is not None and first < FAINT):
        return False
    constant, loss = constant_loss(record.experiment, "train"), record.ended.get("loss")
    return learned_nothing(record.ended, record.experiment) or None not in (constant, loss) and loss > BETTER * constant
