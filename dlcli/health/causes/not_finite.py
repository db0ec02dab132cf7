from dlcli.health.cause import Cause
from dlcli.health.checks.numbers import StaysFinite
from dlcli.health.edits import Edits
from dlcli.health.finding import Finding, Remedy
from dlcli.health.record import Record
from dlcli.health.remedies import LIMITED, slower, wide


class NotFinite(Cause):
    """Numbers beyond the range of the float type: from then on nothing can be learned."""

    words = "numbers that are no longer finite"
    explains = ("dead_units", "saturated_units", "vanishing_gradients", "exploding_gradients", "nothing_learned")
    checks = (StaysFinite,)

    def remedy(self, record: Record, finding: Finding, edits: Edits) -> Remedy:
        return Remedy(LIMITED, slower(record, edits) + edits.clip() + wide(record, edits))
