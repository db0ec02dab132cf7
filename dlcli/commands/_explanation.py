"""What `explain-prediction` explains: one sample, its numbers and its maps."""

from math import isqrt
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dlcli.errors import DataError, UsageError

if TYPE_CHECKING:
    from dlcli.artifacts.explanation import Panels
    from dlcli.commands._model import Stored
    from dlcli.data.dataset import Dataset
    from dlcli.training.experiment import Experiment

OTHERS = 3
"""Further classes that the picture names."""


class Sample(NamedTuple):
    """One row, the experiment that it was prepared for, and what it is called."""

    experiment: "Experiment"
    row: "Dataset"
    title: str


def sample(model: "Stored", picture: str | None, row: int | None, split: str | None, invert: bool = False) -> Sample:
    """A row of a file, a picture of a folder, or a row of a split; counted from 1. invert: of a picture, dark becomes light."""
    from dlcli.commands import _model, _runs
    from dlcli.commands.evaluate import choose
    from dlcli.data.new_pictures import pictures_in

    place = (row or 1) - 1
    if picture is not None:
        experiment = _model.experiment_for(model)
        if Path(picture).is_dir():
            pictures = pictures_in(picture)
            _check_row(place, len(pictures))
            picture, row, place = pictures[place], None, 0
        name = Path(picture).name.partition(".")[0]
        rows = _model.new_rows(model, [picture], False, invert)
        title = name if row is None else f"{name}-{row}"
    else:
        experiment = _runs.experiment_of(model.run)
        rows, name = choose(experiment.data.splits, split)
        title = f"{name}-{row}"
    _check_row(place, len(rows))
    return Sample(experiment, one(rows, experiment, place), title)


def _check_row(place: int, rows: int) -> None:
    from dlcli.commands._output import count

    if place >= rows:
        raise DataError(f"--row {place + 1}", f"there {'is' if rows == 1 else 'are'} {count(rows, 'row')}")


def one(rows, experiment: "Experiment", place: int) -> "Dataset":
    """A single row of a data set, as the network reads it."""
    import numpy as np

    from dlcli.data.dataset import Dataset

    specs, target = experiment.data.inputs, experiment.data.target
    inputs = {name: np.zeros((1, *spec), np.int64 if spec.dtype == "int" else experiment.dtype) for name, spec in specs.items()}
    lengths = {name: np.zeros(1, np.int64) for name, spec in specs.items() if spec.lengths}
    ids = np.zeros((1, *target), np.int64 if target.dtype == "int" else experiment.dtype)
    rows.gather(np.array([place]), inputs, ids, lengths)
    return Dataset(inputs, ids, lengths, rows.labelled)


def explain(model: "Stored", sample: Sample, wanted: str | None) -> tuple[dict, "Panels"]:
    """The document and the picture's parts."""
    from dlcli.artifacts.explanation import Panels
    from dlcli.commands.predict import predictions
    from dlcli.training import saving
    from dlcli.training.attacks import scale_of
    from dlcli.training.saliency import Lens

    experiment, data = sample.experiment, sample.experiment.data
    field = _picture_field(data)
    labels = (data.labels or [str(i) for i in range(data.target.size)]) if data.task == "classification" else None
    try:
        lens = Lens(experiment, saving.part(model.checkpoint, "model"))
    except ValueError as error:
        raise UsageError("explain-prediction", str(error)) from None
    y, _, _ = lens.look([{name: array[0] for name, array in sample.row.inputs.items()}], 0)
    found = predictions(experiment.loss.predict(y), data)[0]
    place, answer, others, score = 0, f"{found.get('value')}", "", "the output"
    if labels:
        place, answer, others, score = _titles(found, labels, wanted)
    elif wanted is not None:
        raise UsageError(f"--class {wanted}", "the network answers a value, no class")
    result = lens.explain(sample.row, place)
    scale = scale_of(data, field)
    seen = (sample.row.inputs[field][0] - scale.low) / (scale.high - scale.low)
    maps = {"saliency": _flat(abs(result.gradient[field]), max), "integrated_gradients": _flat(result.attribution[field], sum)}
    document = found | {"explained": labels[place] if labels else None, "score": result.score, "baseline_score": result.baseline_score,
                        "baseline": "a black picture" if scale.picture else "zeros alone",
                        "attribution_sum": result.total, "error": result.error, "steps": result.steps}
    if sample.row.labelled and labels:
        document["target"] = labels[int(sample.row.target[0])]
        others += f"{'; ' if others else ''}the data say {document['target']}"
    document |= {name: map.tolist() for name, map in maps.items()}
    return document, Panels(_picture(seen), maps["saliency"], maps["integrated_gradients"], answer, others, score)


def _titles(found: dict, labels: list[str], wanted: str | None) -> tuple[int, str, str, str]:
    """Id of the class that is explained, the headline, the line below, the name of the score."""
    from dlcli.commands._output import listed
    from dlcli.config.names import nearest

    if wanted is not None and wanted not in labels:
        meant = nearest(wanted, labels)
        hint = f"did you mean {meant}?" if meant else f"there are {listed(labels)}"
        raise UsageError(f"--class {wanted}", "there is no such class", hint)
    explained = wanted or found["label"]
    ranked = sorted(found["probabilities"].items(), key=lambda item: -item[1])
    rest = [f"{label} ({_share(p)})" for label, p in ranked[1:1 + OTHERS]]
    others = "then " + ", ".join(rest) if rest else ""
    return labels.index(explained), f"{_share(found['probability'])} sure: {found['label']}", others, f"the score of {explained}"


def _share(p: float) -> str:
    """A probability in per cent, never rounded up to 100 or down to 0."""
    return f"{100 * p:.1f} %" if 0.001 <= p <= 0.999 else "over 99.9 %" if p > 0.5 else "under 0.1 %"


def _picture_field(data) -> str:
    """The input that holds the picture. DataError where none does."""
    arrays = [record["field"] for record in data.fitted.get("columns", ()) if record["shape"]]
    fields = [name for name in arrays if _side(tuple(data.inputs[name]))]
    if not fields:
        shapes = ", ".join(f"{name} {tuple(spec)}" for name, spec in data.inputs.items())
        raise DataError("explain-prediction", f"the network reads no picture, but {shapes}")
    return fields[0]


def _side(shape: tuple) -> tuple | None:
    """Height, width and channels of an input: (h, w), (h, w, 1) and (h, w, 3), or a square that lies in a row (h * w); else None."""
    if len(shape) == 1 and shape[0] >= 16 and isqrt(shape[0]) ** 2 == shape[0]:
        return isqrt(shape[0]), isqrt(shape[0]), 1
    if len(shape) in (2, 3) and min(shape[:2]) > 1:
        return (*shape[:2], *(shape[2:] or (1,)))
    return None


def _flat(values, how):
    """One number for each pixel: the largest or the sum over the channels."""
    import numpy as np

    values = values.reshape(_side(values.shape))
    return values.max(-1) if how is max else np.asarray(values.sum(-1))


def _picture(seen):
    """What can be drawn: grey, or red, green and blue, from 0 to 1; other numbers are stretched to that."""
    import numpy as np

    seen = seen.reshape(_side(seen.shape)).astype(float)
    if seen.min() < -0.01 or seen.max() > 1.01:
        low, high = seen.min(), seen.max()
        seen = (seen - low) / ((high - low) or 1.0)
    return np.clip(seen if seen.shape[-1] == 3 else seen.mean(-1), 0, 1)
