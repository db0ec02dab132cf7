"""What `evaluate` says of rows of a kind: by how long they are, and, of tokens that nobody has placed, by each one."""

import copy

import numpy as np

from dlcli.data.dataset import Data
from dlcli.data.fitted import target_unscaler
from dlcli.engine.network import Handle, Network
from dlcli.engine.plans import Answers
from dlcli.engine.registry import create
from dlcli.evaluation.report import MOST_CLASSES, plain
from dlcli.metrics.formulas.edit_distance import edits
from dlcli.metrics.formulas.whole import tokens
from dlcli.training.experiment import Experiment
from dlcli.training.scores import Scores, cut

GROUPS = 4
"""Rows are divided into at most so many groups by their length, of about as many rows each."""


class ByLength:
    """The config's own metrics, or the task's first one, of rows of about one length."""

    def __init__(self, experiment: Experiment, network: Network, lengths: np.ndarray):
        data, own = experiment.data, experiment.metrics or [_first(experiment)]
        self._lengths = lengths
        upto = np.unique(lengths)
        if len(upto) > GROUPS:
            upto = np.unique(np.quantile(lengths, np.linspace(0, 1, GROUPS + 1)[1:], method="higher"))
        self._upto = upto
        self._group = np.searchsorted(self._upto, lengths)
        self._scores = [Scores(network, {metric.kind: copy.copy(metric) for metric in own}, data.target, data.positive,
                               target_unscaler(data.fitted)) for _ in self._upto]
        for scores in self._scores:
            scores.start()

    def add(self, answers: Answers) -> None:
        groups = self._group[answers.rows]
        for group in np.unique(groups).tolist():
            own = groups == group
            self._scores[group].add(Answers(*(None if part is None else part[own] for part in answers)))

    def document(self) -> list[dict]:
        found = []
        for group, scores in enumerate(self._scores):
            lengths = self._lengths[self._group == group]
            least, most = int(lengths.min()), int(lengths.max())
            found.append({"length": f"{least} to {most}" if least < most else str(least), "rows": len(lengths)}
                         | scores.results())
        return plain(found)


class ByLabel:
    """How often each token of the targets was found, by the fewest edits between what was decoded and the target."""

    def __init__(self, data: Data):
        self._labels = data.labels or [str(i) for i in range(data.target.size)]
        self._counts = np.zeros((4, data.target.size), np.int64)

    def add(self, answers: Answers) -> None:
        for row, wanted in zip(cut(answers.y, answers.lengths), cut(answers.t, answers.target_lengths)):
            support, substituted, deleted, inserted = self._counts
            np.add.at(support, wanted, 1)
            for found, right in edits(tokens(row, wanted, len(self._labels)), wanted):
                if found is None:
                    deleted[right] += 1
                elif right is None:
                    inserted[found] += 1
                elif found != right:
                    substituted[right] += 1

    def document(self) -> list[dict]:
        support, substituted, deleted, inserted = self._counts
        with np.errstate(invalid="ignore"):
            found = (support - substituted - deleted) / support
        names = ("label", "found", "taken_for_another", "left_out", "put_in", "support")
        return plain([dict(zip(names, row))
                      for row in zip(self._labels, found, substituted, deleted, inserted, support)])


def groups(experiment: Experiment, network: Network, handle: Handle) -> dict[str, ByLength | ByLabel]:
    """What is to be counted of a data set beside the rest, by its name in the document."""
    data, found = experiment.data, {}
    lengths = [own for own in handle.dataset.lengths.values() if own.min() < own.max()]
    if len(lengths) == 1:
        found["by_length"] = ByLength(experiment, network, lengths[0])
    if not experiment.loss.aligned and data.target.size <= MOST_CLASSES:
        found["by_label"] = ByLabel(data)
    return found


def _first(experiment: Experiment):
    """The metric that everybody asks for first."""
    return create("metrics", "accuracy" if experiment.data.task == "classification" else "mae")
