"""Which of two classes precision, recall and F1 are about: by its name, else by all rows; never by the draw."""

import numpy as np
import pytest

from dlcli.data.target.positive import says_yes
from tests.data.rig import csv, loaded

HALVES = {"train": 0.5, "test": 0.5, "stratify": False}


def rows(first: str, second: str, counts=(20, 20)) -> str:
    names = [first] * counts[0] + [second] * counts[1]
    return "a,y\n" + "".join(f"{i}.5,{name}\n" for i, name in enumerate(names))


@pytest.mark.parametrize("first, second, counts, positive", [
    ("0", "1", (10, 30), "1"), ("0.0", "1.0", (10, 30), "1"), ("-1", "1", (10, 30), "1"), ("1", "2", (10, 30), "1"),
    ("no", "yes", (10, 30), "yes"), ("YES", "nein", (30, 10), "YES"), ("False", "True", (10, 30), "True"),
    ("N", "Y", (10, 30), "Y"), ("f", "t", (10, 30), "t"), ("+", "-", (30, 10), "+"), ("neg", "pos", (10, 30), "pos"),
    ("negative", "Positive", (10, 30), "Positive"),
    ("bad", "good", (30, 10), "good"), ("bad", "good", (10, 30), "bad"), ("bad", "good", (20, 20), "good"),
    ("x", "y", (10, 30), "x"), ("p", "t", (10, 30), "p"), ("10", "11", (10, 30), "10"), ("1", "yes", (10, 30), "1"),
    ("positively", "no", (30, 10), "no"),
])
def test_it_is_the_one_that_says_yes_else_the_rarer_for_every_seed(tmp_path, first, second, counts, positive):
    source = csv(tmp_path, rows(first, second, counts), task="classification")
    found = [loaded(source, tmp_path, seed=seed, split=HALVES) for seed in range(6)]
    assert {data.positive_label for data in found} == {positive.removesuffix(".0")}
    drawn = {int(np.argmin(data.target.counts)) for data in found}
    assert counts != (20, 20) or drawn == {0, 1}, "the training splits disagree"
    assert says_yes("Y", "n") and not says_yes("y", "x") and not says_yes("n", "y")


def test_all_rows_count_also_those_of_other_files_and_of_no_split(tmp_path):
    """10 of 15 training rows are `up`, and 10 of 40 rows in all."""
    csv(tmp_path, rows("up", "down", (0, 25)), "t.csv")
    source = csv(tmp_path, rows("up", "down", (10, 5)), file={"train": "a.csv", "test": "t.csv"})
    assert loaded(source, tmp_path).positive_label == "up"
    for other in ("2", "2.0", "+2", "2e0"):     # the same class, however a file writes it
        csv(tmp_path, rows(other, "x", (20, 0)), "t.csv")
        source = csv(tmp_path, rows("2", "x", (10, 15)), file={"train": "a.csv", "test": "t.csv"})
        assert loaded(source, tmp_path).positive_label == "x"
        assert loaded(source, tmp_path, positive=other).positive_label == "2"
    source = csv(tmp_path, rows("up", "down", (10, 30)))
    data = loaded(source, tmp_path, split={"train": 0.3, "shuffle": False, "stratify": False})
    assert data.target.counts == (2, 10) and data.labels == ["down", "up"] and data.positive_label == "up"
    source = csv(tmp_path, rows("up", "down", (10, 30)) + "1,other\n" * 50)
    third = loaded(source, tmp_path, split={"train": 0.3, "test": 0.1, "shuffle": False, "stratify": False})
    assert third.labels == ["down", "up"] and third.positive_label == "up"      # the third class is in no split


def test_arrays_masks_and_more_classes(tmp_path):
    rng = np.random.default_rng(0)

    def positive(y, **options):
        np.savez(tmp_path / "a.npz", x=rng.normal(size=(len(y), 4, 4)), y=y)
        split = HALVES if y.ndim == 1 else {}
        return loaded({"npz": {"file": "a.npz", **options}}, tmp_path, split=split).positive_label

    mostly = np.arange(40) % 4 > 0
    assert positive(mostly) == "True" and positive(mostly.astype(np.uint8), classes=2) == "1"
    masks = np.where(rng.random((40, 4, 4)) < 0.7, 7, 3)
    assert positive(masks) == "3" and positive(10 - masks) == "7"
    assert positive(np.arange(40) % 3) is None and positive(rng.normal(size=40)) is None
