"""dlcli resume"""

from dlcli.commands import _options as o


def command(run: o.RunName, runs: o.Runs = o.RUNS, workers: o.Workers = None, parallel: o.Parallel = "fork",
            json: o.Json = False, quiet: o.Quiet = False):
    """Go on exactly where a run stopped.

    The result has the same bytes as that of a run which nothing interrupted. A run that is complete stays as it is.
    If these bytes could not be had (its config or data were changed, or NumPy, dlcli or the processor is another),
    the differences are listed, and nothing is done.
    """
    from dlcli.api import resume
    from dlcli.errors import Interrupted
    from dlcli.terminal.outcome import tell
    from dlcli.terminal.progress import display

    try:
        document = resume(run, runs=runs, workers=workers, parallel=parallel, watchers=display(quiet))
    except Interrupted as interrupted:
        document = interrupted.document
    return tell(document, json, quiet)
