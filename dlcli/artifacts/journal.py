"""metrics.jsonl: what a run measured, one strict-JSON line per record.

    {"kind": "epoch", "epoch", "step", "seconds", "learning_rate", "gradient_norm", "train": {...}, "validation": {...}, "best"}
    {"kind": "step", "step", "epoch", "loss", "learning_rate", "gradient_norm"}
    {"kind": "note", "step", "epoch", "text"}

`train` is gathered during the epoch, while the weights change; `train_evaluated`, where the best weights are kept by a value of the
training split, is of the weights after it. `best` is true where an epoch's weights are kept as the best so far.
A value that is not finite is null. Steps never fall from one line to the next: what a resumed run will do again is cut off first.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from dlcli.artifacts import storage
from dlcli.artifacts.strict_json import dump, parse
from dlcli.errors import RunError

LINE = 1 << 20
"""The longest line that is read, in bytes."""


class Journal:
    """The journal in one file. Only the holder of the run's lock may append or cut."""

    def __init__(self, path: Path):
        self.path = path
        self._file = None
        self._unsynced = False

    def append(self, *records: dict) -> None:
        """Add records in one write. StorageError where that fails; the file is then as it was before."""
        data = b"".join(dump(record, null=True) + b"\n" for record in records)
        try:
            if self._file is None:
                self._file = storage.ops.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK)
                os.ftruncate(self._file, _whole_lines(self._file))
            size = os.fstat(self._file).st_size
            try:
                storage.write_all(self._file, data)
            except BaseException:
                os.ftruncate(self._file, size)
                raise
        except OSError as error:
            raise storage.storage_error(self.path, error, len(data)) from error
        self._unsynced = True

    def sync(self) -> None:
        """Wait until all that was appended has reached the disk. Called before a checkpoint counts, which relies on it."""
        if self._unsynced:
            try:
                if self._file is None:      # closed since
                    storage.sync(self.path)
                else:
                    storage.ops.fsync(self._file)
            except OSError as error:
                raise storage.storage_error(self.path, error, 0) from error
            self._unsynced = False

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def read(self, kind: str | None = None) -> list[dict]:
        """All records, or those of one kind, in order; none where there is no file.

        Unreadable lines at the end, which a crash may leave, are left out. RunError names an unreadable line before others.
        """
        records = []
        for _, record, bad in self._lines():
            if bad:
                raise RunError(f"{self.path}:{bad}", "not a JSON object on one line", "take the line out")
            records.append(record)
        return [record for record in records if kind in (None, record.get("kind"))]

    def last(self, kind: str) -> dict | None:
        """The last record of a kind within the last MiB: quick, however long the file is."""
        try:
            stream, size = storage.open_file(self.path)
        except FileNotFoundError:
            return None
        with stream:
            stream.seek(max(0, size - LINE))
            lines = stream.read(LINE).split(b"\n")
        records = (_record(line) for line in reversed(lines))
        return next((record for record in records if record and record.get("kind") == kind), None)

    def cut(self, step: int) -> None:
        """Cut off all that follows the records up to a step, where a run goes on from that step.

        One truncation in place: it needs no space and is whole or not done. RunError as `read`, but only for the part that stays.
        So the checkpoint of an epoch's last step belongs after that epoch's record.
        """
        self.close()
        end = 0
        for stop, record, bad in self._lines():
            if isinstance(record.get("step"), int) and record["step"] > step:
                break
            if bad:
                raise RunError(f"{self.path}:{bad}", "not a JSON object on one line", "take the line out")
            end = stop
        try:
            if self.path.exists() and self.path.stat().st_size != end:
                os.truncate(self.path, end)
                storage.sync(self.path)
        except OSError as error:
            raise storage.storage_error(self.path, error, 0) from error

    def _lines(self) -> Iterator[tuple[int, dict, int | None]]:
        """(end in the file, record, number of the first unreadable line before it or None) of each readable line."""
        try:
            stream, _ = storage.open_file(self.path)
        except FileNotFoundError:
            return
        with stream:
            end, bad = 0, None
            for number, line in enumerate(iter(lambda: stream.readline(LINE), b""), 1):
                end += len(line)
                if (record := _record(line)) is not None and line.endswith(b"\n"):
                    yield end, record, bad
                else:
                    bad = bad or number


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
