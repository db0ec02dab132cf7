"""Public data sets."""

from dlcli.api import _arguments
from dlcli.api._call import call
from dlcli.notices import Listener
from dlcli.text import closest, did_you_mean, listed


def datasets() -> dict:
    """Those that can be fetched: {"folder": the cache, None if there is no home, "datasets": [{"name", "text", "rows",
    "bytes", "origin", "licence", "cached", "files", "source"}]}."""
    from dlcli.data.files.cache import cache_folder
    from dlcli.data.files.catalogue import SETS
    from dlcli.data.files.datasets import cached

    folder = cache_folder()
    return {"folder": folder and str(folder), "datasets": [
        {"name": s.name, "text": s.text, "rows": s.rows, "bytes": s.size, "origin": s.origin, "licence": s.licence,
         "cached": cached(s, folder), "files": list(s.files), "source": s.source} for s in SETS.values()]}


def get_dataset(name: str, *, notify: Listener | None = None) -> dict:
    """Fetch a data set from its publisher into the cache, or go on where a fetch broke off; every byte is checked by a
    published hash.

    Returns {"name", "folder", "files", "fetched": whether it was not there before, "source": what a config says to read
    it}.
    """
    from dlcli.data.files.catalogue import SETS
    from dlcli.data.files.datasets import get
    from dlcli.errors import UsageError

    name = _arguments.text("name", name) or ""
    if name not in SETS:
        raise UsageError(f"datasets get {name}", f"there is no such data set; there are {listed(SETS)}",
                         did_you_mean(closest(name.lower(), SETS)))
    found = SETS[name]
    with call(notify):
        folder, new = get(found)
    return {"name": name, "folder": str(folder), "files": list(found.files), "fetched": new, "source": found.source}
