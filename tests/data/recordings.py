"""Recordings for tests."""

import io
import struct
import wave
from collections.abc import Callable

import numpy as np

from tests.data.pictures import folder

PATTERN = "{label}_{speaker}_{n}"


def tone(hertz: float = 440.0, seconds: float = 0.1, rate: int = 8000, loud: float = 0.5) -> np.ndarray:
    return (loud * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def wav(x: np.ndarray, rate: int = 8000, bits: int = 16) -> bytes:
    """A WAV file of samples (n,) or (n, channels) between -1 and 1, as whole numbers of 8, 16, 24 or 32 bits."""
    x = np.atleast_2d(np.asarray(x, np.float64).T).T
    whole = np.clip(np.round(x * 2.0 ** (bits - 1)), -2.0 ** (bits - 1), 2.0 ** (bits - 1) - 1).astype("<i8")
    raw = (whole + 128).astype(np.uint8).tobytes() if bits == 8 else \
        whole.reshape(-1, 1).view(np.uint8)[:, :bits // 8].tobytes()
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(x.shape[1])
        out.setsampwidth(bits // 8)
        out.setframerate(rate)
        out.writeframes(raw)
    return file.getvalue()


def riff(*chunks: tuple[bytes, bytes], lacking: int = 0) -> bytes:
    """A RIFF file of chunks, padded to even length; the last declares so many bytes more than there are."""
    body = b""
    for i, (name, data) in enumerate(chunks):
        declared = len(data) + (lacking if i == len(chunks) - 1 else 0)
        body += name + struct.pack("<I", declared) + data + bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", 4 + len(body) + lacking) + b"WAVE" + body


def floats(x: np.ndarray, rate: int = 8000) -> bytes:
    """A WAV file of 32-bit floats."""
    form = struct.pack("<HHIIHH", 3, 1, rate, 4 * rate, 4, 32)
    return riff((b"fmt ", form), (b"data", np.asarray(x, "<f4").tobytes()))


def extensible(x: np.ndarray, rate: int = 8000, channels: int = 3) -> bytes:
    """WAVE_FORMAT_EXTENSIBLE, 16 bits, every channel the same."""
    guid = struct.pack("<IHH8s", 1, 0, 16, bytes([0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]))
    form = struct.pack("<HHIIHHHHI", 0xFFFE, channels, rate, 2 * channels * rate, 2 * channels, 16, 22, 16, 7) + guid
    raw = np.repeat((np.asarray(x) * 32767).astype("<i2")[:, None], channels, 1)
    return riff((b"LIST", b"even"), (b"fmt ", form), (b"data", raw.tobytes()))


def two_classes(count: int = 3) -> dict[str, bytes]:
    """no/0.wav, ..., yes/0.wav, ... of 5 steps and more."""
    return {f"{name}/{i}.wav": wav(tone(300 + 500 * c + 40 * i, 0.065 + 0.01 * i))
            for c, name in enumerate(("no", "yes")) for i in range(count)}


def named(labels=("one", "two"), speakers=("ann", "bob"), count: int = 3) -> dict[str, bytes]:
    """one_ann_0.wav, ...: 5 steps long, 6, and so on."""
    names = [f"{label}_{speaker}_{n}.wav" for label in labels for speaker in speakers for n in range(count)]
    return {name: wav(tone(200 + 50 * i, 0.065 + 0.01 * i)) for i, name in enumerate(names)}


def source(path: str = "set", **options) -> dict:
    return {"audio_folder": {"path": path, **options}}


def written(files: Callable[[], dict[str, bytes]]) -> Callable:
    return lambda place: folder(place / "set", files())
