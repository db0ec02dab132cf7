"""Log-mel spectrograms: how loud a sound is in bands of frequency, frame by frame."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

FLOOR = 1e-8
"""What is added to an energy: white noise 80 dB below full scale. Silence becomes log(FLOOR), which is -18.4."""
BLOCK = 1 << 20
"""Samples of frames that are transformed at a time."""


class Form(NamedTuple):
    """What every recording is brought to. rate: samples a second. mels: bands. window, hop: length of a frame, and from
    one to the next, in milliseconds."""

    rate: int
    mels: int
    window: float
    hop: float

    @property
    def frame(self) -> int:
        """Samples of a frame."""
        return max(1, round(self.window * self.rate / 1000))

    @property
    def stride(self) -> int:
        """Samples from one frame to the next."""
        return max(1, round(self.hop * self.rate / 1000))

    @property
    def points(self) -> int:
        """Length of the Fourier transform: the next power of two."""
        return 1 << (self.frame - 1).bit_length()

    def steps(self, samples: int) -> int:
        """Frames of so many samples. Those that fill no frame at the end are left out; a recording that is shorter than
        a frame is one, filled up with zeros."""
        return 1 + max(0, samples - self.frame) // self.stride

    def most_mels(self) -> int:
        """Most bands, up to its own, each of which holds a frequency of the transform."""
        return next((n for n in range(self.mels, 0, -1) if bands(self._replace(mels=n)).any(0).all()), 0)


def log_mel(x: np.ndarray, form: Form) -> np.ndarray:
    """The spectrogram of samples (n,), float32 (steps, mels):

    y[t, m] = log(FLOOR + sum_k B[k, m] P[t, k]),
    P[t, k] = |sum_i w[i] x[t stride + i] exp(-2 pi j k i / points)|^2 / sum_i w[i]^2,
    w[i] = 1/2 - 1/2 cos(2 pi i / frame), i = 0 .. frame - 1 (Hann).

    White noise of variance v has E[P] = v (except at 0 and the highest frequency), whatever the rate and the window.
    B: `bands`.
    """
    if len(x) < form.frame:
        x = np.pad(x, (0, form.frame - len(x)))
    frames = sliding_window_view(x, form.frame)[::form.stride]
    weights, window = _weights(form)
    y, size = np.empty((len(frames), form.mels), np.float32), max(1, BLOCK // form.points)
    for start in range(0, len(frames), size):
        spectrum = np.fft.rfft(frames[start:start + size] * window, form.points)
        power = spectrum.real ** 2 + spectrum.imag ** 2
        part = y[start:start + size]
        np.matmul(power, weights, out=part)
        part += np.float32(FLOOR)
        np.log(part, out=part)
    return y


def bands(form: Form) -> np.ndarray:
    """B, float64 (points / 2 + 1, mels): triangles over frequency, whose corners are equally spaced on the mel scale of
    HTK, mel(f) = 2595 log10(1 + f / 700), from 0 to rate / 2.

    Band m rises from 0 at corner m to 1 at corner m + 1, and falls to 0 at corner m + 2, linearly in Hz.
    """
    top = 2595 * np.log10(1 + form.rate / 2 / 700)
    corners = 700 * (10 ** (np.linspace(0, top, form.mels + 2) / 2595) - 1)
    f = (np.arange(form.points // 2 + 1) * form.rate / form.points)[:, None]
    low, middle, high = corners[:-2], corners[1:-1], corners[2:]
    return np.maximum(0, np.minimum((f - low) / (middle - low), (high - f) / (high - middle)))


@lru_cache(8)
def _weights(form: Form) -> tuple[np.ndarray, np.ndarray]:
    """B / sum_i w[i]^2, and w, in float32."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(form.frame) / form.frame)
    return (bands(form) / np.square(window).sum()).astype(np.float32), window.astype(np.float32)
