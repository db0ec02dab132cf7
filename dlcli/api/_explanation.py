"""What `explain-prediction` explains: one sample, its numbers and its maps."""

from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dlcli.errors import DataError, UsageError

if TYPE_CHECKING:
    from dlcli.api._stored import Stored
    from dlcli.data.dataset import Dataset
    from dlcli.figures.explanation import Panels
    from dlcli.training.experiment import Experiment

OTHERS = 3
"""Further classes that the picture names."""


class Sample(NamedTuple):
    """One row, the experiment that it was prepared for, its name, as `set/a/7.png` or `row 9 of test`, and that as part
    of a file's."""

    experiment: "Experiment"
    row: "Dataset"
    name: str
    title: str


def sample(model: "Stored", picture: str | None, row: int | None, split: str | None, invert: bool = False) -> Sample:
    """A row of a file, a picture of a folder or .zip file, or a row of a split; counted from 1. invert: dark becomes
    light."""
    from dlcli.api import _stored
    from dlcli.commands.evaluate import choose
    from dlcli.terminal.predictions import check_invert, pictures_of

    place = (row or 1) - 1
    pictures = None if picture is None else pictures_of([picture], model.described.fitted)
    check_invert(invert, pictures)
    if picture is not None:
        experiment = _stored.experiment_for(model)
        name, title = (
            f"row {place + 1} of {picture}",
            Path(picture).stem if row is None else f"{Path(picture).stem}-{row}",
        )
        if pictures:
            _check_row(place, len(pictures))
            pictures, place = pictures.one(place), 0        # the others need not be sound
            name, title = pictures.names[0], _title(pictures.names[0], picture)
        rows = _stored.new_rows(model, pictures or [picture], False, invert)
    else:
        experiment = _stored.experiment_of(model)
        rows, split = choose(experiment.data.splits, split)
        name, title = f"row {row} of {split}", f"{split}-{row}"
    _check_row(place, len(rows))
    return Sample(experiment, one(rows, experiment, place), name, title)


def _title(picture: str, given: str) -> str:
    """A picture with the folder that it is in, `a-7` for `a/7.png`; of one in a folder that was given, with all the
    folders below that."""
    path = Path(picture)
    below = path.relative_to(given) if picture != given else Path(path.name)
    folder = path.parent.name.removesuffix(".zip").strip(".") if len(below.parts) == 1 else ""
    return "-".join([*([folder] if folder else []), *below.parent.parts, below.stem])


def _check_row(place: int, rows: int) -> None:
    from dlcli.terminal.screen import count

    if place >= rows:
        raise DataError(f"--row {place + 1}", f"there {'is' if rows == 1 else 'are'} {count(rows, 'row')}")


def one(rows, experiment: "Experiment", place: int) -> "Dataset":
    """A single row of a data set, as the network reads it."""
    import numpy as np

    from dlcli.data.dataset import Dataset

    specs, target = experiment.data.inputs, experiment.data.target
    inputs = {
        name: np.zeros((1, *spec), np.int64 if spec.dtype == "int" else experiment.dtype)
        for name, spec in specs.items()
    }
    lengths = {name: np.zeros(1, np.int64) for name, spec in specs.items() if spec.lengths}
    ids = np.zeros((1, *target), np.int64 if target.dtype == "int" else experiment.dtype)
    rows.gather(np.array([place]), inputs, ids, lengths)
    return Dataset(inputs, ids, lengths, rows.labelled)


def explain(model: "Stored", sample: Sample, wanted: str | None) -> tuple[dict, "Panels"]:
    """The document and the picture's parts."""
    from dlcli.api._stored import load
    from dlcli.commands.predict import predictions
    from dlcli.evaluation.saliency import Lens, on_white
    from dlcli.figures.explanation import Panels
    from dlcli.terminal.screen import listed
    from dlcli.training.attacks import scale_of

    experiment, data = sample.experiment, sample.experiment.data
    shapes = _pictures(data)
    labels = (data.labels or [str(i) for i in range(data.target.size)]) if data.task == "classification" else None
    try:
        lens = Lens(experiment)
    except ValueError as error:
        raise UsageError("explain-prediction", str(error)) from None
    field = next((field for field in shapes if field in lens.fields.values()), None)
    if field is None:
        raise UsageError(
            "explain-prediction", f"no gradient reaches {listed(shapes)}: nothing can be said of its pixels"
        )
    load(model, lens.load)
    y, _, _ = lens.look([{name: array[0] for name, array in sample.row.inputs.items()}], 0)
    found = predictions(experiment.loss.predict(y), data)[0]
    place, answer, others, score = 0, f"{found.get('value')}", "", "the output"
    if labels:
        place, answer, others, score = _titles(found, labels, wanted)
    elif wanted is not None:
        raise UsageError(f"--class {wanted}", "the network answers a value, no class")
    result = lens.explain(sample.row, place)
    scale = scale_of(data, field)
    baseline = f"a {'white' if on_white(data, field) else 'black'} picture" if scale.picture else "zeros alone"
    seen = (sample.row.inputs[field][0] - scale.low) / (scale.high - scale.low)
    maps = {"saliency": abs(result.gradient[field]).reshape(shapes[field]).max(-1),
            "integrated_gradients": result.attribution[field].reshape(shapes[field]).sum(-1)}
    document = (
        {"input": sample.name}
        | found
        | {
            "explained": labels[place] if labels else None,
            "score": result.score,
            "baseline_score": result.baseline_score,
            "baseline": baseline,
            "attribution_sum": result.total,
            "relative_error": result.relative_error,
            "steps": result.steps,
        }
    )
    if sample.row.labelled and labels:
        document["target"] = labels[int(sample.row.target[0])]
        others += f"{'; ' if others else ''}the data say {document['target']}"
    document |= {name: map.tolist() for name, map in maps.items()}
    name = f"{sample.name}, run {model.run.path.name}"
    seen = _visible(seen.reshape(shapes[field]))
    return document, Panels(seen, maps["saliency"], maps["integrated_gradients"], name, answer, others, score, baseline)


def _titles(found: dict, labels: list[str], wanted: str | None) -> tuple[int, str, str, str]:
    """Id of the class that is explained, the headline, the line below, the name of the score."""
    from dlcli.config.wording.suggest import nearest
    from dlcli.terminal.predictions import percent, sure
    from dlcli.terminal.screen import listed

    if wanted is not None and wanted not in labels:
        meant = nearest(wanted, labels)
        hint = f"did you mean {meant}?" if meant else f"there are {listed(labels)}"
        raise UsageError(f"--class {wanted}", "there is no such class", hint)
    explained = wanted or found["label"]
    ranked = sorted(found["probabilities"].items(), key=lambda item: -item[1])
    rest = [f"{label} ({percent(p)})" for label, p in ranked[1:1 + OTHERS]]
    others = "then " + ", ".join(rest) if rest else ""
    asked = f"why{'' if wanted == found['label'] else ' not'} {wanted}: " if wanted else ""
    return labels.index(explained), f"{asked}{sure(found)} sure: {found['label']}", others, f"the score of {explained}"


def _pictures(data) -> dict[str, tuple]:
    """The inputs that hold a picture, each with its (height, width, channels). DataError where none does."""
    shapes = {
        record["field"]: tuple(record["picture"]["shape"])
        for record in data.fitted.get("columns", ())
        if record.get("picture")
    }
    shapes = {field: shape for field, shape in shapes.items() if prod(shape) == prod(data.inputs[field])}
    if not shapes:
        found = ", ".join(f"{name} {tuple(spec)}" for name, spec in data.inputs.items())
        raise DataError("explain-prediction", f"the network reads no picture, but {found}")
    return shapes


def _visible(seen):
    """What can be drawn: grey, or red, green and blue, from 0 to 1; other numbers are stretched to that."""
    import numpy as np

    seen = seen.astype(float)
    if seen.min() < -0.01 or seen.max() > 1.01:
        low, high = seen.min(), seen.max()
        seen = (seen - low) / ((high - low) or 1.0)
    return np.clip(seen if seen.shape[-1] == 3 else seen[..., 0], 0, 1)
