"""The contract of what a check measures at the entries of a network."""

from typing import ClassVar

from dlcli.engine.layer import Layer


class Gauge:
    """Looks on while samples pass one entry, and sums them up, `Measures.gauged[name]`.

    A check names its gauge; every state that is measured then has the sum, of each entry that the gauge fits.
    """

    name: ClassVar[str]
    """What is measured, as evidence says it: the share of units that is `dead`."""
    missing: ClassVar[str]
    """What to say if it fits no entry."""

    def __init__(self, layer: Layer):
        self.layer = layer

    @classmethod
    def fits(cls, layer: Layer) -> bool:
        """Whether there is something to measure at a layer."""
        raise NotImplementedError

    def see(self, x, y) -> None:
        """Asked right after the layer's forward pass over some of the samples, while `layer.probes()` and all that it
        keeps are those of this pass; they must be so afterwards, too."""
        raise NotImplementedError

    def back(self, dy) -> None:
        """Asked right before the layer's backward pass, with the gradient of what it gave."""

    def value(self):
        """The number, over all samples seen; or several of them, if one is not enough."""
        raise NotImplementedError
