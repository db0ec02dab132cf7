"""Train a network."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from dlcli.api import _arguments
from dlcli.api._call import call
from dlcli.notices import Listener, warn

if TYPE_CHECKING:
    from dlcli.training.watcher import Watcher


def train(
    config: str | Path,
    overrides: Iterable[str] = (),
    *,
    runs: str | Path = "runs",
    workers: int | None = None,
    parallel: str = "fork",
    watchers: "Iterable[Watcher]" = (),
    notify: Listener | None = None,
) -> dict:
    """Train the network of a config file and keep it in a new run folder.

    overrides: changes of the config, as on the command line: `seed=1`. runs: the folder that the run folder is made in.
    workers: processes that share the work, at most; by default the cores that may be used. parallel: `fork`, `thread`
    or `serial`; the bytes are the same. watchers: `training.watcher.Watcher`s, called while it trains. notify: gets
    each `notices.Notice`.

    Returns {"run": path, "status": "completed", "metrics": {split: {name: value}}, "epochs", "steps", "seconds",
    "best", "stopped", "remarks", ...}. A ConfigErrors says all that is wrong with the config, a NumericalError that the
    training diverged. SIGINT or SIGTERM ends it after the running step: it is saved, and an Interrupted has the
    document.
    """
    from dlcli.api import _experiment, _lineage, _runs, _training

    config, runs = _arguments.path("config", config), _arguments.path("runs", runs)
    overrides = _arguments.texts("overrides", overrides, "seed=1")
    (workers, parallel), watchers = _arguments.sharing(workers, parallel), _arguments.watching(watchers)
    with call(notify):
        settings, experiment, start = _experiment.load(config, overrides, runs)
        lineage, seen = _lineage.warnings(settings, experiment, start)
        first = _training.prepare(experiment, workers, parallel, settings)
        for warning in seen:
            warn(warning)
        run = _runs.create(settings, experiment, runs, lineage)
        with run.lock():
            warnings = [_experiment.placed(warning) for warning in settings.warnings + seen]
            with _training.told(run):
                trainer = _training.trainer_of(experiment, run, first, watchers)
            return _training.finish(trainer, workers, warnings)
