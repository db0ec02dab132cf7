"""Which method computes a convolution: from the shapes alone, so that every machine computes the same bytes."""

from dlcli.kernels.conv import scatter, winograd
from dlcli.kernels.conv.contract import Convolution
from dlcli.kernels.conv.depthwise import Depthwise
from dlcli.kernels.conv.product import Product
from dlcli.kernels.windows import Axis, small


def fastest(h: Axis, w: Axis, channels: int, filters: int, groups: int) -> Convolution:
    """The fastest method. ValueError if the geometry is too large."""
    if winograd.suits(h, w, channels, filters, groups):
        return winograd.Winograd(h, w, channels, filters)
    return by_windows(h, w, channels, filters, groups)


def by_windows(h: Axis, w: Axis, channels: int, filters: int, groups: int) -> Convolution:
    """The fastest of those that know any geometry. ValueError if it is too large."""
    small(h, w)
    if groups == channels == filters > 1:
        return Depthwise(h, w, channels)
    if scatter.suits(h, w, channels, groups):
        return scatter.Scatter(h, w, channels, filters)
    return Product(h, w, channels, filters, groups)
