"""Networks that read sequences, and what the data must be for them."""

from collections.abc import Iterator

from dlcli.config.config import Config
from dlcli.config.text.problem import Problem
from dlcli.training.experiment import Experiment


def streams(config: Config, experiment: Experiment) -> Iterator[Problem]:
    """What is carried from batch to batch must be that of the text that goes on there."""
    if experiment.data.streams or experiment.train_rows is None:
        return
    for node in experiment.graph.nodes:
        if node.layer.states:
            spec = next(spec for spec in config.entries if spec.name == node.name)
            random = "places" in next(iter(config.values["data"]["source"].values()))
            yield spec.problem(
                f"{node.name} carries its state into the next batch, and the rows there are others than those that "
                "follow", "`places: in_order` of the source lets them follow each other; or take `carry` out"
                if random else "take `carry` out: each row is a sequence by itself")


def future(config: Config, experiment: Experiment) -> Iterator[Problem]:
    """What is to be predicted must not be read: of a running text, the next token is an input of the next step."""
    if experiment.data.fitted is None or not experiment.data.fitted.target.follows:
        return
    name = experiment.graph.causal
    spec = next((spec for spec in config.entries if spec.name == name), None)
    if spec is not None:
        yield spec.problem(f"{name} looks ahead: each step would read the tokens that it is to predict",
                           "take a layer that reads forward alone (`direction: forward`), or works on each step by "
                           "itself, as `layer_norm` does")
