"""Warnings about data that mislead: they are right, say what to do, and doing it ends them; healthy data have none."""

import re
import shlex

import numpy as np
import pytest

from dlcli.config import parse
from dlcli.config.build import experiment, outline
from dlcli.data.target.scale import odd_target

TEXT = """\
data:
  source: {csv: {file: a.csv, target: y}}
  split: {train: 0.6, validation: 0.2, test: 0.2}
  prepare: [PREPARE]
network: [{linear: {units: 4}}, relu, {linear: {units: UNITS}}]
loss: LOSS
optimizer: {sgd: {learning_rate: 0.01}}
"""
RNG = np.random.default_rng(0)


def write(folder, **columns) -> None:
    """a.csv of the columns, the last of which is the target."""
    rows = zip(*(column.tolist() if isinstance(column, np.ndarray) else column for column in columns.values()))
    (folder / "a.csv").write_text("\n".join(",".join(map(str, row)) for row in [columns, *rows]) + "\n")


@pytest.fixture(params=[experiment, outline], ids=["train", "check"])
def warnings(request, tmp_path):
    """What is said of a.csv: (path, problem, the overrides of the hint)."""
    def build(*overrides: str, prepare="standardize", loss="mse", units=1) -> list[tuple]:
        text = TEXT.replace("PREPARE", prepare).replace("LOSS", loss).replace("UNITS", str(units))
        config = parse(text.encode(), "c.yaml", overrides, tmp_path / "c.yaml")
        request.param(config)
        request.param(config)       # a config that is built again says it once
        found = []
        for warning in config.warnings:
            at = warning.hint.find("'data.")
            found.append((warning.path, warning.problem, shlex.split(warning.hint[at:]) if at >= 0 else []))
        return found

    return build


N = 120
X, HALF = RNG.normal(size=N).round(3), np.arange(N) % 2


@pytest.mark.parametrize(("mean", "deviation", "said"), [
    (13_000, 7_000, "the mean 1.,... and the deviation [5-8],..."), (60, 3.5, "the mean [56][0-9.]+ and the deviation"),
    (0, 30, "the deviation"),
    (0.5, 0.001, "a deviation of only 0.00"), (7, 0.15, "far from 0 for its deviation of 0.1"),
    (-40, 1, "the mean -[34]"),
    (1e15, 1e14, r"e\+1[45] and"), (0, 1e-9, r"a deviation of only .*e-"),
])
def test_an_odd_target_and_its_cure(tmp_path, warnings, mean, deviation, said):
    write(tmp_path, a=X, b=X[::-1], y=mean + deviation * np.random.default_rng(1).normal(size=N))
    (path, problem, cure), = warnings(prepare="impute: {strategy: mean}, standardize")
    assert path == "data.prepare" and re.search(said, problem), problem
    assert cure == ["data.prepare=[{impute: {strategy: mean}}, standardize, scale_target]"]
    assert warnings(*cure) == []


def test_a_target_of_usual_size_is_not_odd(tmp_path, warnings):
    for mean, deviation in ((0, 1), (3, 1), (0.5, 0.2), (-2, 5), (0, 9)):
        write(tmp_path, a=X, b=X[::-1], y=mean + deviation * np.linspace(-1.5, 1.5, N))
        assert warnings() == [], (mean, deviation)
    write(tmp_path, a=X, b=X[::-1], y=0.5 + 0.001 * np.linspace(-1, 1, N))
    assert warnings(loss="binary_cross_entropy") == []      # which cannot read a scaled target
    assert odd_target([0.0], [0.0]) is None and odd_target([500.0], [0.0]) is not None
    assert odd_target([0.0, 99.0], [1.0, 1.0]) is not None


def test_a_column_that_alone_tells_the_target(tmp_path, warnings):
    alive = np.array(["no", "yes"])[HALF]
    write(tmp_path, a=X, **{"is alive": alive}, z=X[::-1], y=HALF)
    (path, problem, cure), = warnings(loss="cross_entropy", units=2)
    assert path == "data.source"
    assert problem == "column 'is alive' alone tells the target: accuracy 1.0000 on 72 training rows"
    assert cure == ['data.source.csv.drop=["is alive"]']
    assert warnings(*cure, loss="cross_entropy", units=2) == []
    (_, _, cure), = warnings("data.source.csv.drop=[z]", loss="cross_entropy", units=2)
    assert cure == ['data.source.csv.drop=[z, "is alive"]']
    assert warnings("data.source.csv.target=a", "data.source.csv.drop=[y]") == []
    write(tmp_path, celsius=X * 5, a=X[::-1], y=X * 9 + 3.2)
    assert "column 'celsius' alone tells the target: r2 1.0000" in warnings(prepare="standardize, scale_target")[0][1]


def test_texts_that_held_out_rows_have_and_training_has_not(tmp_path, warnings):
    names, dates = [f"n{i}" for i in range(N)], [f"2021-{1 + i // 28:02}-{1 + i % 28:02}" for i in range(N)]
    write(tmp_path, a=X, names=names, y=HALF)
    options = {"loss": "cross_entropy", "units": 2}
    (path, problem, cure), = warnings("data.source.csv.types={names: one_hot}", **options)
    assert path == "data.source"
    assert problem.startswith("all 48 rows of validation and test hold a text in column 'names' that no training")
    assert cure == ["data.source.csv.drop=[names]"]
    assert warnings(*cure, **options) == []
    for kind in ("ordinal", "embedded"):
        write(tmp_path, day=dates, y=HALF)
        network = [] if kind == "ordinal" else ["network.0={embedding: {units: 4}, from: input.day}"]
        config = [f"data.source.csv.types={{day: {kind}}}", *network]
        (_, problem, cure), = warnings(*config, **options)
        assert "hold a date in column 'day'" in problem and cure == []       # nothing else is there to learn from
    known = [f"n{i % 30}" for i in range(N)]
    write(tmp_path, a=X, names=known, y=np.random.default_rng(1).integers(0, 2, N))
    assert warnings("data.source.csv.types={names: one_hot}", **options) == []
    later = [f"n{i}" if i >= 96 else "old" for i in range(N)]       # only the test rows, in their order
    write(tmp_path, a=X, names=later, y=HALF)
    (_, problem, _), = warnings("data.split.shuffle=false", "data.source.csv.types={names: one_hot}", **options)
    assert problem.startswith("all 24 rows of test hold a text")


def test_arrays_are_looked_at_too(tmp_path, warnings, request):
    """`check` does not read those that are inputs."""
    np.savez(tmp_path / "a.npz", x=np.random.default_rng(1).normal(size=(N, 3)), age=X, alive=HALF.astype(float),
             y=HALF,
             v=np.random.default_rng(2).normal(900, 5, (N, 2)))
    source = "data.source={npz: {file: a.npz, inputs: [age, alive], target: %s}}"
    found = warnings(source % "y", loss="cross_entropy", units=2)
    if "train" in request.node.name:
        (_, problem, cure), = found
        assert "column 'alive' alone" in problem and cure == ["data.source.npz.inputs=[age]"]
        found = warnings("data.source={npz: {file: a.npz, inputs: [age]}}", loss="cross_entropy", units=2)
    assert found == []
    (path, problem, cure), = warnings(source % "v", units=2)
    assert re.search("the target has the mean (89|90).", problem) and warnings(source % "v", *cure, units=2) == []
