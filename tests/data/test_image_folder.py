"""Pictures in one folder per class, on the disk and in archives."""

import io
import os
import stat
import zipfile

import numpy as np
import pytest
from PIL import Image

from dlcli.data.files import folder as folder_files
from dlcli.data.load import describe
from dlcli.data.pictures import decoded_set
from dlcli.data.settings import DataSettings
from dlcli.errors import DataError
from tests.data.pictures import archive, encoded, folder, picture, pixels, refused, source, two_classes
from tests.data.rig import loaded


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DLCLI_CACHE", str(tmp_path / "cache"))


def expected(files: dict[str, bytes]) -> np.ndarray:
    return np.stack(
        [np.asarray(Image.open(io.BytesIO(files[name])).convert("RGB")) for name in sorted(files)]
    ) / np.float32(255)


def test_a_folder_and_an_archive_give_the_same(tmp_path):
    files = two_classes()
    folder(tmp_path / "set", files)
    archive(tmp_path / "set.zip", {f"outer/{name}": data for name, data in files.items()})
    for name in ("set", "set.zip"):
        data = loaded(source(name), tmp_path)
        assert data.labels == ["cat", "dog"] and data.inputs["x"] == (6, 8, 3) and data.target_name == "class"
        assert data.splits["train"].target.tolist() == [0, 0, 0, 1, 1, 1]
        assert np.array_equal(pixels(data), expected(files)) and pixels(data).dtype == np.float32


def test_a_test_set_and_a_split(tmp_path):
    folder(tmp_path / "set", two_classes(10))
    folder(tmp_path / "more", two_classes(2))
    data = loaded(
        source(test="more"), tmp_path, split={"validation": 0.2}, prepare=[{"standardize": {"per": "channel"}}]
    )
    assert data.rows == {"train": 16, "validation": 4, "test": 4}
    assert np.allclose(pixels(data).mean((0, 1, 2)), 0, atol=1e-5) and np.allclose(
        pixels(data).std((0, 1, 2)), 1, atol=1e-4
    )
    assert [record["written"] for record in data.files] == ["set", "more"] and all(
        record["sha256"] for record in data.files
    )


def test_a_description_decodes_nothing(tmp_path, monkeypatch):
    folder(tmp_path / "set", two_classes())
    monkeypatch.setattr(decoded_set, "decode", None)
    data = describe(DataSettings(source=source(), prepare=["standardize"]), tmp_path)
    assert data.inputs["x"] == (6, 8, 3) and data.rows == {"train": 6} and data.labels == ["cat", "dog"]


def test_blocks_that_are_full_at_the_last_picture(tmp_path, monkeypatch):
    """As those of pictures that are larger than a block always are."""
    folder(tmp_path / "set", two_classes())
    whole = pixels(loaded(source(), tmp_path))
    for number, block in enumerate((1, 3 * 144, 4 * 144)):
        monkeypatch.setattr(decoded_set, "VERSION", f"block {number}")
        monkeypatch.setattr(decoded_set, "BLOCK", block)
        assert np.array_equal(pixels(loaded(source(), tmp_path)), whole)


def test_a_test_folder_may_hold_a_single_class(tmp_path):
    folder(tmp_path / "set", two_classes())
    folder(tmp_path / "dogs", {name: data for name, data in two_classes().items() if name.startswith("dog")})
    data = loaded(source(test="dogs"), tmp_path)
    assert data.labels == ["cat", "dog"] and data.splits["test"].target.tolist() == [1, 1, 1]


def test_broken_pictures_are_all_told(tmp_path):
    bad = {"cat/b.png": b"", "dog/c.jpg": b"no picture", "dog/d.png": encoded(picture())[:-40]}
    where, problem, hint = refused(tmp_path, two_classes() | bad)
    # what the headers show
    assert where == "set/cat/b.png" and problem == "is empty" and "1 more cannot be read: set/dog/c.jpg" in hint


def test_links_that_lead_nowhere(tmp_path):
    place = folder(tmp_path / "set", two_classes())
    os.symlink("nowhere.txt", place / "cat" / "a.txt")
    assert loaded(source(), tmp_path).rows == {"train": 6}
    os.symlink("nowhere.png", place / "cat" / "a.png")
    os.symlink("b.png", place / "cat" / "b.png")
    (place / "dog" / "c.png").write_bytes(b"")
    for read in (loaded, lambda source, base: describe(DataSettings(source=source), base)):
        with pytest.raises(DataError, match="cannot be opened: No such file") as caught:
            read(source(), tmp_path)
        assert (
            caught.value.where == "set/cat/a.png"
            and "2 more cannot be read: set/cat/b.png, set/dog/c.png" in caught.value.hint
        )


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="a file that is opened and cannot be read")
def test_a_picture_that_the_disk_does_not_give(tmp_path):
    place = folder(tmp_path / "set", two_classes())
    os.symlink("/proc/self/mem", place / "cat" / "a.png")
    with pytest.raises(DataError, match="cannot be read: Input/output error") as caught:
        loaded(source(), tmp_path)
    assert caught.value.where == "set/cat/a.png"


def test_what_was_wrong_and_how_many_more_are(tmp_path):
    """The advice on the first picture does not take the place of the others' names."""
    wide = encoded(Image.new("I", (8, 6), 70_000), "TIFF")
    _, _, hint = refused(tmp_path, two_classes() | {"cat/a.tif": wide, **{f"dog/{i}.jpg": b"no" for i in range(6)}})
    assert (
        hint.startswith("6 more cannot be read: set/dog/0.jpg, ")
        and "dog/5" not in hint
        and "the source `npy` reads them" in hint
    )


def test_a_picture_that_was_cut_short(tmp_path):
    where, problem, hint = refused(tmp_path, two_classes() | {"dog/d.png": encoded(picture())[:-40]})
    assert where == "set/dog/d.png" and problem.startswith("is damaged or cut short") and "take it out" in hint


def test_an_animation_is_said_once(tmp_path, capsys):
    frames = [Image.new("RGB", (8, 6), colour) for colour in ((255, 0, 0), (0, 255, 0))]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    folder(tmp_path / "set", two_classes() | {"cat/a.gif": data, "cat/b.gif": data})
    found = loaded(source(), tmp_path)
    assert "of 2 animated pictures only the first frame" in capsys.readouterr().err
    assert pixels(found)[3, 0, 0].tolist() == [1, 0, 0]
    loaded(source(), tmp_path)
    assert capsys.readouterr().err == ""


def test_other_files_are_passed_over(tmp_path, capsys):
    extra = {
        "cat/notes.txt": b"x",
        "README.md": b"x",
        "cat/.DS_Store": b"x",
        "__MACOSX/cat/._0.png": b"x",
        "dog/Thumbs.db": b"x",
    }
    folder(tmp_path / "set", two_classes() | extra)
    archive(tmp_path / "set.zip", two_classes() | extra)
    for name in ("set", "set.zip"):
        assert loaded(source(name), tmp_path).rows == {"train": 6}
        assert f"{name}: 2 files passed over that are no pictures" in capsys.readouterr().err


def test_nested_folders_belong_to_the_outermost_class(tmp_path):
    folder(tmp_path / "set", two_classes() | {"cat/kittens/young/1.png": encoded(picture(7))})
    data = loaded(source(), tmp_path)
    assert data.splits["train"].target.tolist() == [0, 0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    "files, problem",
    [
        ({"cat/1.png": b"x"}, "has one class, 'cat'"),
        ({"a.txt": b"x"}, "holds no picture"),
        ({"1.png": b"x"}, "outside of the folders"),
        (
            {"train/cat/1.png": b"x", "train/dog/1.png": b"x", "test/cat/2.png": b"x"},
            "'test', 'train', which are splits",
        ),
        (two_classes() | {"1.png": b"x"}, "'1.png' outside of the folders"),
        ({"a\n/1.png": b"x", "b/1.png": b"x"}, "cannot be printed"),
    ],
)
def test_folders_that_are_no_classes(tmp_path, files, problem):
    where, found, _ = refused(tmp_path, files)
    assert where == "set" and problem in found


def test_an_empty_class(tmp_path):
    place = folder(tmp_path / "set", two_classes())
    (place / "bird").mkdir()
    with pytest.raises(DataError, match="the class 'bird' has no picture"):
        loaded(source(), tmp_path)
    archive(tmp_path / "a.zip", two_classes() | {"bird/": b"", "cat/": b"", "dog/": b""})
    with pytest.raises(DataError, match="the class 'bird' has no picture"):
        loaded(source("a.zip"), tmp_path)


def test_a_class_that_training_has_not(tmp_path):
    folder(tmp_path / "set", two_classes())
    folder(tmp_path / "more", {"cat/1.png": encoded(picture()), "emu/1.png": encoded(picture())})
    with pytest.raises(DataError, match="no class 'emu'") as caught:
        loaded(source(test="more"), tmp_path)
    assert caught.value.where == "more/emu/1.png"


def test_archives_made_to_harm(tmp_path, monkeypatch):
    for name in ("../cat/1.png", "/cat/1.png", "cat/../../1.png", "cat\\1.png", "C:/1.png", "cat//1.png"):
        archive(tmp_path / "a.zip", two_classes() | {name: b"x"})
        with pytest.raises(DataError, match="no name of a file in an archive"):
            loaded(source("a.zip"), tmp_path)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        link = zipfile.ZipInfo("cat/1.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/etc/passwd")
    with pytest.raises(DataError, match="'cat/1.png' is a link"):
        loaded(source("a.zip"), tmp_path)
    archive(tmp_path / "a.zip", two_classes() | {"cat/9.png": bytes(65 << 20)})
    with pytest.raises(DataError, match="unpacks to 68,157,440 bytes"):
        loaded(source("a.zip"), tmp_path)
    data = bytearray(archive(tmp_path / "a.zip", two_classes()).read_bytes())
    for cut in (data[:-10], data[:100], b"", b"hello"):
        (tmp_path / "a.zip").write_bytes(cut)
        with pytest.raises(DataError, match="neither a folder nor a sound .zip file"):
            loaded(source("a.zip"), tmp_path)
    data[60:90] = bytes(30)
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(DataError, match="cannot be unpacked|is damaged|not a picture"):
        loaded(source("a.zip"), tmp_path)
    monkeypatch.setattr(folder_files, "MAX_FILES", 4)
    for name in (archive(tmp_path / "a.zip", two_classes()), folder(tmp_path / "set", two_classes())):
        with pytest.raises(DataError, match="more than 4 files"):
            loaded(source(str(name)), tmp_path)


def test_a_folder_that_leads_into_itself_or_to_a_pipe(tmp_path):
    place = folder(tmp_path / "set", two_classes())
    os.symlink("..", place / "cat" / "up")
    with pytest.raises(DataError, match="more than 16 folders deep"):
        loaded(source(), tmp_path)
    (place / "cat" / "up").unlink()
    os.mkfifo(place / "cat" / "a.png")
    with pytest.raises(DataError, match="is not a file"):
        loaded(source(), tmp_path)


def test_a_changed_folder_is_refused_and_a_moved_one_is_not(tmp_path):
    folder(tmp_path / "a" / "set", two_classes())
    known = loaded(source(), tmp_path / "a").files
    os.rename(tmp_path / "a", tmp_path / "b")
    os.utime(tmp_path / "b" / "set" / "cat" / "0.png", (1, 1))
    assert loaded(source(), tmp_path / "b", known=known).files[0]["sha256"] == known[0]["sha256"]
    (tmp_path / "b" / "set" / "cat" / "0.png").write_bytes(encoded(picture(99)))
    with pytest.raises(DataError, match="not the file that the run was trained on"):
        loaded(source(), tmp_path / "b", known=known)
