"""Public data sets in the cache folder: fetched from their publishers, and converted if they come in another form."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from dlcli.data.files import cifar
from dlcli.data.files.cache import load_note, needed_folder, save_note
from dlcli.data.files.catalogue import PublicSet
from dlcli.data.files.fetch import digest, fetch, forget, is_there

CONVERT: dict[str, Callable[[Path], None]] = {
    "cifar10": lambda folder: cifar.convert(folder, "cifar-10-binary.tar.gz"),
}
"""By a set's name: from the fetched files in a folder to the set's `files`. How those then are is noted beside them."""


def get(found: PublicSet) -> tuple[Path, list[str]]:
    """Fetch what is missing. Returns the cache folder, and the files that were not there before."""
    folder = needed_folder()
    if found.name not in CONVERT:
        missing = [remote for remote in found.remotes if not is_there(remote, folder)]
        for remote in missing:
            fetch(remote, folder)
        return folder, [remote.name for remote in missing]
    if cached(found, folder):
        return folder, []
    for remote in found.remotes:
        fetch(remote, folder)
    CONVERT[found.name](folder)
    save_note(_note(found), _digests(found, folder))
    for remote in found.remotes:
        forget(remote, folder)
    return folder, list(found.files)


def cached(found: PublicSet, folder: Path | None) -> bool:
    """Whether the files are there with all their bytes: the published ones, or those that were made of them."""
    if folder is None:
        return False
    if found.name not in CONVERT:
        return all(is_there(remote, folder) for remote in found.remotes)
    with suppress(OSError):
        return load_note(_note(found)) == _digests(found, folder)
    return False


def _note(found: PublicSet) -> str:
    return f"{found.name}.json"


def _digests(found: PublicSet, folder: Path) -> dict[str, str]:
    return {name: digest(folder / name) for name in found.files}
