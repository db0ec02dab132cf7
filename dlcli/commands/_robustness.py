"""What `evaluate --noise` and `--attack` add: the same rows, disturbed, judged by the same measures."""

from copy import copy
from typing import TYPE_CHECKING

from dlcli.errors import UsageError

if TYPE_CHECKING:
    from dlcli.commands._model import Stored
    from dlcli.commands._session import Options
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
            raise UsageError(f"--attack {text}", str(error)) from None


def judge(model: "Stored", experiment: "Experiment", rows, noise: list[float], attack: list[str], options: "Options") -> list[dict]:
    """Loss and metrics of the rows as they are, then under each noise and each attack: documents, in this order."""
    from dlcli.training.attacks import Noisy, build, parse, steps_of

    documents = [{"disturbance": None} | _scores(model, experiment, rows, options)]
    for deviation in noise:
        try:
            noisy = Noisy(rows, experiment.data, deviation, experiment.seed)
        except ValueError as error:
            raise UsageError(f"--noise {deviation:g}", str(error)) from None
        documents.append({"disturbance": "noise", "deviation": deviation} | _scores(model, experiment, noisy, options))
    for text in attack:
        settings = parse(text)
        try:
            moved = build(settings, experiment.data, experiment.graph, experiment.dtype)
        except ValueError as error:
            raise UsageError(f"--attack {text}", str(error)) from None
        documents.append({"disturbance": settings.attack, "epsilon": settings.epsilon, "steps": steps_of(settings)}
                         | _scores(model, experiment, rows, options, moved))
    return documents


def _scores(model, experiment, rows, options, attack=None) -> dict:
    from dlcli.commands._model import network_of
    from dlcli.data.load import target_unscaler
    from dlcli.training.evaluation import Scores, evaluate

    data = experiment.data
    network = network_of(model, experiment, options, attack)
    scores = Scores(network, {metric.kind: copy(metric) for metric in experiment.metrics}, data.target, data.positive,
                    target_unscaler(data.fitted))
    feed = network.add(rows)
    network.start()
    try:
        return evaluate(network, feed, scores)
    finally:
        network.close()


def show(documents: list[dict], data) -> None:
    """One line for each disturbance, the clean rows first."""
    from dlcli.commands._output import number, say, table
    from dlcli.training.attacks import scale_of

    about = ("disturbance", "deviation", "epsilon", "steps")
    names = [name for name in documents[0] if name not in about]
    say()
    table(["robustness", *names], [[_title(document), *(number(document[name]) for name in names)] for document in documents])
    pictures = all(scale_of(data, name).picture for name, spec in data.inputs.items() if spec.dtype == "float")
    say("noise and attacks in units of the picture, from black, 0, to white, 1" if pictures else
        "noise and attacks in the units that the network reads, after all preparation")


def _title(document: dict) -> str:
    kind = document["disturbance"]
    if kind is None:
        return "clean"
    if kind == "noise":
        return f"noise {document['deviation']:g}"
    return f"{kind} {document['epsilon']:g}" + (f", {document['steps']} steps" if kind == "pgd" else "")
