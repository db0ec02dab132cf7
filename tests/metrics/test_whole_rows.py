"""Metrics of whole rows: edit distances by the plain recursion, rates by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from dlcli.engine.plans import Answers
from dlcli.engine.registry import create
from dlcli.engine.spec import Spec
from dlcli.metrics.formulas.edit_distance import edit_distance, edits
from dlcli.training.scores import Scores


def plain(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y)))
    return row[-1]


def test_edit_distance_is_the_plain_recursion():
    rng = np.random.default_rng(0)
    for _ in range(300):
        a, b = (rng.integers(0, rng.integers(1, 5), rng.integers(0, 12)) for _ in range(2))
        assert edit_distance(a, b) == plain(a.tolist(), b.tolist())
        pairs = edits(a, b)
        assert [x for x, _ in pairs if x is not None] == a.tolist()
        assert [y for _, y in pairs if y is not None] == b.tolist()
        assert sum(x != y for x, y in pairs) == edit_distance(a, b)
    kitten, sitting = (np.array([ord(c) for c in word]) for word in ("kitten", "sitting"))
    assert edit_distance(kitten, sitting) == 3


def values(t, rows, targets):
    found = []
    for kind in ("token_error_rate", "sequence_accuracy"):
        metric = create("metrics", kind)
        metric.start(t)
        for part in (slice(0, 1), slice(1, None)):
            metric.update(rows[part], rows[part], targets[part])
        found.append(metric.result())
    return found


def test_outputs_of_ctc_are_decoded():
    """Rows of lengths of their own, the blank being class 3."""
    paths = [[0, 0, 3, 0, 1], [3, 2, 2], [3, 3, 3, 3], [1]]
    # right, one missing, right, one too many
    targets = [np.array(row, int) for row in ([0, 0, 1], [1, 2], [], [])]
    rows = [np.eye(4)[path] for path in paths]
    assert values(Spec((5,), "int", size=3, lengths=True), rows, targets) == [2 / 5, 2 / 4]


def test_other_outputs_have_a_token_per_place():
    rows = [np.eye(3)[[0, 0, 1]], np.eye(3)[[2]]]
    assert values(Spec((3,), "int", size=3), rows, [np.array([0, 0, 2]), np.array([2])]) == [1 / 4, 1 / 2]
    rows = [np.array([[0.9], [0.2]]), np.array([0.7, 0.6])]                     # probabilities of class 1, of two
    assert values(Spec((2,), "int", size=2), rows, [np.array([1, 0]), np.array([0, 1])]) == [1 / 4, 1 / 2]


def test_without_target_tokens_there_is_no_rate():
    rate, right = values(Spec((3,), "int", size=2, lengths=True), [np.eye(3)[[2, 2]]] * 2, [np.zeros(0, int)] * 2)
    assert np.isnan(rate) and right == 1


@pytest.mark.parametrize("kind", ["token_error_rate", "sequence_accuracy"])
def test_a_row_must_be_a_sequence(kind):
    with pytest.raises(ValueError, match=f"{kind} needs a sequence of class ids"):
        create("metrics", kind).start(Spec((), "int", size=3))


def test_whole_rows_and_places_stand_side_by_side():
    """In any order, none of them sees what is padded, or the form that the other gets."""
    t = Spec((3,), "int", size=2, lengths=True)
    loss, output = create("losses", "cross_entropy"), SimpleNamespace(spec=Spec((3, 2), lengths=True))
    network = SimpleNamespace(loss=loss, graph=SimpleNamespace(values=[output], output=0))
    lengths = np.array([3, 1])
    batch = Answers(4 * np.eye(2)[[[0, 1, 1], [1, 0, 0]]], np.array([[0, 1, 0], [1, 1, 1]]), lengths, lengths)
    kinds = ("accuracy", "token_error_rate", "expected_calibration_error", "sequence_accuracy", "mse")
    alone, together = {}, {}
    for group in (*((kind,) for kind in kinds), kinds):
        scores = Scores(network, {kind: create("metrics", kind) for kind in group}, t, None)
        scores.start()
        scores.add(batch)
        together = scores.results()
        alone |= together if len(group) == 1 else {}
    assert together == alone
    assert (together["accuracy"], together["token_error_rate"], together["sequence_accuracy"]) == (3 / 4, 1 / 4, 1 / 2)
