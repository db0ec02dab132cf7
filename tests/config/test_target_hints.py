"""A target that is taken for classes where values are wanted, or the reverse: whoever does what each hint says ends
with a training."""

import re

import numpy as np
import pytest

from dlcli.config import ConfigErrors, parse
from dlcli.config.build import experiment, outline
from dlcli.training.loop import Trainer
from tests.data.rig import idx

TEXT = """\
data:
  source: {SOURCE}
  split: {train: 0.8, validation: 0.2}
network: [{linear: {units: 4}}, relu, {linear: {units: UNITS}}]
loss: LOSS
optimizer: {sgd: {learning_rate: 1e-6}}
training: {epochs: 1}
"""
SOURCES = {"csv": "csv: {file: a.csv, target: y}", "npz": "npz: {file: a.npz}",
           "npy": "npy: {inputs: x.npy, target: y.npy}",
           "idx": "idx: {images: x.idx, labels: y.idx}"}
CODES = {"uint8": 8, "int32": 12, "float32": 13, "float64": 14}
FOR_CLASSES = ("cross_entropy", "binary_cross_entropy", "focal", "hinge", "perceptron")
FOR_VALUES = ("mse", "mae", "huber")


def write(folder, x, y) -> None:
    """The same rows for every source."""
    np.savez(folder / "a.npz", x=x, y=y)
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y)
    for name, values in (("x", x), ("y", y)):
        stored = values.astype(values.dtype if values.dtype.name in CODES else np.uint8)
        (folder / f"{name}.idx").write_bytes(idx(stored.astype(stored.dtype.newbyteorder(">")),
                                                 CODES[stored.dtype.name]))
    if y.ndim == 1:
        rows = "".join(f"{a},{b},{t}\n" for (a, b), t in zip(x.tolist(), y.tolist()))
        (folder / "a.csv").write_text("a,b,y\n" + rows)


def arrive(folder, x, y, source: str, loss: str, units: int) -> list[str]:
    """Do what the hints say until a network trains. Returns the hints."""
    write(folder, x, y)
    overrides: list[str] = []
    hints = []
    text = TEXT.replace("SOURCE", SOURCES[source]).replace("UNITS", str(units)).replace("LOSS", loss)
    for _ in range(5):
        config = parse(text.encode(), "c.yaml", overrides, folder / "c.yaml")
        try:
            outline(config)
            trainer = Trainer(experiment(config), form="serial")
        except ConfigErrors as errors:
            problem, = errors.problems
            hint = problem.hint or problem.problem
            hints.append(hint)
            if argmax := re.search(r"y\.argmax\((-?1)\)", hint):
                y = y.argmax(int(argmax[1]))
                write(folder, x, y)
            if "cross_entropy reads any number" in hint or "for cross_entropy" in hint:
                overrides.append("loss=cross_entropy")
            elif change := re.search(r"(?:set |\()((?:network|data)\.\S+=\w+)", hint):
                overrides.append(change[1])
            continue
        with trainer:
            assert trainer.train() == "completed"
        return hints
    raise AssertionError(hints)


RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 2)).astype(np.float32)
ONE_HOT = np.eye(3)[RNG.integers(0, 3, 120)]


@pytest.mark.parametrize("loss", FOR_CLASSES)
@pytest.mark.parametrize("source", ["npz", "npy", "idx"])
@pytest.mark.parametrize("dtype", ["float32", "uint8", "bool"])
def test_one_hot(tmp_path, source, dtype, loss):
    if (loss, dtype) == ("binary_cross_entropy", "float32"):
        assert arrive(tmp_path, X, ONE_HOT.astype(dtype), source, loss, 3) == []      # three labels of 0 or 1
        return
    first, *_ = arrive(tmp_path, X, ONE_HOT.astype(dtype), source, loss, 3)
    assert first.startswith("rows of 0 with a single 1 look one-hot: store `y.argmax(1)`")


def test_one_hot_pixels_and_what_is_none(tmp_path):
    x, classes = np.random.default_rng(1).normal(size=(20, 4, 4,
                                                       1)).astype(np.float32), np.random.default_rng(2).integers(0, 3,
                                                                                                                 (20,
                                                                                                                  4, 4))
    write(tmp_path, x, np.eye(3, dtype=np.float32)[classes])
    text = TEXT.replace("SOURCE", SOURCES["npz"]).replace("LOSS", "cross_entropy").replace("UNITS", "3")
    for loss in ("cross_entropy", "focal", "dice"):
        with pytest.raises(ConfigErrors) as caught:
            outline(parse(text.encode(), "c.yaml", [f"loss={loss}"], tmp_path / "c.yaml"))
        assert "store `y.argmax(-1)`" in caught.value.problems[0].hint
    write(tmp_path, x, classes)
    outline(parse(text.encode(), "c.yaml", [], tmp_path / "c.yaml"))
    write(tmp_path, X, np.minimum(ONE_HOT + np.eye(3)[np.arange(120) % 3], 1).astype(np.uint8))     # one label or two
    with pytest.raises(ConfigErrors) as caught:
        outline(parse(text.encode(), "c.yaml", [], tmp_path / "c.yaml"))
    assert "one-hot" not in (caught.value.problems[0].hint or "")
    several = arrive(tmp_path, X, np.minimum(ONE_HOT + ONE_HOT[::-1], 1).astype(np.uint8), "npz",
                     "binary_cross_entropy", 3)
    assert several == ["several labels of 0 or 1 in a row are values: whole numbers are values with `task: regression` "
                       "(data.source.npz.task=regression)"]


@pytest.mark.parametrize("loss", FOR_VALUES)
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("units", [1, 10])
def test_whole_numbers_for_a_regression(tmp_path, source, loss, units):
    first, *_ = arrive(tmp_path, X, np.random.default_rng(1).integers(0, 10, 120).astype(np.uint8), source, loss, units)
    assert "`task: regression`" in first and f"(data.source.{source}.task=regression)" in first


@pytest.mark.parametrize("loss", FOR_CLASSES)
@pytest.mark.parametrize("source", SOURCES)
def test_more_classes_than_are_taken_for_such(tmp_path, source, loss):
    """26 of them, stored as fractions, or 1,500 in a type of whole numbers."""
    letters = np.arange(120) % 26 + 1
    first, *_ = arrive(tmp_path, X, letters.astype(np.float64), source, loss, 26)
    assert "`task: classification`" in first and f"(data.source.{source}.task=classification)" in first
    if source != "csv" and loss == "cross_entropy":
        many = np.arange(3000) % 1500
        first, *_ = arrive(tmp_path, np.random.default_rng(1).normal(size=(3000, 2)), many.astype(np.int32), source,
                           loss, 1500)
        assert "`task: classification`" in first


def test_the_same_hint_wherever_the_task_is_asked_for(tmp_path):
    """By metrics, sampling, the positive class, mistakes; and by a step for a regression's target. No hint where none
    would help."""
    def hints(y, *overrides, source="csv"):
        write(tmp_path, X, y)
        text = TEXT.replace("SOURCE", SOURCES.get(source, source)).replace("UNITS", "1").replace("LOSS", "mse")
        with pytest.raises(ConfigErrors) as caught:
            outline(parse(text.encode(), "c.yaml", overrides, tmp_path / "c.yaml"))
        return [problem.hint for problem in caught.value.problems]

    letters, few = (np.arange(120) % 26 + 1).astype(float), np.arange(120) % 5
    classes, values = ("`task: classification`", "`task: regression`")
    for overrides in (["metrics=[accuracy]"], ["data.sampling=balanced"], ["data.positive=3"],
                      ["training.early_stop={mistakes: 0}"]):
        assert classes in hints(letters, *overrides)[0], overrides
    for overrides in (["data.prepare=[scale_target]"], ["metrics=[r2]", "loss=cross_entropy",
                                                        "network.2.linear.units=5"]):
        assert values in hints(few, *overrides)[0], overrides
    assert hints(letters + 0.5, "loss=cross_entropy") == [None]
    assert hints(few, source="digits") == [None]        # a source without the option
