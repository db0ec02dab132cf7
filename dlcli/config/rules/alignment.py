"""Targets that are sequences of their own: each must have room in the output."""

from collections.abc import Iterator

import numpy as np

from dlcli.config.config import Config
from dlcli.config.text.problem import Problem
from dlcli.data.dataset import Sequences
from dlcli.text import count, listed
from dlcli.training.experiment import Experiment

CURE = "`loss: {ctc: {skip_impossible: true}}` leaves such rows out"


def alignment(config: Config, experiment: Experiment) -> Iterator[Problem]:
    """The output must have as many steps as each target needs."""
    sequences, experiment.data.sequences = experiment.data.sequences, {}      # the tables behind them can go
    for split, found in sequences.items():
        needed = experiment.loss.needed_steps(np.asarray(found.targets), getattr(found.targets, "lengths", None))
        if needed is None:
            return
        given = _given(experiment, found, needed)
        short = np.flatnonzero(given < needed)
        if len(short):
            row = int(short[np.argmax(needed[short] - given[short])])
            yield config.problem(
                "network", f"{len(short):,} of {count(len(needed), f'{split} row')} cannot be learned: the target "
                f"needs more steps than the output has; {found.where(row)} needs {needed[row]:,}, one for each class "
                f"and one more between two equal ones, and has {given[row]:,}", _hint(experiment))
            return


def _given(experiment: Experiment, found: Sequences, needed: np.ndarray) -> np.ndarray:
    """Steps of each row's output (rows,). They never grow less with a row, so that most rows need not be asked for."""
    names = list(found.lengths)
    steps = np.stack([found.lengths[name] for name in names], 1) if names else np.zeros((len(needed), 0), np.int64)
    given = needed.copy()
    least = _steps(experiment, names, steps.min(0))
    doubtful = np.flatnonzero(needed > least)
    own, place = np.unique(steps[doubtful], axis=0, return_inverse=True)
    each = np.array([_steps(experiment, names, row) for row in own], np.int64)
    given[doubtful] = each[place.reshape(-1)]
    return given


def _steps(experiment: Experiment, names: list[str], steps: np.ndarray) -> int:
    """Of a row for which no network of its own can be made nothing is known until it is trained on."""
    found = experiment.output_steps(dict(zip(names, steps.tolist())))
    return np.iinfo(np.int64).max if found is None else found


def _hint(experiment: Experiment) -> str:
    graph = experiment.graph
    shorter = [node.name for node in graph.nodes
               if any(len(spec) == 2 and len(y) == 2 and y[0] < spec[0]
                      for y in [graph.values[node.value].spec]
                      for spec in [graph.values[source].spec for source in node.sources])]
    if not shorter:
        return f"the rows themselves are too short: take them out; {CURE}"
    are = "makes rows" if len(shorter) == 1 else "make rows"
    return f"{listed(shorter)} {are} shorter: a smaller stride or no pooling; {CURE}"
