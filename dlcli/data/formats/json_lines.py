"""JSON lines as rows of cells: an object on each line, whose keys are the columns."""

import json
from collections.abc import Sequence

from dlcli.data.formats.csv.encoding import Encoded
from dlcli.data.formats.gunzip import gunzip, is_gzip
from dlcli.errors import DataError
from dlcli.text import flow, quoted

MAX_COLUMNS = 100_000
"""Keys of all lines."""
ONE_EACH = "an object stands on each line: `pandas.read_json('a.json').to_json('a.jsonl', orient='records', " \
    "lines=True)` writes a list of them so"


class JsonText:
    """Rows of cells, read by the same rules as those of a CSV file. A missing key and null are an empty cell, true and
    false the words, a number the text that it is written as. `place(row)` is where a row is: file:line.

    trained: whether a network has been trained on such files, so that no option can be changed any more. names: all
    keys, in the order of their first line.
    """

    def __init__(self, data: bytes, name: str, trained: bool = False):
        self.name, self.trained = name, trained
        data = gunzip(data, name) if is_gzip(data) else data
        text = data.decode(Encoded(data, name, "utf-8", trained).codec())
        self._rows: list[dict] = []
        self._lines: list[int] = []
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                self._rows.append(self._object(line, number))
                self._lines.append(number)
        if not self._rows:
            raise DataError(name, "is empty")
        self.names = list(dict.fromkeys(key for row in self._rows for key in row))
        if not self.names or len(self.names) > MAX_COLUMNS:
            raise DataError(name, f"has {len(self.names):,} keys; expected 1 to {MAX_COLUMNS:,}")

    def columns(self, wanted: Sequence[int], skip: int) -> list[list[str]]:
        """All cells of these columns (from 0), without the first `skip` rows."""
        return [[self._cell(row.get(self.names[at]), i + skip, self.names[at])
                 for i, row in enumerate(self._rows[skip:])] for at in wanted]

    def place(self, row: int, column: int | None = None) -> str:
        """Where a row (counted from 0) is in the file."""
        return f"{self.name}:{self._lines[row]}"

    def one_column(self) -> str | None:
        return None

    def _object(self, line: str, number: int) -> dict:
        where = f"{self.name}:{number}"
        try:
            found = json.loads(line, parse_int=_Literal, parse_float=_Literal, parse_constant=_refuse,
                               object_pairs_hook=_once)
        except json.JSONDecodeError as error:
            hint = ONE_EACH if number == 1 else None
            raise DataError(f"{where}:{error.colno}", f"is no JSON: {error.msg}", hint) from None
        except (ValueError, RecursionError) as error:
            said = str(error) if isinstance(error, ValueError) else "is nested too deep"
            raise DataError(where, said) from None
        if not isinstance(found, dict):
            raise DataError(where, f"is {_kind(found)}, and an object is expected", ONE_EACH)
        return found

    def _cell(self, value, row: int, key: str) -> str:
        if isinstance(value, str):
            try:
                value.encode()
            except UnicodeEncodeError:
                raise DataError(self.place(row), f"key {key!r} holds half of a character (a lone surrogate)") from None
            return value
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        hint = None if self.trained else f"`drop: {flow([key])}` leaves it out; what counts of it goes into keys of " \
            "their own"
        raise DataError(self.place(row), f"key {key!r} holds {_kind(value)}; expected a number, a text, true, false or "
                        "null", hint)


class _Literal(str):
    """A number, as it is written."""


def _refuse(name: str):
    raise ValueError(f"is no JSON: {name}; a value that is not known is null")


def _once(pairs: list[tuple]) -> dict:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"has the key {quoted(next(key for key in keys if keys.count(key) > 1))} twice")
    return found


def _kind(value) -> str:
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    return "null" if value is None else "a number" if isinstance(value, _Literal) else \
        "true or false" if isinstance(value, bool) else "a text"
