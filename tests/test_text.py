"""Text of users where people read it."""

import pytest

from dlcli.errors import DataError
from dlcli.text import closest, cut, first_of, listed, meant_or_all, printable, quoted, quoted_list, shorten


@pytest.mark.parametrize("text, shown", [
    ("abc \u00a0\u3000é猫👍[/x]\\n", "abc \u00a0\u3000é猫👍[/x]\\n"),
    ("\x1b[31m", r"\x1b[31m"), ("\x9b31m\x7f", r"\x9b31m\x7f"),
    ("a\nb\r\tc", r"a\nb\r\tc"), ("\u202eevil\u202c", r"\u202eevil\u202c"), ("a\u2028b\u2029", r"a\u2028b\u2029"),
    ("\u2066a\u2069\u200f\u200e\u061c", r"\u2066a\u2069\u200f\u200e\u061c"), ("", ""), (5, "5"),
    ("\udcff\ue000\U000e0001", r"\udcff\ue000\U000e0001"),
])
def test_what_has_no_sign_of_its_own_is_escaped(text, shown):
    assert printable(text) == shown and "\n" not in printable(text)


def test_an_error_has_the_lines_that_it_makes_itself():
    error = DataError("a\nb.csv:1", "has no\x1bcolumn", "write\u202e it\n so")
    assert str(error) == "a\\nb.csv:1: has no\\x1bcolumn\n  hint: write\\u202e it\\n so"
    assert error.document()["error"]["where"] == "a\nb.csv:1", "a document keeps what is"


def test_long_texts_are_cut():
    long = "a" * 41
    assert shorten(long) == "a" * 37 + "..." and shorten(long[1:]) == long[1:] and shorten("a\nb") == "a\\nb"
    assert quoted(long) == f"'{'a' * 37}...'" and quoted("it's") == '"it\'s"' and quoted(5) == "'5'"
    assert cut("猫猫猫", 5) == "猫猫…" and cut("abcdef", 5, end=True) == "…cdef" and cut("abc", 3) == "abc"


def test_lists_in_words():
    names = ["a", "b", "c"]
    assert [listed(names[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert listed(names, "or") == "a, b or c"
    assert first_of(names, 2) == "a, b, ..." and first_of(iter(names), 3) == "a, b, c"
    assert quoted_list(names, 2) == "'a', 'b' and 1 more" and quoted_list(names[:1]) == "'a'"


def test_what_was_meant():
    assert closest("tset", ["train", "test"]) == "test" and closest("x", ["train", "test"]) is None
    assert meant_or_all("tset", ["train", "test"]) == "did you mean 'test'?"
    assert meant_or_all("x", ["train", "test"]) == "there are: 'train', 'test'"
