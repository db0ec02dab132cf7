from dlcli.health.cause import Cause
from dlcli.health.checks.time import ExplodingOverTime
from dlcli.health.edits import Edits
from dlcli.health.finding import Finding, Remedy
from dlcli.health.record import Record
from dlcli.health.remedies import SMALLER, slower


class ExplodingOverTime(Cause):
    """An error signal that grows from step to step on its way back through a sequence: one row in which it does throws
    the weights away."""

    words = "error signal exploding over time"
    explains = ("exploding_gradients", "not_finite", "saturated_units", "vanishing_over_time", "nothing_learned")
    checks = (ExplodingOverTime,)

    def remedy(self, record: Record, finding: Finding, edits: Edits) -> Remedy:
        limit = Remedy("limit the norm of the gradient, so that no step is long", edits.clip())
        if patch := edits.each(edits.orthogonal, finding.layers):
            return Remedy("start the recurrent weights with an orthogonal matrix: it keeps the length of a signal, "
                          "however many steps it goes back", patch, [limit] if limit.patch else [])
        if limit.patch:
            return limit
        return Remedy(SMALLER, slower(record, edits))
