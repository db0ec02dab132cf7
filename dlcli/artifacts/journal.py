"""metrics.jsonl: what a run measured, one strict-JSON line per record.

    {"kind": "epoch", "epoch", "step", "seconds", "learning_rate", "gradient_norm", "train": {...}, "validation": {...},
     "best"}

These are all that training writes; readers leave records of other kinds alone. `train` is gathered during the epoch,
while the weights change; `train_evaluated`, if the best weights are kept by a value of the training split, is of the
weights after it. `best` is true if the epoch's weights are kept as the best so far. A value that is not finite is null.
Steps never fall from one line to the next: what a resumed run will do again is cut off first.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from dlcli.errors import RunError
from dlcli.storage import atomic, forms
from dlcli.storage.strict_json import dump, parse

LINE = 1 << 20
"""The longest line that is read, in bytes; and how far back `last` reads."""
MOST, BYTES = 10_000, 4 << 20
"""Lines, and bytes, up to which a journal is read line by line; of a longer one so many lines are read, evenly
spaced."""

SCORES = forms.table(forms.maybe(forms.number))
EPOCH = forms.record({"validation": SCORES, "train_evaluated": SCORES}, epoch=forms.positive, step=forms.whole,
                     train=SCORES, learning_rate=forms.maybe(forms.number), gradient_norm=forms.maybe(forms.number))


class Journal:
    """The journal in one file. Only the holder of the run's lock may append or cut."""

    def __init__(self, path: Path):
        self.path = path
        self._file = None
        self._unsynced = False

    def append(self, *records: dict) -> None:
        """Add records in one write. StorageError if that fails; the file is then as it was before. RunError:
        `atomic.open_own`."""
        data = b"".join(dump(record, null=True) + b"\n" for record in records)
        try:
            if self._file is None:
                self._file = atomic.open_own(self.path, os.O_RDWR | os.O_APPEND)
                os.ftruncate(self._file, _whole_lines(self._file))
            size = os.fstat(self._file).st_size
            try:
                atomic.write_all(self._file, data)
            except BaseException:
                os.ftruncate(self._file, size)
                raise
        except OSError as error:
            raise atomic.storage_error(self.path, error, len(data)) from error
        self._unsynced = True

    def sync(self) -> None:
        """Wait until all that was appended has reached the disk. Called before a checkpoint counts, which relies on
        it."""
        if self._unsynced:
            try:
                if self._file is None:      # closed since
                    atomic.sync(self.path)
                else:
                    atomic.ops.fsync(self._file)
            except OSError as error:
                raise atomic.storage_error(self.path, error, 0) from error
            self._unsynced = False

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def read(self, kind: str | None = None) -> list[dict]:
        """All records, or those of one kind, in order; none if there is no file. Of a journal above `MOST` lines or
        `BYTES`, only some: evenly spaced ones, the last, and that of the best epoch.

        Unreadable lines at the end, which a crash may leave, are left out. RunError names an unreadable line before
        others.
        """
        records, read = [], 0
        for end, record, bad in self._lines():
            if bad is not None:
                self._refuse(bad)
            records.append(record)
            read = end
            if len(records) > MOST or end > BYTES:
                records = self._some(min(MOST, BYTES * len(records) // read))
                break
        return [record for record in records if kind in (None, record.get("kind"))]

    def epochs(self) -> list[dict]:
        """The records of epochs as training writes them, for whoever computes with them. RunError names the field that
        is another."""
        found = self.read("epoch")
        try:
            forms.check(forms.each(EPOCH), found)
        except forms.FormError as error:
            raise RunError(f"{self.path}: epochs.{error.path}", error.problem) from None
        return found

    def last(self, kind: str) -> dict | None:
        """The last record of a kind within the last MiB: quick, however long the file is."""
        try:
            stream, size = atomic.open_file(self.path)
        except FileNotFoundError:
            return None
        with stream:
            stream.seek(max(0, size - LINE))
            lines = stream.read(LINE).split(b"\n")
        records = (_record(line) for line in reversed(lines) if b'"%b"' % kind.encode() in line)
        return next((record for record in records if record and record.get("kind") == kind), None)

    def cut(self, step: int) -> None:
        """Cut off all that follows the records up to a step, if a run goes on from that step.

        One truncation in place: it needs no space and is whole or not done. RunError as `read`, but only for the part
        that stays (of a long journal: the last `BYTES` of it); and if the file is not the run's own.
        So the checkpoint of an epoch's last step belongs after that epoch's record.
        """
        self.close()
        end = begin = self._before(step)
        silent = 0
        for stop, record, bad in self._lines(begin):
            known = isinstance(record.get("step"), int)
            silent = 0 if known else silent + 1
            if known and record["step"] > step:
                break
            if bad is not None:
                self._refuse(bad)
            if silent > MOST:
                raise self._silent()
            end = stop
        if not self.path.exists():
            return
        file = atomic.open_own(self.path, os.O_RDWR)
        try:
            if os.fstat(file).st_size != end:
                os.ftruncate(file, end)
                atomic.ops.fsync(file)
        except OSError as error:
            raise atomic.storage_error(self.path, error, 0) from error
        finally:
            os.close(file)

    def _lines(self, begin: int = 0) -> Iterator[tuple[int, dict, int | None]]:
        """(end in the file, record, where the first unreadable line before it begins or None) of each readable line
        from a place on."""
        try:
            stream, _ = atomic.open_file(self.path)
        except FileNotFoundError:
            return
        with stream:
            stream.seek(begin)
            end, bad = begin, None
            for line in iter(lambda: stream.readline(LINE), b""):
                if (record := _record(line)) is not None and line.endswith(b"\n"):
                    yield end + len(line), record, bad
                elif bad is None:
                    bad = end
                end += len(line)

    def _refuse(self, place: int):
        """RunError for the unreadable line that begins at a place."""
        stream, _ = atomic.open_file(self.path)
        with stream:
            parts = iter(lambda: stream.read(min(LINE, place - stream.tell())), b"")
            lines = sum(part.count(b"\n") for part in parts)
        raise RunError(f"{self.path}:{lines + 1}", "not a JSON object on one line", "take the line out")

    def _some(self, count: int) -> list[dict]:
        """So many records from evenly spaced places, with the last ones and that of the best epoch."""
        stream, size = atomic.open_file(self.path)
        found, read = {}, 0
        with stream:
            for place in sorted({*range(0, size, max(1, size // count)), *_marks(stream, size)}):
                stream.seek(place)
                begin = place + (len(stream.readline(LINE)) if place else 0)        # behind the rest of a line
                line = b"" if begin in found else stream.readline(LINE)
                read += len(line)
                if (record := _record(line)) is not None:
                    found[begin] = record
                if read > 4 * BYTES:
                    raise RunError(str(self.path), f"{size:,} bytes in lines too long to be read")
        return list(found.values())

    def _before(self, step: int) -> int:
        """The beginning of a line before which all steps are at most this one: near the end, as a rule."""
        try:
            stream, size = atomic.open_file(self.path)
        except FileNotFoundError:
            return 0
        with stream:
            for place in range(size - BYTES, 0, -BYTES):
                stream.seek(place)
                begin = place + len(stream.readline(LINE))
                records = (_record(stream.readline(LINE)) for _ in range(100))
                first = next((r["step"] for r in records if r and isinstance(r.get("step"), int)), None)
                if first is None:
                    raise self._silent()
                if first <= step:
                    return begin
        return 0

    def _silent(self) -> RunError:
        return RunError(str(self.path), "too many records in a row that name no step: not the journal of a run",
                        "take the file away")


def _marks(stream, size: int) -> list[int]:
    """Places right before the last lines, and before that of the last epoch that was the best."""
    stream.seek(max(0, size - LINE))
    tail, places = stream.read(LINE), []
    at = len(tail)
    for _ in range(4):
        at = max(0, tail.rfind(b"\n", 0, at))
        places.append(max(0, size - LINE) + at)
    for begin in range(size - LINE, -LINE, -LINE):
        stream.seek(max(0, begin))
        part = stream.read(LINE + LINE)
        if (at := part.rfind(b'"best":true')) >= 0:
            return [*places, max(0, begin) + max(0, part.rfind(b"\n", 0, at))]
    return places


def _record(line: bytes) -> dict | None:
    try:
        record = parse(line, "")
    except RunError:
        return None
    return record if isinstance(record, dict) else None


def _whole_lines(file: int) -> int:
    """Length of the file without a torn last line."""
    size = os.fstat(file).st_size
    begin = max(0, size - LINE)
    return begin + os.pread(file, LINE, begin).rfind(b"\n") + 1
