"""dlcli train"""

from dlcli.commands import _options as o


def command(config: o.Config, overrides: o.Overrides = None, runs: o.Runs = o.RUNS, workers: o.Workers = None,
            parallel: o.Parallel = "fork", json: o.Json = False, quiet: o.Quiet = False):
    """Train a network and keep it in a run folder.

    \b
    dlcli train configs/digits_mlp.yaml
    dlcli train configs/digits_mlp.yaml seed=1 optimizer.adam.learning_rate=3e-3
    dlcli train configs/digits_mlp.yaml '+network.after.relu1=dropout: {p: 0.2}'

    Ctrl-C ends the training after the running step and saves it; `dlcli resume` goes on exactly there.
    """
    from dlcli.commands import _lineage, _output, _runs, _session, _training
    from dlcli.commands._outcome import tell
    from dlcli.commands._output import placed

    options = _session.Options(workers, parallel, quiet)
    settings, experiment, start = _session.load(config, overrides, runs)
    lineage, warnings = _lineage.warnings(settings, experiment, start)
    trainer = _training.prepare(experiment, options, settings)
    for warning in warnings:
        _output.complain(f"warning: {warning}")
    run = _runs.create(settings, experiment, runs, lineage)
    with run.lock():
        outcome = _training.train(trainer, run, options, [placed(warning) for warning in settings.warnings + warnings])
    return tell(outcome, json, quiet)
