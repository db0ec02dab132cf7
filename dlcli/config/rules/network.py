"""What the network as a whole must be able to do."""

from collections.abc import Iterator
from math import prod

from dlcli.config.config import Config
from dlcli.config.text.problem import Problem
from dlcli.training.experiment import Experiment


def network(config: Config, experiment: Experiment) -> Iterator[Problem]:
    """Something can be learned, by every layer that learns from the batch as a whole."""
    graph, single = experiment.graph, 1 in (config.training.batch_size, experiment.data.rows.get("train"))
    if not graph.trains:
        yield config.problem(
            "network",
            "nothing here can be trained: no entry that the output depends on has parameters that may change",
            "add a layer with parameters, such as `linear`, or take out `trainable: false`",
        )
        return
    for node in graph.nodes:
        if node.layer.needs_batch and node.trainable and single and prod(graph.values[node.sources[0]].spec[:-1]) == 1:
            spec = next(spec for spec in config.entries if spec.name == node.name)
            yield spec.problem(f"{node.name} compares the rows of a batch, and each batch is a single row",
                               "take a larger `training.batch_size`, or `layer_norm`")
            return
