"""The source `text_files`: texts by class, and files that hold none."""

import numpy as np
import pytest

from dlcli.errors import DataError
from dlcli.notices import listening
from tests.data.rig import loaded

POS, NEG = "good film\n\nfine film indeed\n  \ngood\nfine\n", "bad film\nvery bad film\nno\nnever\n"
EACH = {"files": {"pos": "pos.txt", "neg": "neg.txt"}}


def written(folder, pos=POS, neg=NEG, **options) -> dict:
    for name, text in (("pos", pos), ("neg", neg)):
        (folder / f"{name}.txt").write_bytes(text if isinstance(text, bytes) else text.encode())
    return {"text_files": EACH | options}


def texts(data, split: str) -> list[tuple[str, str]]:
    """(text, class) of each row, read back from its ids."""
    (column,), part = data.columns, data.splits[split]
    ids = part.inputs["x"]
    return [(column.vocabulary.decode(ids.row(i)), data.labels[t]) for i, t in enumerate(part.target)]


def heard(*args, **options) -> tuple:
    said = []
    with listening(said.append):
        data = loaded(*args, **options)
    return data, [str(each) for each in said]


def test_each_line_is_a_text_of_its_class(tmp_path):
    data, said = heard(written(tmp_path), tmp_path)
    assert texts(data, "train") == [(line.strip(), name) for name, text in (("pos", POS), ("neg", NEG))
                                    for line in text.splitlines() if line.strip()]
    assert data.labels == ["neg", "pos"] and data.positive_label == "pos"
    assert said == ["pos.txt and neg.txt: 8 texts; 2 empty texts passed over"]
    assert data.inputs["x"].lengths and tuple(data.inputs["x"]) == (3,)
    assert data.splits["train"].lengths["x"].tolist() == [2, 3, 1, 1, 2, 3, 1, 1]
    assert [record["written"] for record in data.files] == ["pos.txt", "neg.txt"]


def test_a_folder_for_each_class(tmp_path):
    for name, text in (("pos/1", "good\nfilm"), ("pos/deep/2", "fine"), ("neg/1", "bad"), ("neg/2", " \n")):
        (tmp_path / "set" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "set" / f"{name}.txt").write_text(text)
    (tmp_path / "set/neg/notes.md").write_text("no text")
    data, said = heard({"text_files": {"files": "set", "test": "set"}}, tmp_path)
    assert texts(data, "train") == [("bad", "neg"), ("good\nfilm", "pos"), ("fine", "pos")] == texts(data, "test")
    assert said[0] == "set: 1 file passed over that is no text file"
    assert "set: 3 texts; 1 empty text passed over" in said
    mixed = loaded({"text_files": {"files": {"a": ["set/pos", "set/neg/1.txt"], "b": "set/neg"}}}, tmp_path)
    assert [name for _, name in texts(mixed, "train")] == ["a"] * 3 + ["b"]
    (tmp_path / "set/pos/1.txt").write_text("another")
    with pytest.raises(DataError, match="not the file that the run was trained on"):
        loaded({"text_files": {"files": "set"}}, tmp_path, known=data.files)


def test_what_is_cut_and_what_is_unknown_is_said(tmp_path):
    source = written(tmp_path, longest=2, test={"neg": "new.txt"})
    (tmp_path / "new.txt").write_text("bad bad bad acting\nunheard of\n")
    data, said = heard(source, tmp_path)
    assert texts(data, "test") == [("bad bad", "neg"), ("<unk> <unk>", "neg")]
    assert said[1:] == ["train: 2 of 8 texts are longer than 2 words, and cut there",
                        "test: 1 of 2 texts is longer than 2 words, and cut there",
                        "test: 3 of 6 words (50.00%) are unknown, since the training texts do not have them"]
    assert data.unseen["test"] == {"text": (["unheard of"], 1)}
    assert np.asarray(data.splits["test"].inputs["x"]).shape == (2, 2)


@pytest.mark.parametrize("pos, options, where, problem, hint", [
    ("", {}, "pos.txt", "holds no text for the class 'pos'", None),
    (" \n\n", {}, "pos.txt", "holds no text", None),
    (b"good\nfine \xff film\n", {}, "pos.txt:2", "is not utf-8: byte 0xff", "encoding: latin-1"),
    (b"good\0\n", {}, "pos.txt:1", "NUL", None),
    (POS, {"files": {"pos": "pos.txt"}}, "pos.txt", "has one class, 'pos'", "two classes"),
    (POS, {"files": "pos.txt"}, "pos.txt", "nothing tells the classes", "{pos: a.txt, neg: b.txt}"),
    (POS, {"files": "."}, ".", "outside of the folders", "a folder of its own"),
    (POS, {"files": {"pos": "never.txt", "neg": "neg.txt"}}, "never.txt", "no such file", None),
    (POS, {"test": {"pos": "pos.txt", "new": "neg.txt"}}, "neg.txt:1", "'new'", None),
    ("... !!!", {"files": {"a": "pos.txt", "b": "pos.txt"}, "tokens": {"words": {"least": 9}}}, "text",
     "have no token", None),
])
def test_files_that_hold_none(tmp_path, pos, options, where, problem, hint):
    with pytest.raises(DataError, match=problem) as error:
        loaded(written(tmp_path, pos, **options), tmp_path)
    assert error.value.where == where and (hint is None or hint in error.value.hint)
