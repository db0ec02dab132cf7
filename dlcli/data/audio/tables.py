"""Recordings as the tables of the source `audio_folder`."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from dlcli.data.audio.decode import RECORDINGS, need_packages
from dlcli.data.audio.folders import WHERE, Part, parts_of
from dlcli.data.audio.joined import draw, join, joined_starts
from dlcli.data.audio.log_mel import FLOOR, Form
from dlcli.data.audio.spectra import rate_of, silent, spectra, starts_of
from dlcli.data.files.find import Files
from dlcli.data.ragged import Ragged
from dlcli.data.table import Column, Table
from dlcli.engine.streams import Stream
from dlcli.errors import ConfigError
from dlcli.notices import info, note
from dlcli.text import first_of

if TYPE_CHECKING:
    from dlcli.data.sources.audio_folder import AudioFolder

LARGEST = 1 << 27
"""Most numbers of a row."""


def tables_of(source: "AudioFolder", files: Files, seed: int, look: bool = False) -> dict[str, Table]:
    """A table for each split. look: the spectrograms are stand-ins of the right shape."""
    need_packages("audio_folder")
    parts = parts_of(source, files)
    form = form_of(source, parts["train"])
    members = {name: _members(source, len(part.rows), name, seed) for name, part in parts.items()}
    steps = {name: np.diff(starts_of(part.found, form))[part.rows] for name, part in parts.items()}
    gap = 0 if source.join is None else round(source.join.gap / source.hop)
    starts = {name: joined_starts(steps[name], members[name], gap) for name in parts}
    longest = _longest(source, form, starts)
    computed, tables = {}, {}
    for name, part in parts.items():
        if look:
            values = np.broadcast_to(np.zeros((), np.float32), (int(starts[name][-1]), form.mels))
            x = Ragged(values, starts[name], longest)
        else:
            if part.option not in computed:
                computed[part.option] = spectra(part.folders, part.found, form)
            x = computed[part.option].rows(part.rows)
            _say_silent(part, x)
            x = (x if source.join is None else join(x, members[name], gap, np.log(FLOOR))).cut(longest)
        column = Column(x, kind="frames", longest=longest, sound=form._asdict(), normalize=source.normalize)
        whole = np.diff(starts[name])
        about = _about(part, whole, longest, form)
        if not look and whole.max() > longest:
            info(about)
        tables[name] = _table(source, part, column, members[name], files, about)
    tables["train"].warnings = _low(parts, form)
    return tables


def form_of(source: "AudioFolder", train: Part) -> Form:
    """What every recording is brought to. ConfigError if a band would hold no frequency."""
    rate = rate_of(train.found, source.rate, f"{WHERE}.path", source.path)
    form = Form(rate, source.mels, source.window, source.hop)
    most = form.most_mels()
    if most < form.mels:
        raise ConfigError(f"{WHERE}.mels", f"is {form.mels}, and a window of {form.window:g} ms at {rate:,} Hz is too "
                          "short to tell so many bands apart: some would hold no frequency",
                          (f"at most {most}, or " if most else "") + "a longer `window`")
    return form


def _members(source: "AudioFolder", recordings: int, split: str, seed: int) -> Ragged:
    """Which recordings of its split each row is made of."""
    if source.join is None:
        return Ragged(np.arange(recordings), np.arange(recordings + 1))
    rng = Stream(seed, "data", "audio_folder", split).at()
    return draw(recordings, source.join.least, source.join.most, rng)


def _longest(source: "AudioFolder", form: Form, starts: dict[str, np.ndarray]) -> int:
    """Steps that a row is padded to."""
    there = max(int(np.diff(own).max()) for own in starts.values())
    if source.join is not None and source.longest is not None and there > source.longest:
        raise ConfigError(f"{WHERE}.longest", f"is {source.longest}, and the longest joined row has {there:,} steps; "
                          "cut, it would lack some of its classes", "leave it out, or join fewer")
    longest = source.longest or there
    if longest * form.mels > LARGEST:
        raise ConfigError(f"{WHERE}.hop", f"the longest row would have {longest:,} steps of {form.mels} numbers; at "
                          f"most {LARGEST:,} numbers are read", "make it longer, or cut recordings by `longest`")
    return longest


def _say_silent(part: Part, x: Ragged) -> None:
    quiet = np.flatnonzero(silent(x))
    if len(quiet):
        names = first_of((part.folders.title(part.rows[i]) for i in quiet.tolist()), 3)
        note(f"{RECORDINGS.count(len(quiet))} {'is' if len(quiet) == 1 else 'are'} silent from beginning to end: "
             f"{names}")


def _table(source: "AudioFolder", part: Part, column: Column, members: Ragged, files: Files, about: str) -> Table:
    folders, ids = part.folders, np.array(part.folders.ids, np.int64)[part.rows]
    common = {"columns": {"x": column}, "task": "classification", "about": about}
    if source.join is None:
        kept = None if len(part.rows) == len(folders.paths) else np.isin(np.arange(len(folders.paths)), part.rows)
        return Table(target=Column(ids, folders.classes), target_name="class", kept=kept,
                     where=lambda row, title: folders.title(part.rows[row]),
                     origin=partial(files.digest, folders.written), **common)
    target = Column(Ragged(ids[members.values], members.starts, source.join.most), folders.classes)
    return Table(target=target, target_name="classes",
                 where=lambda row, title: " + ".join(folders.title(part.rows[i]) for i in members.row(row).tolist()),
                 indivisible="recordings are joined within a split, and rows of one split share them",
                 **common)


def _about(part: Part, steps: np.ndarray, longest: int, form: Form) -> str:
    """What the split is made of. steps: of its rows, before any is cut."""
    heads = [part.found["heads"][i] for i in part.rows.tolist()]
    seconds, cut = [samples / rate for rate, _, samples in heads], int((steps > longest).sum())
    return (f"{part.folders.written}: {RECORDINGS.count(len(heads))} of {min(seconds):.2f} to {max(seconds):.2f} s, at "
            f"{form.rate:,} Hz; rows of {steps.min():,} to {steps.max():,} steps of {form.mels} mels"
            + (f", {cut:,} of which {'is' if cut == 1 else 'are'} cut at {longest:,}" if cut else ""))


def _low(parts: dict[str, Part], form: Form) -> list[ConfigError]:
    """A warning if recordings are brought to a rate that they do not have."""
    rates = [part.found["heads"][i][0] for part in parts.values() for i in part.rows.tolist()]
    low = [rate for rate in rates if rate < form.rate]
    if not low:
        return []
    return [ConfigError(f"{WHERE}.rate", f"is {form.rate:,}, and {RECORDINGS.count(len(low))} have fewer samples a "
                        f"second, {min(low):,} at least: their bands above {min(low) // 2:,} Hz hold nothing",
                        f"all have at least `rate: {min(rates)}`")]
