"""From what each check says to a verdict: the root cause first, what follows from it under it."""

from dlcli.health import remedies
from dlcli.health.checks import CHECKS
from dlcli.health.error_signal import exponents, share_of
from dlcli.health.finding import SEVERITIES, CannotSay, Finding
from dlcli.health.record import Record

EXPLAINS = {
    "input_scale": {"dead_units", "saturated_units", "not_finite"},
    "target_scale": {"dead_units", "saturated_units", "not_finite", "exploding_gradients", "vanishing_gradients"},
    "init_too_large": {"exploding_gradients", "vanishing_gradients", "dead_units", "saturated_units", "not_finite"},
    "init_too_small": {"vanishing_gradients", "dead_units"},
    "dead_units": {"vanishing_gradients"},
    "saturated_units": {"vanishing_gradients"},
    "exploding_gradients": {
        "exploding_gradients",
        "not_finite",
        "dead_units",
        "saturated_units",
        "vanishing_gradients",
    },
    "vanishing_gradients": {"vanishing_gradients", "dead_units"},
    "not_finite": {"dead_units", "saturated_units", "vanishing_gradients", "exploding_gradients"},
    "nothing_learned": set(),
    "overfitting": set(),
}
"""How faults spread: each cause, and the symptoms that it can bring about. Every one but overfitting can keep a network
from learning."""
LOCAL = ("init_too_small", "dead_units", "saturated_units")
"""Causes that explain a vanishing signal only where at least half of it is lost in the entries that they name."""


def judge(record: Record) -> tuple[list[Finding], list[dict]]:
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
        root = next(
            (root for root in roots if any(explains(record, cause, finding) for cause in (root, *root.consequences))),
            None,
        )
        if root is None:
            roots.append(finding)
        else:
            root.consequences.append(finding)
            root.severity = max(root.severity, finding.severity, key=rank)
    roots.sort(key=lambda root: -rank(root.severity))
    for root in roots:
        root.remedy = remedies.remedy(record, root)
    return roots, said


def explains(record: Record, cause: Finding, finding: Finding) -> bool:
    """Whether one finding is what brings the other about."""
    if cause.cause == finding.cause and cause.cause in ("dead_units", "saturated_units"):
        return rank(cause.severity) >= rank(finding.severity)       # a few units dead at first do not kill the rest
    if finding.cause == "nothing_learned":
        return cause.cause != "overfitting"
    if finding.cause not in EXPLAINS[cause.cause]:
        return False
    if cause.cause == "target_scale" and finding.evidence["step"] == 0:
        return False            # no target had any effect yet
    if finding.cause != "vanishing_gradients" or cause.cause not in LOCAL:
        return True
    snapshot = record.at(finding.evidence["step"])
    values = exponents(record.structure, snapshot)
    return share_of(record.structure, snapshot, min(values, key=values.get), cause.layers) >= 0.5


def rank(severity: str) -> int:
    return SEVERITIES.index(severity)
