"""dlcli explain-prediction, evaluate under noise and attacks, and the filters of runs show."""

import gc
import io
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlcli.api._explanation import _titles
from dlcli.artifacts.run import Run
from dlcli.cli import main
from dlcli.evaluation.saliency import Explainer
from dlcli.training.state import part
from tests.data.pictures import encoded
from tests.training.pictures import CONFIG, build, folder, pictures

PNG = b"\x89PNG\r\n\x1a\n"
LONG = ("training.epochs=10", "data.prepare=[standardize]")


@pytest.fixture(scope="module")
def bars(tmp_path_factory) -> Path:
    """A run that tells bars that stand (1) from bars that lie (0)."""
    place = tmp_path_factory.mktemp("bars")
    (place / "bars.yaml").write_text(
        CONFIG.replace("train-", f"{folder()}/train-").replace("test-", f"{folder()}/test-")
    )
    before = Path.cwd()
    try:
        os.chdir(place)
        assert main(["train", "bars.yaml", *LONG, "--quiet", "--json"]) == 0
    finally:
        os.chdir(before)
        gc.enable()
    return next((place / "runs").glob("bars-*"))


@pytest.fixture(scope="module")
def lens(bars) -> Explainer:
    lens = Explainer(build(*LONG))
    lens.load(part(Run.open(bars).load("last"), "model"))
    return lens


def test_a_picture_and_the_numbers(dlcli, bars, tmp_path):
    document = dlcli("explain-prediction", bars, "--row", 3, "--json").document
    assert (tmp_path / document["file"]).read_bytes().startswith(PNG) and document["file"] == "test-3-explained.png"
    assert document["label"] == document["explained"] == document["target"] == "0" and document["probability"] > 0.9
    maps = [np.array(document[name]) for name in ("saliency", "integrated_gradients")]
    assert all(m.shape == (8, 8) for m in maps) and maps[0].min() >= 0
    assert document["attribution_sum"] == pytest.approx(maps[1].sum())
    assert document["relative_error"] <= 0.01 and "error" not in document and document["input"] == "row 3 of test"
    assert document["attribution_sum"] == pytest.approx(document["score"] - document["baseline_score"], rel=0.011)
    text = dlcli("explain-prediction", bars, "--row", 3, "-o", "why.png").out
    assert "sure: 0" in text and "the data say 0" in text and "picture in why.png" in text
    assert (tmp_path / "why.png").read_bytes() == (tmp_path / "test-3-explained.png").read_bytes()


def test_a_tiff_that_is_stored_turned_is_explained_as_it_is_seen(undrawn, dlcli, bars, tmp_path):
    """By `predict` too, and in a .zip file."""
    shown = np.arange(64, dtype=np.uint8).reshape(8, 8) * 3
    exif = Image.Exif()
    (tmp_path / "1.png").write_bytes(encoded(Image.fromarray(shown)))
    for turn, stored in ((3, shown[::-1, ::-1]), (6, np.rot90(shown)), (8, np.rot90(shown, -1))):
        exif[274] = turn
        (tmp_path / f"{turn}.tif").write_bytes(encoded(Image.fromarray(stored.copy()), "TIFF", exif=exif))
    names = ["1.png", "3.tif", "6.tif", "8.tif"]
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as file:
        for name in names:
            file.write(tmp_path / name, name)
    parts = ("probability", "saliency", "integrated_gradients")
    explained = [dlcli("explain-prediction", bars, name, "--json").document for name in names]
    assert all(found[part] == explained[0][part] for found in explained for part in parts)
    for given in (names, ["all.zip"]):
        rows = dlcli("predict", bars, *given, "--json").document["predictions"]
        assert len(rows) == 4 and all(row["probabilities"] == rows[0]["probabilities"] for row in rows)


def test_what_counts_is_the_bar(lens):
    """In nearly all pictures, the pixels of the bar speak for the class, by far more than the others."""
    test, x = build(*LONG).data.splits["test"], pictures("test")[..., 0]
    right = []
    for row in range(12):
        found = lens.explain(test.rows(np.array([row])), row % 2)
        bar = np.zeros((8, 8), bool)
        bar[(slice(None), x[row].mean(0).argmax()) if row % 2 else (x[row].mean(1).argmax(), slice(None))] = True
        attribution = found.attribution["x"][..., 0]
        right.append(attribution[bar].mean() > attribution[~bar].mean() + attribution[~bar].std())
        assert found.relative_error <= 0.01
    assert sum(right) >= 10


@pytest.mark.parametrize("wanted", [0, 1])
def test_the_gradient_is_that_of_the_score(lens, wanted):
    """Against differences of the score, per unit from black to white."""
    x = {"x": build(*LONG).data.splits["test"].inputs["x"][5].astype(float)}
    slope = lens.explain(build(*LONG).data.splits["test"].rows(np.array([5])), wanted).gradient["x"]
    v = np.random.default_rng(0).standard_normal(slope.shape)
    from dlcli.training.attacks import scale_of

    scale, h = scale_of(lens.experiment.data, "x"), 1e-6
    step = h * v * (scale.high - scale.low)
    _, (up, down), _ = lens.gradients([{"x": x["x"] + step}, {"x": x["x"] - step}], wanted)
    assert (up - down) / (2 * h) == pytest.approx((slope * v).sum(), rel=1e-5)


def test_another_class(undrawn, dlcli, bars):
    mine = dlcli("explain-prediction", bars, "--row", 3, "--json").document
    other = dlcli("explain-prediction", bars, "--row", 3, "--class", "1", "--json").document
    assert other["explained"] == "1" and other["label"] == "0" and other["score"] < mine["score"]
    wrong = dlcli("explain-prediction", bars, "--row", 3, "--class", "2")
    assert wrong.status == 2 and "there are 0 and 1" in wrong.err


@pytest.mark.parametrize(
    "wanted, headline", [("3", "why not 3: 98 % sure: 8"), ("8", "why 8: 98 % sure: 8"), (None, "98 % sure: 8")]
)
def test_the_headline_says_which_class_is_asked_for(wanted, headline):
    found = {"label": "8", "probability": 0.98, "probabilities": {"3": 0.02, "8": 0.98}}
    assert _titles(found, ["3", "8"], wanted)[1] == headline


def test_the_name_stands_beside_the_headline():
    """Of a long one the end, as far as there is room."""
    from PIL import Image

    from dlcli.figures.explanation import Panels, draw

    def top(name: str) -> np.ndarray:
        empty = np.zeros((2, 2))
        seen = np.array(
            Image.open(io.BytesIO(draw(Panels(empty, empty, empty, name, "98 % sure: 8", "", "", "")))).convert("L")
        )
        return np.flatnonzero((seen[:40] < 200).any(0))

    headline, short, long = top(""), top("bar.png, run bars"), top("x" * 300 + ", run bars")
    end = headline.max()
    assert short.max() > 1450 and end + 50 < long[long > end].min() < short[short > end].min()


def test_the_picture_has_the_name_of_what_it_explains(dlcli, bars, tmp_path):
    from PIL import Image

    for name in ("bar.png", "other.png"):
        Image.fromarray(pictures("test")[4, ..., 0]).save(tmp_path / name)
        assert dlcli("explain-prediction", bars, name).status == 0
    assert (tmp_path / "bar-explained.png").read_bytes() != (tmp_path / "other-explained.png").read_bytes()


def test_a_dark_thing_on_a_light_page(undrawn, dlcli, tmp_path):
    """It is compared with a white picture, or its attribution would be 0 where it is black; the sum is still that of
    the scores."""
    x = np.full((60, 6, 6), 255, np.uint8)
    x[::2, 1:3, 2:4] = 0
    x[1::2, 3:5, 2:4] = 0
    np.savez(tmp_path / "a.npz", x=x, y=np.arange(60) % 2)
    (tmp_path / "c.yaml").write_text("data: {source: {npz: {file: a.npz, scale: true}}, split: {test: 0.2}}\n"
                                     "network: [flatten, {linear: {units: 4}}, tanh, {linear: {units: 2}}]\n"
                                     "loss: cross_entropy\noptimizer: adam\ntraining: {epochs: 5}\n")
    assert dlcli("train", "c.yaml", "--quiet").status == 0
    document = dlcli("explain-prediction", "last", "--row", 1, "--json").document
    assert document["baseline"] == "a white picture" and document["relative_error"] <= 0.01
    assert document["attribution_sum"] == pytest.approx(document["score"] - document["baseline_score"], rel=0.011)
    seen = np.array(document["integrated_gradients"]) != 0
    rows = slice(1, 3) if document["target"] == "0" else slice(3, 5)
    assert seen[rows, 2:4].all() and seen.sum() == 4
    assert "of a white picture" in dlcli("explain-prediction", "last", "--row", 1).out


def test_a_picture_file_is_brought_to_the_input(undrawn, dlcli, bars, tmp_path):
    from PIL import Image

    Image.fromarray(pictures("test")[4, ..., 0]).save(tmp_path / "bar.png")
    file, row = (dlcli("explain-prediction", bars, *what, "--json").document for what in (["bar.png"], ["--row", 5]))
    assert file["file"] == "bar-explained.png" and "target" not in file
    assert file["score"] == row["score"] and file["integrated_gradients"] == row["integrated_gradients"]
    assert dlcli("explain-prediction", bars, "bar.png", "--invert", "--json").document["score"] != file["score"]


def test_a_picture_of_a_folder(undrawn, dlcli, bars, tmp_path):
    from PIL import Image

    (tmp_path / "set").mkdir()
    for row in range(3):
        Image.fromarray(pictures("test")[row, ..., 0]).save(tmp_path / "set" / f"bar{row}.png")
    found = dlcli("explain-prediction", bars, "set", "--row", 2, "--json").document
    assert (
        found["file"] == "set-bar1-explained.png"
        and found["baseline"] == "a black picture"
        and found["input"] == "set/bar1.png"
    )
    assert found["score"] == dlcli("explain-prediction", bars, "set/bar1.png", "--json").document["score"]
    assert "there are 3 rows" in dlcli("explain-prediction", bars, "set", "--row", 4).err
    assert "there is 1 row\n" in dlcli("explain-prediction", bars, "set/bar1.png", "--row", 4).err
    (tmp_path / "set" / "bar0.png").write_bytes(b"")        # not the one that is asked for
    assert dlcli("explain-prediction", bars, "set", "--row", 2).out.startswith("set/bar1.png: ")


def test_a_picture_of_a_zip_file(undrawn, dlcli, bars, tmp_path):
    from PIL import Image

    for name in ("set/a/1.png", "set/b/1.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pictures("test")[3, ..., 0]).save(tmp_path / name)
    shutil.make_archive("set", "zip", "set")
    for options in ([], ["--invert"]):
        packed, plain = (
            dlcli("explain-prediction", bars, name, "--row", 2, "--json", *options).document
            for name in ("set.zip", "set")
        )
        assert packed["input"] == "set.zip/b/1.png" and packed["file"] == plain["file"] == "b-1-explained.png"
        assert packed["score"] == plain["score"]


def test_each_picture_has_a_file_of_its_own(undrawn, dlcli, bars, tmp_path):
    from PIL import Image

    for name in ("img.002.png", "set/a/7.png", "set/b/7.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pictures("test")[0, ..., 0]).save(tmp_path / name)
    assert dlcli("explain-prediction", bars, "img.002.png", "--json").document["file"] == "img.002-explained.png"
    assert dlcli("explain-prediction", bars, "set/", "--row", 2, "--json").document["file"] == "b-7-explained.png"
    for name, file in (
        ("set/a/7.png", "a-7"),
        ("set/b/7.png", "b-7"),
        (tmp_path / "set/b/7.png", "b-7"),
        ("./img.002.png", "img.002"),
        ("set/../img.002.png", "img.002"),
    ):
        assert dlcli("explain-prediction", bars, name, "--json").document["file"] == f"{file}-explained.png"


def test_nothing_but_pictures_can_be_inverted(dlcli, bars, tmp_path):
    np.savez(tmp_path / "rows.npz", x=pictures("test")[..., 0])
    for what in (["--row", 1], ["rows.npz"]):
        refused = dlcli("explain-prediction", bars, *what, "--invert")
        assert refused.status == 2 and "--invert" in refused.err


def test_a_checkpoint_that_does_not_fit(dlcli, bars, tmp_path):
    shutil.copytree(bars, tmp_path / "copy")
    run = Run.open(tmp_path / "copy")
    checkpoint = run.load("last")
    del checkpoint.arrays["model/conv2d1.W"]
    run.save(checkpoint, checkpoint.state["step"])
    for command in ("explain-prediction", "evaluate"):
        result = dlcli(command, "copy", *(["--row", 1] if command != "evaluate" else []))
        assert (
            result.status == 5 and "holds no array 'conv2d1.W'" in result.err and "do not belong together" in result.err
        )


def test_what_cannot_be_explained(dlcli, bars, wine, diabetes, tmp_path):
    assert dlcli("explain-prediction", bars).status == 2
    assert dlcli("explain-prediction", bars, "--row", 97).status == 4
    assert dlcli("explain-prediction", bars, "--row", 0).status == 2
    assert dlcli("explain-prediction", bars, "nosuch.png").status == 4
    assert dlcli("explain-prediction", bars, "--row", 1, "-o", "a.jpg").status == 2
    assert dlcli("explain-prediction", bars, "--row", 1, "-o", "no/folder.png").status == 7
    table = dlcli("explain-prediction", wine, "--row", 1)
    assert table.status == 4 and "reads no picture" in table.err
    assert not list(tmp_path.glob("*.png"))
