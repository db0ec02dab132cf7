"""Who may import whom, how long files, functions and lines may be, what may stand in none: read from the sources."""

import ast
import re
from functools import cache
from pathlib import Path

from tests.rows import hold

ROOT = Path(__file__).parents[1]
FLOORS = [["cli"], ["commands"], ["api"], ["terminal"], ["config"], ["health", "evaluation"], ["training", "figures"],
          ["artifacts"], ["data"], ["layers", "losses", "optimizers", "schedules", "metrics", "initializers"],
          ["kernels"], ["engine"], ["storage"], ["errors", "notices"], ["text"]]
"""Packages from the top: each imports only from those below it."""
LEVEL = {package: level for level, packages in enumerate(FLOORS) for package in packages}
HEAVY = {"matplotlib", "PIL", "plotext", "rich", "soundfile", "soxr"}
"""Imported inside functions only."""
MODULES = sorted((ROOT / "dlcli").rglob("*.py"))
SOURCES = sorted(p for folder in ("dlcli", "tests", "benchmarks", ".ci") for p in (ROOT / folder).rglob("*.py"))
FORBIDDEN = {"pickle", "marshal", "shelve", "dill", "joblib", "subprocess"}
CALLS = {"eval", "exec", "compile", "__import__"}
ATTRIBUTES = {
    ("os", "system"),
    ("os", "popen"),
    ("tempfile", "mktemp"),
    ("yaml", "load"),
    ("yaml", "full_load"),
    ("yaml", "unsafe_load"),
    ("yaml", "load_all"),
    ("shutil", "unpack_archive"),
}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imported(nodes) -> set[str]:
    """Full names of the modules that these nodes import."""
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def package(name: str) -> str | None:
    """`dlcli.layers.linear` belongs to `layers`; None for what is not ours."""
    parts = name.split(".")
    return parts[1] if parts[0] == "dlcli" and len(parts) > 1 else None


def at_module_level(path: Path):
    """Nodes that run when the module is imported."""
    todo = list(tree(path).body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            todo += node.orelse
            continue
        yield node
        todo += ast.iter_child_nodes(node)


def a_package_imports_only_from_packages_below_it(path):
    own = path.relative_to(ROOT / "dlcli").parts[0].removesuffix(".py")
    if own in ("__init__", "__main__"):
        return
    for name in imported(ast.walk(tree(path))):
        other = package(name)
        if other in LEVEL and other != own:
            assert LEVEL[other] > LEVEL[own], f"{own} imports {name}"
            private = [part for part in name.split(".") if part.startswith("_") and part != "__version__"]
            assert not private, f"{own} imports {name}"


def heavy_modules_are_imported_where_they_are_used(path):
    roots = {name.split(".")[0] for name in imported(at_module_level(path))}
    assert not roots & HEAVY
    if path.parts[-2] in ("commands", "api") or path.name in ("cli.py", "__main__.py"):
        assert not roots & {"numpy", "pydantic", "yaml", "threadpoolctl"}


def commands_import_the_rest_of_the_program_inside_functions(path):
    light = ("dlcli.commands", "dlcli.errors", "dlcli.notices", "dlcli.storage.machine", "dlcli.text",
             "dlcli.training.watcher", "dlcli.__version__")
    ours = {name for name in imported(at_module_level(path)) if name.startswith("dlcli.")}
    assert not [name for name in ours if not name.startswith(light)]


def test_files_import_each_other_in_no_circle():
    """Those that run when a module is imported, and those for types alone."""
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in MODULES}
    edges = {name: imported(tree(path).body + [inner for node in tree(path).body if isinstance(node, ast.If)
                                               for inner in node.body]) & set(names) for name, path in names.items()}
    done: set[str] = set()

    def walk(name: str, above: tuple) -> None:
        assert name not in above, " -> ".join((*above[above.index(name):], name))
        if name not in done:
            for other in edges[name]:
                walk(other, (*above, name))
            done.add(name)

    for name in names:
        walk(name, ())


def test_every_package_has_its_level():
    found = {path.name for path in (ROOT / "dlcli").iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert found | {"cli", "errors", "notices", "text"} == set(LEVEL)


def no_file_function_or_line_is_too_long(path):
    lines = path.read_text().splitlines()
    assert len(lines) <= 300, path
    assert not [f"{path}:{i}" for i, line in enumerate(lines, 1) if len(line) > 120]
    functions = [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = [f"{path}:{node.lineno} {node.name}" for node in functions if node.end_lineno - node.lineno >= 40]
    assert not long, long


def test_the_whole_tree_keeps_the_limits():
    hold([(no_file_function_or_line_is_too_long, path) for path in SOURCES])


def nothing_in_a_file_can_become_code(path):
    """No pickle, no eval, no unsafe YAML, no shell: what a config, a checkpoint or a data file says is data."""
    assert not {name.split(".")[0] for name in imported(ast.walk(tree(path)))} & FORBIDDEN
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.Call):
            continue
        place, function = f"{path.name}:{node.lineno}", node.func
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        if isinstance(function, ast.Name):
            assert function.id not in CALLS, place
            assert function.id != "import_module" or path.name == "registry.py", place
        elif isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            assert (function.value.id, function.attr) not in ATTRIBUTES, place
            if (function.value.id, function.attr) == ("np", "load"):
                assert ast.unparse(keywords["allow_pickle"]) == "False", place
        assert "shell" not in keywords and not (
            isinstance(function, ast.Attribute) and function.attr == "extractall"
        ), place


def test_every_module():
    everywhere = (a_package_imports_only_from_packages_below_it, heavy_modules_are_imported_where_they_are_used,
                  nothing_in_a_file_can_become_code)
    commands = [path for path in MODULES if path.name == "cli.py" or path.parts[-2] == "commands"]
    hold([(check, path) for path in MODULES for check in everywhere]
         + [(commands_import_the_rest_of_the_program_inside_functions, path) for path in commands])


def test_the_registry_imports_only_members_of_the_closed_list():
    """The only import by name in the program is that of a file in a family's folder."""
    source = (ROOT / "dlcli" / "engine" / "registry.py").read_text()
    assert source.count("import_module(") == 1 and 'import_module(f"dlcli.{family}.{kind}")' in source
    assert source.index("if kind not in kinds(family)") < source.index("import_module(f")


def test_the_page_says_what_there_is():
    """Files and names on docs/architecture.md exist, and its drawing has the floors in their order."""
    page = (ROOT / "docs/architecture.md").read_text()
    places = re.findall(r"`((?:dlcli|tests)/[a-z0-9_/.]*)(?:: (\w+))?`", page)
    assert len(places) > 60
    for path, name in places:
        assert (ROOT / path).exists(), path
        if name:
            body = tree(ROOT / path).body
            assert name in {getattr(node, "name", None) for node in body}, f"{path}: {name}"
    drawing = re.search(r"^```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[1]
    lines = [line.partition("#")[0].split() for line in drawing.splitlines()]
    assert [line for line in lines if set(line) <= set(LEVEL)] == FLOORS
