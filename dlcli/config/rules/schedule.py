"""How the learning rate changes."""

import math
from collections.abc import Iterator

from dlcli.config.config import Config
from dlcli.config.rules.precision import beyond
from dlcli.config.text.problem import Problem
from dlcli.training.experiment import Experiment


def schedule(config: Config, experiment: Experiment) -> Iterator[Problem]:
    """Each schedule fits to the length of training, and makes no learning rate that is none."""
    if not experiment.train_rows:
        return
    span, rate = experiment.span, config.optimizer.learning_rate
    for i, each in enumerate(config.schedules):
        try:
            each.check(span)
            largest = rate * max(each.factor(step, span) for step in (0, span.total_steps - 1))
        except ValueError as error:
            yield config.problem(f"schedule.{i}", str(error))
            return
        except OverflowError:
            largest = math.inf
        if largest > rate and beyond(largest, experiment.dtype):
            problem = f"makes of the learning rate {rate:g} one that is too large for {experiment.dtype}"
            yield config.problem(f"schedule.{i}", problem)
            return
