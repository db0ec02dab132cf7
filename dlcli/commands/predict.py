"""dlcli predict"""

from pathlib import Path
from typing import Annotated

import typer

from dlcli.commands import _options as o

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT",
        show_default=False,
        help="A file of new rows (csv, jsonl, npy, npz, idx; targets are not needed), a series, of which the next "
        "steps are predicted, or pictures or recordings, and folders and .zip files of them; texts for a run that "
        "reads texts, or a .txt file with one on each line.",
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
        "pixel, these to a .png file; of a series, a picture of the forecast.",
    ),
]


def command(
    run: o.RunName, inputs: Inputs, output: Output = None, invert: o.Invert = False, beam: o.Beam = None,
    checkpoint: o.Which = None, runs: o.Runs = o.RUNS, workers: o.Workers = None, parallel: o.Parallel = "fork",
    json: o.Json = False, quiet: o.Quiet = False,
):
    """Predict new rows, what pictures show, what is heard in recordings, or the classes of texts.

    Only the run folder and the input are needed: scaling, categories and class names are part of the run. A picture of
    any size, in colour or grey, or a recording of any format, rate and length, is brought to the network's input the
    way the training data was. If some cannot be read, the others are predicted, those are named, and the exit status
    is 4.
    """
    from dlcli import api
    from dlcli.errors import Exit
    from dlcli.terminal import predictions, screen
    from dlcli.text import count

    document = api.predict(
        run,
        inputs,
        output=output,
        invert=invert,
        beam=beam,
        checkpoint=checkpoint,
        runs=runs,
        workers=workers,
        parallel=parallel,
    )
    screen.present(document, json, lambda document: predictions.show(document, output))
    if unreadable := len(document.get("unreadable", ())):
        total = count(unreadable + len(document["predictions"]), document["medium"])
        screen.warn(f"{unreadable:,} of {total} could not be read: exit status {int(Exit.DATA)}")
        return Exit.DATA
    return Exit.OK
