"""Show what in a picture the answer hangs on."""

from pathlib import Path

from dlcli.api import _arguments
from dlcli.api._call import call
from dlcli.notices import Listener


def explain_prediction(
    run: str | Path,
    picture: str | Path | None = None,
    *,
    row: int | None = None,
    split: str | None = None,
    label: str | None = None,
    output: str | Path | None = None,
    invert: bool = False,
    checkpoint: str | None = None,
    runs: str | Path = "runs",
    notify: Listener | None = None,
) -> dict:
    """Write a picture of one input, its saliency and its integrated gradients.

    picture: a picture, a folder or .zip file of them, or a file of rows. row: which one of them, from 1; without a
    picture, a row of a split, by default of test. label: the class whose score is explained; by default the one that is
    predicted. output: the .png file; by default named after the picture, in the current folder. The rest: as for
    `evaluate`.

    Returns {"file", "input", the answer as of `predict`, "explained", "score", "baseline_score", "attribution_sum",
    "relative_error", "saliency" and "integrated_gradients" (a list of rows each), ...}.
    """
    from dlcli.api import _explanation, _stored
    from dlcli.figures.explanation import draw
    from dlcli.storage.atomic import save

    run, runs, row = _arguments.name_of("run", run), _arguments.path("runs", runs), _arguments.whole("row", row)
    split, label = _arguments.text("split", split), _arguments.text("label", label)
    picture, output = picture and _arguments.name_of("picture", picture), output and _arguments.path("output", output)
    with call(notify) as warnings:
        _check(picture, row, split, output)
        model = _stored.asked(run, runs, _arguments.checkpoint(checkpoint))
        sample = _explanation.sample(model, picture, row, split, invert)
        document, panels = _explanation.explain(model, sample, label)
        path = output or Path(f"{sample.title}-explained.png")
        _arguments.refuse_overwriting(path, [picture or "", sample.name], model.run.path)
        save(path, draw(panels))
        return {"run": str(model.run.path), "file": str(path)} | document | {"warnings": warnings}


def _check(picture: str | None, row: int | None, split: str | None, output: Path | None) -> None:
    from dlcli.errors import UsageError

    if picture is None and row is None:
        raise UsageError(
            "explain-prediction", "nothing to explain", "name a picture, or --row N for a row of the test split"
        )
    if picture is not None and split is not None:
        raise UsageError("--split", "goes with --row and without a picture")
    if output is not None and output.suffix != ".png":
        raise UsageError(f"-o {output}", "can be a .png file")
