"""Layers that compute the relu beside them in the same pass (`Layer.fuse`): their `rectified` says whether they do."""

import copy


def rectified(layer):
    """A copy that computes the relu too."""
    both = copy.copy(layer)
    both.rectified = True
    return both


def with_relu(layer, following: list):
    """The contract of `Layer.fuse`, for a layer that takes in the relu right behind it and nothing else."""
    return (rectified(layer), 1) if following[0].kind == "relu" else None
