"""One row of the table of layers."""

from collections.abc import Callable
from dataclasses import dataclass, field

from dlcli.engine.spec import Spec

FLAT, GRID = (5,), (3, 4, 5)
STEPS = Spec((6, 5), lengths=True)


@dataclass
class Case:
    kind: str
    options: dict = field(default_factory=dict)
    inputs: tuple = (FLAT, GRID, STEPS)
    torch: Callable | None = None
    scale: float = 1.0      # of the parameters, which are 0.5 to 1.5 else: too much if they act again and again

    def __str__(self):
        return "-".join([self.kind, *(f"{name}={value}" for name, value in self.options.items())])
