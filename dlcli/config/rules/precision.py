"""Numbers of a config against the precision that computes with them: what float32 cannot hold is 0 or infinite."""

from collections.abc import Iterator

import numpy as np

from dlcli.config.config import Config
from dlcli.config.text.problem import Problem
from dlcli.training.experiment import Experiment


def precision(config: Config, experiment: Experiment) -> Iterator[Problem]:
    """The numbers beside the arrays of a step are some in their precision."""
    dtype = experiment.dtype
    parts = [(f"{spec.path}.{spec.kind}", spec.options) for spec in config.entries]
    parts += [(family, config.values[family]) for family in ("loss", "optimizer")]
    training = config.values["training"]
    parts += [(f"training.{name}", training[name]) for name in ("clip_norm", "clip_value", "adversarial")]
    hint = f"{dtype} holds numbers of about {np.finfo(dtype).tiny:.1g} to {np.finfo(dtype).max:.1g}"
    hint += "; `training.dtype: float64` goes further" if dtype.name == "float32" else ""
    for path, value in _floats(parts):
        if said := beyond(value, dtype):
            yield config.problem(path, f"{value:g} is {said}", hint)


def _floats(parts):
    """(path, number) of every float in values of this form."""
    for path, value in parts:
        if isinstance(value, dict | list):
            steps = value.items() if isinstance(value, dict) else enumerate(value)
            yield from _floats((f"{path}.{key}", inner) for key, inner in steps)
        elif isinstance(value, float):
            yield path, value


def beyond(value: float, dtype: np.dtype) -> str | None:
    """What to say of a number that is none in this precision."""
    with np.errstate(all="ignore"):
        held = dtype.type(value)
    if not np.isfinite(held):
        return f"too large for {dtype}"
    return f"so small that {dtype} makes it 0" if value and not held else None
