"""Text of users where people read it."""

import pytest

from dlcli.errors import DataError
from dlcli.text import printable


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
