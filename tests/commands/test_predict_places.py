"""dlcli predict where a row has a class at each of its places: along a sequence, in a picture, in a volume."""

import csv
import json
import tracemalloc

import numpy as np
import pytest

from dlcli.data.dataset import Data
from dlcli.engine.spec import Spec
from dlcli.evaluation.answers import answers

CONFIG = """\
data: {source: {npz: {file: a.npz}}, split: {train: 1.0}}
network: [{linear: {units: 2}}]
loss: cross_entropy
optimizer: adam
training: {epochs: 1}
"""


@pytest.mark.parametrize("places", [(5,), (4, 3), (2, 4, 3)])
def test_places_along_any_axes(dlcli, tmp_path, places):
    x = np.random.default_rng(0).normal(0, 1, (30, *places, 3))
    np.savez(tmp_path / "a.npz", x=x, y=(x[..., 0] > 0).astype(np.uint8))
    (tmp_path / "c.yaml").write_text(CONFIG)
    assert dlcli("train", "c.yaml", "--quiet").status == 0
    found = dlcli("predict", "last", "a.npz", "--json", "-o", "p.jsonl").document["predictions"]
    assert [json.loads(line) for line in (tmp_path / "p.jsonl").read_text().splitlines()] == found
    assert all(list(row) == ["classes", "ids", "probability"] and row["classes"] == ["0", "1"] for row in found)
    ids, probability = (np.array([row[name] for row in found]) for name in ("ids", "probability"))
    assert (
        ids.shape == probability.shape == (30, *places) and set(np.unique(ids)) == {0, 1} and probability.min() >= 0.5
    )
    out = dlcli("predict", "last", "a.npz", "-o", "p.csv").out
    with open(tmp_path / "p.csv") as file:
        written = list(csv.DictReader(file))
    if len(places) == 1:
        sequence = " ".join(map(str, ids[0]))
        assert written[0] == {"label": sequence} and out.splitlines()[1].split(maxsplit=1) == ["1", sequence]
    else:
        assert list(written[0]) == ["share of 0", "share of 1"] and "share of the pixels" in out
        assert [float(row["share of 1"]) for row in written] == pytest.approx(ids.reshape(30, -1).mean(1))


def test_a_picture_takes_less_room_than_its_scores():
    shares = np.random.default_rng(0).random((20, 32, 32, 11), np.float32)
    data = Data({}, {}, Spec((32, 32), "int", 11), "classification", list("abcdefghijk"))
    tracemalloc.start()
    found = answers(shares, data)
    kept, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < shares.nbytes / 5 and most < shares.nbytes / 2
    assert all(
        (row["ids"] == p.argmax(-1)).all() and (row["probability"] == p.max(-1)).all()
        for row, p in zip(found, shares, strict=True)
    )


def test_one_output_at_each_place_is_the_share_of_class_1():
    data = Data({}, {}, Spec((3,), "int", 2), "classification", ["no", "yes"])
    row, = answers(np.array([[0.25, 0.875, 0.5]], np.float32), data)
    assert row["ids"].tolist() == [0, 1, 0] and row["probability"].tolist() == [0.75, 0.875, 0.5]
