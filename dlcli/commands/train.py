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
    from dlcli.api import _experiment, _lineage, _runs, _training
    from dlcli.terminal import screen
    from dlcli.terminal.outcome import tell
    from dlcli.terminal.screen import placed

    options = _experiment.Options(workers, parallel, quiet)
    settings, experiment, start = _experiment.load(config, overrides, runs)
    lineage, warnings = _lineage.warnings(settings, experiment, start)
    trainer = _training.prepare(experiment, options, settings)
    for warning in warnings:
        screen.complain(f"warning: {warning}")
    run = _runs.create(settings, experiment, runs, lineage)
    with run.lock():
        outcome = _training.train(trainer, run, options, [placed(warning) for warning in settings.warnings + warnings])
    return tell(outcome, json, quiet)
