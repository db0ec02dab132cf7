"""Recordings of any kind as samples, and files that are none."""

import io
import struct

import numpy as np
import pytest

from dlcli.data.audio.decode import Head, decode, read_head, samples_at
from dlcli.errors import DataError
from tests.data.recordings import extensible, floats, riff, tone, wav

soundfile = pytest.importorskip("soundfile")
X = tone(440, 0.2)


def encoded(x: np.ndarray, rate: int = 8000, **options) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, x, rate, **options)
    return file.getvalue()


@pytest.mark.parametrize(("data", "error"), [
    (wav(X, bits=8), 1 / 127), (wav(X, bits=16), 1 / 32767), (wav(X, bits=24), 1e-6), (wav(X, bits=32), 1e-7),
    (floats(X), 0), (extensible(X), 2 / 32767), (wav(np.stack([X, X, X], 1)), 1 / 32767),
    (encoded(X, format="FLAC"), 1 / 32767), (encoded(X, format="OGG", subtype="VORBIS"), 0.1),
    (encoded(X, format="WAV", subtype="ULAW"), 0.03),
], ids=["8", "16", "24", "32", "float", "extensible", "three channels", "flac", "ogg", "ulaw"])
def test_every_kind_gives_the_samples(data, error):
    x = decode(data, "a", 8000)
    assert x.dtype == np.float32 and x.shape == X.shape and np.abs(x - X).max() <= error
    assert read_head(data, "a")[::2] == (8000, len(X))


def test_channels_are_averaged():
    parts = np.stack([tone(300), tone(900), tone(1500)], 1)
    assert np.allclose(decode(wav(parts), "a", 8000), parts.mean(1), atol=1e-4)


@pytest.mark.parametrize("rate", [16000, 44100, 11025, 8001])
def test_other_rates_are_brought_to_the_one_that_is_wanted(rate):
    """What the two have in common stays, what is above half of the lower one is gone; the length is as it was told."""
    low, high = tone(500, 0.5, rate), tone(5000, 0.5, rate, loud=0.4) if rate > 12000 else 0
    data = wav(low + high, rate)
    x = decode(data, "a", 8000)
    assert len(x) == samples_at(read_head(data, "a"), 8000) == 4000
    assert np.abs(x - tone(500, 0.5))[200:-200].max() < 3e-3
    assert len(decode(wav(X[:1], rate), "a", 8000)) == samples_at(Head(rate, 1, 1), 8000) == 1


def test_a_length_that_a_pipe_could_not_know():
    data = bytearray(wav(X))
    data[40:44] = struct.pack("<I", 0xFFFFFFFF)
    assert np.array_equal(decode(bytes(data), "a", 8000), decode(wav(X), "a", 8000))


FORM = (b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16))
NOISE = encoded(np.random.default_rng(0).normal(0, 0.1, 20_000), format="OGG", subtype="VORBIS")
BAD = {
    "empty": (b"", "is empty"),
    "text": (b"no recording at all, but long enough to be one", "is not a recording: expected WAV, FLAC or OGG"),
    "other format": (encoded(X, format="AIFF", subtype="PCM_16"), "is not a recording"),
    "wav cut short": (wav(X)[:-10], "is cut short: its header promises more"),
    "wav that promises more": (riff(FORM, (b"data", bytes(100)), lacking=2), "is cut short"),
    "wav without data": (riff(FORM), "is cut short"),
    "wav of a head": (wav(X)[:20], "is cut short"),
    "no samples": (wav(X[:0]), "holds no samples"),
    "flac cut short": (encoded(X, format="FLAC")[:-200], "is damaged or cut short"),
    "flac of a head": (encoded(X, format="FLAC")[:30], "is damaged or cut short"),
    "ogg cut short": (NOISE[:len(NOISE) // 2], "is cut short"),
    "ogg of a head": (NOISE[:20], "is cut short"),
    "ogg that lacks its last page": (NOISE[:NOISE.rfind(b"OggS")], "is cut short"),
    "no rate": (riff((b"fmt ", struct.pack("<HHIIHH", 1, 1, 7, 14, 2, 16)), (b"data", bytes(100))),
                "declares 7 samples a second; expected 100 to 1,000,000"),
    "not a number": (floats([0, np.nan, 0]), "not finite, or far beyond"),
    "infinite": (floats([0, -np.inf, 0]), "not finite, or far beyond"),
    "huge": (floats([0, 1e20, 0]), "not finite, or far beyond"),
    "unknown coding": (riff((b"fmt ", struct.pack("<HHIIHH", 0x7777, 1, 8000, 16000, 2, 16)), (b"data", bytes(100))),
                       "is damaged or cut short"),
    "no channel": (riff((b"fmt ", struct.pack("<HHIIHH", 1, 0, 8000, 16000, 2, 16)), (b"data", bytes(100))),
                   "is damaged or cut short"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_recording_is_told(name):
    data, problem = BAD[name]
    with pytest.raises(DataError) as caught:
        decode(data, "a.wav", 8000)
    assert caught.value.where == "a.wav" and problem in caught.value.problem
    assert "0x" not in caught.value.problem, "no place in memory"


def test_chunks_of_odd_length_are_padded():
    assert len(decode(riff(FORM, (b"LIST", b"odd"), (b"data", bytes(200))), "a", 8000)) == 100


def test_a_small_file_may_not_ask_for_much_memory(monkeypatch):
    data = encoded(np.zeros((250_000, 2), np.float32), format="FLAC")
    assert len(data) < 5000
    monkeypatch.setattr("dlcli.data.audio.decode.MOST", 400_000)
    for read in (read_head, lambda data, name: decode(data, name, 8000)):
        with pytest.raises(DataError, match="declares 250,000 samples of 2 channels; at most 400,000"):
            read(data, "a.flac")


@pytest.mark.parametrize("data", [wav(X), encoded(X, format="FLAC"), NOISE, extensible(X)],
                         ids=["wav", "flac", "ogg", "extensible"])
def test_damage_anywhere_is_an_error_or_samples(data):
    rng = np.random.default_rng(0)
    for i in range(150):
        damaged = bytearray(data)
        for place in rng.integers(0, min(len(data), 400 if i % 2 else len(data)), 3):
            damaged[place] = rng.integers(256)
        try:
            assert np.isfinite(decode(bytes(damaged[:len(data) - i % 3]), "a", 8000)).all()
        except DataError:
            pass
