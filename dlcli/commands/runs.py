"""dlcli runs, dlcli runs show"""

from typing import Annotated

import typer

from dlcli.commands import _options as o

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None, subcommand_metavar="[show RUN]")
Plots = Annotated[
    bool,
    typer.Option(
        "--plots/--no-plots",
        help="Write the curves, and the filters of a first convolution, as pictures to the run's folder plots/ as "
             "well.",
    ),
]


@app.callback()
def runs(context: typer.Context, runs: o.Runs = o.RUNS, json: o.Json = False):
    """List runs, or show one with its curves."""
    from dlcli import api
    from dlcli.terminal import runs as shown
    from dlcli.terminal import screen

    if context.invoked_subcommand is not None:
        context.obj = runs
        return
    screen.present(api.runs(runs), json, lambda document: shown.show_list(document["runs"], runs))


@app.command()
def show(context: typer.Context, run: o.RunName, runs: o.Runs = o.RUNS, plots: Plots = True, json: o.Json = False):
    """Show a run: what it is, its metrics, and its curves in the terminal.

    Of more than 10,000 epochs, evenly spaced ones, the last and the best.
    """
    from dlcli import api
    from dlcli.terminal import runs as shown
    from dlcli.terminal import screen

    document = api.show_run(run, plots=plots, runs=runs if runs != o.RUNS else context.obj)
    screen.present(document, json or context.parent.params["json"], shown.show)
