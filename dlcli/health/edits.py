"""Changes to a config as overrides, in the path grammar of the design: `network.linear3.linear.init=he`.

A network entry goes by its name in the file; one inside a `repeat` stands for all its copies there.
"""

import re

from dlcli.engine import registry
from dlcli.engine.component import Component
from dlcli.health.structure import Structure
from dlcli.storage.strict_json import as_read
from dlcli.text import flow
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
        """The initializer that keeps signals alive with the activation behind the layer: he for relu and its relatives,
        else glorot."""
        activation = self.structure.activation(name)
        open_ended = activation and self.structure.layer(activation).activation != "squashing"
        return self.init(name, "he" if open_ended else "glorot")

    def zero_bias(self, name: str) -> list[str]:
        layer = self.structure.nodes[name].layer
        if not hasattr(layer, "bias_init") or _kind(layer.bias_init) == "zeros":
            return []
        return [f"network.{self.place(name)}.{layer.kind}.bias_init=zeros"]

    def orthogonal(self, name: str) -> list[str]:
        """Start the recurrent weights of a layer with an orthogonal matrix, which keeps the length of a signal; of relu
        times sqrt(2), as it lets half of the units through."""
        layer = self.structure.nodes[name].layer
        if not hasattr(layer, "recurrent_init"):
            return []
        gain = 1.41 if getattr(layer, "nonlinearity", "tanh") == "relu" else 1.0
        now = registry.create("initializers", layer.recurrent_init)
        if now.kind == "orthogonal" and abs(now.gain - gain) < 0.1:
            return []
        wanted = "orthogonal" if gain == 1 else flow({"orthogonal": {"gain": gain}})
        return [f"network.{self.place(name)}.{layer.kind}.recurrent_init={wanted}"]

    def remember(self, name: str, forget_bias: float) -> list[str]:
        """Let an LSTM begin by keeping more of its state."""
        layer = self.structure.nodes[name].layer
        if layer.kind != "lstm" or layer.forget_bias >= forget_bias:
            return []
        return [f"network.{self.place(name)}.lstm.forget_bias={forget_bias:g}"]

    def swap(self, name: str, kind: str) -> list[str]:
        """Another kind of layer in an entry's place, with those of its options that the other has too; it starts in its
        own way."""
        place, layer = self.place(name), self.structure.nodes[name].layer
        entry, known = self.entries.get(place, {}), registry.find("layers", kind).__dataclass_fields__
        usual = type(layer).__dataclass_fields__
        shared = {option: value for option, value in entry[layer.kind].items()
                  if option in known and not option.endswith("init")}
        options = {option: value for option, value in shared.items() if value != usual[option].default}
        beside = {key: value for key, value in entry.items() if key in ("from", "trainable")}
        return [f"network.{place}={flow({kind: options} | beside)}"]

    def replace(self, name: str, kind: str) -> list[str]:
        """Put another kind of layer in an entry's place; what the entry reads stays."""
        place = self.place(name)
        beside = {key: value for key, value in self.entries.get(place, {}).items() if key in ("from", "trainable")}
        more = "".join(f", {key}: {flow(value)}" for key, value in beside.items())
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
        """Standardize the inputs, after whatever else is done to them; nothing if that is done to all of them, or
        cannot be. Pictures keep their look: each channel is scaled as a whole, or all of a picture whose rows are
        flat."""
        data = self.experiment.data
        done = [step["standardize"] for step in self.prepare if _kind(step) == "standardize"]
        numbers = any(spec.dtype == "float" for spec in data.inputs.values())
        if not numbers or any(not options["columns"] for options in done):
            return []
        pictures = [column for column in data.columns if column.picture]
        if pictures and len(pictures) == len(data.inputs):
            flat = any(len(column.shape) == 1 for column in pictures)
            return self.with_step({"standardize": {"per": "all" if flat else "channel"}})
        return self.with_step("standardize", "standardize")

    def early_stop(self, patience: int) -> list[str]:
        """End at the turn of the monitored value, with the best weights."""
        if self.experiment.training.early_stop is not None:
            return ["training.early_stop.restore_best=true"]
        return [f"training.early_stop={{patience: {patience}}}"]

    def dropout(self) -> list[str]:
        """Dropout behind each activation between two layers with weights, if nothing random is
        yet."""
        structure, behind = self.structure, []
        for name in structure.weights:
            last = structure.activation(name)
            if last and last != structure.output:
                readers = map(structure.layer, structure.readers[last])
                behind += [] if any(reader.uses_rng for reader in readers) else [last]
        return self.each(lambda name: [f"+network.after.{self.place(name)}={{dropout: {{p: 0.5}}}}"], behind)

    def decay(self, times: float) -> list[str]:
        """Weight decay that, over the whole training, would shrink a weight by a factor of e so many times; none if
        there is as much already."""
        optimizer, steps = self.experiment.optimizer, self.experiment.span.total_steps
        wanted = times / (optimizer.learning_rate * max(1, steps))
        enough = max(optimizer.weight_decay, optimizer.l2) >= wanted / 10 or optimizer.learning_rate * wanted >= 1
        return [] if enough else self.optimizer("weight_decay", wanted)

    def scale_target(self) -> list[str]:
        """Bring a regression's target to mean 0 and deviation 1."""
        return self.with_step("scale_target", "scale_target")

    @property
    def prepare(self) -> list[dict]:
        return self.experiment.values.get("data", {}).get("prepare", [])

    def with_step(self, step: str | dict, instead: str | None = None) -> list[str]:
        return [with_step(self.prepare, step, instead)]

    def shortcuts(self) -> list[str]:
        """Put `residual` around the layers of each `repeat` that gives what it reads the same shape, and has none
        yet."""
        changes = []
        for entry in self.experiment.values.get("network", ()):
            layers = entry.get("repeat", {}).get("layers")
            parts = [plain(part) for part in layers or ()]
            if parts and None not in parts and self._keeps_shape(layers):
                changes.append(f"network.{entry['name']}.repeat.layers={flow([{'residual': {'layers': parts}}])}")
        return changes

    def _keeps_shape(self, layers: list) -> bool:
        nodes, graph = self.structure.nodes, self.structure.graph
        first, last = (nodes.get(f"{layers[i]['name']}_1") for i in (0, -1))
        return bool(first and last) and graph.values[first.sources[0]].spec == graph.values[last.value].spec

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


def plain(entry: dict) -> dict | str | None:
    """A stored entry as a person would write it: without defaults and given names. None if it says more than its
    kind and options."""
    name = entry.get("name", "")
    kind = next((key for key in entry if key != "name"), "")
    if set(entry) - {"name", kind} or kind not in registry.kinds("layers"):
        return None
    usual = registry.find("layers", kind).__dataclass_fields__
    options = {
        key: value for key, given in entry[kind].items() if (value := _short(given)) != _short(usual[key].default)
    }
    named = {} if re.fullmatch(kind + r"\d+", name) else {"name": name}
    return {kind: options} | named if options or named else kind


def _short(value):
    """An initializer with its usual options by its kind alone; anything else as it is."""
    if (
        not isinstance(value, dict)
        or len(value) != 1
        or (kind := next(iter(value))) not in registry.kinds("initializers")
    ):
        return value
    usual = registry.find("initializers", kind).__dataclass_fields__
    options = {key: given for key, given in value[kind].items() if given != usual[key].default}
    return {kind: options} if options else kind


def _kind(spec) -> str:
    return spec if isinstance(spec, str) else spec.kind if isinstance(spec, Component) else next(iter(spec))


def _scaled(spec) -> bool:
    """Whether an initializer is written with options that change its scale, so that its kind alone would be another
    one."""
    written, plain = registry.create("initializers", spec), registry.create("initializers", _kind(spec))
    return any(
        getattr(written, name) != getattr(plain, name) for name in plain.__dataclass_fields__ if name != "distribution"
    )


def with_step(prepare: list[dict], step: str | dict, instead: str | None = None) -> str:
    """The override that adds a preparation step to those of a stored config. instead: the kind of those that it
    replaces."""
    kept = [_short_step(each) for each in prepare if _kind(each) != instead]
    return f"data.prepare={flow([*kept, step])}"


def _short_step(step: dict) -> str | dict:
    """A stored preparation step as a person would write it: without the options that have their defaults."""
    (kind, options), = step.items()
    usual = registry.find("data.prepare", kind).__dataclass_fields__
    given = {name: value for name, value in options.items() if value != as_read(usual[name].default)}
    return {kind: given} if given else kind
