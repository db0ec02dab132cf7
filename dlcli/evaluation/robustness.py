"""What `evaluate --noise` and `--attack` add: the same rows, disturbed, judged by the same measures."""

from copy import copy
from typing import TYPE_CHECKING, NamedTuple

from dlcli.errors import UsageError

if TYPE_CHECKING:
    from dlcli.api._experiment import Options
    from dlcli.api._stored import Stored
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
            raise UsageError(f"--attack {text[:40]}", str(error)) from None


class Disturbance(NamedTuple):
    about: dict
    """What it is, as `--json` says it."""
    rows: object
    attack: object | None


def prepare(experiment: "Experiment", rows, noise: list[float], attack: list[str]) -> list[Disturbance]:
    """What to judge the rows under, noise first. UsageErrors where there is nothing to disturb."""
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


def judge(model: "Stored", experiment: "Experiment", disturbances: list[Disturbance], options: "Options") -> list[dict]:
    """Loss and the config's metrics under each: documents, in this order."""
    return [each.about | _scores(model, experiment, each.rows, options, each.attack) for each in disturbances]


def _scores(model, experiment, rows, options, attack) -> dict:
    from dlcli.api._stored import network_of
    from dlcli.data.load import target_unscaler
    from dlcli.evaluation.report import plain
    from dlcli.training.scores import Scores, evaluate

    data = experiment.data
    network = network_of(model, experiment, options, attack)
    scores = Scores(network, {metric.kind: copy(metric) for metric in experiment.metrics}, data.target, data.positive,
                    target_unscaler(data.fitted))
    feed = network.add(rows)
    network.start()
    try:
        return plain(evaluate(network, feed, scores))
    finally:
        network.close()


def show(documents: list[dict], data) -> None:
    """One line for each disturbance, the clean rows first."""
    from dlcli.terminal.metrics import titled
    from dlcli.terminal.screen import number, say, table
    from dlcli.training.attacks import scale_of

    about = ("disturbance", "deviation", "epsilon", "steps")
    names = [name for name in documents[0] if name not in about]
    say()
    table(["robustness", *(titled(name, data.positive_label) for name in names)],
          [[_title(document), *(number(document[name]) for name in names)] for document in documents])
    pictures = {scale_of(data, name).picture for name, spec in data.inputs.items() if spec.dtype == "float"}
    units = {True: "in units of the picture, from black, 0, to white, 1",
             False: "in the units that the network reads, after all preparation"}
    say("noise and attacks " + "; other inputs ".join(units[kind] for kind in sorted(pictures, reverse=True)))


def _title(document: dict) -> str:
    kind = document["disturbance"]
    if kind is None:
        return "clean"
    if kind == "noise":
        return f"noise {document['deviation']:g}"
    return f"{kind} {document['epsilon']:g}" + (f", {document['steps']} steps" if kind == "pgd" else "")
