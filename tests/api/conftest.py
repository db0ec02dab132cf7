"""The program as a fixture, as in the tests of commands."""

from tests.commands.conftest import dlcli

__all__ = ["dlcli"]
