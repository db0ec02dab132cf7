"""Every failure that a user can cause, and the exit status it ends in."""

from enum import IntEnum

from dlcli.text import printable


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
    hint: what would mend it, or None.
    """

    status = Exit.BUG

    def __init__(self, where: str, problem: str, hint: str | None = None):
        super().__init__(where, problem, hint)
        self.where, self.problem, self.hint = where, problem, hint

    def __str__(self) -> str:
        hint = f"\n  hint: {printable(self.hint)}" if self.hint else ""
        return printable(f"{self.where}: {self.problem}") + hint

    def document(self) -> dict:
        """The error as `--json` prints it."""
        return {"error": {"status": int(self.status), "where": self.where, "problem": self.problem, "hint": self.hint}}


class UsageError(DlcliError):
    status = Exit.USAGE


class ConfigError(DlcliError):
    status = Exit.CONFIG


class DataError(DlcliError):
    status = Exit.DATA


class RunError(DlcliError):
    status = Exit.RUN


class NumericalError(DlcliError):
    status = Exit.NUMERICAL


class StorageError(DlcliError):
    """Disk full, no permission, a device that fails."""

    status = Exit.IO
