"""Cures: for each cause, what to change, in words and as overrides of the config."""

from math import prod, sqrt
from statistics import median

from dlcli.health.checks.scale import compare
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
LEANING = 0.3
"""Mean of a layer's weights, as a share of their root mean square, above which they push all units the same way."""
FIT = "start {which} with the initializer that fits the activation behind: he for relu and its relatives, glorot else"
AROUND = (
    "give the signal a way around the layers: put a shortcut, `residual`, around every one to three of them. "
    "Normalised layers "
    "without any make the gradient grow by a fifth or so each (Yang et al. 2019); deep networks are built with them "
    "(He et al. 2016)"
)
SMALLER = "take smaller steps, with a lower learning rate"
SHRINK = 12.0
"""By how many times e decay alone would shrink a weight over a whole training: enough that only what is learned again
and again stays. (In trials on configs/overfitting.yaml and on moons, spirals, breast_cancer and diabetes of few rows,
the last validation loss was lower each time.)"""
FAINT_STEP = 1e-5
"""A first update, relative to the weights, that is too small to get anywhere."""
STEP = 0.01
"""A first update, relative to the weights, that is safe: ten times the usual 1e-3."""


def remedy(record: Record, finding: Finding) -> Remedy:
    """What to do about a root cause. The patch leaves alone what has nothing to do with it."""
    return BY_CAUSE[finding.cause](record, finding, Edits(record.experiment, record.structure))


def init(record: Record, finding: Finding, edits: Edits) -> Remedy:
    faded = next((f for f in finding.consequences if f.code == "S04"), None)
    if faded and finding.cause == "init_too_small" and taken(record, faded) < faded.evidence["limit"]:
        return steeper(record, edits)       # larger weights alone would not be enough
    return Remedy(FIT.format(which="these layers"), edits.each(edits.fitting_init, finding.layers))


def vanishing(record: Record, finding: Finding, edits: Edits) -> Remedy:
    if 2 * taken(record, finding) < lost(record, finding):
        return steeper(record, edits)
    if finding.code == "G01" and (patch := less_decay(record, edits)):
        return Remedy("take less weight decay: it shrinks the weights faster than they learn", patch)
    patch = edits.each(edits.fitting_init, felt(record))
    if patch:
        return Remedy(FIT.format(which="the layers"), patch)
    return Remedy(SMALLER, slower(record, edits)) if finding.code == "G01" else normalised(record, edits)


def steeper(record: Record, edits: Edits) -> Remedy:
    """Where the activations take the signal away."""
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


def exploding(record: Record, finding: Finding, edits: Edits) -> Remedy:
    patch = edits.each(edits.fitting_init, felt(record))
    if patch:
        return Remedy(FIT.format(which="the layers"), patch)
    if finding.code == "G01":
        return Remedy(f"{SMALLER}, and a limit on the norm of the gradient", slower(record, edits) + edits.clip())
    calm = normalised(record, edits)
    if not bare(record):
        return calm
    return Remedy(calm.text + ", and limit the norm of the gradient", calm.patch + edits.clip())


def dead(record: Record, finding: Finding, edits: Edits) -> Remedy:
    structure = record.structure
    if finding.code == "A01":
        text = f"{SMALLER}; units that one large step has pushed out of reach do not come back"
        return Remedy(text, slower(record, edits) + wide(record, edits))
    if wide(record, edits) and finding.layer == structure.weights[0]:
        return Remedy("standardize the inputs: their size alone decides which units are silent", edits.standardize())
    odd = [name for name in structure.weights if compare(record, name) or leans(record, name)]
    patch = edits.each(edits.zero_bias, structure.weights) + edits.each(edits.fitting_init, odd)
    if patch:
        return Remedy(
            "start the biases at zero, and the weights around zero with the initializer that fits the activation", patch
        )
    flat = [name for name in structure.measured if record.start.layers[name].dead is not None]
    return Remedy("take leaky_relu, which has a slope on both sides, so that every unit goes on learning, with he",
                  edits.each(edits.replace, flat, "leaky_relu") + edits.each(edits.fitting_init, structure.weights))


def saturated(record: Record, finding: Finding, edits: Edits) -> Remedy:
    structure = record.structure
    if finding.code == "A02":
        return Remedy(SMALLER, slower(record, edits) + wide(record, edits))
    if wide(record, edits) and finding.layer == structure.weights[0]:
        return Remedy(
            "standardize the inputs: their size alone drives the activation to its flat ends", edits.standardize()
        )
    patch = edits.each(edits.fitting_init, [name for entry in finding.layers if (name := structure.before(entry))])
    return Remedy(FIT.format(which="these layers"), patch) if patch else normalised(record, edits)


def not_finite(record: Record, finding: Finding, edits: Edits) -> Remedy:
    return Remedy(
        f"{SMALLER}, and a limit on the norm of the gradient",
        slower(record, edits) + edits.clip() + wide(record, edits),
    )


def leans(record: Record, name: str) -> bool:
    """Whether the initial weights of a layer are not centred, by more than the scatter of so few draws explains."""
    params = record.structure.nodes[name].layer.params
    return any(
        abs(share) > max(LEANING, 4 / sqrt(prod(params[key].shape)))
        for key, share in record.start.layers[name].lean.items()
    )


def slower(record: Record, edits: Edits) -> list[str]:
    """A tenth of the learning rate, or less where the first update was far too large for the weights."""
    rate = record.experiment.optimizer.learning_rate
    first = max((ratio for name, ratio in record.first.items() if name in record.structure.weights), default=0.0)
    return edits.optimizer("learning_rate", rate / max(10.0, first / STEP))


def less_decay(record: Record, edits: Edits) -> list[str]:
    """A hundredth of each weight decay, where weights have shrunk to less than half."""
    start, last = record.start.layers, record.last.layers
    if not any(last[name].weight < start[name].weight / 2 for name in record.structure.weights):
        return []
    options = {option: getattr(record.experiment.optimizer, option) for option in ("l1", "l2", "weight_decay")}
    return [change for option, value in options.items() if value for change in edits.optimizer(option, value / 100)]


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


def unscaled(record: Record, finding: Finding, edits: Edits) -> Remedy:
    return Remedy("standardize the inputs: mean 0 and deviation 1 on the training rows", edits.standardize())


def far(record: Record, finding: Finding, edits: Edits) -> Remedy:
    text = "scale the target to mean 0 and deviation 1; predictions and metrics stay in its own units"
    return Remedy(text, edits.scale_target())


def nothing(record: Record, finding: Finding, edits: Edits) -> Remedy:
    """No other check found a reason."""
    rate = record.experiment.optimizer.learning_rate
    first = median([ratio for name, ratio in record.first.items() if name in record.structure.weights] or [STEP])
    if first < FAINT_STEP:
        return Remedy(f"take larger steps: the first one changed the weights by {first:.1g} of their size",
                      edits.optimizer("learning_rate", rate * STEP / max(first, 1e-12)))
    return Remedy("nothing else was found: train longer, or with more layers and units, and see whether the inputs can "
                  "tell the target at all", [])


def overfitting(record: Record, finding: Finding, edits: Edits) -> Remedy:
    """Stop at the turn; or make it harder to learn by heart."""
    epochs = record.experiment.training.epochs
    others = [Remedy("make units that cannot rely on each other, with dropout behind each hidden layer",
                     edits.dropout()),
              Remedy("keep the weights small", edits.decay(SHRINK))]
    text = "stop at the turn, with the weights of the best epoch; more rows are the best cure, where they can be had"
    return Remedy(text, edits.early_stop(max(5, epochs // 20)), [other for other in others if other.patch])


BY_CAUSE = {"input_scale": unscaled, "target_scale": far, "nothing_learned": nothing, "overfitting": overfitting,
            "init_too_large": init, "init_too_small": init, "vanishing_gradients": vanishing,
            "exploding_gradients": exploding,
            "dead_units": dead, "saturated_units": saturated, "not_finite": not_finite}
