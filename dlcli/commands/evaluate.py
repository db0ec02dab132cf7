"""dlcli evaluate"""

from typing import Annotated

import typer

from dlcli.commands import _options as o

Files = Annotated[
    list[str] | None,
    typer.Option(
        "--data",
        metavar="FILE",
        show_default=False,
        help="New rows with their targets, or a folder of pictures or texts by class, instead of a split. Twice if "
             "inputs and targets are two files; class=FILE for each class of texts.",
    ),
]
Noise = Annotated[
    list[float] | None,
    typer.Option(
        "--noise",
        metavar="STD",
        show_default=False,
        help="Evaluate the rows under Gaussian noise too. May be given several times.",
    ),
]
Attacks = Annotated[list[str] | None, typer.Option(
    "--attack", metavar="KIND:EPSILON", show_default=False,
    help="Evaluate the rows under an attack too: fgsm:0.1, pgd:0.1 or pgd:0.1:40 (steps). May be given several "
         "times.")]
Seen = Annotated[bool, typer.Option(
    "--allow-seen", help="Evaluate a test split or file also if rows of it were trained on.")]


def command(run: o.RunName, split: o.Split = None, data: Files = None, checkpoint: o.Which = None, noise: Noise = None,
            attack: Attacks = None, allow_seen: Seen = False, runs: o.Runs = o.RUNS, workers: o.Workers = None,
            parallel: o.Parallel = "fork", json: o.Json = False, quiet: o.Quiet = False):
    """Evaluate a trained network on a split or on new rows.

    Metrics with 95 % intervals (- if the rows are too few to tell), beside what a baseline reaches; for classes also
    one by one. Rows that the run, or one that it started from (init_from), was trained on are no test, and are refused.
    """
    from dlcli import api
    from dlcli.terminal import evaluation, screen

    document = api.evaluate(
        run,
        split=split,
        data=data,
        checkpoint=checkpoint,
        noise=noise or (),
        attack=attack or (),
        allow_seen=allow_seen,
        runs=runs,
        workers=workers,
        parallel=parallel,
    )
    screen.present(document, json, evaluation.show)
    for remark in document["remarks"]:
        screen.warn(f"warning: {remark}")
