"""Going through many files, of which all that cannot be read are told together."""

from collections.abc import Callable, Iterator

from dlcli.errors import DataError, DlcliError
from dlcli.notices import Progress
from dlcli.text import first_of


def each(
    what: str, count: int, title: Callable[[int], str], read: Callable[[int], bytes], function
) -> Iterator[tuple]:
    """(row, bytes, function(bytes, title)) of every file. All that cannot be read are told in one DataError at the
    end."""
    progress, bad = Progress(what, count), []
    try:
        for row in range(count):
            try:
                data = read(row)
                result = function(data, title(row))
            except OSError as error:
                bad.append(DataError(title(row), f"cannot be read: {error.strerror or error}"))
            except DlcliError as error:
                bad.append(error)
            else:
                if not bad:
                    yield row, data, result
            progress.add()
    finally:
        progress.end()
    if bad:
        first, others = bad[0], [error.where for error in bad[1:]]
        hints = [f"{len(others):,} more cannot be read: {first_of(others, 5)}"] if others else []
        hints.append(first.hint or ("take them out" if others else "put a good file in its place, or take it out"))
        raise DataError(first.where, first.problem, "; ".join(hints))
