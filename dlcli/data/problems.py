"""Several wrong options, found together."""

from collections.abc import Sequence

from dlcli.errors import ConfigError

HINTS = 100
"""Errors that get a hint of their own: as many as are shown."""


class Problems(ConfigError):
    """`errors` has each one at its place in the config; the exception itself is the first.

    columns: those that the file has, where the errors come from it.
    """

    def __init__(self, errors: list[ConfigError], columns: Sequence[str] | None = None):
        super().__init__(*errors[0].args)
        self.errors, self.columns = errors, columns
