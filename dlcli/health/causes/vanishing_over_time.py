from math import log

from dlcli.health.cause import Cause
from dlcli.health.checks.time import VanishingOverTime
from dlcli.health.edits import Edits
from dlcli.health.finding import Finding, Remedy
from dlcli.health.record import Record

GATES = "take an {kind}, whose gates can keep a state and the error signal over many steps, instead of the plain layer"
KEEP = ("begin by keeping what is there: a forget gate that starts at 1 - 1/n keeps the signal over n steps (chrono "
        "initialisation, Tallec and Ollivier 2018)")


class VanishingOverTime(Cause):
    """An error signal that fades within a few steps of a sequence: what lies further back is not learned."""

    words = "error signal vanishing over time"
    explains = ("vanishing_gradients", "nothing_learned")
    checks = (VanishingOverTime,)

    def brings_about(self, record: Record, own: Finding, later: Finding) -> bool:
        sure = own.severity == "error" if later.cause == "nothing_learned" else own.severity != "info"
        return sure and super().brings_about(record, own, later)

    def remedy(self, record: Record, finding: Finding, edits: Edits) -> Remedy:
        structure, steps = record.structure, finding.evidence["steps"]
        plain = [name for name in finding.layers if structure.layer(name).memory == "plain"]
        if plain:
            kind = "lstm" if all(structure.alone(name) for name in plain) else "gru"
            found = Remedy(GATES.format(kind=kind), edits.each(edits.swap, plain, kind))
            if patch := edits.each(edits.orthogonal, plain):
                found.others.append(Remedy("keep the plain layer, and start its recurrent weights with an orthogonal "
                                           "matrix, which keeps the length of a signal until it is trained", patch))
            return found
        wanted = float(f"{max(1.0, log(steps)):.2g}")
        patch = edits.each(edits.remember, finding.layers, wanted)
        if patch:
            return Remedy(KEEP, patch)
        return Remedy("shorten the way: `returns: last` of both directions, means over the steps (global_avg_pool), or "
                      "shorter sequences; or train longer, as gates that forget at first can learn to keep", [])
