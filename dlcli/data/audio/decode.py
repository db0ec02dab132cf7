"""One recording as an array of samples, whatever its format, channels and rate."""

import io
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from dlcli.data.files.folder import Medium
from dlcli.errors import DataError, UsageError

RECORDINGS = Medium("recording", "recordings", (".wav", ".flac", ".ogg"), 256 << 20)
MOST = 1 << 26
"""Most numbers, samples of all channels: a file of a few bytes can declare billions."""
RATES = 100, 1_000_000
"""Samples a second that a recording can have."""
LOUDEST = 1e9
"""Samples of floats lie between -1 and 1, or may once have been whole numbers. Beyond this they are damaged."""
UNKNOWN = 0x7FFFF000
"""A program that writes to a pipe knows no length, and puts a number from here on in its place."""


class Head(NamedTuple):
    """What a file says of its recording: samples a second, channels, samples of each channel."""

    rate: int
    channels: int
    samples: int


def need_packages(where: str) -> None:
    """UsageError if recordings cannot be read."""
    try:
        import soundfile  # noqa: F401
        import soxr  # noqa: F401
    except (ImportError, OSError):      # OSError: soundfile is there, and the library that it stands on is not
        raise UsageError(where, "needs the packages `soundfile` and `soxr`, which are not installed",
                         "pip install 'dlcli[audio]'") from None


def read_head(data: bytes, name: str) -> Head:
    """The header of a recording. DataError if the file is none, is cut short, or holds nothing or too much."""
    with _opened(data, name) as file:
        head = Head(file.samplerate, file.channels, file.frames)
    if not RATES[0] <= head.rate <= RATES[1]:
        raise DataError(name, f"declares {head.rate:,} samples a second; expected {RATES[0]:,} to {RATES[1]:,}")
    if head.samples == 0:
        raise DataError(name, "holds no samples", "take it out")
    if head.samples * head.channels > MOST:
        raise DataError(name, f"declares {head.samples:,} samples of {head.channels:,} channels; at most {MOST:,} "
                        "numbers are read", "cut it into several recordings")
    return head


def decode(data: bytes, name: str, rate: int) -> np.ndarray:
    """The recording at so many samples a second, float32 (samples,), mostly between -1 and 1: the mean of its channels.
    DataError as of `read_head`, and for what is damaged further on."""
    head = read_head(data, name)
    with _opened(data, name) as file:
        x = file.read(head.samples, dtype="float32", always_2d=True)
    if len(x) < head.samples:
        raise DataError(name, f"is cut short: {len(x):,} of {head.samples:,} samples", _AGAIN)
    x = x[:, 0] if head.channels == 1 else x.mean(1)
    if not np.abs(x).max() <= LOUDEST:          # NaN too
        raise DataError(name, "holds samples that are not finite, or far beyond -1 to 1", _AGAIN)
    return x if head.rate == rate else _resampled(x, head.rate, rate)


def samples_at(head: Head, rate: int) -> int:
    """How many samples a recording has at another rate."""
    return max(1, (2 * head.samples * rate + head.rate) // (2 * head.rate))


def _resampled(x: np.ndarray, own: int, rate: int) -> np.ndarray:
    """At another rate, by soxr, without what lies above half of the lower one. Of very few samples soxr gives none."""
    import soxr

    whole = np.zeros(samples_at(Head(own, 1, len(x)), rate), np.float32)
    found = soxr.resample(x, own, rate)[:len(whole)]
    whole[:len(found)] = found
    return whole


@contextmanager
def _opened(data: bytes, name: str):
    """The file as soundfile opens it. All that it can say against it becomes a DataError."""
    import soundfile

    if not data:
        raise DataError(name, "is empty", "take it out")
    wav, ogg = data[:4] == b"RIFF" and data[8:12] == b"WAVE", data[:4] == b"OggS"
    if not (wav or ogg or data[:4] == b"fLaC"):     # other formats: each is a parser that a hostile file can aim at
        raise DataError(name, "is not a recording: expected WAV, FLAC or OGG", "take it out")
    if wav and _wav_lacks(data) or ogg and _ogg_lacks(data):
        raise DataError(name, "is cut short: its header promises more than there is", _AGAIN)
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            yield file
    except DataError:
        raise
    except Exception as error:      # a parser that meets nonsense may raise anything
        said = getattr(error, "error_string", "") or str(error) or type(error).__name__
        raise DataError(name, f"is damaged or cut short: {said.strip().rstrip('.')}", _AGAIN) from None


def _wav_lacks(data: bytes) -> bool:
    """Whether a WAV file has fewer bytes of samples than it says. libsndfile takes what there is, and says nothing."""
    place = 12
    while place + 8 <= len(data):
        size = int.from_bytes(data[place + 4:place + 8], "little")
        if data[place:place + 4] == b"data":
            return size < UNKNOWN and size > len(data) - place - 8
        place += 8 + size + size % 2
    return True


def _ogg_lacks(data: bytes) -> bool:
    """Whether the last page of an OGG file is not whole, or is not marked as the last of its stream."""
    place = data.rfind(b"OggS")
    head = data[place:place + 27]
    if len(head) < 27:
        return True
    sizes = data[place + 27:place + 27 + head[26]]
    return len(sizes) < head[26] or place + 27 + len(sizes) + sum(sizes) > len(data) or not head[5] & 4


_AGAIN = "put a good copy in its place, or take it out"
