"""How rows are drawn."""

from collections.abc import Iterator

from dlcli.config.config import Config
from dlcli.config.text.problem import Problem
from dlcli.data.dataset import Data


def sampling(config: Config, data: Data) -> Iterator[Problem]:
    """Balanced sampling needs a class per row, and draws at random."""
    if config.data.sampling != "balanced":
        return
    if data.task != "classification" or tuple(data.target):
        yield config.problem("data.sampling", "balanced sampling needs one class per row, and the target here is none",
                             data.hints.get("classes"))
    elif not config.training.shuffle:
        yield config.problem("data.sampling", "balanced sampling draws at random, and `training.shuffle` is off",
                             "set `sampling: uniform`")
