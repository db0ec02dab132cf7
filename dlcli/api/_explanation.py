"""What `explain-prediction` explains: one sample, its numbers and its maps."""

from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dlcli.errors import DataError, UsageError
from dlcli.text import count, did_you_mean, listed

if TYPE_CHECKING:
    import numpy as np

    from dlcli.api._stored import Stored
    from dlcli.data.dataset import Data, Dataset
    from dlcli.evaluation.saliency import Explainer, Explanation
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
    import numpy as np

    from dlcli.api import _stored
    from dlcli.api._inputs import check_invert, pictures_of

    place = (row or 1) - 1
    pictures = None if picture is None else pictures_of([picture], model.described.fitted)
    check_invert(invert, pictures)
    if picture is not None:
        experiment = _stored.rowless_experiment(model)
        _pictures(experiment.data)
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
        experiment = _stored.trained_experiment(model)
        rows, split = _stored.choose(experiment.data.splits, split)
        name, title = f"row {row} of {split}", f"{split}-{row}"
    _check_row(place, len(rows))
    return Sample(experiment, rows.rows(np.array([place])), name, title)


def _title(picture: str, given: str) -> str:
    """A picture with the folder that it is in, `a-7` for `a/7.png`; of one in a folder that was given, with all the
    folders below that."""
    path = Path(picture)
    below = path.relative_to(given) if picture != given else Path(path.name)
    folder = path.parent.name.removesuffix(".zip").strip(".") if len(below.parts) == 1 else ""
    return "-".join([*([folder] if folder else []), *below.parent.parts, below.stem])


def _check_row(place: int, rows: int) -> None:
    if place >= rows:
        raise DataError(f"--row {place + 1}", f"there {'is' if rows == 1 else 'are'} {count(rows, 'row')}")


def explain(model: "Stored", sample: Sample, wanted: str | None) -> tuple[dict, "Panels"]:
    """The document and the picture's parts."""
    from dlcli.api._stored import load
    from dlcli.evaluation.saliency import Explainer
    from dlcli.figures.explanation import Panels
    from dlcli.training.attacks import scale_of

    experiment, data = sample.experiment, sample.experiment.data
    shapes = _pictures(data)
    try:
        explainer = Explainer(experiment)
    except ValueError as error:
        raise UsageError("explain-prediction", str(error)) from None
    field = next((field for field in shapes if field in explainer.fields.values()), None)
    if field is None:
        raise UsageError(
            "explain-prediction", f"no gradient reaches {listed(shapes)}: nothing can be said of its pixels"
        )
    load(model, explainer.load)
    found, answered = _answer(explainer, sample, wanted)
    result, scale, shape = explainer.explain(sample.row, answered.place), scale_of(data, field), shapes[field]
    maps = {"saliency": abs(result.gradient[field]).reshape(shape).max(-1),
            "integrated_gradients": result.attribution[field].reshape(shape).sum(-1)}
    document = {"input": sample.name} | found | _numbers(result, data, field, answered)
    seen = _visible(((sample.row.inputs[field][0] - scale.low) / (scale.high - scale.low)).reshape(shape))
    title, baseline = f"{sample.name}, run {model.run.path.name}", document["baseline"]
    panels = Panels(seen, *maps.values(), title, answered.headline, answered.others, answered.score, baseline)
    return document | {name: map.tolist() for name, map in maps.items()}, panels


class Answered(NamedTuple):
    """place, label: the class that is explained, 0 and None for a value. headline, others: what is answered, and what
    else is likely. score: name of what is explained."""

    place: int
    label: str | None
    headline: str
    others: str
    score: str


def _answer(explainer: "Explainer", sample: Sample, wanted: str | None) -> tuple[dict, Answered]:
    """What the network answers, as `predict` says it and with what the data say; and how it is told."""
    from dlcli.evaluation.answers import answers

    experiment, data = sample.experiment, sample.experiment.data
    y, _, _ = explainer.gradients([{name: array[0] for name, array in sample.row.inputs.items()}], 0)
    found = answers(experiment.loss.predict(y), data)[0]
    if data.task != "classification":
        if wanted is not None:
            raise UsageError(f"--class {wanted}", "the network answers a value, no class")
        return found, Answered(0, None, f"{found.get('value')}", "", "the output")
    labels = data.labels or [str(i) for i in range(data.target.size)]
    place, headline, others, score = _titles(found, labels, wanted)
    if sample.row.labelled:
        found["target"] = labels[int(sample.row.target[0])]
        others += f"{'; ' if others else ''}the data say {found['target']}"
    return found, Answered(place, labels[place], headline, others, score)


def _numbers(result: "Explanation", data: "Data", field: str, answered: Answered) -> dict:
    """What the explanation adds up to."""
    from dlcli.evaluation.saliency import on_white
    from dlcli.training.attacks import scale_of

    picture = f"a {'white' if on_white(data, field) else 'black'} picture"
    return {
        "explained": answered.label,
        "answer": answered.headline,
        "others": answered.others,
        "score_of": answered.score,
        "score": result.score,
        "baseline_score": result.baseline_score,
        "baseline": picture if scale_of(data, field).picture else "zeros alone",
        "attribution_sum": result.total,
        "relative_error": result.relative_error,
        "steps": result.steps,
    }


def _titles(found: dict, labels: list[str], wanted: str | None) -> tuple[int, str, str, str]:
    """Id of the class that is explained, the headline, the line below, the name of the score."""
    from dlcli.config.wording.suggest import nearest
    from dlcli.terminal.predictions import percent, sure

    if wanted is not None and wanted not in labels:
        hint = did_you_mean(nearest(wanted, labels)) or f"there are {listed(labels)}"
        raise UsageError(f"--class {wanted}", "there is no such class", hint)
    explained = wanted or found["label"]
    ranked = sorted(found["probabilities"].items(), key=lambda item: -item[1])
    rest = [f"{label} ({percent(p)})" for label, p in ranked[1:1 + OTHERS]]
    others = "then " + ", ".join(rest) if rest else ""
    asked = f"why{'' if wanted == found['label'] else ' not'} {wanted}: " if wanted else ""
    return labels.index(explained), f"{asked}{sure(found)} sure: {found['label']}", others, f"the score of {explained}"


def _pictures(data: "Data") -> dict[str, tuple]:
    """The inputs that hold a picture, each with its (height, width, channels). DataError if none does."""
    shapes = {
        column.field: tuple(column.picture.shape)
        for column in data.columns
        if column.picture
    }
    shapes = {field: shape for field, shape in shapes.items() if prod(shape) == prod(data.inputs[field])}
    if not shapes:
        found = ", ".join(f"{name} {tuple(spec)}" for name, spec in data.inputs.items())
        raise DataError("explain-prediction", f"the network reads no picture, but {found}")
    return shapes


def _visible(seen: "np.ndarray") -> "np.ndarray":
    """What can be drawn: grey, or red, green and blue, from 0 to 1; other numbers are stretched to that."""
    import numpy as np

    seen = seen.astype(float)
    if seen.min() < -0.01 or seen.max() > 1.01:
        low, high = seen.min(), seen.max()
        seen = (seen - low) / ((high - low) or 1.0)
    return np.clip(seen if seen.shape[-1] == 3 else seen[..., 0], 0, 1)
