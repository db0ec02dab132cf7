"""What the configs must reach on their test splits: means of seeds 1, 2 and 3."""

import pytest

from benchmarks.accuracy import BARS, LONG, measure, reached
from benchmarks.forecasts import METHODS
from benchmarks.forecasts import measure as measure_forecast

STUDIES = ("digits_mlp", "adding_problem", "mnist_cnn", "segmentation_unet", "shakespeare_lstm", "shakespeare_gru",
           "shakespeare_rnn", "sentiment_cnn", "sentiment_lstm", *LONG)
"""digits_mlp has a test of its own; the others take too long for a test."""


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in BARS if name not in STUDIES])
def test_bar_on_real_files(name, shared_data, monkeypatch):
    monkeypatch.setenv("DLCLI_DATA", str(shared_data))
    result = measure(name, with_peer=False)
    assert reached(result["mean"], result["bars"]), result["mean"]


@pytest.mark.slow
@pytest.mark.parametrize("name", METHODS)
def test_forecasts_are_better_than_naive_ones(name, shared_data, monkeypatch):
    monkeypatch.setenv("DLCLI_DATA", str(shared_data))
    result = measure_forecast(name)
    assert result["passed"], result


def test_bar_of_digits():
    result = measure("digits_mlp")
    assert result["passed"], (result["mean"], result["seconds"])


@pytest.mark.oracle
def test_housing_is_better_than_the_peer(shared_data, monkeypatch):
    pytest.importorskip("sklearn")
    monkeypatch.setenv("DLCLI_DATA", str(shared_data))
    result = measure("housing_mlp")
    assert result["mean"]["r2"] > result["peer"]["r2"]
