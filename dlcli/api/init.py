"""A starter config."""

from pathlib import Path

from dlcli.text import listed

TASKS = ("classification", "regression", "images", "perceptron")


def init(task: str, file: str | Path | None = None, *, force: bool = False) -> dict:
    """Write a commented starter config, which trains as it is.

    task: one of TASKS. file: by default TASK.yaml; force: write over it. Returns {"config": path, "task"}.
    """
    from difflib import get_close_matches
    from importlib import resources

    from dlcli.errors import UsageError
    from dlcli.storage.atomic import save

    if task not in TASKS:
        near = get_close_matches(task, TASKS, 1)
        raise UsageError(f"init {task}", f"there is no such starter; there are {listed(TASKS)}",
                         f"did you mean {near[0]}?" if near else None)
    path = Path(file or f"{task}.yaml")
    if path.exists() and not force:
        raise UsageError(str(path), "exists already", "name another file, or --force to write over it")
    save(path, resources.files("dlcli").joinpath("api", "starters", f"{task}.yaml").read_bytes())
    return {"config": str(path), "task": task}
