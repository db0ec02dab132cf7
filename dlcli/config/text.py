"""From bytes to a tree with positions: YAML 1.2, bounded in size and depth, with no way to name code or to multiply itself.

PyYAML only splits the text into events. Everything that it would decide wrongly (what a scalar means, duplicate keys,
aliases, merge keys, tags) is decided here.
"""

import re
from unicodedata import name as character_name
from unicodedata import normalize

from dlcli.config.errors import ConfigErrors, Problem, printable
from dlcli.config.scalars import ScalarError, resolve
from dlcli.config.syntax import explain_syntax
from dlcli.config.tree import INVALID, MAX_DEPTH, Node, Source, Span

MAX_BYTES = 1 << 20
MAX_NODES = 50_000
LINE_BREAK = re.compile("\r\n|\r|\n")
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
MAX_FORBIDDEN = 10


class _Stop(Exception):
    """Reading cannot go on: the problem is recorded."""


def read(data: bytes, name: str) -> tuple[Node, Source, list[Problem]]:
    """The tree of one file, its source, and what is wrong in it so far. ConfigErrors where there is no tree to go on with."""
    source = Source(name, ["(not text)"])
    if len(data) > MAX_BYTES:
        raise ConfigErrors([Problem(Span(Source(name)), "", f"the file has more than {MAX_BYTES:,} bytes",
                                    "data belongs in a file that `data.source` names")])
    text = _decode(data, name)
    source = Source(name, LINE_BREAK.split(text))
    problems = []
    tree = compose(text, source, problems)
    if tree is None or not isinstance(tree.value, dict):
        if not problems:
            problems.append(_not_a_config(tree, source))
        raise ConfigErrors(problems)
    return tree, source, problems


def compose(text: str, source: Source, problems: list[Problem], line: int = 1, column: int = 1) -> Node | None:
    """The tree of a YAML text that begins at a line and column of its source; problems are added to the list.

    None where the text cannot be read to its end.
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
        return _Composer(text, source, problems, line, column).document()
    except _Stop:
        return None


def _decode(data: bytes, name: str) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ConfigErrors([Problem(Span(Source(name)), "", "the file is UTF-16", "save it as UTF-8")])
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        lines = LINE_BREAK.split(data[:error.start].decode("utf-8"))
        source = Source(name, LINE_BREAK.split(data.decode("utf-8", "replace")))
        place = Span(source, len(lines), len(lines[-1]) + 1)
        raise ConfigErrors([Problem(place, "", f"byte 0x{data[error.start]:02x} is not UTF-8", "save the file as UTF-8")]) from None


def _not_a_config(tree: Node | None, source: Source) -> Problem:
    if tree is None or tree.value is None:
        return Problem(Span(source), "", "the config is empty", "it needs at least data, network, loss and optimizer")
    if isinstance(tree.value, str) and re.search(r":\S", tree.written or ""):
        return Problem(tree.span, "", "this is read as one text, not as `key: value`", "write a space after each ':'")
    what = "a list" if isinstance(tree.value, list) else "one value"
    return Problem(tree.span, "", f"expected a mapping of sections (data, network, loss, ...), got {what}", "write `key: value` lines")


class _Composer:
    """Events to nodes, in one pass, with every offence recorded at its place."""

    def __init__(self, text: str, source: Source, problems: list[Problem], line: int, column: int):
        import yaml
        self.error = yaml.YAMLError
        parser = yaml.cyaml.CParser if yaml.__with_libyaml__ else _pure_parser()
        try:
            self.parser = parser(text)
        except yaml.YAMLError as error:
            self.parser = None
            self.failed = error
        self.kinds = yaml.events
        self.source, self.problems, self.line, self.column = source, problems, line, column
        self.nodes, self.path = 0, []

    def document(self) -> Node | None:
        self._next()
        event = self._next()
        if isinstance(event, self.kinds.StreamEndEvent):
            return None
        if event.tags:
            self._note(event, "%TAG directives are not allowed", "components are named without tags: `adam: {...}`")
        node = self._node(self._next(), 0)
        self._next()
        event = self._next()
        if not isinstance(event, self.kinds.StreamEndEvent):
            self._stop(event, "a second document begins here", "a config is one YAML document: take the '---' out")
        return node

    def _next(self):
        try:
            if self.parser is None:
                raise self.failed
            return self.parser.get_event()
        except self.error as error:
            mark = getattr(error, "problem_mark", None)
            line, column = (mark.line, mark.column) if mark else (0, 0)
            context = getattr(error, "context_mark", None)
            begun = self._span(context.line, context.column, 1) if context else None
            place = self._span(line, column, 1)
            place, problem, hint = explain_syntax(getattr(error, "problem", None) or "", place, begun)
            self.problems.append(Problem(place, "", problem, hint))
            raise _Stop from None

    def _node(self, event, depth: int) -> Node:
        kinds, span = self.kinds, self._event_span(event)
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self._stop(event, f"the config holds more than {MAX_NODES:,} values", "data belongs in a file that `data.source` names")
        if depth > MAX_DEPTH:
            self._stop(event, f"values lie more than {MAX_DEPTH} deep in each other", "is a bracket or an indentation wrong?")
        if isinstance(event, kinds.AliasEvent):
            self._note(event, f"aliases (*{event.anchor}) are not allowed", "write the value out where it is needed")
            return Node(INVALID, span)
        valid = not event.tag or event.tag == "!" and not isinstance(event, kinds.ScalarEvent)
        if event.anchor:
            self._note(event, f"anchors (&{event.anchor}) are not allowed", "write the value out where it is needed")
        if event.tag:
            self._note(event, f"tags ({_short_tag(event.tag)}) are not allowed",
                       "components are named without tags (`adam: {...}`), and text needs at most quotes")
        if isinstance(event, kinds.ScalarEvent):
            return self._scalar(event, span) if valid and not event.anchor else Node(INVALID, span)
        value = self._list(depth) if isinstance(event, kinds.SequenceStartEvent) else self._mapping(depth)
        inline = bool(event.flow_style) and self.end.line == event.start_mark.line
        if inline:
            span = span._replace(length=self.end.column - event.start_mark.column)
        return Node(value if valid else INVALID, span, inline=inline)

    def _list(self, depth: int) -> list[Node]:
        items = []
        while not isinstance(event := self._next(), self.kinds.SequenceEndEvent):
            self.path.append(str(len(items)))
            items.append(self._node(event, depth + 1))
            self.path.pop()
        self.end = event.end_mark
        return items

    def _mapping(self, depth: int) -> dict[str, Node]:
        items, seen = {}, {}
        while not isinstance(event := self._next(), self.kinds.MappingEndEvent):
            key = self._node(event, depth + 1)
            self.path.append(_cut(key.value) if isinstance(key.value, str) else "?")
            node = self._node(self._next(), depth + 1)
            self.path.pop()
            node.key = key.span
            if not self._is_key(key, event):
                continue
            twin = normalize("NFC", key.value)
            if twin in seen:
                other = "" if key.value in items else ", in another Unicode form"
                at = f" (first on line {seen[twin].line})" if self.source.numbered else ""
                self._note(event, f"the key '{_cut(key.value)}' is there twice{at}{other}", "keep one of the two")
                continue
            seen[twin] = key.span
            items[key.value] = node
        self.end = event.end_mark
        return items

    def _is_key(self, key: Node, event) -> bool:
        if key.value is INVALID:
            return False
        if isinstance(key.value, str):
            if key.value == "<<" and not key.quoted:
                self._note(event, "merge keys (<<) are not allowed", "write the values out where they are needed")
                return False
            return True
        if isinstance(key.value, (dict, list)):
            self._note(event, f"a key is text, not a {'mapping' if isinstance(key.value, dict) else 'list'}",
                       "take a pair of brackets away, or put a text that holds brackets in quotes")
        elif not key.written:
            self._note(event, "a key is missing before ':'", None)
        else:
            self._note(event, f"a key is text, and {_cut(key.written)} is not", f'put it in quotes: "{_cut(key.written)}"')
        return False

    def _scalar(self, event, span: Span) -> Node:
        text = event.value
        quoted = not event.implicit[0]
        if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
            self._note(event, "a text cannot hold U+0000 or half of a surrogate pair", None)
            return Node(INVALID, span, quoted=quoted)
        inline = event.end_mark.line == event.start_mark.line
        try:
            return Node(text if quoted else resolve(text), span, None, text, quoted, inline)
        except ScalarError as error:
            self._note(event, *error.args)
            return Node(INVALID, span)

    def _event_span(self, event) -> Span:
        start, end = event.start_mark, event.end_mark
        length = end.column - start.column if end.line == start.line else self._line_end(start)
        return self._span(start.line, start.column, length)

    def _line_end(self, mark) -> int:
        index = mark.line + self.line - 1
        first = mark.column + (self.column - 1 if mark.line == 0 else 0)
        return len(self.source.lines[index].rstrip()) - first if index < len(self.source.lines) else 1

    def _span(self, line: int, column: int, length: int) -> Span:
        return Span(self.source, line + self.line, column + (self.column if line == 0 else 1), max(1, length))

    def _note(self, event, problem: str, hint: str | None) -> None:
        self.problems.append(Problem(self._event_span(event), ".".join(self.path), problem, hint))

    def _stop(self, event, problem: str, hint: str | None) -> None:
        self._note(event, problem, hint)
        raise _Stop


def _pure_parser():
    """PyYAML's own parser, for machines whose PyYAML came without libyaml: the same events, slower."""
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class PureParser(Reader, Scanner, Parser):
        def __init__(self, text):
            Reader.__init__(self, text)
            Scanner.__init__(self)
            Parser.__init__(self)

    return PureParser


def _short_tag(tag: str) -> str:
    return _cut(tag.replace("tag:yaml.org,2002:", "!!"))


def _cut(text: str) -> str:
    text = printable(text)
    return text if len(text) <= 40 else text[:37] + "..."
