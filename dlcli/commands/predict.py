"""dlcli predict"""

from pathlib import Path
from typing import Annotated

import typer

from dlcli.commands import _options as o
from dlcli.commands.evaluate import Which

Inputs = Annotated[list[str], typer.Argument(metavar="INPUT", show_default=False,
                                            help="A file of new rows (csv, npy, npz, idx; targets are not needed), or pictures and "
                                                 "folders of pictures.")]
Invert = Annotated[bool, typer.Option("--invert", help="Turn light and dark of pictures round, as for ink on paper where the training "
                                                        "pictures are white on black.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", show_default=False,
                                             help="Write all predictions to a .csv or .jsonl file; of one picture with a class for each "
                                                  "pixel, these to a .png file.")]
SHOWN = 20
"""Rows that are printed."""
COLUMNS = 6
"""Classes whose probabilities are printed; --json and -o have all."""


def command(run: o.RunName, inputs: Inputs, output: Output = None, invert: Invert = False, checkpoint: Which = None,
            runs: o.Runs = o.RUNS, workers: o.Workers = None, parallel: o.Parallel = "fork", json: o.Json = False, quiet: o.Quiet = False):
    """Predict new rows, or what pictures show.

    Only the run folder and the input are needed: scaling, categories and class names are part of the run. A picture of any size,
    in colour or grey, is brought to the network's input the way the training data was.
    """
    from dlcli.commands import _model, _output, _pictures, _runs, _session
    from dlcli.errors import UsageError

    if output is not None and output.suffix not in (".csv", ".jsonl", ".png"):
        raise UsageError(f"-o {output}", "can be a .csv or a .jsonl file, or for the pixels of one picture a .png file")
    pictures = _pictures.pictures_of(inputs)
    if not pictures and (len(inputs) > 1 or invert):
        raise UsageError("--invert" if invert else inputs[1], "is for pictures" if invert else "one file of rows is read, or pictures")
    model = _model.stored(_runs.find(run, runs), checkpoint)
    experiment = _model.experiment_for(model)
    rows = _model.new_rows(model, pictures or inputs, False, invert)
    if output is not None and output.suffix == ".png":
        _need_one_mask(output, experiment.data, len(rows))
    _, _, p, _ = _model.outputs(model, experiment, rows, _session.Options(workers, parallel, quiet))
    found = predictions(p, experiment.data)
    if pictures:
        found = [{"file": name} | row for name, row in zip(pictures, found)]
    if output is not None:
        _write(output, found, experiment.data)
    if json:
        _output.emit({"run": str(model.run.path), "predictions": found})
    elif pictures:
        _pictures.show(found, output)
    else:
        _show(found, output)


def predictions(p, data) -> list[dict]:
    """A dict per row: label and probabilities, or the value."""
    if data.task == "regression":
        values = p.reshape(len(p), -1).tolist()
        return [{"value": row[0] if len(row) == 1 else row} for row in values]
    labels = data.labels or [str(i) for i in range(data.target.size)]
    shares = shares_of(p[..., None] if p.ndim == 1 + len(data.target) else p, len(labels))
    return [_one(labels, row) for row in shares.tolist()]


def shares_of(p, classes: int):
    """The share of each class, (rows, ..., classes); a binary network's single output is the share of class 1."""
    import numpy as np

    return np.concatenate([1 - p, p], -1) if p.shape[-1] == 1 and classes == 2 else p


def _one(labels: list[str], shares: list):
    if isinstance(shares[0], list):             # a class at each position
        each = [_one(labels, row) for row in shares]
        return {key: [one[key] for one in each] for key in ("label", "probability", "probabilities")}
    best = max(range(len(shares)), key=shares.__getitem__)
    return {"label": labels[best], "probability": shares[best], "probabilities": dict(zip(labels, shares))}


def _show(found: list[dict], output: Path | None) -> None:
    from dlcli.commands._output import count, number, say, table
    from dlcli.commands._pictures import sentence

    if found and "value" in found[0]:
        table(["row", "value"], [[i + 1, _numbers(row["value"])] for i, row in enumerate(found[:SHOWN])])
    elif found and _is_mask(found[0]):
        table(["row", "share of the pixels"], [[i + 1, sentence(row)] for i, row in enumerate(found[:SHOWN])], left=2)
    elif found:
        few = list(found[0]["probabilities"]) if isinstance(found[0]["label"], str) and len(found[0]["probabilities"]) <= COLUMNS else []
        rows = [[i + 1, row["label"], _numbers(row["probability"]), *(number(row["probabilities"][name]) for name in few)]
                for i, row in enumerate(found[:SHOWN])]
        table(["row", "prediction", "probability", *few], rows, left=2)
    more = f", the first {SHOWN} shown" if len(found) > SHOWN else ""
    say(f"{count(len(found), 'row')}{more}" + (f"; all of them in {output}" if output else "; -o FILE writes all of them" if more else ""))


def _is_mask(row: dict) -> bool:
    """Whether there is a class for each pixel."""
    return isinstance(row["label"], list) and isinstance(row["label"][0], list)


def _numbers(value) -> str:
    from dlcli.commands._output import number

    return ", ".join(map(number, value)) if isinstance(value, list) else number(value)


def _need_one_mask(path: Path, data, rows: int) -> None:
    from dlcli.errors import UsageError

    if data.task != "classification" or len(data.target) != 2 or data.target.size > 256:
        raise UsageError(f"-o {path}", "a .png file is for a class at each pixel, which this run does not give",
                         "name a .csv or a .jsonl file")
    if rows != 1:
        raise UsageError(f"-o {path}", f"a .png file is for one picture, and there are {rows:,}", "predict them one by one")


def _write(path: Path, found: list[dict], data) -> None:
    """All predictions as a file, whole or not at all."""
    from dlcli.artifacts.strict_json import dump
    from dlcli.commands._output import save

    if path.suffix == ".png":
        import numpy as np

        from dlcli.artifacts.masks import indexed

        place = {label: i for i, label in enumerate(found[0]["probabilities"][0][0])}
        return save(path, indexed(np.array([[place[label] for label in row] for row in found[0]["label"]]), data.target.size))
    if path.suffix == ".jsonl":
        return save(path, b"".join(dump(row, null=True) + b"\n" for row in found))
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    rows = [_cells(row) for row in found]
    writer.writerow(rows[0] if rows else ["value"])
    writer.writerows(row.values() for row in rows)
    save(path, text.getvalue().encode())


def _cells(row: dict) -> dict:
    """A prediction as columns of a CSV file; of a mask the share of each class."""
    from dlcli.commands._pictures import flat

    file = {"file": row["file"]} if "file" in row else {}
    if "value" in row:
        value = row["value"]
        return file | ({f"value{i + 1}": v for i, v in enumerate(value)} if isinstance(value, list) else {"value": value})
    if _is_mask(row):
        found, names = list(flat(row["label"])), row["probabilities"][0][0]
        return file | {f"share of {name}": found.count(name) / len(found) for name in names}
    if isinstance(row["label"], list):
        return file | {"label": " ".join(map(str, row["label"]))}
    shares = {f"probability of {name}": share for name, share in row["probabilities"].items()}
    return file | {"label": row["label"], "probability": row["probability"]} | shares
