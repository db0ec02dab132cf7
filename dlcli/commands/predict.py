"""dlcli predict"""

import re
from pathlib import Path
from typing import Annotated

import typer

from dlcli.commands import _options as o
from dlcli.commands.evaluate import Which

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT",
        show_default=False,
        help="A file of new rows (csv, npy, npz, idx; targets are not needed), or pictures, and "
        "folders and .zip files of them.",
    ),
]
Invert = Annotated[
    bool,
    typer.Option(
        "--invert",
        help="Turn light and dark of pictures round, as for ink on paper where the training "
        "pictures are white on black.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        show_default=False,
        help="Write all predictions to a .csv or .jsonl file; of one picture with a class for each "
        "pixel, these to a .png file.",
    ),
]
FORMULA = re.compile(r"\s*([=@\uff1d\uff20]|[+\-\uff0b\uff0d](?!(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z))|[\t\r]")
"""Texts that a spreadsheet works out as it opens a file: all that begin so and are no numbers."""
COLUMNS = 6
"""Classes whose probabilities are printed; --json and -o have all."""


def command(
    run: o.RunName,
    inputs: Inputs,
    output: Output = None,
    invert: Invert = False,
    checkpoint: Which = None,
    runs: o.Runs = o.RUNS,
    workers: o.Workers = None,
    parallel: o.Parallel = "fork",
    json: o.Json = False,
    quiet: o.Quiet = False,
):
    """Predict new rows, or what pictures show.

    Only the run folder and the input are needed: scaling, categories and class names are part of the run. A picture of
    any size, in colour or grey, is brought to the network's input the way the training data was. Where some pictures
    cannot be read, the others are predicted, those are named, and the exit status is 4.
    """
    from dlcli.api import _experiment, _stored
    from dlcli.errors import Exit, UsageError
    from dlcli.terminal import predictions as pictures_shown
    from dlcli.terminal import screen

    if output is not None and output.suffix not in (".csv", ".jsonl", ".png"):
        raise UsageError(f"-o {output}", "can be a .csv or a .jsonl file, or for the pixels of one picture a .png file")
    model = _stored.asked(run, runs, checkpoint)
    pictures = pictures_shown.pictures_of(inputs, model.described.fitted)
    pictures_shown.check_invert(invert, pictures)
    if not pictures and len(inputs) > 1:
        raise UsageError(inputs[1], "one file of rows is read, or pictures")
    experiment = _stored.experiment_for(model)
    unreadable: dict = {}
    rows = _stored.new_rows(model, pictures or inputs, False, invert, unreadable)
    for error in unreadable.values():
        screen.complain(f"warning: {error}")
    if output is not None and output.suffix == ".png":
        _need_one_mask(output, experiment.data, len(rows))
    _, _, p, _ = _stored.outputs(model, experiment, rows, _experiment.Options(workers, parallel, quiet))
    found = predictions(p, experiment.data)
    if pictures:
        names = [name for i, name in enumerate(pictures.names) if i not in unreadable]
        found = [{"file": name} | row for name, row in zip(names, found)]
    if output is not None:
        _write(output, found, experiment.data)
    if json:
        bad = [
            {"file": pictures.names[i], "problem": error.problem, "hint": error.hint} for i, error in unreadable.items()
        ]
        about = {"run": str(model.run.path), "status": model.run.status}
        screen.emit(about | {"predictions": found} | ({"unreadable": bad} if pictures else {}))
    elif pictures:
        pictures_shown.show(found, output)
    else:
        _show(found, output)
    if unreadable:
        screen.warn(
            f"{len(unreadable):,} of {screen.count(len(pictures), 'picture')} could not be read: exit status "
            f"{int(Exit.DATA)}"
        )
    return Exit.DATA if unreadable else Exit.OK


def predictions(p, data) -> list[dict]:
    """A dict per row: the value, or label and probabilities. Of a class at each place its id and its probability as
    arrays, since a picture has thousands of them, and the classes once.
    """
    if data.task == "regression":
        values = p.reshape(len(p), -1).tolist()
        return [{"value": row[0] if len(row) == 1 else row} for row in values]
    labels = data.labels or [str(i) for i in range(data.target.size)]
    p = p[..., None] if p.ndim == 1 + len(data.target) else p
    if len(data.target):
        return [_places(labels, _shares(row, len(labels))) for row in p]
    return [_one(labels, row) for row in _shares(p, len(labels)).tolist()]


def _shares(p, classes: int):
    """The share of each class, (..., classes); a binary network's single output is the share of class 1."""
    import numpy as np

    return np.concatenate([1 - p, p], -1) if p.shape[-1] == 1 and classes == 2 else p


def _places(labels: list[str], shares) -> dict:
    import numpy as np

    ids = shares.argmax(-1)
    probability = np.take_along_axis(shares, ids[..., None], -1)[..., 0]
    return {"classes": labels, "ids": ids.astype(np.min_scalar_type(len(labels))), "probability": probability}


def _one(labels: list[str], shares: list) -> dict:
    best = max(range(len(shares)), key=shares.__getitem__)
    return {"label": labels[best], "probability": shares[best], "probabilities": dict(zip(labels, shares))}


def _show(found: list[dict], output: Path | None) -> None:
    from dlcli.terminal.predictions import SHOWN, sentence, whole
    from dlcli.terminal.screen import number, say, table

    shown = list(enumerate(found[:SHOWN], 1))
    if found and "label" in found[0]:
        few = list(found[0]["probabilities"]) if len(found[0]["probabilities"]) <= COLUMNS else []
        rows = [
            [i, row["label"], number(row["probability"]), *(number(row["probabilities"][name]) for name in few)]
            for i, row in shown
        ]
        table(["row", "prediction", "probability", *few], rows, left=2)
    elif found:
        title = "value" if "value" in found[0] else "prediction" if found[0]["ids"].ndim == 1 else "share of the pixels"
        table(["row", title], [[i, sentence(row)] for i, row in shown], left=1 if title == "value" else 2)
    say(whole(len(found), "row", output))


def _need_one_mask(path: Path, data, rows: int) -> None:
    from dlcli.errors import UsageError

    if data.task != "classification" or len(data.target) != 2 or data.target.size > 256:
        raise UsageError(f"-o {path}", "a .png file is for a class at each pixel, which this run does not give",
                         "name a .csv or a .jsonl file")
    if rows != 1:
        raise UsageError(
            f"-o {path}", f"a .png file is for one picture, and there are {rows:,}", "predict them one by one"
        )


def _write(path: Path, found: list[dict], data) -> None:
    """All predictions as a file, whole or not at all."""
    from dlcli.storage.strict_json import dump
    from dlcli.terminal.screen import save

    if path.suffix == ".png":
        from dlcli.figures.masks import indexed

        return save(path, indexed(found[0]["ids"], data.target.size))
    if path.suffix == ".jsonl":
        return save(path, b"".join(dump(row, null=True) + b"\n" for row in found))
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    rows = [_cells(row) for row in found]
    writer.writerow(map(_harmless, rows[0] if rows else ["value"]))
    writer.writerows(map(_harmless, row.values()) for row in rows)
    save(path, text.getvalue().encode("utf-8", "replace"))       # file names need not be Unicode


def _harmless(cell):
    """A cell that a spreadsheet shows as it is: a text that it would work out as a formula gets an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell


def _cells(row: dict) -> dict:
    """A prediction as columns of a CSV file; of a picture's pixels the share of each class."""
    from dlcli.terminal.predictions import labels_of, shares_of

    file = {"file": row["file"]} if "file" in row else {}
    if "value" in row:
        value = row["value"]
        return file | (
            {f"value{i + 1}": v for i, v in enumerate(value)} if isinstance(value, list) else {"value": value}
        )
    if "ids" in row and row["ids"].ndim == 1:
        return file | {"label": labels_of(row)}
    if "ids" in row:
        return file | {f"share of {name}": share for name, share in shares_of(row).items()}
    shares = {f"probability of {name}": share for name, share in row["probabilities"].items()}
    return file | {"label": row["label"], "probability": row["probability"]} | shares
