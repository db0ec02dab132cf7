"""A stored network, ready for rows."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from dlcli.commands._output import count, listed, warn
from dlcli.commands._runs import config_of
from dlcli.commands._session import Options, settle
from dlcli.errors import ConfigError, RunError

if TYPE_CHECKING:
    from dlcli.artifacts.checkpoint import Checkpoint
    from dlcli.artifacts.run import Run
    from dlcli.data.dataset import Data, Dataset
    from dlcli.data.picture_files import Pictures
    from dlcli.engine.network import Network
    from dlcli.training.experiment import Experiment
    from dlcli.training.judge import Judged


class Stored(NamedTuple):
    """A checkpoint and what its run was trained as. name: `last`, `best`, or the step. described: its data, without rows."""

    run: "Run"
    name: str
    checkpoint: "Checkpoint"
    described: "Data"


def stored(run: "Run", which: str | None) -> Stored:
    """The checkpoint that is asked for; by default the best where the run kept one by a monitored value, else the last."""
    from dlcli.data.dataset import Data

    if which is None:
        which = "best" if run.checkpoints.steps("best") else "last"
    checkpoint = run.load(which)
    for text in run.warnings:
        from dlcli.commands._output import warn

        warn(f"warning: {text}")
    try:
        return Stored(run, which, checkpoint, Data.of(checkpoint.state["data"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RunError(f"{run.path}: checkpoint {which}: state: data", f"does not describe data ({error!r})") from None


def experiment_for(model: Stored) -> "Experiment":
    """The experiment of the run around the description of its data: all that new rows need."""
    from dlcli.config.build import restored

    config, _ = config_of(model.run)
    shards = model.run.info.get("shards")
    if isinstance(shards, int) and 0 < shards <= 1024:      # as it was trained, since `auto` looks at the rows
        config.training.shards = shards
    try:
        return restored(config, model.described)
    except ConfigError as error:
        raise RunError(str(model.run.path), f"its config and its checkpoint do not belong together: {error.problem}") from None


def new_rows(model: Stored, paths: "list[str] | Pictures", labelled: bool, invert: bool = False,
             unreadable: dict | None = None) -> "Dataset":
    """Rows of files, prepared as the run has learned to. invert, unreadable: of pictures, as for `prepare_new`."""
    from dlcli.data.new_rows import prepare_new

    unseen: dict = {}
    rows = prepare_new(paths, model.described, labelled, unseen, invert, unreadable)
    if unseen:
        warn("warning: texts that the run was not trained on count as none of the known ones: "
             + "; ".join(f"column {name!r} has {listed(map(_text, texts[:3]))}{', ...' if len(texts) > 3 else ''} in {count(n, 'row')}"
                         for name, (texts, n) in unseen.items()))
    return rows


def _text(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...") if text else "an empty cell"


def network_of(model: Stored, experiment: "Experiment", options: Options, attack=None) -> "Network":
    """The network with the checkpoint's parameters, for evaluation (under an `engine.attack.Attack`); data sets are still to be added."""
    from dlcli.engine.blas import single_thread

    single_thread()
    settle()
    network = experiment.network(options.count, options.parallel, train=False, attack=attack)
    load(model, network.parameters.load)
    return network


def load(model: Stored, into: Callable[[dict], None]) -> None:
    """Hand the checkpoint's parameters and buffers to what takes them. RunError where they do not fit."""
    from dlcli.training import saving

    try:
        into(saving.part(model.checkpoint, "model"))
    except (KeyError, ValueError) as error:
        problem = f"holds no array {error}" if isinstance(error, KeyError) else str(error)
        raise RunError(f"{model.run.path}: checkpoint {model.name}", problem, "config and checkpoint do not belong together") from None


def judged(model: Stored, experiment: "Experiment", rows: "Dataset", options: Options) -> "Judged":
    """What `training.judge.judge` says of rows."""
    from dlcli.data.load import unscale_target
    from dlcli.training.judge import judge

    data, mean = experiment.data, None
    if data.task == "regression":
        train = data.splits.get("train")
        mean = model.described.fitted.get("target", {}).get("mean") if train is None else unscale_target(data.fitted, train.target).mean(0)
    network = network_of(model, experiment, options)
    feed = network.add(rows)
    network.start()
    try:
        return judge(experiment, network, feed, mean)
    finally:
        network.close()


def outputs(model: Stored, experiment: "Experiment", rows: "Dataset", options: Options) -> tuple:
    """(loss, y, p, t) of all rows: mean loss, raw outputs, predictions and targets; values in the target's own units."""
    from dlcli.data.load import target_unscaler
    from dlcli.training import evaluation

    network = network_of(model, experiment, options)
    feed = network.add(rows)
    network.start()
    try:
        loss, y, t = evaluation.outputs(network, feed)
    finally:
        network.close()
    p = experiment.loss.predict(y)
    unscale = target_unscaler(experiment.data.fitted)
    if unscale is not None:
        y = p = unscale(p)
        t = unscale(t)
    return loss, y, p, t
