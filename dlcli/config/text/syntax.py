"""YAML's syntax errors in plain words.

The parser says what it expected in terms of its own grammar; what a person needs is which character is out of place and
the mistake behind it. The message follows from the parser's sort of error and the characters at the place, so both
parsers of PyYAML lead to the same words.
"""

from dlcli.config.text.tree import Span

LONE_QUESTION_MARK = ("'?' announces a key, and none follows", "put the text in quotes")
"""Problem and hint. The versions of libyaml differ on what such a '?' means."""


Answer = tuple[Span, str, str | None]
"""Place, problem and hint."""


def explain_syntax(said: str, place: Span, begun: Span | None) -> Answer:
    """(place, problem, hint) from the parser's own problem, where it noticed, and where the construct begins."""
    for words, answer in ANSWERS:
        if any(word in said for word in words):
            return answer(said, place, begun or place)
    return place, "this is not valid YAML", None


def _here(problem: str, hint: str | None):
    """An answer about the place at which the parser noticed."""
    return lambda said, place, begun: (place, problem, hint)


def _begun(problem: str, hint: str | None):
    """An answer about the beginning of the construct."""
    return lambda said, place, begun: (begun, problem, hint)


def _character(said: str, place: Span, begun: Span) -> Answer:
    text = _rest(place)
    if text.startswith("\t"):
        return place, "a tab cannot indent YAML", "indent with spaces"
    return place, f"a value cannot begin with '{text[:1]}'", "put the text in quotes"


def _colon(said: str, place: Span, begun: Span) -> Answer:
    text = before(place)
    if ": " in text:
        return (
            place,
            "a second ':' on this line",
            "put a text that holds ': ' in quotes, or begin a new line for the inner key",
        )
    indent = len(text) - len(text.lstrip())
    place = place._replace(column=indent + 1, length=max(1, len(text) - indent))
    hint = (
        "is it indented differently from its neighbours, or is a ':' or a space after ':' missing in the line before?"
    )
    return place, "a key cannot stand here", hint


def _bracket(said: str, place: Span, begun: Span) -> Answer:
    bracket = "]" if "']'" in said else "}"
    if _rest(place).startswith(":"):
        hint = f"is the closing '{bracket}' missing before this, or do quotes belong around a text with ':'?"
        return place, f"expected ',' or '{bracket}' here, got ':'", hint
    problem = f"the bracket that opens here is not closed by '{bracket}'"
    return begun, problem, f"is a ',' or the '{bracket}' missing?"


def _out_of_place(said: str, place: Span, begun: Span) -> Answer:
    text = _rest(place)
    if not text and place.line >= len(place.source.lines):
        return place, "the text ends in the middle of something", "is a bracket, a quote or a value missing?"
    if text.startswith(("}", "]")):
        return place, f"'{text[0]}' closes a bracket that was not opened", None
    if before(place).strip():
        return place, f"'{text[:1]}' cannot stand here", "put quotes around the whole text, or take one away"
    if text.startswith("-"):
        return place, "a list entry cannot stand here", "are its neighbours indented differently?"
    return (
        place,
        "this line does not fit to the lines above it",
        "give it the indentation of the key or the entry that it belongs beside",
    )


def _reference(said: str, place: Span, begun: Span) -> Answer:
    sign = _rest(begun)[:1]
    return begun, f"'{sign}' begins an alias or anchor, which a config cannot hold", "put the text in quotes"


ANSWERS = (
    (("cannot start any token", "violates indentation"), _character),
    (("mapping keys are not allowed",), _here(*LONE_QUESTION_MARK)),
    (("mapping values are not allowed",), _colon),
    (
        ("could not find expected ':'",),
        _begun(
            "this line is neither `key: value` nor a list entry",
            "write a space after ':' of a key, or after '-' of an entry",
        ),
    ),
    (
        ("sequence entries are not allowed",),
        _here("a list cannot begin on the line of its key", "begin it on the next line, or write [a, b]"),
    ),
    (("end of stream",), _begun("a quote that opens here is never closed", "close it, or take it away")),
    (("',' or",), _bracket),
    (
        ("escape", "hexadecimal", "hexdecimal"),
        _here(
            "this escape is not one of YAML's",
            r"in double quotes write \\ for a backslash, or use single quotes",
        ),
    ),
    (("node content", "expected key", "block end", "'-' indicator"), _out_of_place),
    (
        ("document start",),
        _here(
            "more text follows after the end of the document", "a config is one YAML document: take the '...' out"
        ),
    ),
    (
        ("comment or line break", "chomping", "indentation indicator"),
        _here(
            "nothing but a line break may follow '|' or '>'", "put a text that begins with such a sign in quotes"
        ),
    ),
    (("alphabetic or numeric",), _reference),
    (("directive", "incompatible YAML"), _here("'%' directives are not allowed", None)),
)
"""What to answer to the parser's words; the first that it says count."""


def _rest(place: Span) -> str:
    lines = place.source.lines
    return lines[place.line - 1][place.column - 1:] if place.line <= len(lines) else ""


def before(place: Span) -> str:
    """The text of the line up to a place."""
    lines = place.source.lines
    return lines[place.line - 1][:place.column - 1] if place.line <= len(lines) else ""
