"""Predict new rows, what pictures show, or what is heard in recordings."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from dlcli.api import _arguments
from dlcli.api._call import call
from dlcli.notices import Listener, warn

if TYPE_CHECKING:
    from dlcli.api._stored import Networks
    from dlcli.data.dataset import Data

ENDINGS = (".csv", ".jsonl", ".png")
"""Files that predictions can be written to."""


def predict(
    run: str | Path,
    inputs: str | Path | Iterable[str | Path],
    *,
    output: str | Path | None = None,
    invert: bool = False,
    checkpoint: str | None = None,
    runs: str | Path = "runs",
    workers: int | None = None,
    parallel: str = "fork",
    notify: Listener | None = None,
) -> dict:
    """Predict the rows of a file, what pictures show, or what is heard in recordings.

    inputs: a file of new rows (targets are not needed), or pictures or recordings, and folders and .zip files of them;
    for a run whose rows are texts, texts, or a .txt file with one on each line. output: a
    .csv or .jsonl file for all predictions; of one picture with a class for each pixel, or of a series, also a .png
    file. invert: turn light
    and dark of pictures round. The rest: as for `evaluate`.

    Returns {"run", "status", "predictions": one per row}, as `evaluation.answers.answers` makes them; of pictures and
    recordings each with its "file", and "unreadable" lists those that cannot be read, "medium"
    is "picture" or "recording"; of texts each with its "text"; of a series one
    per step behind the last one (`evaluation.next_steps`). "warnings": what is probably wrong.
    """
    from dlcli.api import _stored
    from dlcli.errors import UsageError

    run, runs, names = _arguments.name_of("run", run), _arguments.path("runs", runs), _arguments.texts("inputs", inputs)
    output, (workers, parallel) = output and _arguments.path("output", output), _arguments.sharing(workers, parallel)
    with call(notify) as warnings:
        if not names:
            raise UsageError("inputs", "there is nothing to predict")
        if output is not None and output.suffix not in ENDINGS:
            raise UsageError(
                f"-o {output}", "can be a .csv or a .jsonl file, or for the pixels of one picture or a series a .png "
                "file"
            )
        model = _stored.asked(run, runs, _arguments.checkpoint(checkpoint))
        networks = _stored.Networks(model, _stored.rowless_experiment(model), workers, parallel)
        return _predict(networks, names, output, invert) | {"warnings": warnings}


def _predict(networks: "Networks", inputs: list[str], output: Path | None, invert: bool) -> dict:
    from dlcli.api import _stored
    from dlcli.api._forecast import forecast
    from dlcli.api._inputs import check_invert, pictures_of, recordings_of
    from dlcli.data.new_texts import sentences_of, takes_texts
    from dlcli.errors import UsageError
    from dlcli.evaluation.answers import answers

    model, data = networks.model, networks.experiment.data
    fitted = model.described.fitted
    texts = takes_texts(fitted)
    sentences = sentences_of(inputs, fitted) if texts else None
    recordings = None if texts else recordings_of(inputs, fitted)
    pictures = None if texts or recordings else pictures_of(inputs, fitted)
    shown = recordings or pictures
    check_invert(invert, pictures)
    read = inputs if not sentences else [sentences.file] * bool(sentences.file)
    _arguments.refuse_overwriting(output, [*read, *(shown.names if shown else ())], model.run.path)
    if not shown and not sentences and len(inputs) > 1:
        raise UsageError(inputs[1], "one file of rows is read, or pictures, or recordings")
    unreadable: dict = {}
    rows = _stored.new_rows(model, sentences or shown or inputs, False, invert, unreadable)
    for error in unreadable.values():
        warn(error)
    if data.fitted.window is not None:
        return forecast(networks, rows, output)
    if output is not None and output.suffix == ".png":
        _need_one_mask(output, data, len(rows))
    _, p, _, lengths = _stored.outputs(networks, rows)
    document = {"run": str(model.run.path), "status": model.run.status, "predictions": answers(p, data, lengths)}
    if shown:
        document |= _of_files(document["predictions"], shown.names, unreadable)
        document["medium"] = "recording" if recordings else "picture"
    if sentences:
        said = zip(sentences.texts, document["predictions"], strict=True)
        document["predictions"] = [{"text": text} | row for text, row in said]
    if output is not None:
        _write(output, document["predictions"], data)
    return document


def _of_files(found: list[dict], names: list[str], unreadable: dict) -> dict:
    """Each prediction with its file, and the files that could not be read."""
    readable = [name for i, name in enumerate(names) if i not in unreadable]
    return {
        "predictions": [{"file": name} | row for name, row in zip(readable, found)],
        "unreadable": [{"file": names[i], "problem": error.problem, "hint": error.hint}
                       for i, error in unreadable.items()],
    }


def _need_one_mask(path: Path, data: "Data", rows: int) -> None:
    from dlcli.errors import UsageError

    if data.task != "classification" or len(data.target) != 2 or data.target.size > 256:
        raise UsageError(f"-o {path}", "a .png file is for a class at each pixel, which this run does not give",
                         "name a .csv or a .jsonl file")
    if rows != 1:
        raise UsageError(
            f"-o {path}", f"a .png file is for one picture, and there are {rows:,}", "predict them one by one"
        )


def _write(path: Path, found: list[dict], data: "Data") -> None:
    """All predictions as a file, whole or not at all."""
    from dlcli.evaluation.answers import csv_text, json_lines
    from dlcli.storage.atomic import save

    if path.suffix == ".png":
        from dlcli.figures.masks import indexed

        return save(path, indexed(found[0]["ids"], data.target.size))
    return save(path, json_lines(found) if path.suffix == ".jsonl" else csv_text(found))
