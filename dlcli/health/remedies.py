"""What the remedies of several causes share."""

from dlcli.health.edits import Edits
from dlcli.health.error_signal import trail
from dlcli.health.finding import Finding, Remedy
from dlcli.health.record import Record
from dlcli.health.structure import Structure

SMALLEST_BATCH = 8
"""Rows below which the statistics of a batch are too noisy to normalise by."""
WIDE_INPUT = 4.0
"""Root mean square of the inputs above which they, and not the weights, drive the first layer astray; standardized ones
have 1."""
FIT = "start {which} with the initializer that fits the activation behind: he for relu and its relatives, glorot else"
AROUND = (
    "give the signal a way around the layers: put a shortcut, `residual`, around every one to three of them. "
    "Normalised layers "
    "without any make the gradient grow by a fifth or so each (Yang et al. 2019); deep networks are built with them "
    "(He et al. 2016)"
)
SMALLER = "take smaller steps, with a lower learning rate"
LIMITED = f"{SMALLER}, and a limit on the norm of the gradient"
STEP = 0.01
"""A first update, relative to the weights, that is safe: ten times the usual 1e-3."""


def steeper(record: Record, edits: Edits) -> Remedy:
    """What to do if the activations take the signal away."""
    structure = record.structure
    if record.experiment.batch_rows >= SMALLEST_BATCH and bare(record):
        text = (
            "put a batch normalisation before each activation: it keeps the activation where it is steep, and makes "
            "up for what it "
            "takes away (relu with init he instead of the activations you have helps too)"
        )
        return Remedy(text, edits.each(edits.normalise, bare(record), "batch_norm"))
    flat = [name for name in structure.nodes if flattens(structure, name) and name != structure.output]
    weak = [name for name in flat if structure.layer(name).fades]
    kind, start = ("tanh", "glorot") if weak else ("leaky_relu", "he")
    layers = [name for name in structure.weights if structure.activation(name) in (weak or flat)]
    return Remedy(
        f"take {kind}, which passes on more of the signal, instead of the activations you have; start its layers "
        f"with {start}",
        edits.each(edits.replace, weak or flat, kind) + edits.each(edits.init, layers, start),
    )


def slower(record: Record, edits: Edits) -> list[str]:
    """A tenth of the learning rate, or less if the first update was far too large for the weights."""
    rate = record.experiment.optimizer.learning_rate
    first = max((ratio for name, ratio in record.first.items() if name in record.structure.weights), default=0.0)
    return edits.optimizer("learning_rate", rate / max(10.0, first / STEP))


def wide(record: Record, edits: Edits) -> list[str]:
    """The patch that standardizes inputs which are far from the size that initializers reckon with, else nothing."""
    return edits.standardize() if record.input_scale > WIDE_INPUT else []


def normalised(record: Record, edits: Edits) -> Remedy:
    if not bare(record):
        return Remedy(AROUND, edits.shortcuts())
    kind = "batch_norm" if record.experiment.batch_rows >= SMALLEST_BATCH else "layer_norm"
    patch = edits.each(edits.normalise, bare(record), kind)
    return Remedy("normalise between the layers, which keeps every signal at the same size", patch)


def felt(record: Record) -> list[str]:
    """Layers whose initial scale makes a difference: no normalisation undoes it."""
    return [name for name in record.structure.weights if not record.structure.normalised(name)]


def bare(record: Record) -> list[str]:
    """Layers with an activation behind them and no normalisation in between."""
    structure = record.structure
    return [name for name in structure.weights if structure.activation(name) and not structure.normalised(name)]


def lost(record: Record, finding: Finding) -> float:
    """Decades that a vanishing signal loses on the way that the finding is about."""
    return sum(change for _, change in way(record, finding))


def taken(record: Record, finding: Finding) -> float:
    """Those of them that activations take."""
    return sum(change for entry, change in way(record, finding) if flattens(record.structure, entry))


def way(record: Record, finding: Finding) -> list[tuple[str, float]]:
    return trail(record.structure, record.at(finding.evidence["step"]), finding.evidence["at"])


def flattens(structure: Structure, name: str) -> bool:
    """Whether an entry is an activation that takes its share of the signal: one that fades or saturates."""
    layer = structure.layer(name)
    return layer.fades or layer.activation == "squashing"
