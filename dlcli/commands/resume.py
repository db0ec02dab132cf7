"""dlcli resume"""

from dlcli.commands import _options as o


def command(run: o.RunName, runs: o.Runs = o.RUNS, workers: o.Workers = None, parallel: o.Parallel = "fork",
            json: o.Json = False, quiet: o.Quiet = False):
    """Go on exactly where a run stopped.

    The result has the same bytes as that of a run which nothing interrupted. A run that is complete stays as it is.
    """
    from dlcli.commands import _session
    from dlcli.commands._outcome import tell

    found = _session.find_run(run, runs)
    with found.lock():
        experiment = _session.experiment_of(found)
        found.update(status="running")
        outcome = _session.run_training(found, experiment, _session.Options(workers, parallel, quiet), go_on=True)
    return tell(outcome, json, quiet)
