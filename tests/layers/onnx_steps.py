"""What an ONNX test case holds, and the steps in dlcli that do the same."""

from dataclasses import dataclass, field

import numpy as np

from .case import Case
from .rig import Rig


class LeftOut(Exception):
    """Why a case is not run."""


@dataclass
class Operator:
    """One node with the arrays that it reads (None where it leaves one out) and those that it must give."""

    name: str
    kind: str
    attributes: dict
    inputs: list
    outputs: list

    def __getitem__(self, name):
        return self.attributes.get(name)


@dataclass
class Step:
    """A layer with its parameters and buffers. `train`: whether it is run as in training."""

    kind: str
    options: dict = field(default_factory=dict)
    arrays: dict = field(default_factory=dict)
    train: bool = False


def run(step: Step, x):
    """The layer's output for a whole batch x, and the layer's buffers."""
    rig = Rig(Case(step.kind, step.options), x.shape[1:], rows=len(x), dtype=np.float32)
    unknown = step.arrays.keys() - rig.params.keys() - rig.buffers.keys()
    assert not unknown and step.arrays.keys() >= rig.params.keys(), (
        f"{step.kind} has not the arrays {step.arrays.keys()}"
    )
    for name, array in step.arrays.items():
        target = (rig.params if name in rig.params else rig.buffers)[name]
        assert target.shape == np.shape(array), f"{name} has shape {target.shape}, not {np.shape(array)}"
        target[...] = array
    rig.xs[0][...] = x
    return rig.forward(step.train), rig.buffers


def pictures(x, *steps):
    """Layers one after the other on channels last; x and the result have the channels first."""
    x = np.moveaxis(x, 1, -1)
    for step in steps:
        x, _ = run(step, x)
    return [np.moveaxis(x, -1, 1)]


def rows(x, step):
    """One layer on x as it is, the first axis being that of the batch."""
    return [run(step, np.atleast_2d(x))[0].reshape(x.shape)]
