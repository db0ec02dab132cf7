"""What a slip was meant to be."""

import pytest

from dlcli.config.schema.fields import fields
from dlcli.config.schema.sections import SUGAR, Entry, Root, sections
from dlcli.config.wording.aliases import INPUTS, MEANINGS, SAID, folded
from dlcli.config.wording.suggest import nearest, suggestion
from dlcli.engine import registry


@pytest.mark.parametrize(
    "name, valid, meant",
    [
        ("rellu", ["relu", "leaky_relu"], "relu"),
        ("LeakyReLU", ["relu", "leaky_relu"], "leaky_relu"),
        ("BatchNorm", ["batch_norm"], "batch_norm"),
        ("batch-size", ["batch_size"], "batch_size"),
        ("batchsize", ["batch_size"], "batch_size"),
        ("lr", ["learning_rate", "l1"], "learning_rate"),
        ("l1_loss", ["mae", "mse"], "mae"),
        ("MSELoss", ["mae", "mse"], "mse"),
        ("CrossEntropyLoss", ["cross_entropy", "mse"], "cross_entropy"),
        ("BCEWithLogitsLoss", ["binary_cross_entropy"], "binary_cross_entropy"),
        ("dense", ["linear"], "linear"),
        ("dense", ["relu"], None),
        ("float16", ["float32", "float64"], None),
        ("relu7", ["relu1", "relu2"], None),
        ("zzz", ["relu"], None),
        ("", ["relu"], None),
        ("maxpool2d", ["max_pool1d", "max_pool2d"], "max_pool2d"),
        ("MaxPool2d", ["max_pool1d", "max_pool2d"], "max_pool2d"),
        ("AveragePooling2D", ["avg_pool2d", "max_pool2d"], "avg_pool2d"),
        ("ConvTranspose2d", ["conv2d", "conv2d_transpose"], "conv2d_transpose"),
        ("conv3d", ["conv1d", "conv2d"], None),
        ("RandomHorizontalFlip", ["crop", "flip"], "flip"),
        ("image_size", ["path", "size"], "size"),
        ("x", [], None),
        ("epoch", ["epochs"], "epochs"),
        ("vallidation", ["validation", "train"], "validation"),
    ],
)
def test_nearest(name, valid, meant):
    assert nearest(name, valid) == meant


def test_suggestions():
    assert suggestion("zzz", ["b", "a"], "options") == "options: b, a"
    assert suggestion("relv", ["relu"], "layers") == "did you mean 'relu'?"
    assert suggestion("rеlu", ["relu"], "layers") == "did you mean 'relu'? ('е' is U+0435 CYRILLIC SMALL LETTER IE)"
    assert suggestion("zzz", map(str, range(40)), "things").endswith("29, ... (40 in all)")


def test_every_meaning_is_something():
    """The table of other tools' names leads to names that exist."""
    classes = [Root, Entry, *SUGAR.values(), *sections().values()]
    classes += [registry.find(family, kind) for family in registry.FAMILIES for kind in registry.kinds(family)]
    names = {name for cls in classes for name in fields(cls)} | {"from", *SUGAR}
    names |= {kind for family in registry.FAMILIES for kind in registry.kinds(family)}
    assert set(MEANINGS) <= names


def test_every_name_of_other_tools_stands_in_one_place():
    for meaning, others in MEANINGS.items():
        spellings = [folded(name) for name in (meaning, *others.split())]
        assert len(set(spellings)) == len(spellings), meaning
    said = [*INPUTS, *(name for names in SAID for name in names.split())]
    assert len(set(said)) == len(said)
    meant = {name for others in MEANINGS.values() for name in others.split()}
    assert meant & set(said) == {"weights", "callbacks", "num_features"}, "meanings of other places"
