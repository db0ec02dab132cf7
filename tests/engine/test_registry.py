"""Kinds come from a closed list: the files of a family's folder."""

import pytest

from dlcli.engine import registry
from dlcli.layers.linear import Linear


@pytest.mark.parametrize(
    "kind", ["../losses/mse", "os", "Linear", "linear.Linear", "__init__", "_margins", "", "linear "]
)
def test_what_is_no_file_of_the_folder_is_no_kind(kind):
    with pytest.raises(KeyError):
        registry.find("layers", kind)


def test_families_are_a_closed_list_too():
    for family in ("engine", "os", "data", "data.sources.csv"):
        with pytest.raises(KeyError):
            registry.kinds(family)


def test_the_grammar_of_components():
    made = registry.create("layers", {"linear": {"units": 3}})
    assert type(made) is Linear and made.units == 3 and registry.create("layers", made) is made
    assert registry.create("layers", {"relu": None}).kind == registry.create("layers", "relu").kind == "relu"


def test_every_kind_is_a_class_of_its_family_named_after_its_file():
    for family in registry.FAMILIES:
        for kind in registry.kinds(family):
            cls = registry.find(family, kind)
            assert (cls.family, cls.kind) == (family, kind)
