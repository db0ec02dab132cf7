"""dlcli compare"""

from typing import Annotated

import typer

from dlcli.commands import _options as o

RunNames = Annotated[list[str], typer.Argument(metavar="RUN", show_default=False, help="Each " + o.RUN_HELP[2:])]


def command(names: RunNames, runs: o.Runs = o.RUNS, json: o.Json = False):
    """Set runs side by side.

    Where their configs differ, and what came of it.
    """
    from dlcli import api
    from dlcli.terminal import comparison, screen

    screen.present(api.compare(names, runs=runs), json, comparison.show)
