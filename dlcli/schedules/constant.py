"""The same share of the learning rate at every step."""

from typing import Annotated

from annotated_types import Gt

from dlcli.engine.schedule import Schedule


class Constant(Schedule):
    """Multiplies the learning rate by one number, from the first step to the last."""

    value: Annotated[float, Gt(0)] = 1.0
    """The number."""

    def factor(self, step, span):
        return self.value
