"""dlcli init"""

from pathlib import Path
from typing import Annotated

import typer

from dlcli.commands import _options as o

TASKS = ("classification", "regression", "images", "perceptron")
Task = Annotated[str, typer.Argument(metavar="TASK", show_default=False, help=f"One of {', '.join(TASKS)}.")]
Target = Annotated[
    Path | None, typer.Argument(metavar="FILE", show_default=False, help="File to write. Default: TASK.yaml")
]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that exists.")]


def command(task: Task, file: Target = None, force: Force = False, json: o.Json = False):
    """Write a commented starter config, which trains as it is."""
    from difflib import get_close_matches
    from importlib import resources

    from dlcli.errors import UsageError
    from dlcli.terminal.screen import emit, listed, save, say

    if task not in TASKS:
        near = get_close_matches(task, TASKS, 1)
        raise UsageError(f"init {task}", f"there is no such starter; there are {listed(TASKS)}",
                         f"did you mean {near[0]}?" if near else None)
    path = file or Path(f"{task}.yaml")
    if path.exists() and not force:
        raise UsageError(str(path), "exists already", "name another file, or --force to write over it")
    save(path, resources.files("dlcli").joinpath("api", "starters", f"{task}.yaml").read_bytes())
    if json:
        return emit({"config": str(path), "task": task})
    say(f"Wrote {path}. It trains as it is; its comments say what to change.")
    say(f"  dlcli check {path}", f"  dlcli train {path}")
