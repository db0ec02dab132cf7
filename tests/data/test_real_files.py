"""Files as people have them; see `shared_data` in tests/conftest.py."""

import subprocess
import sys

import numpy as np

from dlcli.data.load import describe
from dlcli.data.new_rows import prepare_new
from dlcli.data.settings import DataSettings, Split
from tests.counting import lines_run
from tests.data.rig import loaded

ADULT = {
    "csv": {
        "file": {"train": "tabular/adult_train.csv", "test": "tabular/adult_test.csv"},
        "columns": [
            "age",
            "workclass",
            "fnlwgt",
            "education",
            "education_num",
            "marital_status",
            "occupation",
            "relationship",
            "race",
            "sex",
            "capital_gain",
            "capital_loss",
            "hours_per_week",
            "native_country",
            "income",
        ],
        "target": "income",
        "missing": ["?"],
        "labels": {"<=50K.": "<=50K", ">50K.": ">50K"},
    }
}
MNIST = {
    "idx": {
        "images": {"train": "mnist/train-images-idx3-ubyte.gz", "test": "mnist/t10k-images-idx3-ubyte.gz"},
        "labels": {"train": "mnist/train-labels-idx1-ubyte.gz", "test": "mnist/t10k-labels-idx1-ubyte.gz"},
        "layout": "flat",
    }
}


def test_adult_with_its_own_test_file(shared_data):
    found = []
    lines = lines_run(
        lambda: found.append(loaded(ADULT, shared_data, split={"validation": 0.1}, prepare=["standardize"]))
    )
    assert lines < 2 * 15 * 48_842, "cells are read by C and NumPy"
    data, = found
    assert data.rows == {"train": 29305, "validation": 3256, "test": 16281}
    assert data.labels == ["<=50K", ">50K"] and data.positive == 1 and data.target.counts == (22248, 7057)
    assert np.bincount(data.splits["test"].target).tolist() == [12435, 3846]
    numeric = [data.fitted.features.index(name) for name in ("age", "fnlwgt", "hours_per_week")]
    x = data.splits["train"].inputs["x"][:, numeric].astype(np.float64)
    assert np.allclose(x.mean(0), 0, atol=1e-6) and np.allclose(x.std(0), 1, atol=1e-6)
    assert "workclass is missing" in data.fitted.features and len(data.files) == 2


def test_adult_with_embedded_categories(shared_data):
    source = {"csv": ADULT["csv"] | {"categories": "embedded", "types": {"sex": "one_hot"}}}
    data = loaded(source, shared_data, prepare=["standardize"])
    assert (
        data.inputs["numeric"] == (8,) and data.inputs["education"].size == 17 and data.inputs["occupation"].size == 16
    )
    assert list(data.inputs) == [
        "numeric",
        "workclass",
        "education",
        "marital_status",
        "occupation",
        "relationship",
        "race",
        "native_country",
    ]


def test_housing_has_missing_bedrooms(shared_data):
    source = {"csv": {"file": "tabular/california_housing.csv", "target": "median_house_value"}}
    data = loaded(
        source, shared_data, split={"validation": 0.1, "test": 0.2}, prepare=["impute", "standardize", "scale_target"]
    )
    assert data.task == "regression" and data.rows == {"train": 14448, "validation": 2064, "test": 4128}
    assert data.inputs["x"] == (13,) and abs(data.splits["train"].target.mean()) < 1e-6


def test_churn_has_blanks(shared_data):
    source = {
        "csv": {"file": "tabular/telco_churn.csv", "target": "Churn", "drop": ["customerID"], "missing": ["", " "]}
    }
    data = loaded(source, shared_data, split={"test": 0.2}, prepare=["impute", "standardize"])
    assert data.labels == ["No", "Yes"] and data.positive == 1
    assert data.fitted.features[-1] == "TotalCharges" and "Contract=One year" in data.fitted.features


def test_mnist(shared_data):
    data = loaded(MNIST, shared_data, split={"validation": 0.1})
    assert data.rows == {"train": 54000, "validation": 6000, "test": 10000}
    x = np.asarray(data.splits["train"].inputs["x"])
    assert x.shape == (54000, 784) and x.dtype == np.float32 and x.min() == 0 and x.max() == 1
    assert data.labels == [str(i) for i in range(10)]
    assert np.bincount(data.splits["test"].target).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_mnist_is_described_from_headers(shared_data):
    data = describe(DataSettings(source=MNIST, split=Split(validation=0.1), prepare=["standardize"]), shared_data)
    assert data.rows == {"train": 54000, "validation": 6000, "test": 10000} and data.inputs["x"] == (784,)
    assert data.target.size == 10 and sum(data.target.counts) == 54000


def test_mnist_in_little_memory(shared_data):
    """Beyond an empty process, at most 1.6 times the arrays that come out: pixels stay bytes until they are written."""
    program = ("import resource, sys; from pathlib import Path; from tests.data.rig import loaded\n"
               "from tests.data.test_real_files import MNIST\n"
               "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024; before = peak()\n"
               "data = loaded(MNIST, Path(sys.argv[1]), split={'validation': 0.1}, prepare=['standardize'])\n"
               "print((peak() - before) / sum(s.inputs['x'].nbytes for s in data.splits.values()))")
    out = subprocess.run(
        [sys.executable, "-c", program, str(shared_data)], capture_output=True, text=True, check=True
    ).stdout
    assert float(out) < 1.6


def test_new_rows_of_adult(shared_data):
    data = loaded(ADULT, shared_data, prepare=["standardize"])
    new = prepare_new(shared_data / "tabular" / "adult_test.csv", data, labelled=True)
    assert new.inputs["x"].tobytes() == data.splits["test"].inputs["x"].tobytes()
    assert np.array_equal(new.target, data.splits["test"].target)
