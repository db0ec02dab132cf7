"""Preparation steps."""

import json

import numpy as np
import pytest

from dlcli.data.fitted import Fitted, target_unscaler, unscale_target
from dlcli.errors import ConfigError, DataError
from tests.data.rig import csv, loaded

NAN = float("nan")


def table(folder, *columns, target=None, **options):
    """A CSV source with columns a, b, ... and alternating classes."""
    names = "abcdefgh"[:len(columns)]
    target = [i % 2 for i in range(len(columns[0]))] if target is None else target
    cells = [
        ",".join(["" if value != value else str(value) for value in row] + [str(y)])
        for *row, y in zip(*columns, target, strict=True)
    ]
    return csv(folder, "\n".join([",".join(names) + ",y", *cells]) + "\n", **options)


def x_of(folder, source, *prepare):
    return loaded(source, folder, dtype="float64", prepare=prepare).splits["train"].inputs["x"]


def test_standardize(tmp_path):
    x = x_of(tmp_path, table(tmp_path, [1, 2, 3, 6], [5, 5, 5, 5]), "standardize")
    assert np.allclose(x[:, 0], (np.array([1, 2, 3, 6]) - 3) / np.sqrt(3.5), atol=1e-15)
    assert not x[:, 1].any()


def test_a_column_that_rounding_alone_moves_is_constant(tmp_path):
    assert np.abs(x_of(tmp_path, table(tmp_path, [0.1] * 7), "standardize")).max() < 1e-10


def test_standardize_pictures_per_feature_channel_and_all(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (300, 5, 4, 3), np.uint8)
    np.savez(tmp_path / "a.npz", x=images, y=np.arange(300) % 2)
    for per, axes in (("feature", 0), ("channel", (0, 1, 2)), ("all", None)):
        x = x_of(tmp_path, {"npz": {"file": "a.npz", "scale": True}}, {"standardize": {"per": per}})
        scaled = images / 255
        assert np.allclose(x, (scaled - scaled.mean(axes)) / scaled.std(axes), rtol=0, atol=1e-12)


def test_blocks_do_not_show(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "a.npz", x=rng.normal(5, 2, (200, 6)), y=np.arange(200) % 2)
    source = {"npz": {"file": "a.npz"}}
    whole = x_of(tmp_path, source, "standardize", "minmax")
    monkeypatch.setattr("dlcli.data.columns._column.BLOCK", 64)
    assert np.allclose(x_of(tmp_path, source, "standardize", "minmax"), whole, rtol=0, atol=1e-13)


def test_minmax(tmp_path):
    x = x_of(tmp_path, table(tmp_path, [1, 2, 3, 5], [4, 4, 4, 4]), {"minmax": {"range": [-1.0, 1.0]}})
    assert x.tolist() == [[-1, -1], [-0.5, -1], [0, -1], [1, -1]]


def test_log(tmp_path):
    x = x_of(tmp_path, table(tmp_path, [0, 9, 99, -0.5], [1, 2, 3, 4]), {"log": {"columns": ["a"]}})
    assert np.allclose(x[:, 0], np.log([1, 10, 100, 0.5])) and x[:, 1].tolist() == [1, 2, 3, 4]


def test_log_of_what_has_none(tmp_path):
    with pytest.raises(DataError, match="above -1, got -3") as caught:
        x_of(tmp_path, table(tmp_path, [1, 2, 3], [1, -3, 2]), "log")
    assert caught.value.where == "a.csv:3:2"


@pytest.mark.parametrize("options, fill", [({}, 4), ({"strategy": "mean"}, 3.75), ({"strategy": "most_frequent"}, 6),
                                           ({"strategy": "constant", "value": -1}, -1)])
def test_impute(tmp_path, options, fill):
    x = x_of(tmp_path, table(tmp_path, [6, NAN, 1, 6, 2], [1, 1, 1, 1, 1]), {"impute": options})
    assert x[:, 0].tolist() == [6, fill, 1, 6, 2]


def test_imputed_values_are_marked_where_asked(tmp_path):
    source = table(tmp_path, [2, NAN, 6, 2], [1, 2, 3, 4])
    data = loaded(source, tmp_path, prepare=[{"impute": {"indicators": True}}, "standardize"])
    assert data.fitted.features == ["a", "a is missing", "b"]
    assert data.splits["train"].inputs["x"][:, 1].tolist() == [0, 1, 0, 0]


def test_impute_learns_from_what_earlier_steps_made(tmp_path):
    x = x_of(tmp_path, table(tmp_path, [0, NAN, 99, 9]), "log", {"impute": {"strategy": "mean"}})
    assert np.allclose(x[1, 0], np.log([1, 100, 10]).mean())


def test_missing_values_are_left_out_of_statistics(tmp_path):
    source, fill = table(tmp_path, [1, NAN, 3, 5]), {"impute": {"strategy": "constant", "value": 7}}
    known = (np.array([1, 3, 5]) - 3) / np.std([1, 3, 5])
    assert np.allclose(x_of(tmp_path, source, "standardize", fill)[:, 0], [known[0], 7, known[1], known[2]])
    assert x_of(tmp_path, source, "minmax", fill)[:, 0].tolist() == [0, 7, 0.5, 1]


def test_texts_are_imputed_only_when_named(tmp_path):
    source = table(tmp_path, ["u", NAN, "v", "v"], [1, 2, 3, 4])
    assert loaded(source, tmp_path, prepare=["impute"]).fitted.features == ["a=u", "a=v", "a is missing", "b"]
    for options, column in (
        ({"strategy": "most_frequent"}, [0, 1, 1, 1]),
        ({"strategy": "constant", "value": "u"}, [0, 0, 1, 1]),
    ):
        data = loaded(source, tmp_path, prepare=[{"impute": {"columns": ["a"], **options}}])
        assert (
            data.fitted.features == ["a=u", "a=v", "b"] and data.splits["train"].inputs["x"][:, 1].tolist() == column
        )


def test_one_hot_features_are_scaled_only_when_named(tmp_path):
    source = table(tmp_path, ["u", "u", "v", "v"], [1, 2, 3, 4])
    assert x_of(tmp_path, source, "standardize")[:, 0].tolist() == [1, 1, 0, 0]
    assert x_of(tmp_path, source, {"standardize": {"columns": ["a"]}}).tolist() == [
        [1, -1, 1],
        [1, -1, 2],
        [-1, 1, 3],
        [-1, 1, 4],
    ]


def test_missing_values_that_nobody_filled(tmp_path):
    with pytest.raises(DataError, match="column 'b' has missing values") as caught:
        x_of(tmp_path, table(tmp_path, [1, 2, 3], [1, 2, NAN]), "standardize")
    assert caught.value.where == "a.csv:4:2" and "impute" in caught.value.hint


def test_scaled_targets_come_back_in_their_own_units(tmp_path):
    prices = [120.5, 80.25, 1000.0, 310.0]
    for log in (False, True):
        data = loaded(
            table(tmp_path, [1, 2, 3, 4], target=prices),
            tmp_path,
            dtype="float64",
            prepare=[{"scale_target": {"log": log}}],
        )
        t = data.splits["train"].target
        raw = np.log1p(prices) if log else np.array(prices)
        assert np.allclose(t[:, 0], (raw - raw.mean()) / raw.std())
        assert np.allclose(unscale_target(data.fitted, t)[:, 0], prices, rtol=1e-12)
        assert data.fitted.target.mean == [np.mean(prices)]
    assert target_unscaler(loaded("diabetes").fitted) is None


@pytest.mark.parametrize("prepare, where, problem", [
    ([{"standardize": {"columns": ["A"]}}], "data.prepare.0.standardize.columns.0", "no column 'A'"),
    (["standardize", {"impute": {"columns": ["c"]}}], "data.prepare.1.impute.strategy", "is text and has no median"),
    ([{"minmax": {"columns": ["d"]}}], "data.prepare.0.minmax.columns.0", "ids for an embedding"),
    (["scale_target"], "data.prepare", "for regression"),
])
def test_steps_that_do_not_fit_the_columns(tmp_path, prepare, where, problem):
    source = table(tmp_path, [1, 2, 3, 4], [4, 5, 6, 7], list("uvuv"), list("pqpq"), types={"d": "embedded"})
    with pytest.raises(ConfigError, match=problem) as caught:
        loaded(source, tmp_path, prepare=prepare)
    assert caught.value.where == where


def test_impute_needs_a_value_exactly_for_constants(tmp_path):
    for options in ({"strategy": "constant"}, {"value": 1.0}):
        with pytest.raises(ValueError, match="need each other"):
            loaded("iris", prepare=[{"impute": options}])


def test_a_column_without_a_known_value(tmp_path):
    with pytest.raises(DataError, match="no known value in the training split"):
        x_of(tmp_path, table(tmp_path, [1, 2, 3], [NAN, NAN, NAN]), "impute")


def test_everything_learned_survives_json(tmp_path):
    source = table(tmp_path, [1, NAN, 3, 1 / 3], ["u", "v", "u", NAN])
    fitted = loaded(source, tmp_path, prepare=[{"impute": {"indicators": True}}, "log", "standardize", "minmax"]).fitted
    state = json.loads(json.dumps(fitted.state(), allow_nan=False))
    assert state == fitted.state() and Fitted.of(state) == fitted


def test_arrays_are_contiguous_and_of_the_right_type(tmp_path):
    source = table(tmp_path, [1, 2, 3, 4], ["u", "v", "u", "w"], types={"b": "embedded"})
    for dtype in ("float32", "float64"):
        data = loaded(source, tmp_path, dtype=dtype, split={"test": 0.5})
        for split in data.splits.values():
            for name, array in split.inputs.items():
                assert array.flags.c_contiguous and array.dtype == (np.int64 if name == "b" else dtype)
