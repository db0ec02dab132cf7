"""From a validated config to an experiment: the data read, the network's shapes worked out, all errors at their places."""

from math import prod
from pathlib import Path

from dlcli.config.config import Config
from dlcli.data.dataset import Data
from dlcli.data.load import describe, load
from dlcli.engine import registry
from dlcli.engine.graph import Entry, GraphError
from dlcli.errors import ConfigError
from dlcli.training.experiment import Experiment, LossError

DEFAULT_METRICS = {"classification": ("accuracy",), "regression": ("rmse", "r2")}


def experiment(config: Config, base: Path | None = None, known_files: list[dict] | None = None) -> Experiment:
    """Everything that the config describes, with its data. `base` is the folder that relative paths start from (default:
    the config's); `known_files` are the records of an earlier run, whose places and hashes then count."""
    return _build(config, lambda: load(config.data, base or config.folder, config.seed, config.training.dtype, known_files))


def outline(config: Config, base: Path | None = None) -> Experiment:
    """The same without rows: enough for shapes, parameters and memory."""
    return _build(config, lambda: describe(config.data, base or config.folder, config.seed, config.training.dtype))


def restored(config: Config, data: Data) -> Experiment:
    """The experiment of a stored run around a description of its data (`Data.of`), for predictions on new rows."""
    return _build(config, lambda: data)


def _build(config: Config, read) -> Experiment:
    try:
        data = read()
        _check_sampling(config, data)
    except ConfigError as error:
        if error.where.startswith(("data", "training", "network", "loss")):
            raise config.error_at(error.where, error.problem, error.hint) from None
        raise
    entries = [Entry(spec.name, registry.create("layers", {spec.kind: spec.options}), tuple(spec.inputs), spec.trainable)
               for spec in config.entries]
    _check_inputs(config, data)
    try:
        experiment = Experiment(config.name, config.seed, entries, config.loss, config.optimizer, config.schedules,
                                _metrics(config, data), config.training, data, config.init_from, config.data.sampling, config.values)
    except GraphError as error:
        path = next(spec.path for spec in config.entries if spec.name == error.entry)
        raise config.error_at(path, str(error), None) from None
    except LossError as error:
        raise config.error_at("loss", f"the loss cannot read the output of {entries[-1].name}: {error}", None) from None
    _check_network(config, experiment)
    if "train" in data.splits:
        for i, schedule in enumerate(config.schedules):
            try:
                schedule.check(experiment.span)
            except ValueError as error:
                raise config.error_at(f"schedule.{i}", str(error), None) from None
    return experiment


def _check_inputs(config: Config, data: Data) -> None:
    """The names `input` and `input.<field>` that entries read must be there."""
    known = ["input"] if list(data.inputs) == ["x"] else [f"input.{name}" for name in data.inputs]
    for spec in config.entries:
        for name in spec.inputs:
            if name.split(".")[0] == "input" and name not in known:
                problem = f"{spec.name} reads {name}, and the data has {', '.join(known)}"
                raise config.error_at(spec.path, problem, f"say which with `from: {known[0]}`")


def _check_sampling(config: Config, data: Data) -> None:
    if config.data.sampling != "balanced":
        return
    if data.task != "classification" or tuple(data.target):
        raise ConfigError("data.sampling", "balanced sampling needs one class per row, and the target here is none")
    if not config.training.shuffle:
        raise ConfigError("data.sampling", "balanced sampling draws at random, and `training.shuffle` is off", "set `sampling: uniform`")


def _check_network(config: Config, experiment: Experiment) -> None:
    """Something can be learned, by every layer that learns from the batch as a whole."""
    graph, single = experiment.graph, 1 in (config.training.batch_size, experiment.data.rows.get("train"))
    if not graph.trains:
        raise config.error_at("network", "nothing here can be trained: no entry that the output depends on has parameters that may change",
                              "add a layer with parameters, such as `linear`, or take out `trainable: false`")
    for node in graph.nodes:
        if node.layer.needs_batch and node.trainable and single and prod(graph.values[node.sources[0]].spec[:-1]) == 1:
            path = next(spec.path for spec in config.entries if spec.name == node.name)
            raise config.error_at(path, f"{node.name} compares the rows of a batch, and each batch is a single row",
                                  "take a larger `training.batch_size`, or `layer_norm`")


def _metrics(config: Config, data: Data) -> list:
    metrics, stop = config.metrics, config.training.early_stop
    if metrics is None:
        metrics = [registry.create("metrics", kind) for kind in DEFAULT_METRICS[data.task]]
    kinds = [metric.kind for metric in metrics]
    if stop is not None and stop.mistakes is not None:
        if data.task != "classification":
            raise config.error_at("training.early_stop.mistakes", "only classes can be mistaken, and the target here is a value")
        if "accuracy" not in kinds:
            metrics = [*metrics, registry.create("metrics", "accuracy")]
    for i, metric in enumerate(metrics):
        if metric.kind in kinds[:i]:
            raise config.error_at(f"metrics.{i}", f"{metric.kind} is listed twice, and what is written down goes by this name")
        try:
            metric.start(data.target, 1 if data.positive is None else data.positive)
        except ValueError as error:
            raise config.error_at(f"metrics.{i}", str(error), None) from None
    monitor = config.training.monitor
    known = [f"{split}.{name}" for split in ("train", "validation") if split in (data.rows or {"train": 1, "validation": 1})
             for name in ("loss", *(m.kind for m in metrics))]
    if monitor is not None and monitor not in known:
        raise config.error_at("training.monitor", f"there is no {monitor} to monitor", f"there are {', '.join(known)}")
    return metrics
