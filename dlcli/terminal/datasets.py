"""The documents of `datasets` for people."""

from dlcli.terminal.screen import say, table
from dlcli.text import size


def show_list(document: dict) -> None:
    """A table of the sets, their licences, and where one is fetched to."""
    sets, folder = document["datasets"], document["folder"]
    rows = [[s["name"], s["rows"], size(s["bytes"]), "yes" if s["cached"] else "no", s["text"]] for s in sets]
    table(["name", "rows", "download", "cached", "what"], rows, left=5, gap=2)
    say()
    for s in sets:
        say(f"{s['name']}: {s['origin']}. Licence: {s['licence']}.")
    say("", f"`dlcli datasets get NAME` fetches one into {folder}." if folder else
        "There is no home, and so no cache folder: set DLCLI_CACHE to one, and `dlcli datasets get NAME` fetches into "
        "it.")


def show(document: dict) -> None:
    """The lines of a config that read a set which was fetched."""
    before = "" if document["fetched"] else ", as it was before"
    say(f"{document['name']} is in {document['folder']}{before}. A config reads it with:")
    say("data:", "  source:", *(f"    {line}" for line in document["source"].split("\n")))
