"""Layers that can compute the relu beside them in the same pass: their `rectified` says whether they do."""

import copy


def rectified(layer):
    """A copy that computes the relu too."""
    both = copy.copy(layer)
    both.rectified = True
    return both
