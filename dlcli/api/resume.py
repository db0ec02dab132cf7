"""Go on with a training."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from dlcli.api import _arguments
from dlcli.api._call import call
from dlcli.notices import Listener

if TYPE_CHECKING:
    from dlcli.artifacts.checkpoint import Checkpoint
    from dlcli.artifacts.run import Run
    from dlcli.training.watcher import Watcher


def resume(
    run: str | Path,
    *,
    runs: str | Path = "runs",
    workers: int | None = None,
    parallel: str = "fork",
    watchers: "Iterable[Watcher]" = (),
    notify: Listener | None = None,
) -> dict:
    """Go on exactly where a run stopped: the result has the same bytes as one that nothing interrupted.

    run: a folder, its name below `runs`, a beginning of that name, or `last`. The rest and the document: as of `train`.
    A DriftError lists what is not as it was, if these bytes could not be had; then nothing is done.
    """
    from dlcli.api import _runs, _training
    from dlcli.artifacts.drift import check_data
    from dlcli.artifacts.find import find

    run, runs = _arguments.name_of("run", run), _arguments.path("runs", runs)
    (workers, parallel), watchers = _arguments.sharing(workers, parallel), _arguments.watching(watchers)
    with call(notify):
        found = find(run, runs)
        with found.lock():
            before, checkpoint = found.status, found.checkpoints.latest()
            _check(found, checkpoint)
            experiment = _runs.experiment_of(found)
            if checkpoint is not None:          # else the run begins anew, with the same bytes
                experiment.init_from = None
            first = _training.prepare(experiment, workers, parallel)
            trainer = _training.trainer_of(experiment, found, first, watchers)
            if checkpoint is not None:
                check_data(found, checkpoint, experiment.data, exact=True)
                best = checkpoint.state.get("best")
                trainer.resume(checkpoint, found.load(best) if best else None)
            found.update(status="running")
            return _training.finish(trainer, workers, before=before)


def _check(run: "Run", checkpoint: "Checkpoint | None") -> None:
    """DriftErrors, before anything is changed, if the run would not go on with the bytes that it would have had: its
    config or record was changed, or versions, BLAS or processor are others."""
    from dlcli.api._runs import written_values
    from dlcli.artifacts.drift import check_config, check_machine, check_record
    from dlcli.artifacts.environment import environment
    from dlcli.artifacts.lineage import lineage_of
    from dlcli.engine.blas import single_thread

    lineage_of(run)             # a RunError now, not at the first save
    if checkpoint is not None:
        check_record(run, checkpoint)
    check_config(run, written_values)
    single_thread()
    check_machine(run, environment())
