"""Embedded sets and preparation against scikit-learn's."""

import numpy as np
import pytest

from tests.data.rig import loaded

pytestmark = pytest.mark.oracle
datasets = pytest.importorskip("sklearn.datasets")
preprocessing = pytest.importorskip("sklearn.preprocessing")

ORACLES = {"digits": {}, "iris": {}, "wine": {}, "breast_cancer": {}, "diabetes": {"scaled": False}}


@pytest.mark.parametrize("name", ORACLES)
def test_embedded_sets_are_scikit_learns(name):
    oracle, data = getattr(datasets, f"load_{name}")(**ORACLES[name]), loaded(name, dtype="float64")
    train = data.splits["train"]
    assert np.array_equal(train.inputs["x"], oracle.data)
    if name == "diabetes":
        assert np.array_equal(train.target[:, 0], oracle.target)
    else:
        assert [data.labels[y] for y in train.target] == [str(oracle.target_names[y]) for y in oracle.target]


@pytest.mark.parametrize("step, oracle", [("standardize", "StandardScaler"), ("minmax", "MinMaxScaler")])
def test_scaling(step, oracle):
    raw, scaled = (
        loaded("breast_cancer", dtype="float64", split={"test": 0.3}, prepare=prepare) for prepare in ([], [step])
    )
    fitted = getattr(preprocessing, oracle)().fit(raw.splits["train"].inputs["x"])
    for name in ("train", "test"):
        assert np.allclose(
            scaled.splits[name].inputs["x"], fitted.transform(raw.splits[name].inputs["x"]), rtol=1e-12, atol=1e-12
        )


@pytest.mark.parametrize("strategy", ["median", "mean", "most_frequent"])
def test_imputing(tmp_path, strategy):
    impute = pytest.importorskip("sklearn.impute")
    rng = np.random.default_rng(0)
    x = np.where(rng.random((60, 4)) < 0.2, np.nan, rng.integers(0, 9, (60, 4)))
    np.savez(tmp_path / "a.npz", x=x, y=np.arange(60) % 2)
    found = loaded({"npz": {"file": "a.npz"}}, tmp_path, dtype="float64", prepare=[{"impute": {"strategy": strategy}}])
    expected = impute.SimpleImputer(strategy=strategy).fit_transform(x)
    assert np.array_equal(found.splits["train"].inputs["x"], expected)
