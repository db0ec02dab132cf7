"""dlcli explain-prediction"""

from pathlib import Path
from typing import Annotated

import typer

from dlcli.commands import _options as o

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
    split: o.Split = None,
    wanted: Class = None,
    output: Output = None,
    invert: o.Invert = False,
    checkpoint: o.Which = None,
    runs: o.Runs = o.RUNS,
    json: o.Json = False,
):
    """Show what in a picture the answer hangs on.

    Writes one PNG: the picture, the saliency (gradient of the class's score) and integrated gradients, whose sum is the
    score's distance from that of a black picture, or of a white one if the training pictures have a light
    background.
    """
    from dlcli import api
    from dlcli.terminal import explanation, screen

    document = api.explain_prediction(
        run,
        picture,
        row=row,
        split=split,
        label=wanted,
        output=output,
        invert=invert,
        checkpoint=checkpoint,
        runs=runs,
    )
    screen.present(document, json, explanation.show)
