"""The sections of a config, from the top: one class is the whole definition, as for components."""

from typing import Annotated, ClassVar

from annotated_types import Ge, Le, MinLen

from dlcli.config.schema.fields import Entries, fields
from dlcli.config.schema.pattern import Pattern
from dlcli.data.settings import DataSettings
from dlcli.engine.component import Component, Family
from dlcli.training.settings import InitFrom, Training

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
ENTRY_NAME = r"^[A-Za-z][A-Za-z0-9_-]*$"
REFERENCE = r"^[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)?$"

RunName = Annotated[
    str,
    Pattern(NAME, "a name (letters, digits, '.', '_' and '-', at most 64, beginning with a letter or digit)", "names"),
]
EntryName = Annotated[
    str, Pattern(ENTRY_NAME, "a name (letters, digits, '_' and '-', beginning with a letter)", "names")
]
Reference = Annotated[
    str, Pattern(REFERENCE, "the name of an entry above (or `input`, `<entry>.<output>`)", "names of entries above")
]


class Root(Component):
    """A run: data, network, loss, optimizer, and how to train."""

    family: ClassVar[str] = "section"

    name: RunName | None = None
    """Name of the run, and of its folder. Default: the name of the config file."""
    seed: Annotated[int, Ge(0), Le(2**63 - 1)] = 0
    """Everything random follows from it: the same config and seed give the same bytes."""
    data: DataSettings
    """Where the rows come from, and what is done to them."""
    network: Annotated[object, Entries()]
    """The layers, as a list: each reads the one before it unless it says `from`."""
    loss: Annotated[object, Family("losses")]
    """What training makes small."""
    optimizer: Annotated[object, Family("optimizers")]
    """How gradients change the parameters."""
    schedule: Annotated[object, Family("schedules", many=True)] = ()
    """Factors on the learning rate; several multiply."""
    metrics: Annotated[object, Family("metrics", many=True)] | None = None
    """What is reported beside the loss. Default: the usual ones of the task."""
    training: Training = Training()
    """How long, in what batches, and within what limits."""
    init_from: InitFrom | None = None
    """Start from the parameters of an earlier run."""



class Entry(Component):
    """What an entry of the network may say beside its kind. `from` is called `inputs` here, as Python reserves the
    word."""

    family: ClassVar[str] = "section"

    name: EntryName | None = None
    """Name of the entry; parameters are called `<name>.<parameter>`. Default: the kind and a running count, as
    `relu2`."""
    inputs: Reference | Annotated[list[Reference], MinLen(1)] | None = None
    """What the entry reads: names of entries above it, or `input`. Default: the entry before it."""
    trainable: bool = True
    """Whether its parameters are changed by training."""


SIBLINGS = {"name": "name", "from": "inputs", "trainable": "trainable"}
"""Keys beside the kind of an entry, and their fields in `Entry`."""


class Repeat(Component):
    """The same layers several times in a row, each time with parameters of its own. Copies are called `<name>_1`,
    `<name>_2`, ..."""

    family: ClassVar[str] = "sugar"

    times: Annotated[int, Ge(1), Le(2000)]
    """How often."""
    layers: Annotated[object, Entries()]
    """What is repeated. Names in it refer to the same copy first."""


class Residual(Component):
    """Adds what the layers compute to what they read: y = shortcut(x) + layers(x) (He et al. 2016).

    The entry's name stands for the sum.
    """

    family: ClassVar[str] = "sugar"

    layers: Annotated[object, Entries()]
    """The layers f of x + f(x)."""
    shortcut: Annotated[object, Entries()] = ()
    """Layers on the other way, if x does not have the shape of f(x). Default: x itself."""


SUGAR = {"repeat": Repeat, "residual": Residual}
"""Entries that stand for several."""


def sections() -> dict[str, type[Component]]:
    """The sections of the config by path; the config itself has the path ""."""
    def below(cls, path):
        for field in fields(cls).values():
            if field.section:
                yield path + field.name, field.section
                yield from below(field.section, f"{path}{field.name}.")

    return {"": Root} | dict(below(Root, ""))


def option_paths() -> list[str]:
    """Every option of every section, such as `training.early_stop.patience`."""
    return [f"{path}.{name}".lstrip(".") for path, cls in sections().items() for name in fields(cls)]
