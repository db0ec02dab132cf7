"""The document of `evaluate` for people: metrics with their intervals, classes one by one, confusion, robustness."""

from dlcli.terminal.metrics import LONGEST, titled
from dlcli.terminal.screen import say, table
from dlcli.text import count, cut, number

SCORES, AVERAGES = ("precision", "recall", "f1"), ("_weighted", "_micro")
LARGEST = 20
"""Classes of the largest confusion matrix that is printed."""
NARROW = 12
"""Columns that a class's name takes in it."""
DISTURBED = ("disturbance", "deviation", "epsilon", "steps")
"""What of a line on robustness says how the rows were disturbed."""
UNITS = {
    "picture": "in units of the picture, from black, 0, to white, 1",
    "network": "in the units that the network reads, after all preparation",
}
BASELINES = {
    "classification": "the most frequent class, with the class shares as probabilities",
    "regression": "the mean of the training targets",
}
TOKENS = "the most frequent token, with the shares of the training text as probabilities (one added to each count)"
NAIVE = {
    "naive": "naive: repeats the last value",
    "seasonal_naive": "seasonal naive: repeats the value one season before",
}


def show(document: dict) -> None:
    """Metrics first, then what else the document has."""
    _head(document)
    _metrics(document)
    for part in [part for part in document if part.startswith("by_") and document[part]]:
        _grouped(document[part])
    if document["per_class"]:
        _classes(document)
    if document["confusion"] and len(document["confusion"]) <= LARGEST:
        _confusion(document)
    if document.get("picture"):
        say()
        say(f"inputs, true and predicted classes in {document['picture']}")
    if "robustness" in document:
        _robustness(document)


def _head(document: dict) -> None:
    which = document["checkpoint"]
    which = f"{which} checkpoint, of step" if which in ("last", "best") else "checkpoint of step"
    status = document["status"]
    say(document["run"] + ("" if status == "completed" else f" ({status})"))
    say(f"{document['split']}, {count(document['samples'], 'sample')}, {which} {document['step']:,}")
    if document["seen"] and document["split"] != "train":
        verdict = "" if document["split"] == "validation" else ": no test"
        some = document["per_class"] or document["task"] == "regression"        # else what is counted is no row
        said = f"{document['seen']:,} of these rows were" if some else "some of these rows were"
        say(f"{said} trained on{verdict}")
    say()


def _metrics(document: dict) -> None:
    baselines = {"baseline": document["baseline"]} | document.get("baselines", {})
    baselines = {name: found for name, found in baselines.items() if found}
    rows = [[title(name, document), number(value), _interval(document["intervals"], name)]
            for name, value in document["metrics"].items() if not name.endswith(AVERAGES)]
    names = [name for name in document["metrics"] if not name.endswith(AVERAGES)]
    for found in baselines.values():
        rows = [[*row, number(found[name]) if name in found else ""] for name, row in zip(names, rows)]
    columns = ["", "value", "95 % interval", *(name.replace("_", " ") for name in baselines)]
    if "baselines" in document:         # forecasts have no intervals
        columns, rows = columns[:2] + columns[3:], [row[:2] + row[3:] for row in rows]
    table(columns, rows)
    if "baseline" in baselines:
        tokens = document["task"] == "classification" and "f1" not in document["baseline"]
        say(f"baseline: always answers {TOKENS if tokens else BASELINES[document['task']]}")
    for name in [name for name in NAIVE if name in baselines]:
        say(NAIVE[name])


def _grouped(rows: list[dict]) -> None:
    """What is said of each step of a horizon, or of rows of a kind."""
    say()
    names = list(rows[0])
    table([name.replace("_", " ") for name in names],
          [[str(row[names[0]]), *(number(row[name]) for name in names[1:])] for row in rows])


def _classes(document: dict) -> None:
    say()
    classes, metrics = document["per_class"], document["metrics"]
    columns = list(classes[0])[1:]
    rows = [[cut(c["label"], LONGEST), *(number(c[k]) for k in columns)] for c in classes]
    total = sum(c["support"] for c in classes)
    means = [
        [f"mean, {how[1:]}", *(number(total if k == "support" else metrics.get(k + how)) for k in columns)]
        for how in AVERAGES
        if SCORES[0] + how in metrics
    ]
    table(["class", *columns], rows + means)


def title(name: str, document: dict) -> str:
    """A metric for people: what it is of, if its name alone could be misread."""
    if document["task"] == "regression":
        return "loss (of scaled targets)" if name == "loss" and document["scaled"] else name
    if document["positive"] is not None and name != "mse":
        return titled(name, document["positive"])
    return f"{name} (macro)" if name in SCORES else "mse (Brier)" if name == "mse" else name


def _confusion(document: dict) -> None:
    """Counts with a row per true and a column per predicted class; what never happened is a dot."""
    labels = [cut(c["label"], NARROW) for c in document["per_class"]]
    say()
    say("confusion: a row per true class, a column per predicted class")
    table(
        ["", *labels],
        [[label, *(str(n) if n else "·" for n in row)] for label, row in zip(labels, document["confusion"])],
        gap=2,
    )


def _interval(intervals: dict, name: str) -> str:
    """Empty if a metric has none, a dash if the rows are too few or too alike to tell."""
    pair = intervals.get(name)
    return f"{number(pair[0])} to {number(pair[1])}" if pair else "-" if name in intervals else ""


def _robustness(document: dict) -> None:
    """One line for each disturbance, the clean rows first."""
    rows = document["robustness"]
    names = [name for name in rows[0] if name not in DISTURBED]
    say()
    table(["robustness", *(titled(name, document["positive"]) for name in names)],
          [[_disturbance(row), *(number(row[name]) for name in names)] for row in rows])
    say("noise and attacks " + "; other inputs ".join(UNITS[unit] for unit in document["robustness_units"]))


def _disturbance(row: dict) -> str:
    kind = row["disturbance"]
    if kind is None:
        return "clean"
    if kind == "noise":
        return f"noise {row['deviation']:g}"
    return f"{kind} {row['epsilon']:g}" + (f", {row['steps']} steps" if kind == "pgd" else "")
