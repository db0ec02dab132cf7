"""Shapes without data."""

import pytest

from dlcli.data.load import describe
from dlcli.data.settings import DataSettings
from dlcli.data.sources.declared import Declared, Field
from tests.data.rig import loaded


def test_pictures_and_classes():
    data = loaded({"declared": {"shape": [28, 28, 1], "classes": 10}})
    assert data.inputs["x"] == (28, 28, 1) and data.inputs["x"].dtype == "float"
    assert data.target == () and data.target.dtype == "int" and data.target.size == 10
    assert data.task == "classification" and data.splits == {} and len(data.labels) == 10
    assert describe(DataSettings(source=Declared(shape=[3], classes=2)), ".").positive == 1


def test_tokens_with_a_class_at_each_position():
    data = loaded(Declared(inputs={"tokens": Field(shape=[64], size=5000, lengths=True)}, classes=5000, target=[64]))
    tokens = data.inputs["tokens"]
    assert tokens == (64,) and (tokens.dtype, tokens.size, tokens.lengths) == ("int", 5000, True)
    assert data.target == (64,) and data.target.size == 5000


def test_values():
    data = loaded(Declared(shape=[8], target=[2]))
    assert data.task == "regression" and data.target == (2,) and data.target.dtype == "float" and data.labels is None


@pytest.mark.parametrize(
    "options, problem",
    [({"classes": 3}, "shape"), ({"shape": [3], "inputs": {}, "classes": 3}, "shape"), ({"shape": [3]}, "classes")],
)
def test_too_little_or_too_much(options, problem):
    with pytest.raises(ValueError, match=problem):
        Declared(**options)
