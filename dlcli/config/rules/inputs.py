"""What entries read of the data."""

from collections.abc import Iterator

from dlcli.config.config import Config
from dlcli.config.text.problem import Problem
from dlcli.data.dataset import Data


def inputs(config: Config, data: Data) -> Iterator[Problem]:
    """The names `input` and `input.<field>` that entries read must be there."""
    known = ["input"] if list(data.inputs) == ["x"] else [f"input.{name}" for name in data.inputs]
    for spec in config.entries:
        for name in spec.inputs:
            if name.split(".")[0] == "input" and name not in known:
                yield spec.problem(f"{spec.name} reads {name}, and the data has {', '.join(known)}",
                                   f"say which with `from: {known[0]}`")
                return
