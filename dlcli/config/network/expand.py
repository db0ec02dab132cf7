"""From entries as they are written to the flat list that is built: `repeat` and `residual` written out, names resolved.

A list entry reads only what stands above it, so the flat list is in topological order. An expanded entry keeps the
place in the file that it comes from.
"""

from typing import NamedTuple

from dlcli.config.network.entries import MAX_ENTRIES, Entry
from dlcli.config.text.problem import Problem
from dlcli.config.text.tree import Node, Span
from dlcli.config.wording.suggest import MOST, nearest
from dlcli.engine import registry
from dlcli.text import did_you_mean, first_of, quoted


class EntrySpec(NamedTuple):
    """One entry of the flat network.

    options: every option of the layer, for `registry.create("layers", {kind: options})`. inputs: names of what it
    reads, each an entry above, `input`, `input.<field>` or `<entry>.<output>`. path: where it stands in the config.
    """

    name: str
    kind: str
    options: dict
    inputs: tuple[str, ...]
    trainable: bool
    path: str
    span: Span

    def problem(self, problem: str, hint: str | None = None) -> Problem:
        """An error or warning about this entry."""
        return Problem(self.span, self.path, problem, hint)


class _Copies(NamedTuple):
    """In a scope: a name that stands for several entries outside of its `repeat`."""

    times: int


class _Scope:
    """Names that can be read at a place; inside a copy of a `repeat`, its own names hide those outside."""

    def __init__(self, outer: "_Scope | None", suffix: str):
        self.outer, self.suffix = outer, suffix
        self.names: dict[str, str | _Copies] = {}
        self.found: list[tuple[str, str, str]] = []

    def add(self, base: str, copy: str, final: str) -> None:
        self.names[base + copy] = final
        self.found.append((base, copy, final))

    def get(self, name: str):
        return self.names[name] if name in self.names else self.outer.get(name) if self.outer else None

    def visible(self) -> list[str]:
        own = [name for name, final in self.names.items() if isinstance(final, str)]
        return [*own, *(self.outer.visible() if self.outer else [])]


def expand(entries: list[Entry], problems: list[Problem], warnings: list[Problem]) -> list[EntrySpec]:
    """The flat list. Problems and warnings are added to the lists."""
    count = _count(entries)
    if count > MAX_ENTRIES:
        largest = max(entries, key=lambda entry: _count([entry]))
        problems.append(
            Problem(
                largest.span,
                largest.path,
                f"{count:,} entries once repeat is written out: more than the {MAX_ENTRIES:,} that a network may have",
            )
        )
        return []
    run = _Expansion(entries, problems)
    run.all(entries, "input", _Scope(None, ""), True)
    read = {name.partition(".")[0] for spec in run.specs for name in spec.inputs}
    paths = {spec.path for spec in run.specs if spec.name in read} | {spec.path for spec in run.specs[-1:]}
    unread = {spec.path: spec for spec in run.specs if spec.path not in paths}
    hint = "its result is lost: name it in a `from` below, or take it out"
    warnings += [Problem(spec.span, spec.path, f"nothing reads {spec.name}", hint) for spec in unread.values()]
    return run.specs


def _count(entries: list[Entry]) -> int:
    return sum(
        entry.options.get("times", 1) * (sum(map(_count, entry.parts.values())) + (entry.kind == "residual"))
        if entry.parts
        else 1
        for entry in entries
    )


class _Expansion:
    def __init__(self, entries: list[Entry], problems: list[Problem]):
        self.specs: list[EntrySpec] = []
        self.problems = problems
        self.taken: set[str] = set()
        self.below = {}
        self._remember(entries)

    def _remember(self, entries: list[Entry]) -> None:
        for entry in entries:
            self.below[entry.name] = entry
            for part in entry.parts.values():
                self._remember(part)

    def all(self, entries: list[Entry], before: str, scope: _Scope, trainable: bool) -> str:
        """Write out a list that begins by reading `before`; the name of the last entry."""
        for entry in entries:
            before = self.one(entry, before, scope, trainable)
        return before

    def one(self, entry: Entry, before: str, scope: _Scope, trainable: bool) -> str:
        if entry.trainable is not None:
            trainable = entry.trainable
        inputs = (before,)
        if entry.inputs is not None:
            inputs = tuple(self.reference(node, f"{entry.path}.from", scope) for node in entry.inputs)
        if entry.kind == "repeat":
            return self.repeat(entry, self.single(entry, inputs), scope, trainable)
        if entry.kind == "residual":
            return self.residual(entry, self.single(entry, inputs), scope, trainable)
        if not registry.find("layers", entry.kind).merges:
            self.single(entry, inputs)
        return self.put(entry, entry.kind, entry.options, inputs, scope, trainable)

    def put(self, entry: Entry, kind: str, options: dict, inputs: tuple, scope: _Scope, trainable: bool) -> str:
        final = entry.name + scope.suffix
        if final in self.taken:
            self.note(entry.span, entry.path, f"the name '{final}' is there twice once repeat is written out",
                      "give one of the two another name")
        self.taken.add(final)
        scope.add(entry.name, "", final)
        self.specs.append(EntrySpec(final, kind, options, inputs, trainable, entry.path, entry.span))
        return final

    def repeat(self, entry: Entry, before: str, scope: _Scope, trainable: bool) -> str:
        times = entry.options["times"]
        for i in range(1, times + 1):
            inner = _Scope(scope, f"{scope.suffix}_{i}")
            before = self.all(entry.parts["layers"], before, inner, trainable)
            for base, copy, final in inner.found:
                scope.add(base, f"_{i}{copy}", final)
                scope.names.setdefault(base, _Copies(times))
        scope.names[entry.name] = before
        return before

    def residual(self, entry: Entry, before: str, scope: _Scope, trainable: bool) -> str:
        inner = self.all(entry.parts["layers"], before, scope, trainable)
        other = self.all(entry.parts["shortcut"], before, scope, trainable)
        return self.put(entry, "add", {}, (other, inner), scope, trainable)

    def single(self, entry: Entry, inputs: tuple) -> str:
        if len(inputs) > 1:
            self.note(entry.inputs[1].span, f"{entry.path}.from", f"{entry.kind} reads one value, got {len(inputs)}",
                      "join them first, with an entry such as `add` or `concat`")
        return inputs[0]

    def reference(self, node: Node, path: str, scope: _Scope) -> str:
        """The final name of what is referred to."""
        name, dot, output = node.value.partition(".")
        final = node.value if name == "input" else scope.get(name)
        if isinstance(final, str):
            return final if name == "input" else final + dot + output
        if isinstance(final, _Copies):
            problem = f"'{name}' stands in a repeat, so there are {final.times} of it"
            hint = f"write one of them: {name}_{final.times} is the last"
        elif name in self.below:
            problem, hint = (
                f"'{name}' is not above this entry",
                "an entry reads only what stands above it: move one of the two",
            )
        else:
            names = scope.visible()
            problem = f"no entry above is called {quoted(name)}"
            hint = did_you_mean(nearest(name, names)) or f"names above: {first_of(['input', *names], MOST)}"
        self.note(node.span, path, problem, hint)
        return "input"

    def note(self, span: Span, path: str, problem: str, hint: str) -> None:
        # copies have one place
        if not any(known.span == span and known.problem == problem for known in self.problems):
            self.problems.append(Problem(span, path, problem, hint))
