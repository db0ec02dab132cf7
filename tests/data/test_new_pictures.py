"""Pictures for a trained network, from whatever source it was trained on."""

import json
import os
import shutil

import numpy as np
import pytest
from PIL import Image

from dlcli.data.dataset import Data
from dlcli.data.new_rows import prepare_new
from dlcli.data.pictures.brightness import Appearance
from dlcli.data.pictures.listing import files_of, pictures_in
from dlcli.errors import DataError
from tests.data.pictures import encoded, folder, picture, two_classes
from tests.data.rig import csv, idx, loaded


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DLCLI_CACHE", str(tmp_path / "cache"))


def stored(data: Data) -> Data:
    return Data.of(json.loads(json.dumps(data.state(), allow_nan=False)))


def new(paths, data: Data, **options) -> np.ndarray:
    return np.asarray(prepare_new(paths, stored(data), **options).inputs["x"])


PICTURES = np.zeros((20, 6, 8), np.uint8)
PICTURES[:, 1:-1, 1:-1] = np.random.default_rng(0).integers(0, 256, (20, 4, 6))


def sources(tmp_path) -> dict:
    """The same grey pictures in every source; files of bytes that are not scaled, scaled ones, and fractions."""
    labels = np.arange(20, dtype=np.uint8) % 2
    (tmp_path / "i").write_bytes(idx(PICTURES))
    (tmp_path / "l").write_bytes(idx(labels))
    np.save(tmp_path / "f.npy", (PICTURES / 255).astype(np.float32))
    np.save(tmp_path / "w.npy", PICTURES.astype(np.uint16) * 257)
    np.save(tmp_path / "l.npy", labels)
    np.savez(tmp_path / "a.npz", x=PICTURES[..., None], y=labels)
    folder(tmp_path / "set", {f"{'ab'[i % 2]}/{i:02}.png": encoded(Image.fromarray(x)) for i, x in enumerate(PICTURES)})
    files = {"images": "i", "labels": "l"}
    return {
        "idx": {"idx": files},
        "flat": {"idx": files | {"layout": "flat"}},
        "bytes": {"idx": files | {"scale": False}},
        "fractions": {"npy": {"inputs": "f.npy", "target": "l.npy", "layout": "channel"}},
        "wide": {"npy": {"inputs": "w.npy", "target": "l.npy", "scale": True}},
        "npz": {"npz": {"file": "a.npz", "scale": True}},
        "folder": {"image_folder": {"path": "set"}},
    }


@pytest.mark.parametrize("kind", ["idx", "flat", "bytes", "fractions", "wide", "npz", "folder"])
@pytest.mark.parametrize("prepare", [[], [{"standardize": {"per": "all"}}], [{"minmax": {"range": [-1, 1]}}]],
                         ids=["as it is", "std", "minmax"])
def test_a_training_picture_reads_as_in_training(tmp_path, kind, prepare):
    data = loaded(sources(tmp_path)[kind], tmp_path, prepare=prepare)
    row = 2 if kind == "folder" else 4                  # the folder's rows are sorted by class
    (tmp_path / "p.png").write_bytes(encoded(Image.fromarray(PICTURES[4]).convert("RGB")))
    found = new([tmp_path / "p.png", tmp_path / "p.png"], data)
    assert np.allclose(found, data.splits["train"].inputs["x"][[row, row]], atol=1e-5) and found.dtype == np.float32


def test_ink_of_16_levels():
    data = loaded("digits")
    assert data.fitted.columns[0].picture.top == 16 and data.fitted.columns[0].picture.shape == [
        8,
        8,
        1,
    ]
    edge = data.fitted.columns[0].picture.edge
    assert 0 < edge < 0.2


def test_what_is_learned_of_the_training_pictures(tmp_path):
    """Also where values are missing at the edges or everywhere, and of one row."""
    def look(x) -> Appearance | None:
        np.savez(tmp_path / "a.npz", x=x, y=np.arange(len(x)) % 2)
        data = loaded({"npz": {"file": "a.npz"}}, tmp_path, prepare=[{"impute": {"strategy": "constant", "value": 0}}])
        return stored(data).fitted.columns[0].picture

    x = np.full((4, 3, 3), 0.5)
    assert look(x) == Appearance([3, 3, 1], 1.0, 0.5)
    x[:, 1, 1] = 100
    assert look(x).top == 255 and look(x).edge == pytest.approx(0.5 / 255)
    x[:, 0], x[:, -1], x[:, :, 0], x[:, :, -1] = [np.nan] * 4
    assert look(x) == Appearance([3, 3, 1], 255, None)
    assert look(np.full((4, 3, 3), np.nan)).top is None and look(-np.ones((4, 3, 3))).top is None
    assert look(np.ones((4, 2, 2, 3), bool)) == Appearance([2, 2, 3], 1.0, 1.0)
    assert look(np.arange(16, dtype=np.uint8).reshape(4, 1, 4)).top == 255 and look(np.ones((4, 3))) is None


def test_any_size_and_mode(tmp_path):
    data = loaded(sources(tmp_path)["idx"], tmp_path)
    grey = np.zeros((60, 80), np.uint8)
    grey[20:40] = 200
    for mode in ("L", "RGB", "RGBA", "CMYK", "P", "1", "I;16"):
        image = Image.fromarray(grey.astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(grey).convert(mode)
        (tmp_path / "p.tif").write_bytes(encoded(image, "TIFF"))
        found = new(tmp_path / "p.tif", data)
        assert found.shape == (1, 6, 8)
        if mode != "1":
            assert np.allclose(found[0, 2:4], 200 / 255, atol=0.15) and np.allclose(found[0, [0, 5]], 0, atol=0.02), (
                mode
            )


def test_the_way_the_training_data_was_fitted(tmp_path):
    folder(tmp_path / "set", two_classes(size=(40, 60)))
    wide = tmp_path / "set" / "cat" / "0.png"
    for fit in ("resize", "crop", "pad"):
        data = loaded({"image_folder": {"path": "set", "size": [8, 8], "fit": fit}}, tmp_path)
        assert np.array_equal(new(wide, data)[0], data.splits["train"].inputs["x"][0])


def test_dark_on_light_is_said_and_turned_round_on_demand(tmp_path, capsys):
    data = loaded(sources(tmp_path)["idx"], tmp_path)
    paper = 255 - PICTURES[3]
    (tmp_path / "paper.png").write_bytes(encoded(Image.fromarray(paper)))
    (tmp_path / "night.png").write_bytes(encoded(Image.fromarray(PICTURES[3])))
    assert np.allclose(new(tmp_path / "paper.png", data)[0], paper / 255)
    said = capsys.readouterr().err
    assert "paper.png: light background, and the training pictures have a dark one; --invert" in said
    assert (
        np.allclose(new(tmp_path / "paper.png", data, invert=True)[0], PICTURES[3] / 255)
        and capsys.readouterr().err == ""
    )
    new(tmp_path / "night.png", data)
    assert capsys.readouterr().err == ""
    new(tmp_path / "night.png", data, invert=True)
    assert "is --invert right?" in capsys.readouterr().err


def test_a_folder_of_classes_is_judged(tmp_path):
    data = loaded(sources(tmp_path)["idx"], tmp_path)
    folder(tmp_path / "more", {f"{i % 2}/{i}.png": encoded(Image.fromarray(PICTURES[i])) for i in range(6)})
    found = prepare_new(tmp_path / "more", stored(data), labelled=True)
    assert found.target.tolist() == [0, 0, 0, 1, 1, 1]
    assert np.allclose(np.asarray(found.inputs["x"]), data.splits["train"].inputs["x"][[0, 2, 4, 1, 3, 5]])


def test_the_background_of_a_folder_of_classes_is_compared(tmp_path, capsys):
    data = stored(loaded(sources(tmp_path)["idx"], tmp_path))
    for name, light in (("paper", 20), ("mixed", 9)):
        folder(
            tmp_path / name,
            {f"{i % 2}/{i}.png": encoded(Image.fromarray(255 - x if i < light else x)) for i, x in enumerate(PICTURES)},
        )
        prepare_new(tmp_path / name, data, labelled=True)
        said = capsys.readouterr().err
        assert (
            ("paper/0/0.png" in said and "light background" in said and "--invert" not in said)
            if name == "paper"
            else said == ""
        )


def test_a_folder_is_found_as_every_file_is(tmp_path, monkeypatch):
    data = stored(loaded(sources(tmp_path)["idx"], tmp_path))
    folder(
        tmp_path / "data" / "more", {f"{i % 2}/{i}.png": encoded(Image.fromarray(x)) for i, x in enumerate(PICTURES)}
    )
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("DLCLI_DATA", str(tmp_path / "data"))
    assert len(prepare_new("more", data, labelled=True)) == 20
    found = pictures_in("more")
    assert found.names[:2] == ["more/0/0.png", "more/0/10.png"] and len(prepare_new(found, data)) == 20


def test_the_pictures_of_a_folder_are_those_that_training_finds(tmp_path):
    folder(tmp_path / "real", two_classes() | {"cat/.hidden.png": b"", "cat/__MACOSX/1.png": b"", "dog/notes.txt": b""})
    (tmp_path / "set").mkdir()
    for name in ("cat", "dog"):
        os.symlink(tmp_path / "real" / name, tmp_path / "set" / name)
    data = loaded({"image_folder": {"path": "set"}}, tmp_path)
    found = pictures_in(str(tmp_path / "set"))
    assert [os.path.relpath(path, tmp_path / "set") for path in found.names] == sorted(two_classes())
    assert np.array_equal(new(found, data), data.splits["train"].inputs["x"])


def test_pictures_of_a_zip_file_are_those_of_a_folder(tmp_path, monkeypatch):
    """Whatever folders it has, or none: no class is asked for. What is hidden, and what is no picture, is passed
    over."""
    monkeypatch.chdir(tmp_path)
    data = stored(loaded(sources(tmp_path)["idx"], tmp_path))
    files = {f"{'ab/'[:i % 3]}/{i}.png".lstrip("/"): encoded(Image.fromarray(x)) for i, x in enumerate(PICTURES)}
    folder(tmp_path / "more", files | {"notes.txt": b"", "__MACOSX/1.png": b""})
    shutil.make_archive("more", "zip", "more")
    here, packed = pictures_in("more"), pictures_in("more.zip")
    assert [name.replace("more.zip/", "more/") for name in packed.names] == here.names and len(here) == 20
    assert np.array_equal(prepare_new(packed, data).inputs["x"], prepare_new(here, data).inputs["x"])
    folder(tmp_path / "none", {"notes.txt": b""})
    shutil.make_archive("none", "zip", "none")
    (tmp_path / "text.zip").write_text("hello")
    for name, problem in (
        ("none.zip", "holds no picture"),
        ("text.zip", "sound .zip file"),
        ("nosuch.zip", "no such file"),
    ):
        with pytest.raises(DataError, match=problem):
            pictures_in(name)


def test_the_sound_ones_among_broken_pictures(tmp_path, capsys):
    """Of a folder and of a .zip file with a damaged member."""
    data = stored(loaded(sources(tmp_path)["idx"], tmp_path))
    good = [encoded(Image.fromarray(x)) for x in PICTURES[:3]]
    folder(
        tmp_path / "some", {"0.png": good[0], "1.png": b"", "2.png": good[1], "3.png": good[2][:-40], "4.png": good[2]}
    )
    shutil.make_archive(tmp_path / "some", "zip", tmp_path / "some")
    for name in ("some", "some.zip"):
        bad = {}
        found = prepare_new(pictures_in(str(tmp_path / name)), data, unreadable=bad)
        assert np.array_equal(found.inputs["x"], data_rows(data, good, tmp_path)) and list(bad) == [1, 3]
        assert "1.png: is empty" in str(bad[1]) and "3.png: is damaged" in str(bad[3])
        with pytest.raises(DataError, match="1.png: is empty"):
            prepare_new(pictures_in(str(tmp_path / name)), data)
    with pytest.raises(DataError, match="1.png: is empty"):
        prepare_new(files_of([str(tmp_path / "some/1.png")]), data, unreadable={})


def data_rows(data, files: list[bytes], place) -> np.ndarray:
    for i, content in enumerate(files):
        (place / f"good{i}.png").write_bytes(content)
    return np.asarray(prepare_new([place / f"good{i}.png" for i in range(len(files))], data).inputs["x"])


def test_the_first_frame_of_an_animation_is_read_and_that_is_said(tmp_path, capsys):
    data = stored(loaded(sources(tmp_path)["idx"], tmp_path))
    first, second = (Image.fromarray(x) for x in PICTURES[:2])
    (tmp_path / "moving.gif").write_bytes(encoded(first, "GIF", save_all=True, append_images=[second]))
    (tmp_path / "still.gif").write_bytes(encoded(first, "GIF"))
    both = prepare_new([tmp_path / "moving.gif", tmp_path / "still.gif"], data).inputs["x"]
    said = capsys.readouterr().err
    assert (
        "1 of 2 pictures" in said
        and "moving.gif" in said
        and "only the first frame is read" in said
        and "still" not in said
    )
    assert np.array_equal(both[0], both[1])
    prepare_new(tmp_path / "still.gif", data)
    assert capsys.readouterr().err == ""


def test_how_many_backgrounds_are_light_is_said(tmp_path, capsys):
    data = stored(loaded(sources(tmp_path)["idx"], tmp_path))
    names = [f"{i}.png" for i in range(12)]
    folder(
        tmp_path,
        {name: encoded(Image.fromarray(255 - x if i < 7 else x)) for i, (name, x) in enumerate(zip(names, PICTURES))},
    )
    prepare_new([tmp_path / name for name in names], data)
    said = capsys.readouterr().err
    assert "7 of 12 pictures (" in said and "2.png, ...): light background" in said


def test_all_broken_pictures_are_told(tmp_path):
    data = loaded(sources(tmp_path)["idx"], tmp_path)
    folder(tmp_path, {"a.png": encoded(picture()), "b.png": b"", "c.png": encoded(picture())[:-40]})
    with pytest.raises(DataError, match="b.png: is empty") as caught:
        new([tmp_path / f"{name}.png" for name in "abcd"], data)
    assert (
        "2 more cannot be read" in caught.value.hint and "c.png" in caught.value.hint and "d.png" in caught.value.hint
    )


def test_pictures_that_do_not_fit(tmp_path):
    (tmp_path / "p.png").write_bytes(encoded(picture()))
    (tmp_path / "broken.png").write_bytes(encoded(picture())[:-40])
    (tmp_path / "text.jpg").write_text("hello")
    with pytest.raises(DataError, match="is a picture, and the run was trained on 'a', 'b'"):
        new(tmp_path / "p.png", loaded(csv(tmp_path, "a,b,y\n1,2,u\n3,4,v\n"), tmp_path))
    data = loaded(sources(tmp_path)["idx"], tmp_path)
    for name, problem in (("broken.png", "damaged"), ("text.jpg", "is not a picture"), ("none.png", "no such file")):
        with pytest.raises(DataError, match=problem):
            new(tmp_path / name, data)
    with pytest.raises(DataError, match="nothing tells its class"):
        prepare_new(tmp_path / "p.png", stored(data), labelled=True)
    np.save(tmp_path / "f.npy", np.random.default_rng(0).normal(size=(20, 6, 8)))
    with pytest.raises(DataError, match="nothing tells how bright"):
        new(tmp_path / "p.png", loaded({"npy": {"inputs": "f.npy", "target": "l.npy"}}, tmp_path))
