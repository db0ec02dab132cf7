"""What a check is, and what it can say."""

from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, ClassVar

from dlcli.health.gauge import Gauge

if TYPE_CHECKING:
    from dlcli.health.measure import Snapshot
    from dlcli.health.record import Record

SEVERITIES = ("info", "warning", "error")


def rank(severity: str) -> int:
    return SEVERITIES.index(severity)


@dataclass
class Remedy:
    """What to change: a sentence, and the same as overrides of the config (`network.linear3.linear.init=he`). others:
    what would help instead."""

    text: str
    patch: list[str]
    others: list["Remedy"] = field(default_factory=list)

    def document(self) -> dict:
        others = [{"text": other.text, "patch": other.patch} for other in self.others]
        return {"text": self.text, "patch": self.patch, "others": others}


@dataclass
class Finding:
    """A check that fired.

    layer: the entry where the trouble starts. evidence: JSON values; "says" (one sentence), "measure", "value",
    "limit", "healthy" (from, to), "when", "step" and "layers" are always there. layers: all entries that it is about.
    consequences: findings that this one explains.
    """

    code: str
    severity: str
    cause: str
    layer: str
    evidence: dict
    layers: list[str]
    consequences: list["Finding"] = field(default_factory=list)
    remedy: Remedy | None = None

    def brief(self) -> dict:
        return {
            "code": self.code,
            "severity": self.severity,
            "cause": self.cause,
            "layer": self.layer,
            "evidence": self.evidence,
        }

    def document(self) -> dict:
        """As `--json` prints it."""
        consequences = [finding.brief() for finding in self.consequences]
        return self.brief() | {"consequences": consequences, "remedy": self.remedy.document()}


class CannotSay(Exception):
    """A check that has nothing to look at here; the text says why."""


class Check:
    """One question about a record. Its docstring gives meaning, formula, thresholds and their source.

    `look` returns a finding, or None if all is well, or raises CannotSay. It reads the record and changes nothing.
    """

    code: ClassVar[str]
    """Stable name, as `S04`."""
    place: ClassVar[int]
    """Place in causal order: what it finds can explain what checks of higher places find, never the other way round."""
    title: ClassVar[str]
    """What is looked at, in a few words."""
    gauge: ClassVar[type[Gauge] | None] = None
    """What it measures at entries, beside what is measured of each state anyway."""

    def look(self, record: "Record") -> Finding | None:
        raise NotImplementedError

    def left_out(self, record: "Record") -> str | None:
        """What an answer of `look` is not about, and why."""
        return None

    def finding(
        self,
        grade: int,
        cause: str,
        layer: str,
        layers: list[str],
        snapshot: "Snapshot",
        *,
        says: str,
        measure: str,
        value: float,
        limit: float,
        healthy: tuple[float, float],
        **more,
    ) -> Finding:
        """What this check found in a state; `grade` is that of `level`."""
        when = "at initialisation" if snapshot.step == 0 else f"after step {snapshot.step}"
        evidence = {
            "says": says,
            "measure": measure,
            "value": value if isfinite(value) else None,
            "limit": limit,
            "healthy": list(healthy),
            "when": when,
            "step": snapshot.step,
            "layers": layers,
            **more,
        }
        return Finding(self.code, SEVERITIES[grade], cause, layer, evidence, layers)


def level(value: float, warning: float, error: float) -> int:
    """0 if a value is healthy, 1 beyond the limit of a warning, 2 beyond that of an error; the limits may lie below
    or above."""
    sign = 1 if error >= warning else -1
    return (sign * value > sign * warning) + (sign * value > sign * error)
