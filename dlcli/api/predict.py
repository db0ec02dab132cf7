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
    beam: int | None = None,
    checkpoint: str | None = None,
    runs: str | Path = "runs",
    workers: int | None = None,
    parallel: str = "fork",
    notify: Listener | None = None,
) -> dict:
    """Predict the rows of a file, what pictures show, or what is heard in recordings.

    inputs: a file of new rows (targets are not needed), or pictures or recordings, and folders and .zip files of them;
    for a run whose rows are texts, texts, or a .txt file with one on each line. output: a .csv or .jsonl file for all
    predictions; of one picture with a class for each pixel, or of a series, also a .png file. invert: turn light and
    dark of pictures round. beam: read what an output of loss ctc stands for by a search that keeps so many beginnings,
    instead of greedily. The rest: as for `evaluate`.

    Returns {"run", "status", "predictions": one per row}, as `evaluation.answers.answers` makes them; of files each
    with its "file", and "unreadable" lists those that cannot be read, "medium" what all are; of texts each with its
    "text"; of a series one per step behind the last one (`evaluation.next_steps`). "warnings": what is probably wrong.
    """
    from dlcli.api import _stored
    from dlcli.errors import UsageError

    run, runs, names = _arguments.name_of("run", run), _arguments.path("runs", runs), _arguments.texts("inputs", inputs)
    output, (workers, parallel) = output and _arguments.path("output", output), _arguments.sharing(workers, parallel)
    beam = _arguments.whole("beam", beam)
    with call(notify) as warnings:
        if not names:
            raise UsageError("inputs", "there is nothing to predict")
        _check_ending(output)
        model = _stored.asked(run, runs, _arguments.checkpoint(checkpoint))
        networks = _stored.Networks(model, _stored.rowless_experiment(model), workers, parallel)
        return _predict(networks, names, output, invert, beam) | {"warnings": warnings}


def _check_ending(output: Path | None) -> None:
    from dlcli.errors import UsageError

    if output is not None and output.suffix not in ENDINGS:
        raise UsageError(f"-o {output}", "can be a .csv or a .jsonl file, or for the pixels of one picture or a series "
                         "a .png file")


def _predict(networks: "Networks", inputs: list[str], output: Path | None, invert: bool, beam: int | None) -> dict:
    from dlcli.api import _stored
    from dlcli.api._forecast import forecast
    from dlcli.api._inputs import check_invert, given
    from dlcli.errors import UsageError
    from dlcli.evaluation.answers import answers

    model, data = networks.model, networks.experiment.data
    found = given(inputs, model.described.fitted)
    check_invert(invert, found.pictures)
    _check_beam(beam, networks)
    _arguments.refuse_overwriting(output, found.read, model.run.path)
    if found.rows is inputs and len(inputs) > 1:
        raise UsageError(inputs[1], "one file of rows is read, or pictures, or recordings")
    unreadable: dict = {}
    rows = _stored.new_rows(model, found.rows, False, invert, unreadable)
    for error in unreadable.values():
        warn(error)
    if data.fitted.window is not None:
        return forecast(networks, rows, output)
    if output is not None and output.suffix == ".png":
        _need_one_mask(output, data, len(rows))
    _, p, _, lengths = _stored.outputs(networks, rows)
    document = {"run": str(model.run.path), "status": model.run.status, "predictions": answers(p, data, lengths, beam)}
    if found.medium:
        document |= _of_files(document["predictions"], found.rows.names, unreadable) | {"medium": found.medium}
    if found.texts is not None:
        said = zip(found.texts, document["predictions"], strict=True)
        document["predictions"] = [{"text": text} | row for text, row in said]
    if output is not None:
        _write(output, document["predictions"], data)
    return document


def _check_beam(beam: int | None, networks: "Networks") -> None:
    from dlcli.errors import UsageError

    if beam is not None and networks.experiment.loss.aligned:
        raise UsageError("--beam", "is for runs with loss ctc, whose output stands for tokens in many ways")


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
