"""All recordings of a folder as spectrograms: looked at, brought to one form, computed once and kept in the cache."""

from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import sha256

import numpy as np

from dlcli.data.audio.decode import Head, decode, read_head, samples_at
from dlcli.data.audio.log_mel import FLOOR, Form, log_mel
from dlcli.data.files import cache
from dlcli.data.files.class_folders import ClassFolders
from dlcli.data.files.each import each
from dlcli.data.ragged import Ragged
from dlcli.engine.blas import single_thread
from dlcli.errors import ConfigError, StorageError
from dlcli.notices import info
from dlcli.text import listed

VERSION = 1
"""Of what is computed: a change of `decode` or `log_mel` makes older caches useless."""
IN_MEMORY = 4 << 30
"""Largest set, in bytes, that is kept in memory if the cache cannot be written to."""
SILENT = np.float32(np.log(FLOOR)) + np.float32(1e-3)
"""A spectrogram that is nowhere above is that of silence."""


def survey(folders: ClassFolders) -> dict:
    """What the headers of all recordings say, once: {"digest", "heads": [[rate, channels, samples]]} in their order.

    digest: sha256 over every recording's path and bytes; of a .zip file its own.
    """
    name, count = f"recordings/{folders.stamp[:32]}.json", len(folders.paths)
    known = cache.load_note(name)
    if known and known.get("version") == VERSION and len(known.get("heads", ())) == count:
        return known
    digest, heads = sha256(), []
    for row, data, head in each("looking at recordings", count, folders.title, folders.read, read_head):
        digest.update(f"{folders.paths[row]}\0{len(data)}\0".encode("utf-8", "surrogateescape"))
        digest.update(data)
        heads.append([*head])
    found = {"version": VERSION, "heads": heads,
             "digest": digest.hexdigest() if folders.place.is_dir() else folders.stamp}
    cache.save_note(name, found)
    return found


def rate_of(found: dict, rate: int | None, where: str, written: str) -> int:
    """The rate of all recordings: as the option says, else that which those for training have in common. ConfigError if
    they have none."""
    rates = Counter(head[0] for head in found["heads"])
    if rate is None and len(rates) > 1:
        have = listed(f"{own:,} Hz ({number:,})" for own, number in sorted(rates.items()))
        raise ConfigError(where, f"the recordings of {written} have {len(rates)} rates, {have}, and a network reads "
                          "one", f"add `rate: {min(rates)}`, which all of them have at least")
    return rate or next(iter(rates))


def starts_of(found: dict, form: Form) -> np.ndarray:
    """Where each recording's frames begin among those of all, by the headers, int64 (recordings + 1,)."""
    return np.cumsum([0, *(form.steps(samples_at(Head(*head), form.rate)) for head in found["heads"])])


def spectra(folders: ClassFolders, found: dict, form: Form) -> Ragged:
    """The spectrograms of all recordings, float32 (recordings, longest, mels), from the cache if they are there:
    memory-mapped, read-only."""
    starts = starts_of(found, form)
    shape = int(starts[-1]), form.mels * 4
    key = sha256(f"{VERSION} {found['digest']} {form}".encode()).hexdigest()
    name = f"recordings/{key[:32]}"
    array = cache.load_array(name, shape)
    if array is None:
        try:
            cache.save_array(name, shape, (x.view(np.uint8) for x in _each(folders, form)))
            array = cache.load_array(name, shape)
        except StorageError as error:
            if shape[0] * shape[1] > IN_MEMORY:
                raise
            info(f"{error.problem}: the spectrograms are computed each time ({error.where})")
    values = np.concatenate([*_each(folders, form)]) if array is None else array.view(np.float32)
    return Ragged(values, starts)


def spectrogram(data: bytes, name: str, form: Form) -> np.ndarray:
    """That of a file's bytes, float32 (steps, mels)."""
    return log_mel(decode(data, name, form.rate), form)


def silent(x: Ragged) -> np.ndarray:
    """Which recordings are silence, bool (recordings,)."""
    return np.array([x.row(i).max() <= SILENT for i in range(len(x))], bool)


def _each(folders: ClassFolders, form: Form) -> Iterator[np.ndarray]:
    single_thread()         # a product's last bits may hang on the number of threads
    function: Callable = lambda data, name: spectrogram(data, name, form)
    for _, _, x in each("computing spectrograms", len(folders.paths), folders.title, folders.read, function):
        yield x
