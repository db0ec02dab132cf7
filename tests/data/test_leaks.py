"""Nothing is learned outside the training split, and the same seed gives the same bytes."""

import hashlib
import json

import numpy as np
import pytest

from tests.data.rig import csv, loaded

STEPS = [{"impute": {"indicators": True}}, {"log": {"columns": ["b"]}}, "standardize", "minmax"]


def text(rows: int, seed: int, poison: float = 0.0) -> str:
    rng = np.random.default_rng(seed)
    lines = ["a,b,c,d,y"]
    for i in range(rows):
        a = "" if rng.random() < 0.2 and not poison else f"{rng.normal() + poison:.6f}"
        c, d = ("strange" if poison else rng.choice(["u", "v", ""])), rng.choice(["p", "q"])
        lines.append(f"{a},{rng.random() * 9 + poison:.6f},{c},{d},{('no', 'yes')[i % 2]}")
    return "\n".join(lines) + "\n"


def digest(dataset) -> str:
    h = hashlib.sha256(dataset.target.tobytes())
    for name in sorted(dataset.inputs):
        h.update(dataset.inputs[name].tobytes())
    return h.hexdigest()


def by_file(folder, other: str, **options):
    source = csv(folder, text(60, 0), file={"train": "a.csv", "validation": "v.csv", "test": "t.csv"}, **options)
    (folder / "v.csv").write_text(other)
    (folder / "t.csv").write_text(other)
    return loaded(source, folder, prepare=STEPS)


@pytest.mark.parametrize("options", [{}, {"categories": "ordinal"}, {"types": {"c": "embedded"}}])
def test_poisoned_files_change_nothing_that_is_learned(tmp_path, options):
    clean, poisoned = by_file(tmp_path, text(20, 1), **options), by_file(tmp_path, text(20, 1, poison=1e6), **options)
    assert json.dumps(clean.fitted.state()) == json.dumps(poisoned.fitted.state())
    assert digest(clean.splits["train"]) == digest(poisoned.splits["train"])
    assert digest(clean.splits["test"]) != digest(poisoned.splits["test"])
    assert (clean.positive, clean.labels, clean.target.counts) == (
        poisoned.positive,
        poisoned.labels,
        poisoned.target.counts,
    )


def test_poisoned_rows_of_one_file_change_nothing_that_is_learned(tmp_path):
    split = {"train": 0.5, "validation": 0.25, "test": 0.25, "shuffle": False}
    first = text(40, 0)
    clean, poisoned = (loaded(csv(tmp_path, first + other.split("\n", 1)[1]), tmp_path, split=split, prepare=STEPS)
                       for other in (text(40, 1), text(40, 1, poison=1e6)))
    assert json.dumps(clean.fitted.state()) == json.dumps(poisoned.fitted.state())
    assert digest(clean.splits["train"]) == digest(poisoned.splits["train"])


def test_a_poisoned_test_target_changes_no_scale(tmp_path):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(50, 3)), rng.normal(size=(50, 2))
    np.savez(tmp_path / "a.npz", x=x, y=y)
    fitted = []
    for factor in (1, 1e6):
        np.savez(tmp_path / "b.npz", x=x * factor, y=y * factor)
        data = loaded(
            {"npz": {"file": {"train": "a.npz", "test": "b.npz"}}}, tmp_path, prepare=["standardize", "scale_target"]
        )
        fitted.append(json.dumps(data.fitted.state()))
    assert fitted[0] == fitted[1]


def test_poisoned_targets_of_one_file_change_no_scale(tmp_path):
    lines = [f"{i},{i * 1.5}" for i in range(40)]
    split = {"train": 0.5, "test": 0.5, "shuffle": False}
    clean, poisoned = (
        loaded(csv(tmp_path, "\n".join(["a,y", *lines[:20], *other])), tmp_path, split=split, prepare=["scale_target"])
        for other in (lines[20:], [line + "e6" for line in lines[20:]])
    )
    assert clean.fitted == poisoned.fitted


def test_unseen_categories_become_zeros_and_id_0(tmp_path):
    poisoned = by_file(tmp_path, text(20, 1, poison=5.0), types={"d": "embedded"}).splits["test"].inputs["numeric"]
    assert not poisoned[:, 3:].any()
    embedded = by_file(tmp_path, text(20, 1, poison=5.0), types={"c": "embedded"}).splits["test"].inputs["c"]
    assert not embedded.any()


def test_equal_seeds_give_equal_bytes(tmp_path):
    source, split = csv(tmp_path, text(80, 0)), {"validation": 0.2, "test": 0.2}
    once, twice, other = (
        {name: digest(s) for name, s in loaded(source, tmp_path, seed=seed, split=split, prepare=STEPS).splits.items()}
        for seed in (1, 1, 2)
    )
    assert once == twice and not set(once.values()) & set(other.values())
