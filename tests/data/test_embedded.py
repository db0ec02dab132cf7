"""The data sets that come with dlcli."""

import numpy as np
import pytest

from dlcli.data.load import describe
from dlcli.data.settings import DataSettings
from tests.data.rig import loaded

SETS = {
    "digits": (1797, 64, [str(i) for i in range(10)]),
    "iris": (150, 4, ["setosa", "versicolor", "virginica"]),
    "wine": (178, 13, ["class_0", "class_1", "class_2"]),
    "breast_cancer": (569, 30, ["benign", "malignant"]),
    "diabetes": (442, 10, None),
}


@pytest.mark.parametrize("name", SETS)
def test_size_and_classes(name):
    rows, features, labels = SETS[name]
    data = loaded(name)
    x = data.splits["train"].inputs["x"]
    assert x.shape == (rows, features) == (data.rows["train"], *data.inputs["x"])
    assert data.labels == labels
    assert data.task == ("classification" if labels else "regression")
    assert data.files == []


def test_known_rows():
    assert loaded("iris").splits["train"].inputs["x"][0].tolist() == pytest.approx([5.1, 3.5, 1.4, 0.2])
    assert loaded("wine").splits["train"].target.tolist() == [0] * 59 + [1] * 71 + [2] * 48
    assert np.bincount(loaded("breast_cancer").splits["train"].target).tolist() == [357, 212]
    diabetes = loaded("diabetes").splits["train"]
    assert diabetes.inputs["x"][0].tolist() == pytest.approx([59, 2, 32.1, 101, 157, 93.2, 38, 4, 4.8598, 87])
    assert diabetes.target[:3, 0].tolist() == [151, 75, 141]


@pytest.mark.parametrize("layout, shape", [("flat", (64,)), ("stored", (8, 8)), ("channel", (8, 8, 1))])
def test_digits_layouts(layout, shape):
    data = loaded({"digits": {"layout": layout}})
    x = np.asarray(data.splits["train"].inputs["x"])
    assert data.inputs["x"] == shape and x.shape == (1797, *shape)
    assert x.min() == 0 and x.max() == 16
    assert np.array_equal(x.reshape(1797, 64), loaded("digits").splits["train"].inputs["x"])


def test_a_rare_class_is_positive():
    assert loaded("breast_cancer").positive == 1
    assert loaded("breast_cancer", positive="benign").positive == 0
    assert loaded("iris").positive is None


def test_description_needs_no_rows():
    data = describe(DataSettings(source="digits"), ".")
    assert data.splits == {} and data.rows == {"train": 1797}
    assert data.inputs["x"] == (64,) and data.target.size == 10 and sum(data.target.counts) == 1797
