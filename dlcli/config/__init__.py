"""The config of a run: text, overrides, validation, JSON Schema. `load` is the way in."""

from dlcli.config.config import Config, from_values, load, parse
from dlcli.config.network.expand import EntrySpec
from dlcli.config.override import apply
from dlcli.config.text.problem import Problem
from dlcli.errors import ConfigErrors

__all__ = ["Config", "ConfigErrors", "EntrySpec", "Problem", "apply", "from_values", "load", "parse"]
