"""dlcli init"""

from pathlib import Path
from typing import Annotated

import typer

from dlcli.commands import _options as o

Task = Annotated[
    str,
    typer.Argument(
        metavar="TASK", show_default=False, help="One of classification, regression, images, perceptron."
    ),
]
Target = Annotated[
    Path | None, typer.Argument(metavar="FILE", show_default=False, help="File to write. Default: TASK.yaml")
]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that exists.")]


def command(task: Task, file: Target = None, force: Force = False, json: o.Json = False):
    """Write a commented starter config, which trains as it is."""
    from dlcli import api
    from dlcli.terminal.screen import emit, say

    document = api.init(task, file, force=force)
    if json:
        return emit(document)
    path = document["config"]
    say(f"Wrote {path}. It trains as it is; its comments say what to change.")
    say(f"  dlcli check {path}", f"  dlcli train {path}")
