"""Spectrograms against a Fourier transform written out, in float64."""

import numpy as np
import pytest

from dlcli.data.audio.log_mel import FLOOR, Form, bands, log_mel


def mel(f: float) -> float:
    return 2595 * np.log10(1 + f / 700)


def hertz(m: float) -> float:
    return 700 * (10 ** (m / 2595) - 1)


def slow(x: np.ndarray, rate: int, mels: int, frame: int, stride: int) -> np.ndarray:
    """The formula, sum by sum."""
    points = 1
    while points < frame:
        points *= 2
    i, k = np.arange(frame), np.arange(points // 2 + 1)
    w = np.sin(np.pi * i / frame) ** 2
    wave = np.exp(-2j * np.pi * np.outer(k, i) / points)
    corners = [hertz(m) for m in np.linspace(0, mel(rate / 2), mels + 2)]
    x = np.concatenate([x.astype(np.float64), np.zeros(max(0, frame - len(x)))])
    rows = []
    for start in range(0, len(x) - frame + 1, stride):
        power = np.abs(wave @ (w * x[start:start + frame])) ** 2 / (w ** 2).sum()
        rows.append([np.log(FLOOR + sum(p * max(0, min((f - a) / (b - a), (c - f) / (c - b)))
                                        for p, f in zip(power, k * rate / points)))
                     for a, b, c in zip(corners, corners[1:], corners[2:])])
    return np.array(rows)


@pytest.mark.parametrize(("rate", "samples", "mels", "window", "hop"), [
    (8000, 1000, 40, 25.0, 10.0), (16000, 900, 20, 16.0, 5.0), (8000, 200, 10, 25.0, 10.0), (8000, 57, 10, 25.0, 10.0),
    (11025, 1000, 30, 20.0, 20.0), (8000, 279, 10, 25.0, 10.0), (8000, 280, 10, 25.0, 10.0)])
def test_it_is_the_formula(rate, samples, mels, window, hop):
    form = Form(rate, mels, window, hop)
    t = np.arange(samples) / rate
    x = (0.3 * np.sin(2 * np.pi * 700 * t) + 0.01 * np.random.default_rng(0).normal(size=samples)).astype(np.float32)
    expected = slow(x, rate, mels, round(window * rate / 1000), round(hop * rate / 1000))
    found = log_mel(x, form)
    assert found.dtype == np.float32 and found.shape == expected.shape == (form.steps(samples), mels)
    np.testing.assert_allclose(found, expected, atol=2e-4)


def test_a_tone_is_in_its_band_and_silence_is_finite():
    form = Form(8000, 40, 25.0, 10.0)
    middles = np.array([hertz(m) for m in np.linspace(0, mel(4000), 42)])[1:-1]
    for band in (10, 20, 35):
        x = np.sin(2 * np.pi * middles[band] * np.arange(4000) / 8000).astype(np.float32)
        assert (log_mel(x, form).argmax(1) == band).all()
    assert np.allclose(log_mel(np.zeros(400, np.float32), form), np.log(FLOOR))


def test_noise_has_its_variance_at_each_frequency_whatever_the_window():
    x = np.random.default_rng(0).normal(0, 0.1, 80_000).astype(np.float32)
    for window in (16.0, 25.0, 40.0):
        form = Form(8000, 20, window, 10.0)
        energy = np.exp(log_mel(x, form)).mean(0) / bands(form).sum(0)
        np.testing.assert_allclose(energy[1:-1], 0.01, rtol=0.08)


def test_in_blocks_it_is_the_same(monkeypatch):
    x, form = np.random.default_rng(0).normal(size=3000).astype(np.float32), Form(8000, 20, 25.0, 10.0)
    whole = log_mel(x, form)
    monkeypatch.setattr("dlcli.data.audio.log_mel.BLOCK", 700)
    np.testing.assert_allclose(log_mel(x, form), whole, atol=1e-4)


def test_bands_that_hold_no_frequency_are_counted():
    form = Form(8000, 128, 25.0, 10.0)
    most = form.most_mels()
    assert bands(form._replace(mels=most)).any(0).all() and not bands(form._replace(mels=most + 1)).any(0).all()
    assert form._replace(mels=40).most_mels() == 40 and form._replace(window=0.125).most_mels() == 0
