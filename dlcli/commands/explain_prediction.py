"""dlcli explain-prediction"""

from pathlib import Path
from typing import Annotated

import typer

from dlcli.commands import _options as o
from dlcli.commands.evaluate import Split, Which
from dlcli.commands.predict import Invert

Picture = Annotated[
    str | None,
    typer.Argument(
        metavar="PICTURE",
        show_default=False,
        help="A picture, a folder or .zip file of them, or a file of rows as for predict, or --row",
    ),
]
Row = Annotated[
    int | None,
    typer.Option(
        "--row",
        min=1,
        metavar="N",
        show_default=False,
        help="Explain row N of the file or folder, or without one of a split. Default: 1.",
    ),
]
Class = Annotated[
    str | None,
    typer.Option(
        "--class",
        metavar="NAME",
        show_default=False,
        help="The class whose score is explained. Default: the one that is predicted.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        show_default=False,
        help="The .png file to write. Default: named after the picture, in the current folder.",
    ),
]


def command(
    run: o.RunName,
    picture: Picture = None,
    row: Row = None,
    split: Split = None,
    wanted: Class = None,
    output: Output = None,
    invert: Invert = False,
    checkpoint: Which = None,
    runs: o.Runs = o.RUNS,
    json: o.Json = False,
):
    """Show what in a picture the answer hangs on.

    Writes one PNG: the picture, the saliency (gradient of the class's score) and integrated gradients, whose sum is the
    score's distance from that of a black picture, or of a white one where the training pictures have a light
    background.
    """
    from dlcli.api import _explanation, _stored
    from dlcli.errors import UsageError
    from dlcli.figures.explanation import draw
    from dlcli.terminal import screen

    if picture is None and row is None:
        raise UsageError(
            "explain-prediction", "nothing to explain", "name a picture, or --row N for a row of the test split"
        )
    if picture is not None and split is not None:
        raise UsageError("--split", "goes with --row and without a picture")
    if output is not None and output.suffix != ".png":
        raise UsageError(f"-o {output}", "can be a .png file")
    model = _stored.asked(run, runs, checkpoint)
    sample = _explanation.sample(model, picture, row, split, invert)
    document, panels = _explanation.explain(model, sample, wanted)
    path = output or Path(f"{sample.title}-explained.png")
    screen.save(path, draw(panels))
    if json:
        screen.emit({"run": str(model.run.path), "file": str(path)} | document)
    else:
        _show(document, panels, path)


def _show(document: dict, panels, path: Path) -> None:
    from dlcli.terminal.screen import number, say

    say(f"{document['input']}: {panels.answer}")
    if panels.others:
        say(panels.others)
    say()
    difference = document["score"] - document["baseline_score"]
    say(f"{panels.score}: {number(document['score'])}, of {document['baseline']} {number(document['baseline_score'])}")
    say(f"sum of the integrated gradients: {number(document['attribution_sum'])} of {number(difference)}, "
        f"{100 * document['relative_error']:.2g} % off with {document['steps']} steps")
    if document["relative_error"] > 0.01:
        say("that is more than a per cent: take the map as a sketch")
    say(f"picture in {path}")
