"""The first part that is not as it must be is named."""

import pytest

from dlcli.storage import forms
from dlcli.storage.forms import FormError, each, maybe, number, one_of, record, table, text, whole

FORM = record(
    {"more": forms.boolean}, name=text, at=each(number, 2, 2), kind=one_of("a", "b"), counts=table(maybe(whole))
)
GOOD = {"name": "x", "at": [1, 2.5], "kind": "a", "counts": {"p": 3, "q": None}, "unknown": object()}


def test_what_is_right_passes():
    forms.check(FORM, GOOD)
    forms.check(FORM, GOOD | {"more": True})


@pytest.mark.parametrize(
    "change, path, says",
    [
        ({"name": 5}, "name", "5; expected text"),
        ({"at": [1]}, "at", "a list of 1; expected a list of 2 values"),
        ({"at": [1, True]}, "at.1", "expected a number"),
        ({"at": [1, float("inf")]}, "at.1", "expected a number"),
        ({"at": [1, 10**300]}, "at.1", "expected a number"),
        ({"at": [1, "1"]}, "at.1", "expected a number"),
        ({"kind": "c"}, "kind", "'c'; expected one of a, b"),
        ({"kind": ["a"]}, "kind", "expected one of"),
        ({"counts": {"p": -1}}, "counts.p", "a whole number from 0"),
        ({"counts": {"p": 1.0}}, "counts.p", "whole"),
        ({"counts": {"p": 1 << 60}}, "counts.p", "whole"),
        ({"counts": []}, "counts", "expected an object"),
        ({"more": 1}, "more", "true or false"),
        ({"more": "x" * 999}, "more", "'xxx"),
    ],
)
def test_what_is_wrong_is_named(change, path, says):
    with pytest.raises(FormError) as caught:
        forms.check(FORM, GOOD | change)
    assert caught.value.path == path and says in caught.value.problem and len(str(caught.value)) < 150
    assert isinstance(caught.value, ValueError) and str(caught.value) == f"{path}: {caught.value.problem}"


def test_what_is_missing_is_named():
    for name in ("name", "at", "kind", "counts"):
        with pytest.raises(FormError, match=f"{name}: is missing"):
            forms.check(FORM, {key: value for key, value in GOOD.items() if key != name})
    for value in (None, [], "x", 5):
        with pytest.raises(FormError, match="expected an object"):
            forms.check(FORM, value)


def test_a_digest_is_of_64_digits():
    forms.check(forms.sha256, "0a" * 32)
    for odd in ("0A" * 32, "0a" * 31, 5, None, "0g" * 32):
        with pytest.raises(FormError):
            forms.check(forms.sha256, odd)
