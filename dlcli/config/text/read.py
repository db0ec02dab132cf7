"""From bytes to a tree with positions: YAML 1.2, bounded in size and depth, with no way to name code or to multiply
itself."""

import re
from unicodedata import name as character_name

from dlcli.config.text.problem import Problem
from dlcli.config.text.tree import Node, SourceText, Span
from dlcli.config.text.yaml import Composer, Stop
from dlcli.errors import ConfigErrors

MAX_BYTES = 1 << 20
LINE_BREAK = re.compile("\r\n|\r|\n")
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
MAX_FORBIDDEN = 10


def read(data: bytes, name: str) -> tuple[Node, SourceText, list[Problem]]:
    """The tree of one file, its source, and what is wrong in it so far. ConfigErrors if there is no tree to go on
    with."""
    source = SourceText(name, ["(not text)"])
    if len(data) > MAX_BYTES:
        raise ConfigErrors([Problem(Span(SourceText(name)), "", f"the file has more than {MAX_BYTES:,} bytes",
                                    "data belongs in a file that `data.source` names")])
    text = _decode(data, name)
    source = SourceText(name, LINE_BREAK.split(text))
    problems = []
    tree = compose(text, source, problems)
    if tree is None or not isinstance(tree.value, dict):
        if not problems:
            problems.append(_not_a_config(tree, source))
        raise ConfigErrors(problems)
    return tree, source, problems


def compose(text: str, source: SourceText, problems: list[Problem], line: int = 1, column: int = 1) -> Node | None:
    """The tree of a YAML text that begins at a line and column of its source; problems are added to the list.

    None if the text cannot be read to its end.
    """
    found = len(problems)
    for match in FORBIDDEN.finditer(text):
        before = LINE_BREAK.split(text[:match.start()])
        place = Span(source, line + len(before) - 1, len(before[-1]) + (column if len(before) == 1 else 1))
        code = ord(match[0])
        what = character_name(match[0], "a control character")
        problems.append(Problem(place, "", f"the character U+{code:04X} ({what}) cannot stand in a config",
                                f'in a text in double quotes, write \\u{code:04x}' if code else None))
        if len(problems) - found == MAX_FORBIDDEN:
            break
    if len(problems) > found:
        return None
    try:
        return Composer(text, source, problems, line, column).document()
    except Stop:
        return None


def _decode(data: bytes, name: str) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ConfigErrors([Problem(Span(SourceText(name)), "", "the file is UTF-16", "save it as UTF-8")])
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        lines = LINE_BREAK.split(data[: error.start].decode("utf-8"))
        source = SourceText(name, LINE_BREAK.split(data.decode("utf-8", "replace")))
        place = Span(source, len(lines), len(lines[-1]) + 1)
        raise ConfigErrors(
            [Problem(place, "", f"byte 0x{data[error.start]:02x} is not UTF-8", "save the file as UTF-8")]
        ) from None


def _not_a_config(tree: Node | None, source: SourceText) -> Problem:
    if tree is None or tree.value is None:
        return Problem(Span(source), "", "the config is empty", "it needs at least data, network, loss and optimizer")
    if isinstance(tree.value, str) and re.search(r":\S", tree.written or ""):
        return Problem(tree.span, "", "this is read as one text, not as `key: value`", "write a space after each ':'")
    what = "a list" if isinstance(tree.value, list) else "one value"
    return Problem(
        tree.span,
        "",
        f"expected a mapping of sections (data, network, loss, ...), got {what}",
        "write `key: value` lines",
    )
