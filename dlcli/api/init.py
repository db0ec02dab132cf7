"""A starter config, or one for data of one's own."""

from collections.abc import Iterable
from pathlib import Path

from dlcli.api import _arguments
from dlcli.api._call import call
from dlcli.notices import Listener
from dlcli.text import closest, did_you_mean, listed

STARTERS = ("classification", "regression", "images", "perceptron")
PROPOSED = ("text", "series", "sound")
"""What is proposed by a look at the user's data: a module of `api/proposals` each."""
TASKS = STARTERS + PROPOSED
EXAMPLES = {"text": "book.txt", "series": "sales.csv", "sound": "recordings"}


def init(task: str, file: str | Path | None = None, *, data: str | Path | Iterable[str | Path] | None = None,
         target: str | None = None, force: bool = False, notify: Listener | None = None) -> dict:
    """Write a commented starter config, which trains as it is.

    task: one of TASKS. file: by default TASK.yaml; force: write over it. data: of the tasks PROPOSED, what the config
    is for: a text or several, a folder or table of texts with a class each (`class=file` for each class), a CSV file of
    a series, a folder of recordings. target: the column of a table that is predicted. notify: as for `train`.

    Returns {"config": path, "task", "found": what was seen of the data, line by line, "warnings"}.
    """
    from dlcli.errors import UsageError
    from dlcli.storage.atomic import save

    task, target = _arguments.text("task", task) or "", _arguments.text("target", target)
    given = _arguments.texts("data", data)
    if task not in TASKS:
        raise UsageError(f"init {task}", f"there is no such starter; there are {listed(TASKS)}",
                         did_you_mean(closest(task, TASKS)))
    if task in PROPOSED and not given:
        raise UsageError(f"init {task}", "is written for data of yours, and none are named",
                         f"dlcli init {task} --data {EXAMPLES[task]}")
    if task in STARTERS and (given or target):
        raise UsageError("--data" if given else "--target", f"goes with {listed(PROPOSED)}; {task} is a starter with "
                         "data that come with dlcli", f"write {task}.yaml without it, and name your file there")
    path = _arguments.path("file", file or f"{task}.yaml")
    if path.exists() and not force:
        raise UsageError(str(path), "exists already", "name another file, or --force to write over it")
    with call(notify) as warnings:
        text = _proposed(task, given, target, path) if task in PROPOSED else _starter(task)
        save(path, text)
        found = [line[2:] for line in text.decode().splitlines()[1:5] if line.startswith("# ")] if given else []
        return {"config": str(path), "task": task, "found": found, "warnings": warnings}


def _starter(task: str) -> bytes:
    from importlib import resources

    return resources.files("dlcli").joinpath("api", "starters", f"{task}.yaml").read_bytes()


def _proposed(task: str, data: list[str], target: str | None, path: Path) -> bytes:
    """A config that has been checked: what is wrong with the data is said now, and no file is written."""
    from dlcli.api.proposals import series, sound, text
    from dlcli.config.build import outline
    from dlcli.config.config import parse

    proposer = {"text": text, "series": series, "sound": sound}[task]
    config = proposer.propose(data, target, path, path.stem).encode()
    outline(parse(config, str(path)), path.resolve().parent)
    return config
