"""Changes to a config as overrides, in the path grammar of the design: `network.linear3.linear.init=he`.

A network entry goes by its name in the file; one inside a `repeat` stands for all its copies there.
"""

import json
import re

from dlcli.engine import registry
from dlcli.engine.component import Component
from dlcli.health.structure import RECTIFYING, STRAIGHT, Structure
from dlcli.training.experiment import Experiment


class Edits:
    """Overrides for one experiment. Each method returns those that change something, as a list."""

    def __init__(self, experiment: Experiment, structure: Structure):
        self.experiment, self.structure = experiment, structure
        self.entries = {entry["name"]: entry for entry in _entries(experiment.values.get("network", []))}

    @staticmethod
    def each(edit, names: list[str], *arguments) -> list[str]:
        """An edit of several entries; copies of a `repeat` are edited as one."""
        return list(dict.fromkeys(change for name in names for change in edit(name, *arguments)))

    def init(self, name: str, kind: str) -> list[str]:
        """Start the weights of a layer with another initializer."""
        layer = self.structure.nodes[name].layer
        if not hasattr(layer, "init") or (_kind(layer.init) == kind and not _scaled(layer.init)):
            return []
        return [f"network.{self.place(name)}.{layer.kind}.init={kind}"]

    def fitting_init(self, name: str) -> list[str]:
        """The initializer that keeps signals alive with the activation behind the layer: he for relu and its relatives, else glorot."""
        activation = self.structure.activation(name)
        wanted = "he" if activation and self.structure.kind(activation) in RECTIFYING + STRAIGHT else "glorot"
        return self.init(name, wanted)

    def zero_bias(self, name: str) -> list[str]:
        layer = self.structure.nodes[name].layer
        if not hasattr(layer, "bias_init") or _kind(layer.bias_init) == "zeros":
            return []
        return [f"network.{self.place(name)}.{layer.kind}.bias_init=zeros"]

    def replace(self, name: str, kind: str) -> list[str]:
        """Put another kind of layer in an entry's place; what the entry reads stays."""
        place = self.place(name)
        beside = {key: value for key, value in self.entries.get(place, {}).items() if key in ("from", "trainable")}
        more = "".join(f", {key}: {_flow(value)}" for key, value in beside.items())
        return [f"network.{place}={{{kind}: {{}}{more}}}" if more else f"network.{place}={kind}"]

    def normalise(self, name: str, kind: str) -> list[str]:
        """Insert a normalisation right behind a layer."""
        return [f"+network.after.{self.place(name)}={{{kind}: {{}}}}"]

    def optimizer(self, option: str, value: float) -> list[str]:
        """Another value for an option of the optimizer, to one significant digit."""
        return [f"optimizer.{self.experiment.optimizer.kind}.{option}={float(f'{value:.1g}'):g}"]

    def clip(self) -> list[str]:
        limit = self.experiment.training.clip_norm
        return [] if limit is not None and limit <= 1 else ["training.clip_norm=1.0"]

    def standardize(self) -> list[str]:
        """Standardize the inputs, after whatever else is done to them; nothing where that is done, or cannot be."""
        prepare = self.experiment.values.get("data", {}).get("prepare", [])
        if "standardize" in map(_kind, prepare) or all(spec.dtype != "float" for spec in self.experiment.data.inputs.values()):
            return []
        return [f"data.prepare={_flow([*prepare, 'standardize'])}"]

    def place(self, name: str) -> str:
        """An expanded entry's name as the file has it: without the numbers of the copies of a `repeat`."""
        while name not in self.entries and (shorter := re.sub(r"_\d+$", "", name)) != name:
            name = shorter
        return name


def _entries(network: list):
    """Every entry of a stored network, those inside `repeat` and `residual` too."""
    for entry in network:
        yield entry
        for kind in ("repeat", "residual"):
            for part in ("layers", "shortcut"):
                yield from _entries(entry.get(kind, {}).get(part) or [])


def _kind(spec) -> str:
    return spec if isinstance(spec, str) else spec.kind if isinstance(spec, Component) else next(iter(spec))


def _scaled(spec) -> bool:
    """Whether an initializer is written with options that change its scale, so that its kind alone would be another one."""
    written, plain = registry.create("initializers", spec), registry.create("initializers", _kind(spec))
    return any(getattr(written, name) != getattr(plain, name) for name in plain.__dataclass_fields__ if name != "distribution")


def _flow(value) -> str:
    """A value as YAML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    plain = isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9_]*", value) and value not in ("true", "false", "null")
    return value if plain else json.dumps(value)
