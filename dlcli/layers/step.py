import numpy as np

from dlcli.engine import expect
from dlcli.engine.layer import Layer
from dlcli.kernels.functions import ZERO


class Step(Layer):
    """1 if x >= 0, else 0: the threshold unit (McCulloch and Pitts 1943; Rosenblatt 1958).

    Its derivative is 0 wherever it exists, so nothing before it learns through it. Loss `perceptron` reads the score
    before a final step; for hidden layers take `sigmoid` or `relu`.
    """

    apart = True
    differentiable = False

    def build(self, x):
        expect.numbers(x)
        return x

    def forward(self, x, y, train):
        np.greater_equal(x, ZERO, y)

    def backward(self, x, y, dy, dx):
        dx.fill(0)

    def piece(self, x, y):
        return x >= 0
