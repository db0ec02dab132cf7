"""From a validated config to an experiment: the data read, the network's shapes worked out, all errors at their
places."""

import math
from math import prod
from pathlib import Path

from dlcli.config.config import Config
from dlcli.config.rules.precision import beyond, check_numbers
from dlcli.config.text.problem import ConfigErrors, Problem
from dlcli.data.dataset import Data
from dlcli.data.load import describe, load
from dlcli.data.problems import Problems
from dlcli.data.table import listed
from dlcli.engine import registry
from dlcli.engine.graph import Entry, GraphError
from dlcli.engine.spec import Spec
from dlcli.errors import ConfigError, StorageError
from dlcli.training.experiment import Experiment, LossError

DEFAULT_METRICS = {"classification": ("accuracy",), "regression": ("rmse", "r2")}


def experiment(config: Config, base: Path | None = None, known_files: list[dict] | None = None) -> Experiment:
    """Everything that the config describes, with its data. `base` is the folder that relative paths start from
    (default: the config's); `known_files` are the records of an earlier run, whose places and hashes then count."""
    return _build(
        config, lambda: load(config.data, base or config.folder, config.seed, config.training.dtype, known_files)
    )


def outline(config: Config, base: Path | None = None) -> Experiment:
    """The same without rows: enough for shapes, parameters and memory."""
    return _build(config, lambda: describe(config.data, base or config.folder, config.seed, config.training.dtype))


def restored(config: Config, data: Data) -> Experiment:
    """The experiment of a stored run around a description of its data (`Data.of`), for predictions on new rows."""
    return _build(config, lambda: data)


def _build(config: Config, read) -> Experiment:
    try:
        data = read()
        _warn(config, [config.problem(*warning.args) for warning in data.warnings])
        _check_sampling(config, data)
    except Problems as found:
        raise ConfigErrors([config.problem(*error.args) for error in found.errors]) from None
    except ConfigError as error:
        if error.where.startswith(("data", "training", "network", "loss")):
            raise config.error_at(error.where, error.problem, error.hint) from None
        raise
    except MemoryError as error:
        problem = "there is not enough memory for its rows" + (f": {error}" if str(error) else "")
        lighter = registry.create("data.sources", config.data.source).lighter()
        raise StorageError(config.problem("data.source", problem).where, problem, lighter) from None
    metrics, problems = _metrics(config, data)
    try:
        experiment = _experiment(config, data, metrics)
    except ConfigErrors as errors:
        raise ConfigErrors([*problems, *errors.problems]) from None
    if problems:
        raise ConfigErrors(problems)
    check_numbers(config, experiment.dtype)
    _check_network(config, experiment)
    _check_adversarial(config, experiment)
    _check_batch(config, data)
    _remark(config, data)
    if experiment.train_rows:
        _check_schedules(config, experiment)
    return experiment


def _experiment(config: Config, data: Data, metrics: list) -> Experiment:
    entries = [
        Entry(spec.name, registry.create("layers", {spec.kind: spec.options}), tuple(spec.inputs), spec.trainable)
        for spec in config.entries
    ]
    _check_inputs(config, data)
    _check_target(config, data)
    try:
        return Experiment(config.name, config.seed, entries, config.loss, config.optimizer, config.schedules, metrics,
                          config.training, data, config.init_from, config.data.sampling, config.values)
    except GraphError as error:
        spec = next(spec for spec in config.entries if spec.name == error.entry)
        place, hint = (
            _changed(config, spec.path, spec.kind, spec.options, str(error)),
            _channel(data) if "input" in spec.inputs else None,
        )
        raise config.error_at(place, str(error), hint if "(height, width, channels)" in str(error) else None) from None
    except LossError as error:
        hint = _task(config, data, error.wrong_task) or _places(data, error.output)
        place, hint = _units(config, data, error.output) or ("loss", hint)
        named = f" (they are {listed(data.labels)})" if data.labels and " classes need " in str(error) else ""
        raise config.error_at(place, f"the loss cannot read the output of {entries[-1].name}: {error}{named}",
                              hint) from None


def _changed(config: Config, path: str, kind: str, options: dict, problem: str) -> str:
    """The path of the option that an override gives to an entry of the file, else the entry's own. Of several options
    it is the one that the problem names first."""
    file = config.span(path).source
    changed = [option for option in options if config.span(f"{path}.{kind}.{option}").source is not file]
    if len(changed) > 1:
        changed = sorted((option for option in changed if option in problem), key=problem.find)
    return f"{path}.{kind}.{changed[0]}" if changed else path


def _channel(data: Data) -> str | None:
    """A hint where the data are pictures, but their rows have another shape."""
    records = data.fitted.get("columns", ())
    shape = (records[0].get("picture") or {}).get("shape") if len(records) == 1 else None
    if shape is None or list(data.inputs[records[0]["field"]]) == shape:
        return None
    return (
        f"`layout: channel` of the source gives {' x '.join(map(str, shape))}, and so does `reshape: "
        f"{{shape: {shape}}}`"
    )


def _check_target(config: Config, data: Data) -> None:
    """A regression's targets must lie where the loss can read them."""
    if data.target_range is None or config.loss.target_range is None:
        return
    (low, high), (least, greatest) = data.target_range, config.loss.target_range
    if low < least or high > greatest:
        raise config.error_at(
            "loss",
            f"{config.loss.kind} needs targets from {least:g} to {greatest:g}, and those here go from "
            f"{low:.4g} to {high:.4g}",
            "; ".join(["mse, mae and huber fit any values", *data.hints.values()]),
        )


def _units(config: Config, data: Data, output: Spec) -> tuple[str, str] | None:
    """(path, hint) of the last layer's `units` or `filters`, where another number of them is all that the loss asks
    for."""
    spec, option = next(((spec, option) for spec in reversed(config.entries) for option in ("units", "filters")
                         if option in spec.options), (None, ""))
    if spec is None or not output or output[-1] != spec.options[option]:
        return None
    for units in dict.fromkeys((1, *data.target[-1:], data.target.size or 1)):
        wanted = Spec((*output[:-1], units), output.dtype, lengths=output.lengths)
        try:
            registry.create("losses", config.values["loss"]).build(wanted, data.target)
        except ValueError:
            continue
        path = f"network.{spec.name}" if spec.path.count(".") == 1 else spec.path
        return f"{path}.{spec.kind}.{option}", f"set {path}.{spec.kind}.{option}={units}"
    return None


def _task(config: Config, data: Data, wrong: bool) -> str | None:
    """A hint where the target is of the other task than the loss asks for (wrong), or has an axis too many: one-hot
    rows, several labels."""
    classes, values = data.hints.get("classes"), data.hints.get("values")
    if wrong:
        return classes if data.task == "regression" else values
    if not data.target or config.loss.kind != "binary_cross_entropy" or values is None:
        return classes
    one = f"{classes}, for cross_entropy; or " if classes else ""
    return f"{one}several labels of 0 or 1 in a row are values: {values}"


def _places(data: Data, output: Spec) -> str | None:
    """A hint where the output has other axes than the target: places of a picture or steps of a sequence too many, or
    of another number."""
    target = tuple(data.target)
    if not target and len(output) > 1:
        return (
            "put `flatten` or `global_avg_pool` before the last layer with units: else it answers at each place "
            "by itself"
        )
    if len(target) > 1 and len(output) == len(target) + 1 and tuple(output[:-1]) != target:
        return "`padding: same` keeps height and width, `upsample` and `conv2d_transpose` enlarge them, `crop` cuts"
    if len(target) > 1 and len(output) == 1:
        return "each pixel has a target: no `flatten` and no pooling over all places"
    return None


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
        raise ConfigError("data.sampling", "balanced sampling needs one class per row, and the target here is none",
                          data.hints.get("classes"))
    if not config.training.shuffle:
        raise ConfigError(
            "data.sampling",
            "balanced sampling draws at random, and `training.shuffle` is off",
            "set `sampling: uniform`",
        )


def _check_network(config: Config, experiment: Experiment) -> None:
    """Something can be learned, by every layer that learns from the batch as a whole."""
    graph, single = experiment.graph, 1 in (config.training.batch_size, experiment.data.rows.get("train"))
    if not graph.trains:
        raise config.error_at(
            "network",
            "nothing here can be trained: no entry that the output depends on has parameters that may change",
            "add a layer with parameters, such as `linear`, or take out `trainable: false`",
        )
    for node in graph.nodes:
        if node.layer.needs_batch and node.trainable and single and prod(graph.values[node.sources[0]].spec[:-1]) == 1:
            path = next(spec.path for spec in config.entries if spec.name == node.name)
            raise config.error_at(path, f"{node.name} compares the rows of a batch, and each batch is a single row",
                                  "take a larger `training.batch_size`, or `layer_norm`")


def _check_adversarial(config: Config, experiment: Experiment) -> None:
    try:
        experiment.adversary()
    except ValueError as error:
        raise config.error_at(
            "training.adversarial", str(error), "take it out: this network can only be trained as it is"
        ) from None
    settings, rows = config.training.adversarial, -(-experiment.batch_rows // experiment.shards)
    if settings and not round(settings.share * rows):
        raise config.error_at(
            "training.adversarial.share",
            f"attacks no row: each shard of a batch has {rows:,} rows at most, and "
            f"{settings.share:g} of them are rounded to none",
            "take a larger share, a larger `training.batch_size` or fewer `training.shards`",
        )


def _check_schedules(config: Config, experiment: Experiment) -> None:
    span, rate = experiment.span, config.optimizer.learning_rate
    for i, schedule in enumerate(config.schedules):
        try:
            schedule.check(span)
            largest = rate * max(schedule.factor(step, span) for step in (0, span.total_steps - 1))
        except ValueError as error:
            raise config.error_at(f"schedule.{i}", str(error), None) from None
        except OverflowError:
            largest = math.inf
        if largest > rate and beyond(largest, experiment.dtype):
            problem = f"makes of the learning rate {rate:g} one that is too large for {experiment.dtype}"
            raise config.error_at(f"schedule.{i}", problem)


def _check_batch(config: Config, data: Data) -> None:
    """A warning where the config asks for more rows per batch than there are."""
    rows, size, section = data.rows.get("train"), config.training.batch_size, config.tree.value.get("training")
    written = section is not None and isinstance(section.value, dict) and "batch_size" in section.value
    if not written or not rows or size == "all" or size <= rows:
        return
    warning = config.problem(
        "training.batch_size",
        f"a batch of {size:,} rows is asked for, and the training split has {rows:,}: each batch is the whole split",
        "`batch_size: all` says so",
    )
    if warning not in config.warnings:
        config.warnings.append(warning)


def _remark(config: Config, data: Data) -> None:
    """Warnings about data that are likely to mislead."""
    from dlcli.config.rules.remarks import remarks  # what it needs takes time to import

    if data.remarks is not None:
        _warn(config, remarks(config, data))


def _warn(config: Config, said: list[Problem]) -> None:
    config.warnings += [each for each in said if each not in config.warnings]


def _metrics(config: Config, data: Data) -> tuple[list, list[Problem]]:
    """The metrics, and what is wrong with them and with the value that is monitored."""
    problems = []
    metrics, stop = config.metrics, config.training.early_stop
    if metrics is None:
        metrics = [registry.create("metrics", kind) for kind in DEFAULT_METRICS[data.task]]
    kinds = [metric.kind for metric in metrics]
    counts = stop is not None and stop.mistakes is not None
    if data.task == "classification":
        asked = {config.loss.judge, "accuracy" if counts else "loss"} - {"loss"}
        metrics = [*metrics, *(registry.create("metrics", kind) for kind in asked.difference(kinds))]
    elif counts:
        problem = "only classes can be mistaken, and the target here is a value"
        problems.append(config.problem("training.early_stop.mistakes", problem, data.hints.get("classes")))
    for i, metric in enumerate(metrics):
        if metric.kind in kinds[:i]:
            problems.append(
                config.problem(
                    f"metrics.{i}", f"{metric.kind} is listed twice, and what is written down goes by this name"
                )
            )
        try:
            metric.start(data.target, 1 if data.positive is None else data.positive)
        except ValueError as error:
            wanted = "values" if metric.task == "regression" else "classes"
            problems.append(config.problem(f"metrics.{i}", str(error), data.hints.get(wanted)))
    monitor = config.training.monitor
    known = [
        f"{split}.{name}"
        for split in ("train", "validation")
        if split in (data.rows or {"train": 1, "validation": 1})
        for name in ("loss", *(m.kind for m in metrics))
    ]
    if monitor is not None and monitor not in known:
        problems.append(
            config.problem("training.monitor", f"there is no {monitor} to monitor", f"there are {', '.join(known)}")
        )
    return metrics, problems
