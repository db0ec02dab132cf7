"""How many rows a step learns from."""

from collections.abc import Iterator

from dlcli.config.config import Config
from dlcli.config.text.problem import Problem
from dlcli.training.experiment import Experiment


def batch(config: Config, experiment: Experiment) -> Iterator[Problem]:
    """A warning if the config asks for more rows per batch than there are."""
    rows, size = experiment.data.rows.get("train"), config.training.batch_size
    section = config.tree.value.get("training")
    written = section is not None and isinstance(section.value, dict) and "batch_size" in section.value
    if written and rows and isinstance(size, int) and size > rows:
        yield config.problem(
            "training.batch_size",
            f"a batch of {size:,} rows is asked for, and the training split has {rows:,}: each batch is the whole "
            "split",
            "`batch_size: all` says so",
        )
