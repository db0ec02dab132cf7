"""The rule that adam and adamw share."""

from math import sqrt

import numpy as np

SLOTS = ("mean", "square")
"""Running sums of g and of g^2. Adam's moments are m = (1 - beta1) * mean and v = (1 - beta2) * square: leaving these
two constants out of the arrays and in the scalars saves two of twelve passes."""


def scalars(step: int, learning_rate: float, beta1: float, beta2: float, epsilon: float) -> tuple:
    """(rate, epsilon) with which w -= rate * mean / (sqrt(square) + epsilon) is Adam's step with both bias
    corrections."""
    root = sqrt((1 - beta2) / (1 - beta2 ** step))
    return learning_rate * (1 - beta1) / ((1 - beta1 ** step) * root), epsilon / root


def update(theta, grad, slots, work, rate: float, epsilon: float, beta1: float, beta2: float) -> None:
    """One step on a block; spoils grad."""
    mean, square = slots
    mean *= beta1
    mean += grad
    square *= beta2
    grad *= grad
    square += grad
    np.sqrt(square, work)
    work += epsilon
    np.divide(mean, work, work)
    work *= rate
    theta -= work
