import numpy as np

from dlcli.engine import expect
from dlcli.engine.layer import Layer
from dlcli.kernels.functions import ZERO, positive_part


class Relu(Layer):
    """max(x, 0), element by element (Nair and Hinton 2010). The slope at 0 is taken as 0."""

    activation = "rectifying"

    def build(self, x):
        expect.numbers(x)
        return x

    def forward(self, x, y, train):
        positive_part(x, y)

    def backward(self, x, y, dy, dx):
        np.greater(y, ZERO, dx)
        np.multiply(dx, dy, dx)

    def piece(self, x, y):
        return x > 0
