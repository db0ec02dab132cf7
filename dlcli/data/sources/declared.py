"""Shapes without rows, for networks that are checked and not trained."""

from typing import Annotated, ClassVar

from annotated_types import Ge, Len

from dlcli.data.dataset import Data
from dlcli.data.files.find import Files
from dlcli.data.sources._source import Classes, Source
from dlcli.data.table import Table
from dlcli.engine.component import Component
from dlcli.engine.spec import Spec
from dlcli.errors import ConfigError

Sizes = list[Annotated[int, Ge(1)]]


class Field(Component):
    """One input of a network."""

    family: ClassVar[str] = "section"

    shape: Sizes = ()
    """Shape of one row's value."""
    size: Annotated[int, Ge(1)] | None = None
    """For ids: they lie between 0 and size - 1. Left out, the values are numbers."""
    lengths: bool = False
    """Whether each row has a length of its own along the first axis."""


class Declared(Source):
    """What data would look like: `dlcli check` gives shapes, parameters and memory of a network for it. Nothing can be
    trained."""

    shape: Sizes | None = None
    """Shape of one row, such as `[28, 28, 1]`, if there is one input of numbers."""
    inputs: dict[str, Field] | None = None
    """Several inputs by name, or one of ids: `{tokens: {shape: [1024], size: 50257}}`."""
    classes: Classes | None = None
    """Number of classes, for classification."""
    target: Annotated[Sizes, Len(1)] | None = None
    """Shape of the target: of a row's values for regression, of its class ids if each position has a class. Default:
    one class per row."""

    def __post_init__(self):
        if (self.shape is None) == (self.inputs is None):
            raise ValueError("one of `shape` and `inputs` is needed")
        if self.classes is None and self.target is None:
            raise ValueError("one of `classes` and `target` is needed, or both")

    def specs(self) -> Data:
        fields = {"x": Field(shape=self.shape)} if self.inputs is None else self.inputs
        inputs = {
            name: Spec(f.shape, "float" if f.size is None else "int", f.size, f.lengths) for name, f in fields.items()
        }
        if self.classes is None:
            return Data({}, inputs, Spec(self.target), "regression")
        labels = [str(i) for i in range(self.classes)]
        return Data(
            {},
            inputs,
            Spec(self.target or (), "int", self.classes),
            "classification",
            labels,
            1 if self.classes == 2 else None,
        )

    def load(self, files: Files, seed: int) -> dict[str, Table]:
        raise ConfigError("data.source.declared", "has no rows to train on", "name a source with data")
