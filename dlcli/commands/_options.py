"""The options that commands share, as annotated types."""

from pathlib import Path
from typing import Annotated, Literal

import typer


def _quiet(wanted: bool) -> bool:
    """Notices come from far below any command."""
    from dlcli.terminal.listener import stderr

    stderr.quiet = wanted
    return wanted


RUN_HELP = "A run folder, its name below --runs, a beginning of that name, or `last`."
Config = Annotated[Path, typer.Argument(metavar="CONFIG", help="The YAML file.", show_default=False)]
Overrides = Annotated[list[str] | None, typer.Argument(
    metavar="KEY=VALUE", show_default=False,
    help="Changes to the config: a.b=value sets, ~a.b takes out, +network.after.NAME=ENTRY inserts.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", show_default=False, help=RUN_HELP)]
Runs = Annotated[Path, typer.Option("--runs", metavar="DIR", help="Folder that holds the run folders.")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, max=4096, metavar="N", show_default=False,
                                             help="Processes that share the work, at most. Default: the cores "
                                                  "that may be used.")]
Parallel = Annotated[Literal["fork", "thread", "serial"], typer.Option(
    "--parallel", help="How the work is shared; the bytes are the same.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", callback=_quiet,
                                       help="Warnings and errors only, no progress.")]
Split = Annotated[str | None, typer.Option("--split", metavar="NAME", show_default=False,
                                           help="train, validation or test. Default: test, or what there is.")]
Which = Annotated[
    str | None,
    typer.Option(
        "--checkpoint",
        metavar="WHICH",
        show_default=False,
        help="last, best, or a step. Default: best if a monitor is set, else last.",
    ),
]
Beam = Annotated[int | None, typer.Option("--beam", min=1, max=1000, metavar="N", show_default=False,
                                         help="Of a run with loss ctc: look for the most probable tokens, keeping N "
                                              "beginnings, instead of the best class of each step.")]
Invert = Annotated[
    bool,
    typer.Option(
        "--invert",
        help="Turn light and dark of pictures round, as for ink on paper if the training "
        "pictures are white on black.",
    ),
]

RUNS = Path("runs")
