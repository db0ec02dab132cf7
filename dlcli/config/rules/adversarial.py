"""Training on attacked inputs."""

from collections.abc import Iterator

from dlcli.config.config import Config
from dlcli.config.text.problem import Problem
from dlcli.training.experiment import Experiment


def adversarial(config: Config, experiment: Experiment) -> Iterator[Problem]:
    """The inputs can be moved, and in each shard at least one row is."""
    try:
        experiment.adversary()
    except ValueError as error:
        yield config.problem("training.adversarial", str(error),
                             "take it out: this network can only be trained as it is")
        return
    settings, rows = config.training.adversarial, -(-experiment.batch_rows // experiment.shards)
    if settings and not round(settings.share * rows):
        yield config.problem(
            "training.adversarial.share",
            f"attacks no row: each shard of a batch has {rows:,} rows at most, and "
            f"{settings.share:g} of them are rounded to none",
            "take a larger share, a larger `training.batch_size` or fewer `training.shards`",
        )
