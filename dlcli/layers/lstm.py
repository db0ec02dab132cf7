from dlcli.engine import registry
from dlcli.engine.initializer import Initializer
from dlcli.kernels.recurrent.lstm import LstmCell
from dlcli.layers._recurrent import Recurrent


class Lstm(Recurrent):
    """Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000).

    i, f, o = sigmoid(x[t] W + h[t-1] U + b) and g = tanh of the same, each with weights of its own; c[t] = f c[t-1] +
    i g, h[t] = o tanh(c[t]). x: (steps, channels); y: (steps, units), or (units,) with `returns: last`; twice as wide
    with `direction: both`. A second input is the state that it begins with, else zeros. The named output `state` (2,
    units), h and c behind each row's last real step; (2, cells, units) if there are several. Padded steps change
    nothing, and give 0. Parameters: W (channels, 4 units), U (units, 4 units), b (4 units,), the gates in the order i,
    f, g, o, as in PyTorch, whose two biases are one here.
    """

    forget_bias: float = 1.0
    """Added to what the forget gate's part of b starts with. At 0 a cell begins by forgetting half of what it has at
    each step, and errors fade as fast; with 1 it begins by keeping 73 % (Gers et al. 2000; Jozefowicz et al. 2015, who
    advise it for every LSTM). PyTorch adds nothing."""

    def _cell(self, inputs, steps):
        return LstmCell(inputs, self.units, steps)

    def _bias(self):
        return ForgetBias(init=self.bias_init, value=self.forget_bias)


class ForgetBias(Initializer):
    """Another initializer, with a number added to the second of four parts. It is none that a config names."""

    init: object
    value: float

    def sample(self, rng, shape):
        found = registry.create("initializers", self.init).sample(rng, shape)
        found.reshape(4, -1)[1] += self.value
        return found
