from dlcli.health.cause import Cause
from dlcli.health.checks.data import TargetScaled
from dlcli.health.edits import Edits
from dlcli.health.finding import Finding, Remedy
from dlcli.health.record import Record


class TargetScale(Cause):
    """A target far from what a network answers at its start: training goes into the way there."""

    words = "a target that is not scaled"
    explains = ("dead_units", "saturated_units", "not_finite", "exploding_gradients", "vanishing_gradients",
                "nothing_learned")
    checks = (TargetScaled,)

    def brings_about(self, record: Record, own: Finding, later: Finding) -> bool:
        started = later.evidence["step"] > 0 or later.cause == "nothing_learned"
        return started and super().brings_about(record, own, later)     # at the start no target had any effect yet

    def remedy(self, record: Record, finding: Finding, edits: Edits) -> Remedy:
        text = "scale the target to mean 0 and deviation 1; predictions and metrics stay in its own units"
        return Remedy(text, edits.scale_target())
