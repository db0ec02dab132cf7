"""The next steps of a series, for `predict`."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlcli.api._stored import Networks
    from dlcli.data.dataset import Dataset

WINDOWS = 3
"""So many windows of the past are drawn, and as many horizons at least."""


def forecast(networks: "Networks", rows: "Dataset", output: Path | None) -> dict:
    """The document of `predict`; rows: the last window of a file."""
    from dlcli.api import _stored
    from dlcli.evaluation.next_steps import next_steps

    model, experiment = networks.model, networks.experiment
    y, p, *_ = _stored.outputs(networks, rows)
    found = next_steps(y, p, rows, experiment.loss.quantiles)
    document = {"run": str(model.run.path), "status": model.run.status,
                "targets": experiment.data.fitted.target.names, "predictions": found}
    if output is not None:
        _write(output, document, rows)
    return document


def _write(path: Path, document: dict, rows: "Dataset") -> None:
    """All predictions as a file, or as a picture with the past before them, whole or not at all."""
    from dlcli.evaluation.answers import csv_text, json_lines
    from dlcli.evaluation.next_steps import known_steps
    from dlcli.figures.forecast import draw
    from dlcli.storage.atomic import save

    found, past = document["predictions"], rows.past
    if path.suffix == ".png":
        window = rows.inputs["x"].steps
        times, before = known_steps(past, WINDOWS * max(window, past.horizon))
        times = None if times is None else times + [step["time"] for step in found]
        data = draw(times, before, found, document["targets"], Path(document["run"]).name)
    else:
        data = json_lines(found) if path.suffix == ".jsonl" else csv_text(found)
    save(path, data)
