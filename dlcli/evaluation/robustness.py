"""What `evaluate --noise` and `--attack` add: the same rows, disturbed, evaluated by the same measures."""

from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING, NamedTuple

from dlcli.errors import UsageError
from dlcli.text import shorten

if TYPE_CHECKING:
    from dlcli.engine.network import Network
    from dlcli.training.experiment import Experiment


def check(noise: list[float], attack: list[str]) -> None:
    """UsageErrors, before anything long is begun."""
    from dlcli.training.attacks import parse

    for deviation in noise:
        if not 0 < deviation < float("inf"):
            raise UsageError(f"--noise {deviation:g}", "expected a standard deviation above 0", "as in --noise 0.1")
    for text in attack:
        try:
            parse(text)
        except ValueError as error:
            raise UsageError(f"--attack {shorten(text)}", str(error)) from None


class Disturbance(NamedTuple):
    """What is done to the rows before they are evaluated once more."""

    about: dict
    """What it is, as `--json` says it."""
    rows: object
    attack: object | None


def prepare(experiment: "Experiment", rows, noise: list[float], attack: list[str]) -> list[Disturbance]:
    """What to evaluate the rows under, noise first. UsageErrors if there is nothing to disturb."""
    from dlcli.training.attacks import Noisy, build, parse, steps_of

    found = []
    for deviation in noise:
        try:
            noisy = Noisy(rows, experiment.data, deviation, experiment.seed)
        except ValueError as error:
            raise UsageError(f"--noise {deviation:g}", str(error)) from None
        found.append(Disturbance({"disturbance": "noise", "deviation": deviation}, noisy, None))
    for text in attack:
        settings = parse(text)
        try:
            moved = build(settings, experiment.data, experiment.graph, experiment.dtype)
        except ValueError as error:
            raise UsageError(f"--attack {text}", str(error)) from None
        about = {"disturbance": settings.attack, "epsilon": settings.epsilon, "steps": steps_of(settings)}
        found.append(Disturbance(about, rows, moved))
    return found


def evaluate_under(
    experiment: "Experiment", disturbances: list[Disturbance], network: Callable[..., "Network"]
) -> list[dict]:
    """Loss and the config's metrics under each: documents, in this order. network: makes one for evaluation, given
    an attack or None."""
    return [each.about | _scores(experiment, each.rows, network(each.attack)) for each in disturbances]


def units(experiment: "Experiment") -> list[str]:
    """What noise and epsilon are measured in: `picture`, from black, 0, to white, 1, and `network` for what the network
    reads after all preparation."""
    from dlcli.training.attacks import scale_of

    data = experiment.data
    pictures = {scale_of(data, name).picture for name, spec in data.inputs.items() if spec.dtype == "float"}
    return ["picture" if picture else "network" for picture in sorted(pictures, reverse=True)]


def _scores(experiment: "Experiment", rows, network: "Network") -> dict:
    from dlcli.data.fitted import target_unscaler
    from dlcli.evaluation.report import plain
    from dlcli.training.scores import Scores, evaluate

    data = experiment.data
    scores = Scores(network, {metric.kind: copy(metric) for metric in experiment.metrics}, data.target, data.positive,
                    target_unscaler(data.fitted))
    handle = network.add(rows)
    with network:
        return plain(evaluate(network, handle, scores))
