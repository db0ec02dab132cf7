"""A time series from the config to its next steps: training, evaluation beside naive forecasts, prediction."""

import numpy as np
import pytest

from dlcli import api
from dlcli.terminal import evaluation, predictions

CONFIG = """
name: wave
data:
  source: {series: {file: a.csv, target: %s, time: t, window: 12, horizon: 3, season: 6}}
  split: {train: 0.6, test: 0.4}
  prepare: [standardize, scale_target]
network: [flatten, {linear: {units: %s}}]
loss: %s
optimizer: {adam: {learning_rate: 0.02}}
metrics: [%s]
training: {epochs: 40}
"""
VALUES = [100 + 10 * np.sin(2 * np.pi * i / 6) + 3 * np.cos(i) for i in range(120)]


@pytest.fixture
def train(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [f"{2000 + i // 12}-{i % 12 + 1:02},{v},{-v}" for i, v in enumerate(VALUES)]
    (tmp_path / "a.csv").write_text("\n".join(["t,v,u", *rows]) + "\n")

    def made(target="v", units=3, loss="mse", metrics="rmse"):
        (tmp_path / "c.yaml").write_text(CONFIG % (target, units, loss, metrics))
        return api.train("c.yaml")["run"]

    return made


def test_naive_forecasts_and_errors_by_step(train, capsys):
    found = api.evaluate(train())
    t = np.array([[VALUES[72 + 12 + row + step] for step in range(3)] for row in range(34)])
    season = np.array([[VALUES[72 + 12 + row + step - 6] for step in range(3)] for row in range(34)])
    last = np.array([[VALUES[72 + 11 + row]] * 3 for row in range(34)])
    past = np.array(VALUES[:72])
    scale = np.abs(past[6:] - past[:-6]).mean()
    for name, forecast in (("seasonal_naive", season), ("naive", last)):
        error = np.abs(forecast - t)
        assert found["baselines"][name]["mae"] == pytest.approx(error.mean(), rel=1e-5)
        assert found["baselines"][name]["mase"] == pytest.approx(error.mean() / scale, rel=1e-5)
        assert [row[f"mae_{name}"] for row in found["by_step"]] == pytest.approx(error.mean(0).tolist(), rel=1e-5)
    assert found["metrics"]["mase"] == pytest.approx(found["metrics"]["mae"] / scale)
    assert np.mean([row["mae"] for row in found["by_step"]]) == pytest.approx(found["metrics"]["mae"])
    assert [row["step"] for row in found["by_step"]] == [1, 2, 3] and found["intervals"] == {}
    assert found["metrics"]["mae"] < found["baselines"]["naive"]["mae"]
    evaluation.show(found)
    assert "seasonal naive: repeats the value one season before" in capsys.readouterr().out


def test_the_next_steps_with_quantiles(train, tmp_path, capsys):
    run = train(units=9, loss="pinball", metrics="mase, coverage")
    assert 0.3 < api.evaluate(run)["metrics"]["coverage"] <= 1
    found = api.predict(run, "a.csv", output="f.csv")
    assert [step["time"] for step in found["predictions"]] == ["2010-01", "2010-02", "2010-03"]
    for i, step in enumerate(found["predictions"]):
        low, middle, high = step["quantiles"].values()
        assert low <= middle == step["value"] <= high
        assert abs(step["value"] - (100 + 10 * np.sin(2 * np.pi * i / 6) + 3 * np.cos(120 + i))) < 8
    assert (tmp_path / "f.csv").read_text().splitlines()[0] == "step,time,value,quantile 0.1,quantile 0.5,quantile 0.9"
    api.predict(run, "a.csv", output="f.png")
    assert (tmp_path / "f.png").read_bytes()[:4] == b"\x89PNG"
    predictions.show(found, None)
    assert "2010-03" in capsys.readouterr().out


def test_several_targets(train, tmp_path):
    run = train(target="[v, u]", units=6)
    found = api.evaluate(run)
    assert [row["target"] for row in found["by_target"]] == ["v", "u"]
    (step, *_) = api.predict(run, "a.csv", output="f.png")["predictions"]
    assert step["value"][0] == pytest.approx(-step["value"][1], abs=8) and step["value"][0] > 80


def test_a_file_that_was_trained_on_is_no_test(train, tmp_path):
    from dlcli.errors import DataError

    run = train()
    with pytest.raises(DataError, match="58 of its 106 rows were trained on"):
        api.evaluate(run, data="a.csv")
    lines = (tmp_path / "a.csv").read_text().splitlines()
    (tmp_path / "later.csv").write_text("\n".join([lines[0], *lines[73:]]) + "\n")
    later, held = api.evaluate(run, data="later.csv"), api.evaluate(run)
    assert later["seen"] == 0 and later["metrics"] == pytest.approx(held["metrics"])


def test_coverage_needs_quantiles(train):
    from dlcli.errors import ConfigErrors

    with pytest.raises(ConfigErrors, match="coverage judges quantiles, and mse fits none"):
        train(metrics="coverage")


def test_the_last_linear_may_leave_its_units_to_quantiles_and_horizon(train):
    run = train(units="auto", loss="pinball", metrics="coverage")
    assert list(api.predict(run, "a.csv")["predictions"][2]["quantiles"]) == ["0.1", "0.5", "0.9"]
