"""dlcli datasets, dlcli datasets get"""

from typing import Annotated

import typer

from dlcli.commands import _options as o

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None, subcommand_metavar="[get NAME]")
Name = Annotated[
    str, typer.Argument(metavar="NAME", show_default=False, help="One of those that `dlcli datasets` lists.")
]


@app.callback()
def datasets(context: typer.Context, json: o.Json = False):
    """List public data sets, or fetch one into the cache."""
    from dlcli import api
    from dlcli.terminal import datasets as shown
    from dlcli.terminal import screen

    if context.invoked_subcommand is None:
        screen.present(api.datasets(), json, shown.show_list)


@app.command()
def get(context: typer.Context, name: Name, json: o.Json = False, quiet: o.Quiet = False):
    """Fetch a data set from its publisher, or go on where a fetch broke off. Every byte is checked by a published
    hash."""
    from dlcli import api
    from dlcli.terminal import datasets as shown
    from dlcli.terminal import screen

    screen.present(api.get_dataset(name), json or context.parent.params["json"], shown.show)
