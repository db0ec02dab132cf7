"""A stored network, ready for rows."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dlcli.api._experiment import processes, settle
from dlcli.api._runs import config_of, experiment_of
from dlcli.errors import ConfigError, DataError, RunError, UsageError
from dlcli.notices import warn
from dlcli.text import count, did_you_mean, listed

if TYPE_CHECKING:
    from dlcli.artifacts.checkpoint import Checkpoint
    from dlcli.artifacts.run import Run
    from dlcli.data.audio.listing import Recordings
    from dlcli.data.dataset import Data, Dataset
    from dlcli.data.fitted import Fitted
    from dlcli.data.new_texts import Sentences
    from dlcli.data.pictures.listing import Pictures
    from dlcli.data.settings import DataSettings
    from dlcli.engine.attack import Attack
    from dlcli.engine.network import Network
    from dlcli.training.experiment import Experiment


SPLITS = ("train", "validation", "test")
MOST_SHARDS = 1024
"""Shards of a run.json, at most, that are believed: each takes memory, and no training has so many."""


class Stored(NamedTuple):
    """A checkpoint and what its run was trained as. name: `last`, `best`, or the step. described: its data, without
    rows."""

    run: "Run"
    name: str
    checkpoint: "Checkpoint"
    described: "Data"


def asked(name: str | Path, runs: str | Path, which: str | None) -> Stored:
    """What a command is to work with; a run that did not come to its end is warned of. See `find` and `stored`."""
    from dlcli.artifacts.find import find
    from dlcli.artifacts.summary import unfinished

    model = stored(find(name, runs), which)
    if text := unfinished(model.run):
        warn(text)
    if model.checkpoint.state["step"] == 0:
        warn("nothing was saved since the start: these weights are untrained")
    return model


def stored(run: "Run", which: str | None) -> Stored:
    """The checkpoint that is asked for; by default the best if the run kept one by a monitored value, else the last.
    RunErrors if the checkpoint is none, or the run is not what it was trained as."""
    from dlcli.artifacts.drift import check_record
    from dlcli.data.dataset import Data
    from dlcli.storage.forms import FormError

    if which is None:
        which = run.checkpoints.preferred()
    checkpoint = run.load(which)
    for text in run.warnings:
        warn(text)
    check_record(run, checkpoint)
    try:
        described = Data.of(checkpoint.state.get("data"))
        _fit_together(described.fitted, config_of(run)[0].data)
    except FormError as error:
        raise RunError(f"{run.path}: checkpoint {which}: state: data{'.' if error.path else ''}{error.path}",
                       error.problem) from None
    return Stored(run, which, checkpoint, described)


def _fit_together(fitted: "Fitted", settings: "DataSettings") -> None:
    """FormError if what was learned about the data is not of a source and of steps that the config names."""
    from dlcli.engine.registry import create
    from dlcli.storage.forms import same
    from dlcli.storage.strict_json import as_read

    source = create("data.sources", settings.source)
    same("fitted.source", fitted.source, {source.kind: as_read(vars(source), default=vars)})
    kinds = [create("data.prepare", step).kind for step in settings.prepare]
    parts = {"target": fitted.target} | {f"columns.{i}": column for i, column in enumerate(fitted.columns)}
    for path, part in parts.items():
        rest = iter(kinds)
        done = [step["kind"] for step in part.steps]
        same(f"fitted.{path}.steps", done, done if all(kind in rest for kind in done) else kinds)


def trained_experiment(model: Stored) -> "Experiment":
    """The experiment of the run with the rows of its data, prepared as the network has learned them."""
    from dlcli.artifacts.drift import check_data

    experiment = experiment_of(model.run)
    check_data(model.run, model.checkpoint, experiment.data)
    return experiment


def rowless_experiment(model: Stored) -> "Experiment":
    """The experiment of the run around the description of its data: all that new rows need."""
    from dlcli.config.build import restored

    config, _ = config_of(model.run)
    shards = model.run.info.get("shards")
    if shards is not None and shards <= MOST_SHARDS:        # as it was trained: `auto` would count the rows
        config.training.shards = shards
    try:
        return restored(config, model.described)
    except ConfigError as error:
        raise RunError(
            str(model.run.path), f"its config and its checkpoint do not belong together: {error.problem}"
        ) from None


def new_rows(model: Stored, paths: "list[str] | Pictures | Recordings | Sentences", labelled: bool,
             invert: bool = False, unreadable: dict | None = None) -> "Dataset":
    """Rows of files, prepared as the run has learned to. invert, unreadable: as for `prepare_new`."""
    from dlcli.data.new_rows import prepare_new

    unseen: dict = {}
    rows = prepare_new(paths, model.described, labelled, unseen, invert, unreadable)
    warn_of_unseen(unseen)
    return rows


def warn_of_unseen(unseen: dict[str, tuple[list[str], int]]) -> None:
    """What `inputs.unseen_texts` found, if it found any."""
    from dlcli.data.table import quoted_cell

    if unseen:
        said = [f"column {name!r} has {listed(map(quoted_cell, texts[:3]))}{', ...' if len(texts) > 3 else ''} in "
                f"{count(n, 'row')}" for name, (texts, n) in unseen.items()]
        warn(f"texts that the run was not trained on count as none of the known ones: {'; '.join(said)}")


def choose(splits: dict[str, "Dataset"], wanted: str | None) -> tuple["Dataset", str]:
    """The rows of a split and its name; `test` by default, else the last there is."""
    from dlcli.config.wording.suggest import nearest

    name = wanted or ("test" if "test" in splits else list(splits)[-1] if splits else "test")
    if name not in SPLITS:
        raise UsageError(f"--split {name}", "there is no such split",
                         did_you_mean(nearest(name, splits)) or f"there are {listed(splits)}")
    if name not in splits:
        raise DataError(
            f"--split {name}",
            "the run has no such split",
            f"there {'are' if len(splits) > 1 else 'is only'} {listed(splits)}" if splits else "its data has no rows",
        )
    return splits[name], name


class Networks(NamedTuple):
    """Makes networks with the checkpoint's parameters, for evaluation. workers, parallel: as for `train`."""

    model: Stored
    experiment: "Experiment"
    workers: int | None = None
    parallel: str = "fork"

    def make(self, attack: "Attack | None" = None) -> "Network":
        """One, under an attack if there is one; data sets are still to be added."""
        from dlcli.engine.blas import single_thread

        single_thread()
        settle()
        network = self.experiment.network(processes(self.workers), self.parallel, train=False, attack=attack)
        load(self.model, network.parameters.load)
        return network


def load(model: Stored, into: Callable[[dict], None]) -> None:
    """Hand the checkpoint's parameters and buffers to what takes them. RunError if they do not fit."""
    from dlcli.training.state import part

    try:
        into(part(model.checkpoint, "model"))
    except (KeyError, ValueError) as error:
        problem = f"holds no array {error}" if isinstance(error, KeyError) else str(error)
        raise RunError(
            f"{model.run.path}: checkpoint {model.name}", problem, "config and checkpoint do not belong together"
        ) from None


def outputs(networks: Networks, rows: "Dataset") -> tuple:
    """(y, p, t, lengths) of all rows: raw outputs, predictions and targets, values in the target's own units; real
    lengths of the outputs if they are padded, else None."""
    from dlcli.data.fitted import in_units
    from dlcli.training import scores

    experiment, network = networks.experiment, networks.make()
    handle = network.add(rows)
    with network:
        _, (y, t, lengths, *_) = scores.outputs(network, handle)
    return *in_units(experiment.data.fitted, y, experiment.loss.predict(y), t), lengths
