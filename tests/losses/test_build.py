"""What a loss says to an output and a target that do not fit; one sentence, with both shapes."""

import pytest

from dlcli.engine.registry import find
from dlcli.engine.spec import Spec

from .cases import BINARY, ONE

TEN = Spec((), "int", size=10)
TOKENS = Spec((4,), "int", size=10)
VALUES = Spec((3,))


@pytest.mark.parametrize(
    ("kind", "options", "y", "t", "sentence"),
    [
        ("cross_entropy", {}, (8,), TEN, "10 classes need an output of 10, got 8"),
        ("cross_entropy", {}, (4, 10), TEN, "10 classes need an output of 10, got (4, 10)"),
        ("cross_entropy", {}, (), TEN, "10 classes need an output of 10, got ()"),
        ("cross_entropy", {}, (5, 10), Spec((7,), "int", size=10), "10 classes need an output of (7, 10), got (5, 10)"),
        ("cross_entropy", {}, (1,), BINARY, "2 classes need an output of 2, got 1"),
        (
            "cross_entropy",
            {},
            (3,),
            VALUES,
            "cross_entropy needs class labels as its target, got values; mse, mae and huber fit values",
        ),
        (
            "cross_entropy",
            {},
            (1,),
            Spec((), "int", size=1),
            "cross_entropy needs at least two classes, the target has 1",
        ),
        (
            "cross_entropy",
            {"class_weights": [1.0, 2.0, 3.0]},
            (10,),
            TEN,
            "10 classes need as many class_weights, got 3",
        ),
        (
            "cross_entropy",
            {"class_weights": [0.0, 0.0]},
            (2,),
            BINARY,
            "class_weights needs at least one number above 0",
        ),
        (
            "cross_entropy",
            {"class_weights": "balanced"},
            (10,),
            TEN,
            "class_weights: balanced needs to know how many rows each class has, and this data does not say",
        ),
        (
            "cross_entropy",
            {"class_weights": "balanced"},
            (3,),
            Spec((), "int", size=3, counts=(5, 0, 2)),
            "class_weights: balanced needs rows of every class, but the training split has none of class 1",
        ),
        (
            "cross_entropy",
            {},
            (4, 3, 8),
            Spec((4, 3), "int", size=10),
            "10 classes need an output of (4, 3, 10), got (4, 3, 8)",
        ),
        (
            "cross_entropy",
            {"ignore": 255},
            (10,),
            TEN,
            "ignore names the class 255, and the ids of 10 classes go from 0 to 9",
        ),
        (
            "cross_entropy",
            {"ignore": 1, "class_weights": [0.0, 2.0]},
            (2,),
            BINARY,
            "without the class to ignore, class_weights needs at least one number above 0",
        ),
        ("focal", {}, (3,), BINARY, "2 classes need an output of 1 or 2, got 3"),
        ("focal", {"class_weights": [1.0]}, (2,), BINARY, "2 classes need as many class_weights, got 1"),
        (
            "dice",
            {},
            (10,),
            TEN,
            "dice compares areas, and the target has a single class per row; it needs one for each position or pixel",
        ),
        (
            "dice",
            {},
            (6, 10),
            Spec((6,), "int", size=10, lengths=True),
            "dice reads whole pictures, and the rows of the target are padded",
        ),
        (
            "dice",
            {},
            (4, 3, 3),
            Spec((4, 3), "int", size=2),
            "2 classes need an output of (4, 3, 1) or (4, 3, 2), got (4, 3, 3)",
        ),
        (
            "dice",
            {},
            (4, 3, 2),
            Spec((4, 3, 2)),
            "dice needs class labels as its target, got values; mse, mae and huber fit values",
        ),
        ("ctc", {}, (5, 10), TOKENS, "10 classes need an output of (steps, 11), one more for the blank, got (5, 10)"),
        ("ctc", {}, (11,), TOKENS, "10 classes need an output of (steps, 11), one more for the blank, got 11"),
        (
            "ctc",
            {},
            (5, 11),
            TEN,
            "ctc needs a sequence of class ids for each row of its target, got a target of ()",
        ),
        ("ctc", {}, (5, 4), VALUES, "ctc needs class labels as its target, got values; mse, mae and huber fit values"),
        ("binary_cross_entropy", {}, (2,), BINARY, "2 classes need an output of 1, got 2"),
        (
            "binary_cross_entropy",
            {},
            (1,),
            TEN,
            "binary_cross_entropy needs two classes, the target has 10; cross_entropy reads any number",
        ),
        ("binary_cross_entropy", {}, (2,), VALUES, "a target of shape 3 needs an output of the same shape, got 2"),
        (
            "binary_cross_entropy",
            {"positive_weight": "balanced"},
            (3,),
            VALUES,
            "positive_weight: balanced needs one label of two classes as its target; for several labels give a number",
        ),
        *(
            (
                kind,
                {},
                (10,),
                TEN,
                f"{kind} is a regression loss, but the target holds class labels; cross_entropy is made for these "
                "(one_hot: true fits class indicators all the same)",
            )
            for kind in ("mse", "mae", "huber")
        ),
        ("mse", {"one_hot": True}, (8,), TEN, "10 classes need an output of 10, got 8"),
        ("mse", {}, (2,), VALUES, "a target of shape 3 needs an output of the same shape, got 2"),
        ("mse", {}, (2, 3), VALUES, "a target of shape 3 needs an output of the same shape, got (2, 3)"),
        ("hinge", {}, (3,), BINARY, "2 classes need an output of 1 or 2, got 3"),
        ("hinge", {}, (8,), TEN, "10 classes need an output of 10, got 8"),
        (
            "perceptron",
            {},
            (1,),
            ONE,
            "perceptron needs class labels as its target, got values; mse, mae and huber fit values",
        ),
    ],
)
def test_says_what_does_not_fit(kind, options, y, t, sentence):
    with pytest.raises(ValueError) as error:
        find("losses", kind)(**options).build(Spec(y), t)
    assert str(error.value) == sentence


@pytest.mark.parametrize("kind", ["mse", "cross_entropy", "binary_cross_entropy", "hinge"])
def test_ids_are_not_scores(kind):
    t = ONE if kind == "mse" else BINARY
    with pytest.raises(ValueError, match="reads scores, but the output holds whole numbers"):
        find("losses", kind)().build(Spec((1,), "int", size=5), t)


def test_padding_must_be_known_on_both_sides():
    loss, y, t = find("losses", "cross_entropy")(), Spec((6, 10)), Spec((6,), "int", size=10, lengths=True)
    with pytest.raises(ValueError, match="the network has lost their lengths"):
        loss.build(y, t)
    with pytest.raises(ValueError, match="the target has no lengths"):
        loss.build(Spec((6, 10), lengths=True), Spec((6,), "int", size=10))
    loss.build(Spec((10,), lengths=True), TEN)      # one class per row: no position is padded
    assert not loss.padded
