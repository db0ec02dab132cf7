"""Arguments of the functions: what is no such thing is a UsageError that names it. (Commands have looked already.)"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from dlcli.errors import UsageError

FORMS = ("fork", "thread", "serial")
MOST_WORKERS = 4096


def path(name: str, value) -> Path:
    if not isinstance(value, str | os.PathLike) or not os.fspath(value):
        raise UsageError(name, f"expected a path, got {_got(value)}")
    return Path(value)


def name_of(name: str, value) -> str:
    """A path as it was written: `./last` is another run than `last`."""
    path(name, value)
    return os.fspath(value)


def texts(name: str, value, example: str = "") -> list[str]:
    """A list of texts or paths; a single one stands for a list of one. None: an empty list."""
    many = () if value is None else [value] if isinstance(value, str | os.PathLike) else value
    if isinstance(many, bytes | Mapping) or not isinstance(many, Iterable):
        raise UsageError(name, f"expected texts, got {_got(value)}", f"such as {example}" if example else None)
    found = list(many)
    for one in found:
        if not isinstance(one, str | os.PathLike):
            hint = f"such as {example}" if example else None
            raise UsageError(name, f"expected texts, got {_got(one)} among them", hint)
    return [os.fspath(one) for one in found]


def numbers(name: str, value) -> list[float]:
    """A list of numbers; a single one stands for a list of one. None: an empty list."""
    many = () if value is None else [value] if isinstance(value, int | float) else value
    if isinstance(many, str | bytes | Mapping) or not isinstance(many, Iterable):
        raise UsageError(name, f"expected numbers, got {_got(value)}")
    found = list(many)
    for one in found:
        if isinstance(one, bool | str | bytes) or not hasattr(one, "__float__"):
            raise UsageError(name, f"expected numbers, got {_got(one)} among them")
    return [float(one) for one in found]


def whole(name: str, value, least: int = 1, most: int | None = None) -> int | None:
    """A whole number in a range, or None."""
    if value is None:
        return None
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise UsageError(name, f"expected a whole number, got {_got(value)}")
    if value < least:
        raise UsageError(name, f"expected {least} or more, got {value}")
    if most is not None and value > most:
        raise UsageError(name, f"expected {most} or less, got {value}")
    return int(value)


def choice(name: str, value, choices: Iterable[str]) -> str:
    if value not in choices:
        raise UsageError(name, f"expected {' or '.join(map(repr, choices))}, got {_got(value)}")
    return value


def text(name: str, value) -> str | None:
    if value is not None and not isinstance(value, str):
        raise UsageError(name, f"expected a text, got {_got(value)}")
    return value


def checkpoint(value) -> str | None:
    """`last`, `best`, or a step, as a number too."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else text("checkpoint", value)


def sharing(workers, parallel) -> tuple[int | None, str]:
    """How work is shared among processes."""
    return whole("workers", workers, most=MOST_WORKERS), choice("parallel", parallel, FORMS)


def watching(watchers) -> list:
    from dlcli.training.watcher import Watcher

    found = list(watchers) if isinstance(watchers, Iterable) else [watchers]
    for one in found:
        if not isinstance(one, Watcher):
            raise UsageError("watchers", f"expected training.watcher.Watchers, got {_got(one)}")
    return found


def refuse_overwriting(output: Path | None, inputs: Iterable[str], run: Path) -> None:
    """UsageError if a file to be written is one of the files that are read, or the run's journal."""
    if output is None or not output.exists():
        return
    for source in (*map(Path, inputs), run / "metrics.jsonl"):
        if source.exists() and output.samefile(source):
            raise UsageError(f"-o {output}", "is read, and would be written over", "name another file")


def _got(value) -> str:
    return "nothing" if value is None else f"{value!r:.40}" if isinstance(value, str | int | float | bytes) else (
        type(value).__name__)
