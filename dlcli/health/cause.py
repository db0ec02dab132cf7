"""The contract of a root cause: its words, what it brings about, what to do about it."""

from typing import ClassVar

from dlcli.health.edits import Edits
from dlcli.health.error_signal import loses_half
from dlcli.health.finding import Check, Finding, Remedy, rank
from dlcli.health.record import Record


class Cause:
    """A reason why a network does not learn: one file of `dlcli/health/causes/`, which holds all that is known of it.

    The file's name is the cause's, as JSON has it; the class is the same name in CamelCase; the folder's listing is the
    registry. Its docstring says what goes wrong.
    """

    words: ClassVar[str]
    """The cause in a few words, as people read it."""
    explains: ClassVar[tuple[str, ...]] = ()
    """Causes of later findings that this one can bring about. `nothing_learned` is among them if the cause can keep a
    network from learning."""
    checks: ClassVar[tuple[type[Check], ...]]
    """The checks that find it; each has its place in causal order. A check that finds nothing else may stand in the
    cause's own file."""

    def brings_about(self, record: Record, own: Finding, later: Finding) -> bool:
        """Whether a finding of this cause is what brings about a finding of a check that stands later."""
        return later.cause in self.explains

    def remedy(self, record: Record, finding: Finding, edits: Edits) -> Remedy:
        """What to do about a finding of this cause that nothing explains; `finding.consequences` are known. The patch
        leaves alone what has nothing to do with it."""
        raise NotImplementedError


class LocalCause(Cause):
    """A cause that sits in some entries: it explains a vanishing signal only if at least half of it is lost there, and
    the same elsewhere or later only if that is no worse."""

    def brings_about(self, record: Record, own: Finding, later: Finding) -> bool:
        if not super().brings_about(record, own, later):
            return False
        if later.cause == own.cause:            # a few units dead at first do not kill the rest
            return rank(own.severity) >= rank(later.severity)
        return later.cause != "vanishing_gradients" or loses_half(record, later, own.layers)
