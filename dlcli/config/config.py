"""A validated config: from a file, from text, or from stored values."""

import re
from pathlib import Path

from dlcli.config.network.expand import EntrySpec, expand
from dlcli.config.network.names import ENTRY_LISTS, kind_of, named
from dlcli.config.override import apply, apply_all
from dlcli.config.schema.sections import NAME, Root
from dlcli.config.text.problem import Problem
from dlcli.config.text.read import MAX_BYTES, read
from dlcli.config.text.tree import Node, SourceText, Span, from_plain, part
from dlcli.config.validate import Checker, options
from dlcli.engine import registry
from dlcli.engine.loss import Loss
from dlcli.engine.metric import Metric
from dlcli.engine.optimizer import Optimizer
from dlcli.engine.schedule import Schedule
from dlcli.errors import ConfigError, ConfigErrors, StorageError
from dlcli.storage.strict_json import as_read
from dlcli.text import closest, did_you_mean, shorten


class Config:
    """A config that is valid in itself; what depends on data and shapes is checked when it is built.

    text, path: the user's bytes and their file, or empty and None. values: every value, defaults filled in, as JSON
    holds them (`config.resolved.json`); `from_values` makes an equal config of them. entries: the flat network. name,
    seed, data, training, init_from, loss, optimizer, schedules, metrics (None: those of the task): as objects.
    warnings: list of Problem.
    overrides: the changes of the text that it was made with.
    """

    def __init__(self, tree: Node, source: SourceText, problems: list[Problem], default_name: str, text: bytes = b"",
                 path: Path | None = None, overrides: list[str] | tuple = ()):
        checker = Checker(problems)
        root = checker.make(Root, tree.value, "", Span(source, 1, 1), "the config")
        self.warnings: list[Problem] = checker.warnings
        self.entries: list[EntrySpec] = (
            expand(checker.networks["network"], problems, self.warnings) if checker.complete else []
        )
        if problems:
            raise ConfigErrors(problems)
        self.tree, self.source, self.text, self.path, self.overrides = tree, source, text, path, list(overrides)
        root.name = root.name or default_name
        self.values: dict = as_read(root, default=options)
        self.name, self.seed, self.data, self.training, self.init_from = (
            root.name,
            root.seed,
            root.data,
            root.training,
            root.init_from,
        )
        self.loss: Loss = registry.create("losses", root.loss)
        self.optimizer: Optimizer = registry.create("optimizers", root.optimizer)
        self.schedules: list[Schedule] = [registry.create("schedules", spec) for spec in root.schedule]
        self.metrics: list[Metric] | None = (
            None if root.metrics is None else [registry.create("metrics", spec) for spec in root.metrics]
        )

    @property
    def folder(self) -> Path:
        """Where relative paths start from: the config's folder, or the current one."""
        return self.path.parent if self.path else Path()

    def changed(self, overrides: list[str]) -> "Config":
        """This config with further overrides, such as a remedy's patch."""
        tree, made_with = apply(self.tree, overrides), [*self.overrides, *overrides]
        return Config(tree, self.source, [], self.name, self.text, self.path, made_with)

    def start_from(self, run: str) -> None:
        """Let `init_from` name its run by another name, such as the folder that `last` stands for."""
        self.tree.value["init_from"].value["run"].value = self.values["init_from"]["run"] = self.init_from.run = run

    def span(self, path: str) -> Span:
        """The place of a path, or of what is nearest above it if the config does not mention it."""
        steps = self._written(path).split(".")
        node, place = self.tree, Span(self.source, 1, 1)
        for i, name in enumerate(steps):
            above, node = node, part(node, name)
            if node is None:
                unsaid = not name.isdigit() and (above.value is None or isinstance(above.value, dict))
                return above.key or place if unsaid else place
            place = node.place
            if i and steps[i - 1] in ENTRY_LISTS and isinstance(node.value, dict) and kind_of(node) in node.value:
                place = node.value[kind_of(node)].key or place
        return place

    def _written(self, path: str) -> str:
        """A path with the index in the file in the place of an entry's name."""
        head, _, rest = path.partition(".")
        name, _, inner = rest.partition(".")
        if head != "network" or not name or name.isdigit():
            return path
        entry = next((spec.path for spec in self.entries if spec.name == name), None)
        if entry is None:
            place = named(self.tree.value["network"]).get(name)
            entry = place.path if place else f"network.{name}"
        return f"{entry}.{inner}" if inner else entry

    def position(self, path: str) -> tuple[int | None, int | None, str]:
        """(line, column, source line) of a path such as `network.linear2.linear.units` or `network.3`; an entry goes by
        its index in the file or by its name, expanded names included. None if the value does not come from a
        file."""
        problem = self.problem(path, "")
        return problem.line, problem.column, problem.source

    def problem(self, path: str, problem: str, hint: str | None = None) -> Problem:
        """An error or warning at a path."""
        return Problem(self.span(path), path, problem, hint)

    def error_at(self, path: str, problem: str, hint: str | None = None) -> ConfigErrors:
        """The exception for one error at a path. Several: `ConfigErrors([config.problem(...), ...])`."""
        return ConfigErrors([self.problem(path, problem, hint)])


def load(path: str | Path, overrides: list[str] | tuple = ()) -> Config:
    """The config of a file. ConfigErrors with every problem; ConfigError or StorageError if the file cannot be
    read."""
    path = Path(path)
    try:
        with open(path, "rb") as file:
            text = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        hint = _files_like(path) or ("`last` names a run, as for `dlcli resume last`, and here a config is wanted"
                                     if path.name == "last" else None)
        raise ConfigError(shorten(str(path), 200), "there is no such file", hint) from None
    except IsADirectoryError:
        what, hint = "this is a folder, not a config file", None
        if (path / "run.json").exists():
            what = "this is a run, and a config is wanted"
            hint = f"`dlcli resume {path}` goes on with it; {path / 'config.yaml'} is a copy of its config"
        raise ConfigError(shorten(str(path), 200), what, hint) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StorageError(shorten(str(path), 200), f"the config cannot be read: {reason}", None) from None
    return parse(text, path.name, overrides, path)


def parse(text: bytes, name: str, overrides: list[str] | tuple = (), path: Path | None = None) -> Config:
    """The config of a YAML text. name: what messages call it; without a `name:` in it, the run is called like it."""
    tree, source, problems = read(text, name)
    tree = apply_all(tree, list(overrides), problems)
    return Config(tree, source, problems, _run_name(name), text, path, overrides)


def from_values(values: dict, name: str = "config.resolved.json", overrides: list[str] | tuple = ()) -> Config:
    """The config of stored values (`Config.values`)."""
    source = SourceText(name)
    try:
        tree = from_plain(values, source)
    except ValueError as error:
        raise ConfigErrors([Problem(Span(source), "", str(error))]) from None
    if not isinstance(tree.value, dict):
        raise ConfigErrors([Problem(Span(source), "", "expected a mapping of sections")])
    problems = []
    tree = apply_all(tree, list(overrides), problems)
    return Config(tree, source, problems, _run_name(name))


def _run_name(name: str) -> str:
    """A valid run name from a file's name."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(name).stem).lstrip("._-")[:64]
    return stem if re.fullmatch(NAME, stem) else "run"


def _files_like(path: Path) -> str | None:
    """A hint: another config of the folder, if there is one of such a name."""
    try:
        names = {item.stem: item.name for item in path.parent.iterdir() if item.suffix in (".yaml", ".yml")}
    except OSError:
        return None
    near = closest(path.stem, names)        # all of them share the ending: it says nothing
    return did_you_mean(str(path.parent / names[near])) if near else None
