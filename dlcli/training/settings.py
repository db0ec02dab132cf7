"""The sections `training`, `training.early_stop`, `training.checkpoint` and `init_from` of a config."""

from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Gt, Le, Len

from dlcli.engine.component import Component


class EarlyStop(Component):
    """Ends training when the monitored value no longer improves, or when the training split is learned by heart."""

    family: ClassVar[str] = "section"

    patience: Annotated[int, Ge(1)] | None = None
    """Epochs without improvement before training ends. Default: 10, or any number if `mistakes` is set."""
    min_delta: Annotated[float, Ge(0)] = 0.0
    """Smallest change that counts as an improvement."""
    restore_best: bool = True
    """Whether the best weights are put back at the end."""
    mistakes: Annotated[int, Ge(0)] | None = None
    """End as soon as an epoch made at most this many mistakes on the training split, and the weights that it ended with
    make no more (perceptron: 0); that epoch is then the best."""


class Checkpoints(Component):
    """When a run is saved. The last epoch is always saved; how often does not change the weights."""

    family: ClassVar[str] = "section"

    every_steps: Annotated[int, Ge(1)] | None = None
    """Save after this many steps, besides the rule of seconds."""
    every_seconds: Annotated[float, Ge(0)] = 30.0
    """Save when this long has passed since the last time, at the end of a step."""
    keep: Annotated[int, Ge(1)] = 2
    """How many of the newest checkpoints are kept beside the best."""


MOST_STEPS = 10_000
"""Steps of an attack, at most."""


class Adversarial(Component):
    """Training on inputs that are moved, within bounds, to where the network errs most (Goodfellow et al. 2015, Madry
    et al. 2018).

    In every step the batch is first attacked with the weights as they are, and then learned. The attack sees the
    network as it predicts: without dropout, with the running statistics of `batch_norm`.
    """

    family: ClassVar[str] = "section"

    attack: Literal["fgsm", "pgd"] = "pgd"
    """`fgsm`: one step of length `epsilon` along the sign of the gradient. `pgd`: several smaller steps from a random
    place within `epsilon`. A network that is trained with `fgsm` may learn to withstand only this one step; one that is
    trained with `pgd` withstands both."""
    epsilon: Annotated[float, Gt(0)]
    """How far each number may be moved: for pictures on a scale from black, 0, to white, 1; for other inputs in the
    units that the network reads."""
    steps: Annotated[int, Ge(1), Le(MOST_STEPS)] | None = None
    """Steps of `pgd`. Default: 10. Each costs a pass forward and backward."""
    step_size: Annotated[float, Gt(0)] | None = None
    """Length of a step of `pgd`, in the units of `epsilon`. Default: 2.5 * epsilon / steps."""
    share: Annotated[float, Gt(0), Le(1)] = 1.0
    """Share of each batch that is attacked: of each of its `shards` this share, rounded to whole rows. The rest is
    learned as it is (Kurakin et al. 2017)."""

    def __post_init__(self):
        for option in ("steps", "step_size"):
            if self.attack == "fgsm" and getattr(self, option) is not None:
                raise ValueError(f"fgsm is a single step of length epsilon, and {option} is an option of pgd")


BatchSize = Annotated[int, Ge(1)] | Literal["all"] | Annotated[dict[Literal["tokens"], Annotated[int, Ge(1)]], Len(1)]


class Training(Component):
    """How long, in what batches, and within what limits a network is trained."""

    family: ClassVar[str] = "section"

    epochs: Annotated[int, Ge(1)] = 10
    """Passes over the training split. With `steps` it says nothing."""
    steps: Annotated[int, Ge(1)] | None = None
    """How long to train, in steps instead of passes over the training split; the last pass ends where they do."""
    validate_every: Annotated[int, Ge(1)] | None = None
    """With `steps`: validate after this many. They are then what an epoch is, for the curves, early stopping and
    schedules; how often the data are passed through does not matter to them. Default: after each pass."""
    batch_size: BatchSize = 32
    """Rows per batch: `all` is batch gradient descent, 1 is one sample at a time, anything between is mini-batches.
    `{tokens: 4000}`: as many rows as make about so many steps, padding counted, more of them where rows are short (see
    `data.buckets`).
    The last batch of an epoch has the rows that are left; with `batch_norm`, a single one joins the batch before it."""
    accumulate: Annotated[int, Ge(1)] = 1
    """Batches whose gradients are added before one step: the step of a batch this many times as large, in the memory of
    one."""
    shuffle: bool = True
    """Whether each epoch goes through the rows in a new order."""
    clip_norm: Annotated[float, Gt(0)] | None = None
    """Scale the gradient down if its norm over all parameters is above this (Pascanu et al. 2013). The norm that is
    reported is the one before."""
    clip_value: Annotated[float, Gt(0)] | None = None
    """Cut each element of the gradient to [-clip_value, clip_value]; if both are set, before its norm is taken."""
    monitor: str | None = None
    """Which value picks the best epoch and ends early: `validation.loss`, `validation.accuracy`, `train.loss`, ...
    Default: `validation.loss` if there is a validation split, else `train.loss`; with the loss `perceptron`, which
    is 0 for a network of zeros, the accuracy. If the best weights are kept (with `monitor` or
    `early_stop`), a `train.` value is that of the weights after the epoch, in evaluation mode: this takes one more pass
    over the training split. The curves show the mean over the steps of the epoch."""
    early_stop: EarlyStop | None = None
    """Early stopping; left out, all epochs are run."""
    adversarial: Adversarial | None = None
    """Learn from attacked inputs; left out, from the inputs as they are."""
    checkpoint: Checkpoints = Checkpoints()
    """When the run is saved."""
    dtype: Literal["float32", "float64"] = "float32"
    """Precision of all arithmetic."""
    shards: Annotated[int, Ge(1)] | Literal["auto"] = "auto"
    """Micro-shards per batch: part of the result, unlike the number of workers. `auto` takes 1 for small steps and 2
    for large ones."""

    def __post_init__(self):
        if self.validate_every is not None and self.steps is None:
            raise ValueError("validate_every counts the steps of a training whose length is given in `steps`")


class InitFrom(Component):
    """Start from the parameters of an earlier run."""

    family: ClassVar[str] = "section"

    run: str
    """Run folder."""
    layers: list[str] | Literal["all"] = "all"
    """Entries to take over by name; `all` takes every name that both networks have."""
