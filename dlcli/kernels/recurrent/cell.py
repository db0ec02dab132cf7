"""What a recurrent cell is to the layers: the arrays that it needs, and its way through a sequence and back."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np

from dlcli.kernels.recurrent import products
from dlcli.kernels.recurrent.ends import Ends


class Need(NamedTuple):
    """An array of a cell: shape without the batch axis, which stands at `axis` (None: it has none)."""

    shape: tuple
    axis: int | None


class Back(NamedTuple):
    """What a cell is asked for from outside, as gradients. dh (steps, rows, units): of each step's h. last: of h (and
    c) behind each row's last real step, all of which count."""

    dh: np.ndarray
    last: list[list[np.ndarray]]


class Cell(ABC):
    """One recurrent cell of `units`, over `steps` steps of `inputs` numbers.

    Its arrays come as a dict by the names in `kept` (from forward to backward), `scratch` (for one call) and
    `learned`. Rows are sorted (see `Ends`); at each step only those that are under way are computed, and what lies
    behind the ends of others is neither read nor written. dz (gates, steps, rows, units) is packed: of the real steps
    one behind the other, (gates, real, units) at the front of the memory of each gate.
    """

    gates: int
    carried: int = 1
    """Arrays that it carries from step to step: h, for an LSTM c too."""

    def __init__(self, inputs: int, units: int, steps: int):
        self.inputs, self.units, self.steps = inputs, units, steps

    @property
    def learned(self) -> dict[str, tuple]:
        """Shapes of W, U and b, the gates side by side along the last axis."""
        wide = self.gates * self.units
        return {"W": (self.inputs, wide), "U": (self.units, wide), "b": (wide,)}

    @property
    def kept(self) -> dict[str, Need]:
        sequence = Need((self.steps + 1, self.units), 1)
        return {"h": sequence, "z": Need((self.gates, self.steps, self.units), 2)}

    @property
    def scratch(self) -> dict[str, Need]:
        gates, units = self.gates, self.units
        return {"w": Need((gates, self.inputs, units), None), "u": Need((gates, units, units), None),
                "bias": Need((gates, units), None), "wt": Need((gates, units, self.inputs), None),
                "ut": Need((gates, units, units), None), "now": Need((gates, units), 1),
                "dz": Need((gates, self.steps, units), 2), "back": Need((units,), 0), "dh": Need((units,), 0),
                "work": Need((units,), 0), "packed": Need((self.steps, max(self.inputs, units)), 1)}

    def sequences(self, a: dict[str, np.ndarray]) -> list[np.ndarray]:
        """Views (steps + 1, rows, units) of what is carried, h first: [0] is what the rows begin with, [t + 1] what
        step t gives."""
        return [a["h"]]

    @abstractmethod
    def forward(self, a: dict[str, np.ndarray], x: np.ndarray, ends: Ends) -> None:
        """Write what is kept for x (steps, rows, inputs), from what the sequences begin with."""

    @abstractmethod
    def backward(self, a: dict[str, np.ndarray], x: np.ndarray, asked: Back, ends: Ends) -> None:
        """Write dz, and dW, dU, db and what is asked of the beginning: `back` (and `dc`)."""

    def beginning(self, a: dict[str, np.ndarray]) -> list[np.ndarray]:
        """Gradients of what the rows begin with, (rows, units) each. After a backward."""
        return [a["back"]]

    def input_gradient(self, a: dict[str, np.ndarray], work: np.ndarray, dx: np.ndarray, ends: Ends) -> None:
        """Write the gradient of x to dx. work: memory of its shape. After a backward."""
        products.transposed(a["W"], a["wt"])
        products.input_gradient(self.real(a, ends), a["wt"], work, dx, ends)

    def real(self, a: dict[str, np.ndarray], ends: Ends) -> np.ndarray:
        """dz of the real steps (gates, real, units)."""
        return a["dz"].reshape(self.gates, -1, self.units)[:, :ends.real]

    @abstractmethod
    def fade(self, a: dict[str, np.ndarray], step: int, signal: list[np.ndarray]) -> list[np.ndarray]:
        """A gradient of what step `step` gives (h, and c if it is carried), as a gradient of what the step began with;
        in new arrays. Of the first rows, as many as the signal has. After a forward."""

    def probes(self, a: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Gates by name, (rows, steps, units); rows are sorted, and what lies behind their ends means nothing."""
        return {}
