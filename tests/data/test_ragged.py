"""Columns whose rows differ in length: texts as tokens, recordings as frames."""

import json

import numpy as np
import pytest

from dlcli.data.columns.frames import Frames
from dlcli.data.fitted import column_of
from dlcli.data.inputs import fit_columns, lay_out, write_fields
from dlcli.data.ragged import Ragged
from dlcli.data.state import COLUMN
from dlcli.data.table import Column, Table
from dlcli.engine.registry import create
from dlcli.errors import ConfigErrors
from dlcli.storage.forms import FormError, check, record

TRAIN, ALL = np.arange(4), np.arange(6)
WORDS = ["a b a", "b", "", "c a b a b"]
TEXTS = Column(np.array([0, 1, 0, 1, 3, -1]), WORDS, "tokens")
FRAMES = [np.arange(2.0 * n).reshape(n, 2) + n for n in (3, 1, 2, 2, 5, 1)]


def learned(column: Column, prepare=()):
    table = Table({"c": column})
    (fitted,) = fit_columns(table, TRAIN, [create("data.prepare", step) for step in prepare])
    fields, _ = lay_out([fitted])
    (x,) = write_fields(table, ALL, [fitted], fields, "float32").values()
    return fitted, fields["x"], x


def round_trip(fitted) -> None:
    state = json.loads(json.dumps(fitted.state(), allow_nan=False))
    check(COLUMN, state)
    type(fitted).of(state).verify(state, "c")
    assert column_of(state) == fitted


def test_texts_become_ids_of_the_tokens_that_training_has():
    fitted, spec, x = learned(TEXTS)
    assert fitted.vocabulary.tokens == ["<unk>", "a", "b"] and (tuple(spec), spec.size, spec.lengths) == ((5,), 3, True)
    assert [x.row(i).tolist() for i in range(6)] == [[1, 2, 1], [2], [1, 2, 1], [2], [0, 1, 2, 1, 2], [0]]
    assert x.lengths.tolist() == [3, 1, 3, 1, 5, 1]
    assert fitted.lengths(Table({"c": TEXTS}), ALL).tolist() == x.lengths.tolist()
    assert fitted.unknown(TEXTS, ALL).tolist() == [False] * 5 + [True], "a text without a token says nothing"
    assert np.asarray(x)[4].tolist() == [0, 1, 2, 1, 2] and np.asarray(x)[1].tolist() == [2, 0, 0, 0, 0]
    round_trip(fitted)


def test_longer_texts_are_cut():
    _, spec, x = learned(Column(TEXTS.values, WORDS, "tokens", longest=2))
    assert tuple(spec) == (2,) and x.lengths.tolist() == [2, 1, 2, 1, 2, 1] and np.asarray(x)[4].tolist() == [0, 1]


def test_steps_for_numbers_do_nothing_with_tokens():
    with pytest.raises(ConfigErrors, match="becomes ids of tokens"):
        learned(TEXTS, [{"standardize": {"columns": ["c"]}}])


def test_a_vocabulary_that_is_none_is_refused():
    state = learned(TEXTS)[0].state()
    for changes in ({"kind": "nothing"}, {"tokens": ["a", "b"]}, {"tokens": ["<unk>", "a", "a"]}, {"tokens": [1]},
                    {"options": {"most": "x", "never": 1}}):
        with pytest.raises(FormError):
            column_of(state | {"vocabulary": state["vocabulary"] | changes})


def test_frames_are_prepared_by_the_real_ones_of_training():
    fitted, spec, x = learned(Column(Ragged.of(FRAMES), kind="frames"), ["standardize"])
    train = np.concatenate(FRAMES[:4])
    assert (tuple(spec), spec.dtype, spec.lengths) == ((5, 2), "float", True) and x.dtype == np.float32
    for i, frames in enumerate(FRAMES):
        np.testing.assert_allclose(x.row(i), (frames - train.mean(0)) / train.std(0), rtol=1e-6)
    assert not np.asarray(x)[1, 1:].any() and x.lengths.tolist() == [3, 1, 2, 2, 5, 1]
    round_trip(fitted)


@pytest.mark.parametrize("how", ["level", "mean", "mean_and_deviation"])
def test_frames_are_normalized_row_by_row(how):
    rows = [2 + x ** 2 for x in FRAMES]
    rows[2][:, 1] = 7.0
    fitted, _, x = learned(Column(Ragged.of(rows, 4), kind="frames", normalize=how))
    for i, frames in enumerate(row[:4] for row in rows):
        scale = np.where(frames.std(0) > 0, frames.std(0), np.inf) if how == "mean_and_deviation" else 1
        np.testing.assert_allclose(x.row(i), (frames - frames.mean(None if how == "level" else 0)) / scale, atol=1e-5)
    round_trip(fitted)
    for wrong in ("median", 1):
        with pytest.raises(FormError):
            check(record(**Frames.form), {"longest": 4, "sound": None, "normalize": wrong})


def test_rows_are_read_like_those_of_an_array():
    x = Ragged.of(FRAMES)
    whole = np.asarray(x)
    assert whole.shape == x.shape == (6, 5, 2)
    for key in (2, slice(1, 4), np.array([5, 0]), np.array([True, False] * 3)):
        np.testing.assert_array_equal(x[key], whole[key])
    out = np.full((2, 3, 2), np.nan)
    np.testing.assert_array_equal(x.take(np.array([4, 1]), 0, out), whole[[4, 1], :3])
    np.testing.assert_array_equal(np.asarray(x.rows(np.array([4, 1]))), whole[[4, 1]])
