"""dlcli init"""

from pathlib import Path
from typing import Annotated

import typer

from dlcli.commands import _options as o

Task = Annotated[
    str,
    typer.Argument(metavar="TASK", show_default=False, help="One of classification, regression, images, perceptron, "
                   "with data that come with dlcli; or text, series, sound, with --data."),
]
Target = Annotated[
    Path | None, typer.Argument(metavar="FILE", show_default=False, help="File to write. Default: TASK.yaml")
]
Data = Annotated[list[str] | None, typer.Option("--data", metavar="PATH", show_default=False, help=(
    "Your data. For text: a text or several, a table with a column of texts, a folder with a folder for each class, or "
    "CLASS=FILE for each. For series: a CSV file. For sound: a folder of recordings."))]
Column = Annotated[str | None, typer.Option("--target", metavar="COLUMN", show_default=False,
                                            help="The column of a table that is to be predicted.")]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that exists.")]


def command(task: Task, file: Target = None, data: Data = None, target: Column = None, force: Force = False,
            json: o.Json = False):
    """Write a commented config, which trains as it is: a starter, or one for data of yours by a look at them."""
    from dlcli import api
    from dlcli.terminal.screen import emit, say

    document = api.init(task, file, data=data, target=target, force=force)
    if json:
        return emit(document)
    path = document["config"]
    for line in document["found"]:
        say(line)
    say(f"Wrote {path}. It trains as it is; its comments say what to change.")
    say(f"  dlcli check {path}", f"  dlcli train {path}")
