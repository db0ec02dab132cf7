from math import prod, sqrt

from dlcli.health.cause import LocalCause
from dlcli.health.checks.scale import compare
from dlcli.health.checks.units import DeadAtStart, DeadInTraining
from dlcli.health.edits import Edits
from dlcli.health.finding import Finding, Remedy
from dlcli.health.record import Record
from dlcli.health.remedies import SMALLER, slower, wide

LEANING = 0.3
"""Mean of a layer's weights, as a share of their root mean square, above which they push all units the same way."""


class DeadUnits(LocalCause):
    """Units that no sample wakes: no gradient passes them, and their weights never change."""

    words = "dead units"
    explains = ("dead_units", "vanishing_gradients", "nothing_learned")
    checks = (DeadAtStart, DeadInTraining)

    def remedy(self, record: Record, finding: Finding, edits: Edits) -> Remedy:
        structure = record.structure
        if finding.code == "A01":
            text = f"{SMALLER}; units that one large step has pushed out of reach do not come back"
            return Remedy(text, slower(record, edits) + wide(record, edits))
        if wide(record, edits) and finding.layer == structure.weights[0]:
            return Remedy("standardize the inputs: their size alone decides which units are silent",
                          edits.standardize())
        odd = [name for name in structure.weights if compare(record, name) or leans(record, name)]
        if patch := edits.each(edits.zero_bias, structure.weights) + edits.each(edits.fitting_init, odd):
            return Remedy("start the biases at zero, and the weights around zero with the initializer that fits the "
                          "activation", patch)
        flat = [name for name, measures in record.start.layers.items() if "dead" in measures.gauged]
        return Remedy("take leaky_relu, which has a slope on both sides, so that every unit goes on learning, with he",
                      edits.each(edits.replace, flat, "leaky_relu")
                      + edits.each(edits.fitting_init, structure.weights))


def leans(record: Record, name: str) -> bool:
    """Whether the initial weights of a layer are not centred, by more than the scatter of so few draws explains."""
    params = record.structure.layer(name).params
    return any(
        abs(share) > max(LEANING, 4 / sqrt(prod(params[key].shape)))
        for key, share in record.start.layers[name].lean.items()
    )
