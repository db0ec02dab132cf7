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
    from dlcli.api import train
    from dlcli.errors import Interrupted
    from dlcli.terminal.outcome import tell
    from dlcli.terminal.progress import display

    options = {"runs": runs, "workers": workers, "parallel": parallel, "watchers": display(quiet)}
    try:
        document = train(config, overrides or (), **options)
    except Interrupted as interrupted:
        document = interrupted.document
    return tell(document, json, quiet)
