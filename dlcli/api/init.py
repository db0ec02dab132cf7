"""A starter config."""

from pathlib import Path

from dlcli.api import _arguments
from dlcli.text import closest, did_you_mean, listed

TASKS = ("classification", "regression", "images", "perceptron")


def init(task: str, file: str | Path | None = None, *, force: bool = False) -> dict:
    """Write a commented starter config, which trains as it is.

    task: one of TASKS. file: by default TASK.yaml; force: write over it. Returns {"config": path, "task"}.
    """
    from importlib import resources

    from dlcli.errors import UsageError
    from dlcli.storage.atomic import save

    task = _arguments.text("task", task) or ""
    if task not in TASKS:
        raise UsageError(f"init {task}", f"there is no such starter; there are {listed(TASKS)}",
                         did_you_mean(closest(task, TASKS)))
    path = _arguments.path("file", file or f"{task}.yaml")
    if path.exists() and not force:
        raise UsageError(str(path), "exists already", "name another file, or --force to write over it")
    save(path, resources.files("dlcli").joinpath("api", "starters", f"{task}.yaml").read_bytes())
    return {"config": str(path), "task": task}
