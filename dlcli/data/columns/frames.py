"""Rows of frames, such as the spectra of a recording one after the other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from dlcli.data.columns._column import FittedColumn
from dlcli.data.prepare._step import Step
from dlcli.data.ragged import Ragged
from dlcli.data.table import BLOCK, Column, Table
from dlcli.engine.spec import Spec
from dlcli.storage.forms import maybe, number, one_of, positive, record, refuse, same

SOUND = {"rate": positive, "mels": positive, "window": number, "hop": number}
"""The fields of `audio.log_mel.Form`."""
NORMALIZED = "level", "mean", "mean_and_deviation"
STILL = 1e-3
"""A deviation below this is taken for none: float32 leaves as much of a band that never changes."""


@dataclass(kw_only=True)
class Frames(FittedColumn):
    """Numbers (steps, channels), as many steps to a row as it has. Steps of `prepare` see each frame as a row of
    channels, so that what they learn is of the real frames of the training rows, and the same at each time.

    shape: [channels]. longest: steps of the longest row of all splits. sound: how recordings became frames
    (`audio.log_mel.Form` by its fields); None if they were none. normalize: what is done to each row by itself before
    any step (`normalized`); None: nothing.
    """

    cells = False
    form = {"longest": positive, "sound": maybe(record(**SOUND)), "normalize": maybe(one_of(*NORMALIZED))}

    longest: int
    sound: dict | None = None
    normalize: str | None = None

    @classmethod
    def learn(cls, name: str, column: Column, rows: np.ndarray, steps: list[Step]) -> Self:
        return cls(name=name, shape=list(column.values.shape[2:]), longest=column.longest or column.values.longest,
                   sound=column.sound, normalize=column.normalize)

    def verify(self, state: dict, path: str) -> None:
        if self.sound is not None:
            same(f"{path}.sound", sorted(self.sound), sorted(SOUND))
            same(f"{path}.sound.mels", [self.sound["mels"]], self.shape)
            for key in ("window", "hop"):
                if not self.sound[key] > 0:
                    refuse(f"{path}.sound.{key}", self.sound[key], "a number above 0")
        super().verify(state, path)

    @property
    def spec(self) -> Spec:
        return Spec((self.longest, *self.shape), lengths=True)

    def reader(self, column: Column) -> Callable[[np.ndarray], np.ndarray]:
        def read(rows: np.ndarray) -> np.ndarray:
            some = column.values.rows(rows).cut(self.longest)
            x = some.values.astype(np.float64)
            return x if self.normalize is None else normalized(x, some.starts, self.normalize)

        return read

    def blocks(self, table: Table, rows: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        """Prepared frames (frames, channels), those of some rows at a time, each with the place of its first row."""
        column = table.columns[self.name]
        read, size = self.reader(column), max(1, BLOCK // (self.longest * max(1, self.shape[-1])))
        for start in range(0, len(rows), size):
            yield start, self.prepare(read(rows[start:start + size]))

    def ragged(self, table: Table, rows: np.ndarray, dtype: str) -> Ragged:
        values = [x.astype(dtype) for _, x in self.blocks(table, rows)]
        starts = np.cumsum([0, *self.lengths(table, rows)])
        return Ragged(np.concatenate(values) if values else np.zeros((0, *self.shape), dtype), starts, self.longest)

    def lengths(self, table: Table, rows: np.ndarray) -> np.ndarray:
        return np.minimum(np.diff(table.columns[self.name].values.starts)[rows], self.longest)

    def check(self, table: Table, rows: np.ndarray, dtype: str) -> None:
        """What is prepared is checked as it is made."""


def normalized(x: np.ndarray, starts: np.ndarray, how: str) -> np.ndarray:
    """Each row less its own mean, in place: that of each channel ("mean"), or of all its numbers ("level").
    "mean_and_deviation" divides by the (population) deviation of each channel besides; a channel of a row that never
    changes becomes 0. x: frames (frames, channels) of all rows, row i from starts[i] to starts[i + 1]."""
    for start, stop in zip(starts[:-1].tolist(), starts[1:].tolist()):
        row = x[start:stop]
        row -= row.mean() if how == "level" else row.mean(0)
        if how == "mean_and_deviation":
            deviation = row.std(0)
            row /= np.where(deviation > STILL, deviation, np.inf)
    return x
