"""Evaluate a trained network."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from dlcli.api import _arguments
from dlcli.api._call import call
from dlcli.notices import Listener, note
from dlcli.text import number

if TYPE_CHECKING:
    from dlcli.api._stored import Networks, Stored
    from dlcli.data.dataset import Data, Dataset
    from dlcli.evaluation.evaluate import Evaluation
    from dlcli.evaluation.segmentation import Pixels
    from dlcli.training.experiment import Experiment

PARTS = ("metrics", "intervals", "per_class", "confusion", "baseline")


def evaluate(
    run: str | Path,
    *,
    split: str | None = None,
    data: str | Path | Iterable[str | Path] | None = None,
    checkpoint: str | None = None,
    noise: float | Iterable[float] = (),
    attack: str | Iterable[str] = (),
    allow_seen: bool = False,
    runs: str | Path = "runs",
    workers: int | None = None,
    parallel: str = "fork",
    notify: Listener | None = None,
) -> dict:
    """Evaluate a run's network on a split or on new rows.

    run: a folder, its name below `runs`, a beginning of that name, or `last`. split: `train`, `validation` or `test`;
    by default test, or what there is. data: files of new rows with their targets, instead of a split. checkpoint:
    `last`, `best` or a step; by default best if a monitor is set, else last. noise: standard deviations of Gaussian
    noise, attack: such as `fgsm:0.1`, under which the rows are evaluated too. allow_seen: evaluate a test split or file
    also if rows of it were trained on, which else is a DataError. workers, parallel, notify: as for `train`.

    Returns {"split", "samples", "metrics": {name: value}, "intervals": {name: [low, high]} (95 %), "per_class",
    "confusion" (a row per true class), "baseline", "robustness", "remarks", "warnings", ...}. Of forecasts also
    "baselines", metrics by the name of a naive forecast, and "by_step", errors for each step of the horizon.
    """
    from dlcli.api import _stored
    from dlcli.evaluation.robustness import check

    run, runs, split = _arguments.name_of("run", run), _arguments.path("runs", runs), _arguments.text("split", split)
    disturbed = _arguments.numbers("noise", noise), _arguments.texts("attack", attack, "fgsm:0.1")
    files, sharing = _files(data, split), _arguments.sharing(workers, parallel)
    with call(notify) as warnings:
        check(*disturbed)
        model = _stored.asked(run, runs, _arguments.checkpoint(checkpoint))
        experiment, rows, name, seen = _rows(model, split, files, allow_seen)
        networks = _stored.Networks(model, experiment, *sharing)
        return _evaluate(networks, rows, name, seen, *disturbed) | {"warnings": warnings}


def _files(data, split: str | None) -> list[str]:
    """Names of files of new rows; none, if a split is meant."""
    from dlcli.errors import UsageError

    files = _arguments.texts("data", data)
    if data is not None and not files:
        raise UsageError("--data", "names no file")
    if split is not None and files:
        raise UsageError("--data", "goes without --split: it brings rows of its own")
    return files


def _evaluate(
    networks: "Networks", rows: "Dataset", name: str, seen: int | None, noise: list[float], attack: list[str]
) -> dict:
    from dlcli.evaluation import robustness

    model, experiment = networks.model, networks.experiment
    disturbances = robustness.prepare(experiment, rows, noise, attack)
    found = _evaluation(networks, rows)
    document = _document(model, experiment, found, name, len(rows), seen)
    if found.pixels is not None and found.pixels.masks:
        document["picture"] = _picture(model, rows, found.pixels, experiment.data, name)
    if disturbances:
        others = robustness.evaluate_under(experiment, disturbances, networks.make)
        document["robustness"] = [{"disturbance": None} | found.own, *others]
        document["robustness_units"] = robustness.units(experiment)
    return document


def _rows(
    model: "Stored", split: str | None, data: list[str], allow_seen: bool
) -> tuple["Experiment", "Dataset", str, int | None]:
    """(experiment, rows, name of the split, how many of the rows the network has learned)."""
    from dlcli.api import _lineage, _stored

    if data:
        experiment = _stored.rowless_experiment(model)
        rows = _stored.new_rows(model, data, labelled=True)
        return experiment, rows, data[0], _lineage.evaluated_file(model.run, rows, data[0], allow_seen)
    experiment = _stored.trained_experiment(model)
    rows, name = _stored.choose(experiment.data.splits, split)
    _stored.warn_of_unseen(experiment.data.unseen.get(name, {}))
    return experiment, rows, name, _lineage.evaluated(model.run, experiment, name, allow_seen)


def _evaluation(networks: "Networks", rows: "Dataset") -> "Evaluation":
    from dlcli.data.fitted import unscale_target
    from dlcli.evaluation.evaluate import evaluate

    data, mean = networks.experiment.data, None
    if data.task == "regression":
        train = data.splits.get("train")
        mean = (
            networks.model.described.fitted.target.mean
            if train is None
            else unscale_target(data.fitted, train.target).mean(0)
        )
    network = networks.make()
    handle = network.add(rows)
    with network:
        return evaluate(networks.experiment, network, handle, mean)


def _document(
    model: "Stored", experiment: "Experiment", found: "Evaluation", name: str, rows: int, seen: int | None
) -> dict:
    """The document but for pictures and robustness. seen: rows that the network has learned; None if it is not known.
    scaled: whether the loss is that of scaled targets."""
    from dlcli.data.fitted import target_unscaler

    data = experiment.data
    document = {
        "run": str(model.run.path),
        "status": model.run.status,
        "checkpoint": model.name,
        "step": model.checkpoint.state["step"],
        "split": name,
        "samples": rows,
        "seen": seen,
        "positive": data.positive_label,
    } | {part: found.document[part] for part in PARTS}
    more = {part: rest for part, rest in found.document.items() if part == "baselines" or part.startswith("by_")}
    scaled = data.task == "regression" and target_unscaler(data.fitted) is not None
    document |= more
    return document | {"remarks": _remarks(document, experiment), "task": data.task, "scaled": scaled}


def _remarks(document: dict, experiment: "Experiment") -> list[str]:
    """What the numbers say that somebody could miss."""
    from dlcli.training import constant

    if not constant.counts_classes_alike(experiment):
        return []
    if worse := _worse_than_naive(document):
        return [worse]
    worse = constant.worse(document["metrics"], document["baseline"] or {})
    return [f"worse than the baseline: {constant.sentence(worse, experiment.data.task, number)}"] if worse else []


def _worse_than_naive(document: dict) -> str | None:
    """If a forecast that needs no network has a smaller error: the best of those, and both errors."""
    mine = document["metrics"].get("mae")
    errors = {name: found["mae"] for name, found in (document.get("baselines") or {}).items() if found}
    best = min(errors, key=errors.__getitem__, default=None)
    if best is None or mine is None or mine <= errors[best]:
        return None
    return (f"worse than the {best.replace('_', ' ')} forecast, which needs no network: mae {number(mine)}, and it "
            f"gets {number(errors[best])}")


def _picture(model: "Stored", rows: "Dataset", pixels: "Pixels", data: "Data", name: str) -> str | None:
    """The file with the first pictures and their masks; a run that can be read but not written to is shown without."""
    import numpy as np

    from dlcli.engine.plan_context import Places
    from dlcli.errors import RunError, StorageError
    from dlcli.figures import masks
    from dlcli.storage import atomic

    shown = len(pixels.masks)
    inputs = {
        field: np.empty((shown, *spec), np.float32 if spec.dtype == "float" else np.int64)
        for field, spec in data.inputs.items()
    }
    lengths = {field: np.empty(shown, np.int64) for field in rows.lengths}
    rows.gather(np.arange(shown), Places(inputs, lengths, np.empty((shown, *data.target), rows.target.dtype), None))
    seen = [x for x in inputs.values() if x.ndim == 4 and x.shape[-1] in (1, 3)]
    labels = data.labels or [str(i) for i in range(data.target.size)]
    title = f"{model.run.path.name}: {name}, the first {shown}"
    try:
        path = atomic.real_folder(model.run.path / "plots") / "segmentation.png"
        drawn = masks.draw(seen[0] if seen else None, pixels.masks, labels, pixels.overlaps(), title)
        atomic.write_file(path, drawn, durable=False)
    except (StorageError, RunError) as error:
        return note(f"no picture: {error.where}: {error.problem}")
    return str(path)
