"""A column that alone tells the target is found, by whatever rule; columns that tell much, or all by accident, are
not."""

import numpy as np
import pytest

from dlcli.data.leaks import leaks
from dlcli.data.table import Column, Table

RNG = np.random.default_rng(7)
N = 400
YES = RNG.random(N) < 0.3
THREE = RNG.integers(0, 3, N)
VALUES = np.exp(RNG.normal(2, 1, N))


def texts(codes, names) -> Column:
    return Column(np.asarray(codes), list(names))


def found(column: Column, target, rows=None) -> list[tuple]:
    """What is told of a column beside one of chance."""
    target = np.asarray(target)
    classes = int(target.max()) + 1 if target.dtype.kind in "bi" else None
    noise = Column(np.random.default_rng(1).normal(size=len(target)))
    table = Table({"noise": noise, "c": column})
    some = np.arange(len(target)) if rows is None else rows
    t = target.astype(np.int64)[some] if classes else target[some, None]
    return [(each.column, each.measure, round(each.score, 3)) for each in leaks(table, some, t, classes)]


def noisy(target, share: float):
    """A few rows are otherwise."""
    return np.where(np.random.default_rng(3).random(len(target)) < share, ~target, target)


def nan_where(rows) -> np.ndarray:
    return np.where(rows, np.nan, RNG.normal(size=len(rows)))


TOLD = {
    "texts for classes": (texts(YES.astype(int), ["no", "yes"]), YES),
    "several texts for a class": (texts(YES * 4 + RNG.integers(0, 4, N), "abcdefgh"), YES),
    "missing texts": (texts(np.where(YES, RNG.integers(0, 9, N), -1), "abcdefghi"), YES),
    "0 and 1": (Column(YES.astype(float)), YES),
    "ids": (Column(np.array([7, 3, 5])[THREE]), THREE),
    "codes of groups": (Column((RNG.permutation(40)[:N // 20][np.arange(N) // 20 % 20]).astype(float)),
                        np.arange(N) // 20 % 20 % 2),
    "a limit": (Column(np.where(YES, RNG.uniform(5, 9, N), RNG.uniform(1, 4, N))), YES),
    "a limit, downwards": (Column(np.where(YES, RNG.uniform(1, 4, N), RNG.uniform(5, 9, N))), YES),
    "limits between three": (Column(np.array([5.0, 1.0, 9.0])[THREE] + RNG.random(N)), THREE),
    "row numbers of a sorted file": (Column(np.arange(90.0)), np.arange(90) // 30),
    "a date that only some have": (Column(nan_where(~YES)), YES),
    "nearly": (texts(noisy(np.arange(9000) % 3 > 0, 0.002).astype(int), ["no", "yes"]), np.arange(9000) % 3 > 0),
    "another unit": (Column(VALUES * 1.8 + 32), VALUES), "its logarithm": (Column(np.log(VALUES)), VALUES),
    "its power": (Column(VALUES ** 3), VALUES), "rounded": (Column(np.round(VALUES, 1)), VALUES),
    "a text for each value": (texts(THREE, "abc"), np.array([3.0, 1.0, 8.0])[THREE]),
}
NOT_TOLD = {
    "much": (texts(noisy(YES, 0.03).astype(int), ["no", "yes"]), YES),
    "names": (texts(np.arange(N), [f"n{i}" for i in range(N)]), YES),
    "pairs of names": (texts(np.arange(N) // 2, [f"n{i}" for i in range(N)]), np.arange(N) // 2 % 2 == 0),
    "few rows": (texts([0, 1] * 20, ["no", "yes"]), np.array([False, True] * 20)),
    "few of the others": (texts((np.arange(N) < 9).astype(int), ["no", "yes"]), np.arange(N) < 9),
    "nearly all of one class": (texts(np.zeros(N, int), ["no"]), np.arange(N) < 12),
    "two irises": (Column(np.round(np.where(np.arange(150) < 50, 0.3, 1.6) + RNG.uniform(-0.2, 0.4, 150), 1)),
                   np.arange(150) < 50),
    "three that overlap": (Column(THREE * 2 + RNG.normal(0, 0.6, N)), THREE),
    "missing by chance": (Column(nan_where(RNG.random(N) < 0.5)), YES),
    "a good predictor": (Column(VALUES * (1 + RNG.normal(0, 0.05, N))), VALUES),
    "an id": (Column(np.arange(float(N))), VALUES), "pure chance": (Column(RNG.normal(size=N)), VALUES),
    "constant": (Column(np.ones(N)), VALUES), "constant, of classes": (Column(np.ones(N)), YES),
    "a text for every two values": (texts(np.arange(N) // 2, [f"n{i}" for i in range(N)]), VALUES),
    "with missing values": (Column(np.where(YES, np.nan, VALUES)), VALUES),
    "infinite": (Column(np.where(YES, np.inf, VALUES)), VALUES),
}


@pytest.mark.parametrize("name", TOLD)
def test_told(name):
    column, target = TOLD[name]
    (title, measure, score), = found(column, target)
    assert title == "c" and measure == ("r2" if np.asarray(target).dtype.kind == "f" else "accuracy") and score >= 0.995


@pytest.mark.parametrize("name", NOT_TOLD)
def test_not_told(name):
    assert found(*NOT_TOLD[name]) == []


def test_only_training_rows_are_looked_at():
    column = texts(YES.astype(int), ["no", "yes"])
    column.values[200:] = 0
    assert found(column, YES, np.arange(200)) and not found(column, YES, np.arange(100, 300))


def test_what_is_not_looked_at():
    """A single column is all that there is to tell the target; arrays are no columns; nor are places of a picture
    classes of a row."""
    column = texts(YES.astype(int), ["no", "yes"])
    rows, t = np.arange(N), YES.astype(np.int64)
    assert leaks(Table({"c": column}), rows, t, 2) == []
    assert leaks(Table({"x": Column(np.stack([t, t], 1)), "n": Column(VALUES)}), rows, t, 2) == []
    assert leaks(Table({"c": column, "n": Column(VALUES)}), rows, np.stack([t, t], 1), 2) == []
    assert leaks(Table({"c": column, "n": Column(np.broadcast_to(np.float32(0), N))}), rows, t, 2)[0].column == "c"


@pytest.mark.parametrize("seed", range(3))
def test_chance_tells_nothing_in_a_thousand_columns(seed):
    rng = np.random.default_rng(seed)
    columns = {f"c{i}": Column(rng.integers(0, 2 + i % 9,
                                            60).astype(float) if i % 2 else rng.normal(size=60)) for i in range(1000)}
    columns |= {f"t{i}": texts(rng.integers(0, 2 + i % 9, 60), "abcdefghij") for i in range(100)}
    for target, classes in ((rng.integers(0, 2, 60), 2), (rng.integers(0, 4, 60), 4), (rng.normal(size=(60, 1)), None)):
        assert leaks(Table(columns), np.arange(60), target, classes) == []
