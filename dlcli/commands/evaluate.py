"""dlcli evaluate"""

from typing import Annotated

import typer

from dlcli.commands import _options as o

Split = Annotated[str | None, typer.Option("--split", metavar="NAME", show_default=False,
                                           help="train, validation or test. Default: test, or what there is.")]
Files = Annotated[
    list[str] | None,
    typer.Option(
        "--data",
        metavar="FILE",
        show_default=False,
        help="New rows with their targets, or a folder of pictures by class, instead of a split. Twice where inputs "
             "and targets are two "
        "files.",
    ),
]
Which = Annotated[
    str | None,
    typer.Option(
        "--checkpoint",
        metavar="WHICH",
        show_default=False,
        help="last, best, or a step. Default: best where a monitor is set, else last.",
    ),
]
Noise = Annotated[
    list[float] | None,
    typer.Option(
        "--noise",
        metavar="STD",
        show_default=False,
        help="Judge the rows under Gaussian noise too. May be given several times.",
    ),
]
Attacks = Annotated[list[str] | None, typer.Option(
    "--attack", metavar="KIND:EPSILON", show_default=False,
    help="Judge the rows under an attack too: fgsm:0.1, pgd:0.1 or pgd:0.1:40 (steps). May be given several times.")]
Seen = Annotated[bool, typer.Option(
    "--allow-seen", help="Judge a test split or file also where rows of it were trained on.")]
NAMES = ("train", "validation", "test")
PARTS = ("metrics", "intervals", "per_class", "confusion", "baseline")
SCORES, AVERAGES = ("precision", "recall", "f1"), ("_weighted", "_micro")
LARGEST = 20
"""Classes of the largest confusion matrix that is printed."""


def command(run: o.RunName, split: Split = None, data: Files = None, checkpoint: Which = None, noise: Noise = None,
            attack: Attacks = None, allow_seen: Seen = False, runs: o.Runs = o.RUNS, workers: o.Workers = None,
            parallel: o.Parallel = "fork", json: o.Json = False, quiet: o.Quiet = False):
    """Judge a trained network on a split or on new rows.

    Metrics with 95 % intervals (- where the rows are too few to tell), beside what a baseline reaches; for classes also
    one by one. Rows that the run, or one that it started from (init_from), was trained on are no test, and are refused.
    """
    from dlcli.api import _experiment, _stored
    from dlcli.errors import UsageError
    from dlcli.evaluation import robustness
    from dlcli.terminal import screen

    robustness.check(noise or [], attack or [])
    if split is not None and data:
        raise UsageError("--data", "goes without --split: it brings rows of its own")
    model = _stored.asked(run, runs, checkpoint)
    experiment, rows, name, seen = _rows(model, split, data, allow_seen)
    options = _experiment.Options(workers, parallel, quiet)
    disturbances = robustness.prepare(experiment, rows, noise or [], attack or [])
    parts, own, pixels = _stored.judged(model, experiment, rows, options)
    document = {"run": str(model.run.path), "status": model.run.status, "checkpoint": model.name,
                "step": model.checkpoint.state["step"], "split": name, "samples": len(rows), "seen": seen,
                "positive": experiment.data.positive_label}
    document |= {part: parts[part] for part in PARTS}
    document["remarks"] = _remarks(document, experiment)
    if pixels is not None and pixels.masks:
        document["picture"] = _picture(model, rows, pixels, experiment.data, name)
    if disturbances:
        document["robustness"] = [
            {"disturbance": None} | own,
            *robustness.judge(model, experiment, disturbances, options),
        ]
    if json:
        screen.emit(document)
    else:
        _show(document, model, experiment.data)
        if "robustness" in document:
            robustness.show(document["robustness"], experiment.data)
    for remark in document["remarks"]:
        screen.warn(f"warning: {remark}")


def _rows(model, split: str | None, data: list[str] | None, allow_seen: bool) -> tuple:
    """(experiment, rows, name of the split, how many of the rows the network has learned)."""
    from dlcli.api import _lineage, _stored

    if data:
        experiment = _stored.experiment_for(model)
        rows = _stored.new_rows(model, data, labelled=True)
        return experiment, rows, data[0], _lineage.judged_file(model.run, rows, data[0], allow_seen)
    experiment = _stored.experiment_of(model)
    rows, name = choose(experiment.data.splits, split)
    _stored.warn_of_unseen(experiment.data.unseen.get(name, {}))
    return experiment, rows, name, _lineage.judged(model.run, experiment, name, allow_seen)


def choose(splits: dict, wanted: str | None) -> tuple:
    """The rows of a split and its name; `test` by default, else the last there is."""
    from dlcli.config.wording.suggest import nearest
    from dlcli.errors import DataError, UsageError
    from dlcli.terminal.screen import listed

    name = wanted or ("test" if "test" in splits else list(splits)[-1] if splits else "test")
    if name not in NAMES:
        meant = nearest(name, splits)
        raise UsageError(
            f"--split {name}",
            "there is no such split",
            f"did you mean {meant}?" if meant else f"there are {listed(splits)}",
        )
    if name not in splits:
        raise DataError(
            f"--split {name}",
            "the run has no such split",
            f"there {'are' if len(splits) > 1 else 'is only'} {listed(splits)}" if splits else "its data has no rows",
        )
    return splits[name], name


def _remarks(document: dict, experiment) -> list[str]:
    """What the numbers say that somebody could miss."""
    from dlcli.terminal.screen import number
    from dlcli.training import constant

    worse = constant.worse(document["metrics"], document["baseline"] or {}) if constant.even(experiment) else None
    return [f"worse than the baseline: {constant.sentence(worse, experiment.data.task, number)}"] if worse else []


def _picture(model, rows, pixels, data, name: str) -> str | None:
    """The file with the first pictures and their masks; a run that can be read but not written to is judged without."""
    import numpy as np

    from dlcli.errors import RunError, StorageError
    from dlcli.figures import masks
    from dlcli.storage import atomic
    from dlcli.terminal.screen import warn

    shown = len(pixels.masks)
    inputs = {
        field: np.empty((shown, *spec), np.float32 if spec.dtype == "float" else np.int64)
        for field, spec in data.inputs.items()
    }
    rows.gather(np.arange(shown), inputs, np.empty((shown, *data.target), rows.target.dtype), {})
    seen = [x for x in inputs.values() if x.ndim == 4 and x.shape[-1] in (1, 3)]
    labels = data.labels or [str(i) for i in range(data.target.size)]
    try:
        path = atomic.real_folder(model.run.path / "plots") / "segmentation.png"
        atomic.write_file(path, masks.draw(seen[0] if seen else None, pixels.masks, labels, pixels.overlaps(),
                                            f"{model.run.path.name}: {name}, the first {shown}"), durable=False)
    except (StorageError, RunError) as error:
        return warn(f"no picture: {error.where}: {error.problem}")
    return str(path)


def _show(document: dict, model, data) -> None:
    from dlcli.terminal.screen import count, number, say, table

    which = f"{model.name} checkpoint, of step" if model.name in ("last", "best") else "checkpoint of step"
    status = document.get("status", "completed")
    say(document["run"] + ("" if status == "completed" else f" ({status})"))
    say(f"{document['split']}, {count(document['samples'], 'sample')}, {which} {model.checkpoint.state['step']:,}")
    if document.get("seen") and document["split"] != "train":
        verdict = "" if document["split"] == "validation" else ": no test"
        say(f"{document['seen']:,} of these rows were trained on{verdict}")
    say()
    baseline = document["baseline"] or {}
    shown = [name for name in document["metrics"] if not name.endswith(AVERAGES)]
    table(["", "value", "95 % interval", *(["baseline"] if baseline else [])],
          [[title(name, data), number(document["metrics"][name]), _interval(document["intervals"], name),
            *([number(baseline[name]) if name in baseline else ""] if baseline else [])] for name in shown])
    if baseline:
        classes = "the most frequent class, with the class shares as probabilities"
        say(
            f"baseline: always answers "
            f"{classes if data.task == 'classification' else 'the mean of the training targets'}"
        )
    if document["per_class"]:
        say()
        columns = list(document["per_class"][0])[1:]
        rows = [[short(c["label"], 30), *(number(c[k]) for k in columns)] for c in document["per_class"]]
        total = sum(c["support"] for c in document["per_class"])
        means = [
            [
                f"mean, {how[1:]}",
                *(number(total if k == "support" else document["metrics"].get(k + how)) for k in columns),
            ]
            for how in AVERAGES
            if SCORES[0] + how in document["metrics"]
        ]
        table(["class", *columns], rows + means)
    if document["confusion"] and len(document["confusion"]) <= LARGEST:
        _confusion(document)
    if document.get("picture"):
        say()
        say(f"inputs, true and predicted classes in {document['picture']}")


def title(name: str, data) -> str:
    """A metric for people: what it is of, where its name alone could be misread."""
    from dlcli.data.load import target_unscaler
    from dlcli.terminal.metrics import titled

    if data.task == "regression":
        return "loss (of scaled targets)" if name == "loss" and target_unscaler(data.fitted) is not None else name
    if data.positive_label is not None and name != "mse":
        return titled(name, data.positive_label)
    return f"{name} (macro)" if name in SCORES else "mse (Brier)" if name == "mse" else name


def _confusion(document: dict) -> None:
    """Counts with a row per true and a column per predicted class; what never happened is a dot."""
    from dlcli.terminal.screen import say, table

    labels = [short(c["label"]) for c in document["per_class"]]
    say()
    say("confusion: a row per true class, a column per predicted class")
    table(
        ["", *labels],
        [[label, *(str(n) if n else "·" for n in row)] for label, row in zip(labels, document["confusion"])],
        gap=2,
    )


def short(label: str, most: int = 12) -> str:
    return label if len(label) <= most else label[:most - 1] + "…"


def _interval(intervals: dict, name: str) -> str:
    """Empty where a metric has none, a dash where the rows are too few or too alike to tell."""
    from dlcli.terminal.screen import number

    pair = intervals.get(name)
    return f"{number(pair[0])} to {number(pair[1])}" if pair else "-" if name in intervals else ""
