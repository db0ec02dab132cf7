"""Every failure that a user can cause, and the exit status it ends in."""

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Self

from dlcli.text import printable

SHOWN = 100
"""How many problems of a config the text lists; `problems` and `document()` hold all."""


class Exit(IntEnum):
    """Exit statuses of the `dlcli` program, as documented in the README."""

    OK = 0
    BUG = 1
    USAGE = 2
    CONFIG = 3
    DATA = 4
    RUN = 5
    NUMERICAL = 6
    IO = 7
    CHECK_FAILED = 8
    INTERRUPTED = 130
    TERMINATED = 143


class DlcliError(Exception):
    """An error in three parts: where it is, what is wrong, and what to do about it.

    where: place in the user's own terms, such as `digits.yaml:14:9 network.3.linear.units`.
    problem: one sentence, such as `expected a whole number above 0, got -3`.
    hint: what to do about it, or None.
    """

    status = Exit.BUG

    def __init__(self, where: str, problem: str, hint: str | None = None):
        super().__init__(where, problem, hint)
        self.where, self.problem, self.hint = where, problem, hint

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.problem}", *(f"  {line}" for line in self.details())]
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(map(printable, lines))

    def details(self) -> list[str]:
        """What `str()` lists between problem and hint, a line each."""
        return []

    def document(self) -> dict:
        """The error as `--json` prints it."""
        return {"error": {"status": int(self.status), "where": self.where, "problem": self.problem, "hint": self.hint}}


class UsageError(DlcliError):
    status = Exit.USAGE


class ConfigError(DlcliError):
    status = Exit.CONFIG
    order = ()
    """What problems are sorted by; only those with a place in a file have one."""


class ConfigErrors(ConfigError):
    """Every problem of one config. `str()` shows them all; `document()` is the JSON form.

    problems: `config.text.problem.Problem`, each with its place in a file; or, from what only knows the path of an
    option, `ConfigError`, to which the config adds the places (`placed`). columns: those that a table has, if the
    problems come from it.
    """

    def __init__(self, problems: Sequence, columns: Sequence[str] | None = None):
        self.problems = list(dict.fromkeys(sorted(problems, key=lambda problem: problem.order)))
        self.columns = columns
        first = self.problems[0]
        more = len(self.problems) - 1
        super().__init__(first.where, first.problem + (f" (and {more} more)" if more else ""), first.hint)

    def __reduce__(self):
        return type(self), (self.problems, self.columns)

    def placed(self, place: Callable[[str, str, str | None], object]) -> Self:
        """The same problems with their places. place: makes a problem of the three parts of an error."""
        return type(self)([place(*found.args) if isinstance(found, ConfigError) else found for found in self.problems])

    def __str__(self) -> str:
        shown = [str(problem) for problem in self.problems[:SHOWN]]
        count = len(self.problems)
        tail = "1 error" if count == 1 else f"{count} errors"
        return "\n\n".join([*shown, tail + (f", the first {SHOWN} shown" if count > SHOWN else "")])

    def document(self) -> dict:
        return super().document() | {"errors": [problem.document() for problem in self.problems]}


class DataError(DlcliError):
    status = Exit.DATA


class RunError(DlcliError):
    status = Exit.RUN


class NumericalError(DlcliError):
    status = Exit.NUMERICAL


class Interrupted(KeyboardInterrupt):
    """A training that a signal ended after a step. It is saved, and `resume` goes on exactly there.

    document: what `train` or `resume` returns of a training that ends by itself; its status is "interrupted".
    """

    def __init__(self, document: dict):
        super().__init__(f"interrupted and saved: resume({document['run']!r}) goes on")
        self.document = document

    def __reduce__(self):
        return type(self), (self.document,)


class StorageError(DlcliError):
    """Disk full, no permission, a device that fails."""

    status = Exit.IO
