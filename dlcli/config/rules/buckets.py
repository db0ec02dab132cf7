"""Rows of different length: how they are divided, and what a batch of them is."""

from collections.abc import Iterator

from dlcli.config.config import Config
from dlcli.config.text.problem import Problem
from dlcli.data.buckets import drop_buckets
from dlcli.training.experiment import Experiment


def buckets(config: Config, experiment: Experiment) -> Iterator[Problem]:
    """There must be a network for the rows of each bucket. If nobody asked for buckets, there are none then."""
    try:
        experiment.check_buckets()
    except ValueError as error:
        if config.data.buckets == "auto":
            drop_buckets(experiment.data)
        else:
            yield config.problem("data.buckets", f"there is no such network for shorter rows: {error}",
                                 "`buckets: 1`; or a pooling over all steps instead of `flatten`")


def tokens(config: Config, experiment: Experiment) -> Iterator[Problem]:
    """Tokens of a batch are counted of rows that have some."""
    if isinstance(config.training.batch_size, dict) and experiment.bucket_steps == [1]:
        yield config.problem("training.batch_size", "rows are no sequences here, so that a batch has no tokens",
                             "give it as a number of rows")
