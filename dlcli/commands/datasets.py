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
    if context.invoked_subcommand is None:
        _list(json)


@app.command()
def get(context: typer.Context, name: Name, json: o.Json = False, quiet: o.Quiet = False):
    """Fetch a data set from its publisher, or go on where a fetch broke off. Every byte is checked by a published
    hash."""
    from difflib import get_close_matches

    from dlcli.data.files.catalogue import SETS
    from dlcli.data.files.catalogue import get as fetch
    from dlcli.errors import UsageError
    from dlcli.terminal.screen import emit, listed, say

    if name not in SETS:
        near = get_close_matches(name.lower(), SETS, 1)
        raise UsageError(f"datasets get {name}", f"there is no such data set; there are {listed(SETS)}",
                         f"did you mean {near[0]}?" if near else None)
    found = SETS[name]
    folder, new = fetch(found)
    if json or context.parent.params["json"]:
        return emit(
            {"name": name, "folder": str(folder), "files": list(found.files), "fetched": new, "source": found.source}
        )
    say(f"{name} is in {folder}" + ("" if new else ", as it was before") + ". A config reads it with:")
    say("data:", "  source:", *(f"    {line}" for line in found.source.split("\n")))


def _list(json: bool) -> None:
    from dlcli.data.files.catalogue import SETS
    from dlcli.data.files.find import cache_folder
    from dlcli.terminal.screen import emit, say, size, table

    folder = cache_folder()
    if json:
        return emit({"folder": folder and str(folder), "datasets": [
            {"name": s.name, "text": s.text, "rows": s.rows, "bytes": s.size, "origin": s.origin, "licence": s.licence,
             "cached": s.cached(folder), "files": list(s.files), "source": s.source} for s in SETS.values()]})
    table(
        ["name", "rows", "download", "cached", "what"],
        [[s.name, s.rows, size(s.size), "yes" if s.cached(folder) else "no", s.text] for s in SETS.values()],
        left=5,
        gap=2,
    )
    say()
    for s in SETS.values():
        say(f"{s.name}: {s.origin}. Licence: {s.licence}.")
    say("", f"`dlcli datasets get NAME` fetches one into {folder}." if folder else
        "There is no home, and so no cache folder: set DLCLI_CACHE to one, and `dlcli datasets get NAME` fetches into "
        "it.")
