"""dlcli check"""

from dlcli.commands import _options as o


def command(config: o.Config, overrides: o.Overrides = None, runs: o.Runs = o.RUNS, workers: o.Workers = None,
            json: o.Json = False, quiet: o.Quiet = False):
    """Show every error of a config; train nothing.

    Without errors: layers with their shapes, parameters, memory and work per sample. Headers of data files are read and
    tables scanned. Status 3 if the config has errors.
    """
    from dlcli import api
    from dlcli.errors import Exit
    from dlcli.terminal import outline, screen

    if json:
        document = api.check(config, overrides or (), runs=runs, workers=workers)
        screen.emit(document)
        return Exit.OK if document["valid"] else document["status"]
    outline.show(api.check(config, overrides or (), strict=True, runs=runs, workers=workers, notify=outline.heard))
    return Exit.OK
