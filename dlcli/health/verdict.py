"""From what each check says to a verdict: the root cause first, what follows from it under it."""

from dlcli.health.causes import CAUSES, CHECKS
from dlcli.health.edits import Edits
from dlcli.health.finding import CannotSay, Finding, rank
from dlcli.health.record import Record


def diagnose(record: Record) -> tuple[list[Finding], list[dict]]:
    """(root causes, what each check said). Checks stand in causal order, so the first finding that can explain a later
    one is its cause. A root is as severe as the worst that follows from it; errors stand before warnings."""
    roots: list[Finding] = []
    said = []
    for check in CHECKS:
        try:
            finding = check.look(record)
            answer, why = "fired" if finding else "silent", check.left_out(record)
        except CannotSay as reason:
            finding, answer, why = None, "could not run", str(reason)
        said.append({"code": check.code, "title": check.title, "said": answer, "why": why})
        if finding is None:
            continue
        root = next((root for root in roots if explained(record, finding, root)), None)
        if root is None:
            roots.append(finding)
        else:
            root.consequences.append(finding)
            root.severity = max(root.severity, finding.severity, key=rank)
    roots.sort(key=lambda root: -rank(root.severity))
    for root in roots:
        root.remedy = CAUSES[root.cause].remedy(record, root, Edits(record.experiment, record.structure))
    return roots, said


def explained(record: Record, finding: Finding, root: Finding) -> bool:
    """Whether a root cause, or what follows from it, is what brings a finding about."""
    return any(CAUSES[own.cause].brings_about(record, own, finding) for own in (root, *root.consequences))
