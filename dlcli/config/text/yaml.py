"""From YAML's events to a tree with positions, in one pass, with every offence recorded at its place.

PyYAML only splits the text into events. Everything that it would decide wrongly (what a scalar means, duplicate keys,
aliases, merge keys, tags) is decided here.
"""

import re
from unicodedata import normalize

from dlcli.config.text.problem import Problem
from dlcli.config.text.scalars import ScalarError, resolve
from dlcli.config.text.syntax import LONE_QUESTION_MARK, before, explain_syntax
from dlcli.config.text.tree import INVALID, MAX_DEPTH, Node, SourceText, Span
from dlcli.text import quoted, shorten

MAX_NODES = 50_000
LONE_MARK = re.compile(r"(?<![^\s\[{,])\?[\s\]},:]*$")
"""A '?' before a place where a key is missing. libyaml says that place behind the next sign, or before it, as its
version has it."""


class Stop(Exception):
    """Reading cannot go on: the problem is recorded."""


class Composer:
    """Reads one document: `document()` gives its tree, or None if there is none."""

    def __init__(self, text: str, source: SourceText, problems: list[Problem], line: int, column: int):
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
            raise Stop from None

    def _node(self, event, depth: int) -> Node:
        kinds, span = self.kinds, self._event_span(event)
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self._stop(
                event,
                f"the config holds more than {MAX_NODES:,} values",
                "data belongs in a file that `data.source` names",
            )
        if depth > MAX_DEPTH:
            self._stop(
                event, f"values lie more than {MAX_DEPTH} deep in each other", "is a bracket or an indentation wrong?"
            )
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
            self._check_question_mark(key)
            self.path.append(key.value if isinstance(key.value, str) else "?")
            node = self._node(self._next(), depth + 1)
            self.path.pop()
            node.key = key.span
            if not self._is_key(key, event):
                continue
            twin = normalize("NFC", key.value)
            if twin in seen:
                other = "" if key.value in items else ", in another Unicode form"
                at = f" (first on line {seen[twin].line})" if self.source.numbered else ""
                self._note(event, f"the key {quoted(key.value)} is there twice{at}{other}", "keep one of the two")
                continue
            seen[twin] = key.span
            items[key.value] = node
        self.end = event.end_mark
        return items

    def _at(self) -> str:
        """The path of what is being read."""
        return ".".join(map(shorten, self.path))

    def _check_question_mark(self, key: Node) -> None:
        """Stop at a '?' without a key: what the rest means depends on the version of libyaml."""
        if key.written or key.quoted or isinstance(key.value, (dict, list)):
            return
        if mark := LONE_MARK.search(before(key.span)):
            place = key.span._replace(column=mark.start() + 1, length=1)
            self.problems.append(Problem(place, self._at(), *LONE_QUESTION_MARK))
            raise Stop

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
            self._note(
                event,
                f"a key is text, and {shorten(key.written)} is not",
                f'put it in quotes: "{shorten(key.written)}"',
            )
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
        self.problems.append(Problem(self._event_span(event), self._at(), problem, hint))

    def _stop(self, event, problem: str, hint: str | None) -> None:
        self._note(event, problem, hint)
        raise Stop


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
    return shorten(tag.replace("tag:yaml.org,2002:", "!!"))
