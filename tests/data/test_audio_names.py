"""What the names of recordings say, and which ones a split chooses by that."""

import pytest

from dlcli.data.audio.pattern import Incomparable, Pattern, Unselected, check_selection, selected

FACTS = {"n": ["0", "01", "5", "12"], "speaker": ["ann", "bob", "ann", "cy"]}


@pytest.mark.parametrize(("pattern", "path", "found"), [
    ("{label}_{speaker}_{n}", "0_george_12.wav", {"label": "0", "speaker": "george", "n": "12"}),
    ("{label}_{speaker}_{n}", "deep/er/0_george_12.wav", {"label": "0", "speaker": "george", "n": "12"}),
    ("{label}/{speaker}_nohash_{n}", "set/yes/a7_nohash_0.wav", {"label": "yes", "speaker": "a7", "n": "0"}),
    ("{label}/{x}/{n}", "a/b/c/d.flac", {"label": "b", "x": "c", "n": "d"}),
    ("digit{label}", "digit7.wav", {"label": "7"}),
    ("{label}-x", "für 1.5-x.wav", {"label": "für 1.5"}),
    ("{label}", "a.b.wav", {"label": "a.b"}),
    ("{label}_{speaker}_{n}", "0_george.wav", None),
    ("{label}_{speaker}_{n}", "0__12.wav", None),
    ("{label}_{speaker}_{n}", "_george_12.wav", None),
    ("{label}/{n}", "12.wav", None),
    ("a{label}a", "a.wav", None),
    ("a{label}a", "aa.wav", None),
    ("ab{label}ba", "aba.wav", None),
])
def test_parts_of_a_name(pattern, path, found):
    assert Pattern(pattern).fits(path) == ([] if found is None else [found])


def test_a_name_that_fits_in_two_ways():
    assert Pattern("{label}_{n}").fits("new_york_3.wav") == [
        {"label": "new", "n": "york_3"}, {"label": "new_york", "n": "3"}]
    assert len(Pattern("{label}--{n}").fits("a---b.wav")) == 2
    assert len(Pattern("{label}__{n}").fits("a__b_c.wav")) == 1
    long = "_" * 5000
    assert len(Pattern("{label}_{a}_{b}_{c}_{d}").fits(f"{long}.wav")) == 2, "in no time"
    assert Pattern("{label}_{a}_{b}_{c}_{d}_x").fits(f"{long}y.wav") == []


@pytest.mark.parametrize(("pattern", "problem"), [
    ("{speaker}_{n}", "needs the part {label} exactly once; it has {speaker} and {n}"), ("", "it has no part"),
    ("{label}_{label}", "exactly once"), ("{label}_{n}_{n}", "the part {n} more than once"),
    ("{label}{n}", "nothing between them"), ("{label}_{n", "a brace that belongs to no part"),
    ("{label}_{1n}", "a brace that belongs to no part"), ("{label}_}", "a brace"),
])
def test_what_is_no_pattern(pattern, problem):
    with pytest.raises(ValueError) as caught:
        Pattern(pattern)
    assert problem in str(caught.value)


@pytest.mark.parametrize(("selection", "rows"), [
    ({"n": "<5"}, [0, 1]), ({"n": "<= 5"}, [0, 1, 2]), ({"n": ">1"}, [2, 3]), ({"n": ">=-3"}, [0, 1, 2, 3]),
    ({"n": 1}, [1]), ({"n": "1"}, [1]), ({"n": [0, 12]}, [0, 3]), ({"speaker": "ann"}, [0, 2]),
    ({"speaker": ["bob", "cy"]}, [1, 3]), ({"speaker": "ann", "n": ">3"}, [2]), ({"speaker": "cy", "n": "<3"}, []),
    ({"n": ["<1", ">=12"]}, [0, 3]),
])
def test_a_choice(selection, rows):
    assert selected(selection, FACTS).nonzero()[0].tolist() == rows


def test_a_choice_that_nothing_fulfils_and_one_that_cannot_be_made():
    for selection, value in (({"speaker": ["ann", "eve"]}, "eve"), ({"n": 7}, 7), ({"n": "<0"}, "<0")):
        with pytest.raises(Unselected) as caught:
            selected(selection, FACTS)
        assert caught.value.value == value
    with pytest.raises(Incomparable) as caught:
        selected({"speaker": "<5"}, FACTS)
    assert (caught.value.row, caught.value.name, caught.value.text) == (0, "speaker", "ann")
    for selection, problem in (({"m": 1}, "names 'm', and the parts"), ({"n": []}, "selects nothing"),
                               ({}, "has no condition")):
        with pytest.raises(ValueError, match=problem):
            check_selection("test", selection, ["label", "n"])
