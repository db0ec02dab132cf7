"""YAML's syntax errors in plain words.

The parser says what it expected in terms of its own grammar; what a person needs is which character is out of place and
the mistake behind it. The message follows from the parser's sort of error and the characters at the place, so both
parsers of PyYAML lead to the same words.
"""

from dlcli.config.text.tree import Span

LONE_QUESTION_MARK = ("'?' announces a key, and none follows", "put the text in quotes")
"""Problem and hint. The versions of libyaml differ on what such a '?' means."""


def explain_syntax(problem: str, place: Span, begun: Span | None) -> tuple[Span, str, str | None]:
    """(place, problem, hint) from the parser's own problem, where it noticed, and where the construct begins."""
    text, begin = _rest(place), before(place)
    at_end = not text and place.line >= len(place.source.lines)
    if "cannot start any token" in problem or "violates indentation" in problem:
        return _character(text, place)
    if "mapping keys are not allowed" in problem:
        return place, *LONE_QUESTION_MARK
    if "mapping values are not allowed" in problem:
        return _colon(begin, place)
    if "could not find expected ':'" in problem:
        hint = "write a space after ':' of a key, or after '-' of an entry"
        return begun or place, "this line is neither `key: value` nor a list entry", hint
    if "sequence entries are not allowed" in problem:
        return place, "a list cannot begin on the line of its key", "begin it on the next line, or write [a, b]"
    if "end of stream" in problem:
        return begun or place, "a quote that opens here is never closed", "close it, or take it away"
    if "',' or" in problem:
        bracket = "]" if "']'" in problem else "}"
        if text.startswith(":"):
            hint = f"is the closing '{bracket}' missing before this, or do quotes belong around a text with ':'?"
            return place, f"expected ',' or '{bracket}' here, got ':'", hint
        return (
            begun or place,
            f"the bracket that opens here is not closed by '{bracket}'",
            f"is a ',' or the '{bracket}' missing?",
        )
    if "escape" in problem or "hexadecimal" in problem or "hexdecimal" in problem:
        return (
            place,
            "this escape is not one of YAML's",
            r"in double quotes write \\ for a backslash, or use single quotes",
        )
    if "node content" in problem or "expected key" in problem or "block end" in problem or "'-' indicator" in problem:
        return _out_of_place(text, begin, place, at_end)
    if "document start" in problem:
        return (
            place,
            "more text follows after the end of the document",
            "a config is one YAML document: take the '...' out",
        )
    if "comment or line break" in problem or "chomping" in problem or "indentation indicator" in problem:
        return (
            place,
            "nothing but a line break may follow '|' or '>'",
            "put a text that begins with such a sign in quotes",
        )
    if "alphabetic or numeric" in problem:
        place = begun or place
        return (
            place,
            f"'{_rest(place)[:1]}' begins an alias or anchor, which a config cannot hold",
            "put the text in quotes",
        )
    if "directive" in problem or "incompatible YAML" in problem:
        return place, "'%' directives are not allowed", None
    return place, "this is not valid YAML", None


def _character(text: str, place: Span) -> tuple[Span, str, str | None]:
    if text.startswith("\t"):
        return place, "a tab cannot indent YAML", "indent with spaces"
    return place, f"a value cannot begin with '{text[:1]}'", "put the text in quotes"


def _colon(before: str, place: Span) -> tuple[Span, str, str | None]:
    if ": " in before:
        return (
            place,
            "a second ':' on this line",
            "put a text that holds ': ' in quotes, or begin a new line for the inner key",
        )
    indent = len(before) - len(before.lstrip())
    place = place._replace(column=indent + 1, length=max(1, len(before) - indent))
    hint = (
        "is it indented differently from its neighbours, or is a ':' or a space after ':' missing in the line before?"
    )
    return place, "a key cannot stand here", hint


def _out_of_place(text: str, before: str, place: Span, at_end: bool) -> tuple[Span, str, str | None]:
    if at_end:
        return place, "the text ends in the middle of something", "is a bracket, a quote or a value missing?"
    if text[:1] in "}]":
        return place, f"'{text[0]}' closes a bracket that was not opened", None
    if before.strip():
        return place, f"'{text[:1]}' cannot stand here", "put quotes around the whole text, or take one away"
    if text.startswith("-"):
        return place, "a list entry cannot stand here", "are its neighbours indented differently?"
    return (
        place,
        "this line does not fit to the lines above it",
        "give it the indentation of the key or the entry that it belongs beside",
    )


def _rest(place: Span) -> str:
    lines = place.source.lines
    return lines[place.line - 1][place.column - 1:] if place.line <= len(lines) else ""


def before(place: Span) -> str:
    """The text of the line up to a place."""
    lines = place.source.lines
    return lines[place.line - 1][:place.column - 1] if place.line <= len(lines) else ""
