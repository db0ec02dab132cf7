"""dlcli resume"""

from dlcli.commands import _options as o


def command(run: o.RunName, runs: o.Runs = o.RUNS, workers: o.Workers = None, parallel: o.Parallel = "fork",
            json: o.Json = False, quiet: o.Quiet = False):
    """Go on exactly where a run stopped.

    The result has the same bytes as that of a run which nothing interrupted. A run that is complete stays as it is.
    Where these bytes could not be had (its config or data were changed, or NumPy, dlcli or the processor is another),
    the differences are listed, and nothing is done.
    """
    from dlcli.api import _drift, _experiment, _runs, _training
    from dlcli.terminal.outcome import tell

    options = _experiment.Options(workers, parallel, quiet)
    found = _runs.find(run, runs)
    with found.lock():
        checkpoint = found.checkpoints.latest()
        _drift.check_resume(found, checkpoint)
        experiment = _runs.experiment_of(found)
        if checkpoint is not None:          # else the run begins anew, with the same bytes
            experiment.init_from = None
        trainer = _training.prepare(experiment, options)
        if checkpoint is not None:
            _drift.check_data(found, checkpoint, experiment.data, exact=True)
            best = checkpoint.state.get("best")
            trainer.resume(checkpoint, found.load(best) if best else None)
        found.update(status="running")
        outcome = _training.train(trainer, found, options)
    return tell(outcome, json, quiet)
