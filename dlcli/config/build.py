"""From a validated config to an experiment: the data read, the network's shapes worked out, all errors at their
places."""

from collections.abc import Iterable
from pathlib import Path

from dlcli.config.config import Config
from dlcli.config.rules.adversarial import adversarial
from dlcli.config.rules.alignment import alignment
from dlcli.config.rules.batch import batch
from dlcli.config.rules.buckets import buckets, tokens
from dlcli.config.rules.inputs import inputs
from dlcli.config.rules.metrics import chosen, metrics
from dlcli.config.rules.network import network
from dlcli.config.rules.precision import precision
from dlcli.config.rules.sampling import sampling
from dlcli.config.rules.schedule import schedule
from dlcli.config.rules.sequences import future, streams
from dlcli.config.rules.shapes import unbuildable, unreadable
from dlcli.config.rules.target import target
from dlcli.config.rules.units import fill_units
from dlcli.config.text.problem import Problem
from dlcli.data.dataset import Data
from dlcli.data.load import describe, load
from dlcli.engine import registry
from dlcli.engine.graph import Entry, GraphError
from dlcli.engine.metric import Metric
from dlcli.errors import ConfigError, ConfigErrors, StorageError
from dlcli.training.experiment import Experiment, LossError


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
    data = _data(config, read)
    _warn(config, (config.problem(*warning.args) for warning in data.warnings))
    _hold(sampling(config, data))
    measured = chosen(config, data)
    problems = list(metrics(config, data, measured))
    try:
        _hold(inputs(config, data))
        _hold(target(config, data))
        fill_units(config, data)
        built = _experiment(config, data, measured)
    except ConfigErrors as errors:
        problems += errors.problems
    _hold(problems)
    for rule in RULES:
        if rule in WARNINGS:
            _warn(config, rule(config, built))
        else:
            _hold(rule(config, built))
    return built


def _data(config: Config, read) -> Data:
    try:
        return read()
    except ConfigErrors as found:
        raise found.placed(config.problem) from None
    except ConfigError as error:
        if error.where.startswith(("data", "training", "network", "loss")):
            raise config.error_at(error.where, error.problem, error.hint) from None
        raise
    except MemoryError as error:
        problem = "there is not enough memory for its rows" + (f": {error}" if str(error) else "")
        hint = registry.create("data.sources", config.data.source).memory_hint()
        raise StorageError(config.problem("data.source", problem).where, problem, hint) from None


def _experiment(config: Config, data: Data, measured: list[Metric]) -> Experiment:
    entries = [
        Entry(spec.name, registry.create("layers", {spec.kind: spec.options}), tuple(spec.inputs), spec.trainable)
        for spec in config.entries
    ]
    try:
        return Experiment(config.name, config.seed, entries, config.loss, config.optimizer, config.schedules, measured,
                          config.training, data, config.init_from, config.data.sampling, config.values)
    except GraphError as error:
        raise ConfigErrors([unbuildable(config, data, error)]) from None
    except LossError as error:
        raise ConfigErrors([unreadable(config, data, error)]) from None


def pitfalls(config: Config, built: Experiment) -> Iterable[Problem]:
    """Warnings about data that are likely to mislead."""
    if built.data.pitfalls is None:
        return ()
    from dlcli.config.rules.pitfalls import pitfalls  # what it needs takes time to import

    return pitfalls(config, built)


RULES = (buckets, tokens, alignment, precision, streams, future, network, adversarial, batch, pitfalls, schedule)
"""What is asked of an experiment: each rule yields what is wrong, `rule(config, experiment) -> Iterable[Problem]`, and
the first that finds something ends it."""
WARNINGS = (batch, pitfalls)
"""Rules of which training goes on."""


def _hold(problems: Iterable[Problem]) -> None:
    """ConfigErrors if there are problems."""
    if found := list(problems):
        raise ConfigErrors(found)


def _warn(config: Config, said: Iterable[Problem]) -> None:
    config.warnings += [each for each in said if each not in config.warnings]
