"""Copies of pictures, place by place."""


def whole_places(array):
    """An array without its last axis: all channels of a place as one element, which a copy moves at once, twice as fast
    or better."""
    return array.view(f"V{array.shape[-1] * array.itemsize}")[..., 0]
