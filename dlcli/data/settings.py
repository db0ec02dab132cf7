"""The section `data` of a config."""

from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Gt, Le, Len, Lt

from dlcli.engine.component import Component, Family

Bounds = Annotated[list[Annotated[int, Ge(1)]], Len(1, 15)]
"""Steps at which buckets of rows end."""
Share = Annotated[float, Ge(0), Lt(1)]


class Split(Component):
    """Shares of the rows. What a source already delivers as a split of its own (a test file) is left as it is, and
    only the rest is divided."""

    family: ClassVar[str] = "section"

    train: Annotated[float, Gt(0), Le(1)] | None = None
    """Share for training; left out, what the others leave."""
    validation: Share = 0.0
    """Share for choosing: early stopping, best epoch, learning-rate plateaus."""
    test: Share = 0.0
    """Share that training never sees."""
    stratify: bool | None = None
    """Keep each class's share equal in every split. Default: for classification, yes."""
    shuffle: bool = True
    """Draw the splits at random (by the seed); no: cut the rows in their order."""
    seed: Annotated[int, Ge(0), Le(2**63 - 1)] | None = None
    """What the splits are drawn by. Default: the `seed` of the config. Give that of the earlier run if `init_from`
    starts from one: with another the rows held out here would be among those that it has learned."""


class DataSettings(Component):
    """Where the rows come from, how they are divided, and what is done to them before the network sees them."""

    family: ClassVar[str] = "section"

    source: Annotated[object, Family("data.sources")]
    """A data source: `digits`, `csv: {...}`, ..."""
    split: Split = Split()
    """How the rows are divided."""
    prepare: Annotated[object, Family("data.prepare", many=True)] = ()
    """Steps that change the features, each fitted on the training split only."""
    augment: Annotated[object, Family("data.augment", many=True)] = ()
    """Random changes of the training pictures, anew in each epoch, before they are prepared."""
    positive: str | int | bool | None = None
    """The class that precision, recall and F1 of a binary task are about. Default: the one that says yes (1, true, yes,
    positive), else the rarer label of all rows. No split and no seed changes it."""
    buckets: Literal["auto"] | Annotated[int, Ge(1), Le(16)] | Bounds = "auto"
    """Rows that differ in length (texts, recordings) are computed together with others of about their length, so that
    little is padded: in so many buckets, or in those that end at the given steps; longer rows are one more. `auto`: the
    fewest, at most 8, with which padded steps are within 10 % of the real ones. 1: all rows together. It changes which
    rows make a batch, never what a network gives for one."""
    sampling: Literal["uniform", "balanced"] = "uniform"
    """`uniform`: each row once an epoch; `balanced`: each class equally often, rows of rare classes drawn again."""
