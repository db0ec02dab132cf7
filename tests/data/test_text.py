"""The source `text`: windows of a running text, its vocabulary, its splits, and texts that are none."""

import json

import numpy as np
import pytest

from dlcli.data.dataset import Data
from dlcli.engine.registry import create, kinds
from dlcli.errors import ConfigError, DataError
from dlcli.notices import listening
from tests.data.rig import loaded

TEXT = "the cat sat on the mat. the dog ran.\n" * 20


def source(folder, text: str | bytes = TEXT, name: str = "a.txt", **options) -> dict:
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return {"text": {"file": name, "window": 8, **options}}


def test_each_place_has_the_token_behind_it_and_no_window_crosses_a_border(tmp_path):
    data = loaded(source(tmp_path), tmp_path, split={"validation": 0.2, "test": 0.1})
    vocabulary = data.columns[0].vocabulary
    read = {name: "".join(vocabulary.decode(row) for row in np.asarray(split.inputs["x"]))
            for name, split in data.splits.items()}
    ends = {"train": round(0.7 * len(TEXT)), "validation": round(0.9 * len(TEXT)), "test": len(TEXT)}
    start = 0
    for name, end in ends.items():
        split = data.splits[name]
        x, t = np.asarray(split.inputs["x"]), np.asarray(split.target)
        own = TEXT[start:end]
        assert read[name] == own[:8 * ((len(own) - 1) // 8)] and len(split) == (len(own) - 1) // 8
        assert (x[:, 1:] == t[:, :-1]).all() and (x[1:, 0] == t[:-1, -1]).all()
        assert vocabulary.decode(t[-1, -1:]) == own[8 * len(split)]
        assert split.begins.tolist() == [True] + [False] * (len(split) - 1)
        start = end
    assert data.task == "classification" and data.streams and data.target.size == len(vocabulary)


def test_the_vocabulary_is_that_of_the_training_part(tmp_path):
    heard = []
    with listening(heard.append):
        data = loaded(source(tmp_path, "abcab" * 20 + "xyzab" * 20), tmp_path, split={"validation": 0.5})
    vocabulary = data.columns[0].vocabulary
    assert vocabulary.tokens == ["<unk>", "a", "b", "c"]
    assert (np.asarray(data.splits["validation"].inputs["x"]) == 0).mean() == pytest.approx(0.6, abs=0.02)
    assert any("60 of 100 characters (60.00%) are unknown" in str(said) for said in heard)
    assert data.target.counts == (0, 40, 40, 20)


def test_files_are_texts_of_their_own(tmp_path):
    for name, text in (("a.txt", "ab" * 10), ("b.txt", "ba" * 10)):
        source(tmp_path, text, name)
    data = loaded({"text": {"file": ["a.txt", "b.txt"], "window": 8}}, tmp_path)
    assert data.splits["train"].begins.tolist() == [True, False, True, False]
    parts = loaded({"text": {"file": {"train": "a.txt", "test": "b.txt"}, "window": 8}}, tmp_path)
    assert parts.rows == {"train": 2, "test": 2} and parts.division.given == {"test": 2}


def test_a_trace_tells_which_places_of_the_text_a_split_has(tmp_path):
    data = loaded(source(tmp_path), tmp_path, split={"validation": 0.2})
    train, held = (data.traces[name] for name in ("train", "validation"))
    assert train.origin == held.origin and train.total == held.total == -(-len(TEXT) // 64)
    assert sorted([*train.numbers, *held.numbers]) == list(range(train.total)) and train.hashes is None


def test_random_places_are_drawn_anew_in_each_epoch_and_keyed(tmp_path):
    made = [loaded(source(tmp_path, places="random"), tmp_path, seed=seed).splits["train"] for seed in (1, 1, 2)]
    rows = np.arange(len(made[0]))

    def read(split, epoch):
        out = np.empty((len(rows), 8), np.int64)
        split.inputs["x"].take(rows, 0, out, "clip", epoch)
        target = np.empty_like(out)
        split.target.take(rows, 0, target, "clip", epoch)
        assert (out[:, 1:] == target[:, :-1]).all(), "inputs and targets are drawn together"
        return out.tolist()
    assert read(made[0], 0) == read(made[1], 0) != read(made[0], 1) and read(made[2], 0) != read(made[0], 0)
    assert np.asarray(made[0].inputs["x"])[0].tolist() == read_in_order(tmp_path), "an evaluation reads them in order"


def read_in_order(folder) -> list[int]:
    return np.asarray(loaded(source(folder), folder).splits["train"].inputs["x"])[0].tolist()


@pytest.mark.parametrize("kind", kinds("data.tokens"))
def test_tokenizers_go_there_and_back_and_through_a_checkpoint(kind, tmp_path):
    if kind == "byte_pair":
        pytest.importorskip("tokenizers")
    data = loaded(source(tmp_path, tokens={kind: {"size": 300}} if kind == "byte_pair" else kind), tmp_path)
    stored = Data.of(json.loads(json.dumps(data.state(), allow_nan=False)))
    for vocabulary in (data.columns[0].vocabulary, stored.columns[0].vocabulary):
        ids = vocabulary.encode("the cat sat. the dog ran.")
        assert ids.dtype == np.int32 and 0 < ids.min() and ids.max() < len(vocabulary)
        assert vocabulary.decode(ids) == "the cat sat. the dog ran."
    assert stored.columns == data.columns and stored.fitted.target.follows and stored.inputs == data.inputs


def test_vocabularies_are_bounded(tmp_path):
    words = create("data.tokens", {"words": {"most": 2}}).learn(["b b b a a c"])
    assert words.tokens == ["<unk>", "b", "a"]
    assert create("data.tokens", {"words": {"least": 3}}).learn(["b b b a a c"]).tokens == ["<unk>", "b"]
    assert create("data.tokens", {"characters": {"most": 1}}).learn(["aab"]).tokens == ["<unk>", "a"]
    cut = create("data.tokens", {"words": {"lower": False}})
    learned = cut.learn(["It's (a) test!\nIt's"])
    assert learned.tokens[1:] == ["It's", "\n", "!", "(", ")", "a", "test"]
    assert cut.decode(["It's", "(", "a", ")", "test", "!", "\n", "It's"], learned) == "It's (a) test!\nIt's"


@pytest.mark.parametrize("text, options, split, problem", [
    (b"", {}, {}, "holds no text"),
    (b" \n ", {}, {}, "holds no text"),
    (b"abc\n\xff\xfeabc", {}, {}, r"a.txt:2.*is not utf-8: byte 0xff"),
    (b"abc\0" * 50, {}, {}, "NUL"),
    (b"aaaaaaaaaaaaaaaaaaaa", {}, {}, "a single character"),
    (b"abababab", {}, {}, "has 8 characters, and a window needs 9"),
    (b"ab" * 50, {}, {"validation": 0.05}, "split.validation.*a window needs 9"),
])
def test_a_text_that_is_none(text, options, split, problem, tmp_path):
    with pytest.raises(DataError, match=problem):
        loaded(source(tmp_path, text, **options), tmp_path, split=split)


@pytest.mark.parametrize("settings, where", [
    ({"prepare": ["standardize"]}, "data.prepare.0"), ({"positive": "a"}, "data.positive"),
    ({"sampling": "balanced"}, "data.sampling"), ({"augment": ["flip"]}, "data.augment"),
    ({"split": {"stratify": True}}, "data.split.stratify"), ({"split": {"seed": 3}}, "data.split.seed"),
])
def test_options_that_are_for_other_data(settings, where, tmp_path):
    with pytest.raises(ConfigError) as raised:
        loaded(source(tmp_path), tmp_path, **settings)
    assert raised.value.where == where


def test_ends_of_lines_and_a_mark_at_the_beginning_are_no_characters(tmp_path):
    data = loaded(source(tmp_path, b"\xef\xbb\xbfab\r\nab\rab\n" * 10), tmp_path)
    assert set(data.columns[0].vocabulary.tokens) == {"<unk>", "\n", "a", "b", "\ufeff"}       # marks within are
    assert loaded(source(tmp_path, b"\xe9\xe8" * 20, encoding="latin-1"), tmp_path).labels[1:] == ["è", "é"]
