"""Folders of recordings, as spectrograms."""

from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Gt, Le

from dlcli.data.audio.pattern import Pattern, Value, check_selection
from dlcli.data.files.find import Files
from dlcli.data.sources._source import Source
from dlcli.data.table import Table
from dlcli.engine.component import Component

Chosen = dict[str, Value | list[Value]]
Milliseconds = Annotated[float, Gt(0), Le(10_000)]


class Join(Component):
    """Rows of several recordings, one behind the other."""

    family: ClassVar[str] = "section"

    least: Annotated[int, Ge(1), Le(1000)] = 2
    """Fewest recordings of a row."""
    most: Annotated[int, Ge(1), Le(1000)] = 5
    """Most recordings of a row. All numbers between are equally often."""
    gap: Annotated[float, Ge(0), Le(10_000)] = 0.0
    """Silence between two recordings in milliseconds, rounded to whole steps."""

    def __post_init__(self):
        if self.least > self.most:
            raise ValueError(f"`least` is {self.least}, more than `most`, {self.most}")


class AudioFolder(Source):
    """Recordings (WAV, FLAC, OGG) as log-mel spectrograms, (steps, mels) to a row, each as many steps as it has. Needs
    the extra `audio`.

    Each recording becomes the mean of its channels, at one rate, cut into overlapping frames. A step is
    log(1e-8 + energy) of each of `mels` bands, equally wide on the mel scale of HTK (2595 log10(1 + f / 700)); the
    energy is that of a Hann window, so that white noise of variance v has v at each frequency. `standardize` learns
    mean and deviation of each band on the training frames. Spectrograms are computed once and kept in dlcli's cache
    folder; a .zip file is read as it is.
    """

    path: str
    """Folder or .zip file of the recordings."""
    label: str | None = None
    """What the names say, for the end of each path without .wav: `"{label}_{speaker}_{n}"`. The part `{label}` is the
    class; by the others `test` and `validation` choose. Left out, there is one folder per class."""
    test: str | Chosen | None = None
    """The recordings to evaluate on: a folder or .zip file of their own, or those of `path` whose names say so:
    `{n: "<5"}`, `{speaker: theo}`, `{n: [0, 1], speaker: [theo, lucas]}` (all of it must hold). `<`, `<=`, `>`, `>=`
    compare whole numbers."""
    validation: str | Chosen | None = None
    """The recordings to choose by, likewise."""
    rate: Annotated[int, Ge(100), Le(1_000_000)] | None = None
    """Samples a second that every recording is brought to. Default: that of the training files, if all have the
    same."""
    mels: Annotated[int, Ge(1), Le(512)] = 40
    """Bands of frequency."""
    window: Milliseconds = 25.0
    """Length of a frame in milliseconds."""
    hop: Milliseconds = 10.0
    """From the beginning of a frame to that of the next, in milliseconds."""
    normalize: Literal["level", "mean", "mean_and_deviation"] | None = "level"
    """What is taken from each row, over its own frames and before any step of `prepare`. `level`: one mean of all
    bands, which is how loud it is, so that only its shape counts. `mean`: the mean of each band, and with it all that
    multiplies a band from beginning to end, such as a microphone, a room, and much of a voice; but a sound that never
    changes is then 0. `mean_and_deviation`: each band is divided by its deviation in the row besides. `null`: nothing,
    if loudness tells classes apart."""
    longest: Annotated[int, Ge(1)] | None = None
    """Steps that the network reads at most. Longer recordings are cut, and how many are is said; a longer joined row is
    an error. Default: those of the longest row of all splits."""
    join: Join | None = None
    """Rows of several recordings, drawn by the seed, as many rows as recordings; the target is the classes in their
    order, as the loss `ctc` learns them. Recordings are joined within a split, and no split can be cut from the
    rows: `test` and `validation` choose recordings. Left out, each recording is a row."""

    def __post_init__(self):
        if isinstance(self.join, dict):         # as a checkpoint holds it
            self.join = Join(**self.join)
        if self.hop > self.window:
            raise ValueError(f"`hop` is {self.hop:g} ms and `window` {self.window:g} ms: what lies between would not "
                             "be heard")
        names = None if self.label is None else Pattern(self.label).names
        for option in ("test", "validation"):
            if isinstance(chosen := getattr(self, option), dict):
                if names is None:
                    raise ValueError(f"`{option}` chooses by what names say, and `label` does not tell what: "
                                     'label: "{label}_{speaker}_{n}"')
                check_selection(option, chosen, names)

    def memory_hint(self) -> str:
        return "fewer `mels`, a longer `hop`, or `longest` need less"

    def load(self, files: Files, seed: int) -> dict[str, Table]:
        from dlcli.data.audio.tables import tables_of

        return tables_of(self, files, seed)

    def scan(self, files: Files, seed: int) -> dict[str, Table]:
        from dlcli.data.audio.tables import tables_of

        return tables_of(self, files, seed, look=True)
