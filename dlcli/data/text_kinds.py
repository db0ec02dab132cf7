"""Texts that are no categories: numbers in another notation, and dates."""

import re
from collections.abc import Collection

NOTATION = ("numbers are written as 1234.5 or 1.2e-3: a decimal point, no thousands separators, no %, unit or "
            "currency, no nan or inf")
MOST_UNITS = 3
"""A quantity's column has one unit, or a few spellings of it; what has more of them is a code, such as a flat's 12A,
12B, ... 12F."""
FEW = 10
"""Up to so many different quantities may be sizes or classes: 36 months and 60 months, 2WD and 4WD."""

_SPACE = r"[ \u00a0\u2009\u202f]*"
_SIGN = r"[+\-\u2212]?"
_DIGITS = r"(?:[0-9](?:[ \u00a0\u2009\u202f]?[0-9.,_'\u2019])*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?"
_MONEY = r"(?:US\$|[$\u20ac\u00a3\u00a5\u20b9\u20bd\u20a9\u20ba]|USD|EUR|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|BRL|Rs\.?)"
_AMOUNT = f"{_SIGN}{_MONEY}?{_SPACE}{_SIGN}{_DIGITS}{_SPACE}(?:{_MONEY}|[%\u2030])?"
NUMBER = re.compile(rf"{_AMOUNT}|\({_AMOUNT}\)|0[xX][0-9a-fA-F]+|{_SIGN}(?:nan|inf|infinity)", re.IGNORECASE)
"""Surely a number: separators, a currency or per cent, the brackets of accountants, hexadecimal."""
QUANTITY = re.compile(rf"{_SIGN}{_DIGITS}{_SPACE}(?P<unit>(?!(?:st|nd|rd|th)\b)[^\W\d_][^\W\d_]{{0,11}}|"
                      rf"[\u00b0\"\u2033][cf]?|[^\W\d_]{{1,6}}[\u00b2\u00b3/][^\W\d_]{{0,6}})"
                      rf"|[0-9]{{1,3}}:[0-9]{{2}}(?::[0-9]{{2}}(?:\.[0-9]+)?)?{_SPACE}(?:[ap]\.?m\.?)?"
                      rf"|{_SIGN}(?:[0-9]+ )?[0-9]+/[0-9]+", re.IGNORECASE)
"""A number with a unit, a time or a fraction: quantities if there are many different ones, else they may be
categories."""
_MONTH = (r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|"
          r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)")
DATE = re.compile(r"(?:[12][0-9]{3}(?:[-/][0-9]{1,2}|([-/.])[0-9]{1,2}\1[0-9]{1,2})|[0-9]{1,2}[-/][12][0-9]{3}"
                  r"|[0-9]{1,2}([-/.])[0-9]{1,2}\2(?:[12][0-9])?[0-9]{2}"
                  rf"|[0-9]{{1,2}}[- .]*{_MONTH}[- ,.]*[0-9]{{2,4}}"
                  rf"|{_MONTH}[- ]+[0-9]{{1,2}},? +[0-9]{{4}}|{_MONTH}[- ][0-9]{{4}})"
                  r"(?:(?:T|,? )[0-9]{1,2}:[0-9]{2}.*)?", re.IGNORECASE)


def numbers_in_another_notation(texts: Collection[str]) -> set[str]:
    """Those of a column's different texts that are numbers, written in another way than is read here. Real categories
    such as A1, 5th, 10-19 or a few sizes in kg are not."""
    found = {text for text in texts if NUMBER.fullmatch(text)}
    quantities = {text: match["unit"] for text in texts if text not in found and (match := QUANTITY.fullmatch(text))}
    units = {unit.lower() for unit in quantities.values() if unit}
    return found | set(quantities) if len(quantities) > FEW and len(units) <= MOST_UNITS else found


def are_dates(texts: Collection[str]) -> bool:
    """Whether most of a column's different texts are dates."""
    return 2 * sum(bool(DATE.fullmatch(text)) for text in texts) > len(texts)
