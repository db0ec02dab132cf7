"""A running text whose next token is predicted; or texts with a class each."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dlcli.api.proposals._cells import Cells, read_cells
from dlcli.api.proposals._written import filled, one, reference
from dlcli.data.class_texts import ClassTexts, read_classes
from dlcli.data.files.find import Files
from dlcli.data.text_file import read_text
from dlcli.engine.registry import create
from dlcli.errors import DataError
from dlcli.text import count, flow, quoted, quoted_list

TABLES = (".csv", ".tsv", ".jsonl", ".csv.gz", ".tsv.gz", ".jsonl.gz")
WORDS = 3
"""Words that a column of texts has on average at least."""
CLASSES = 50
"""Classes of a table's target at most."""
LARGE = 500_000
"""Characters of a running text from which on a larger network learns more."""
SHORTEST = 1000
"""Characters of a running text at least."""
STEPS = 20
"""Steps of an epoch at least: of a shorter text, windows and batches are smaller."""
FAR = 1.5
"""A longest text that is so many times as long as 99 % of them makes batches of padding, and is cut."""


def propose(paths: Sequence[str], target: str | None, config: Path, name: str) -> str:
    """The config. paths: a text or several; a folder with a folder for each class, `class=file` for each class, or a
    table with a column of texts. DataError for what is none of them."""
    first = paths[0]
    if any("=" in path for path in paths):
        return _classes(_by_class(paths), config, name, target)
    if first.lower().endswith(TABLES):
        return _table(one(paths, "a table"), target, config, name)
    if Files(Path()).find(first).is_dir():
        folder = Files(Path()).find(one(paths, "a folder"))
        if any(path.is_dir() for path in folder.iterdir()):
            return _classes(first, config, name, target)
        paths = sorted(f"{first}/{path.name}" for path in folder.glob("*.txt"))
        if not paths:
            raise DataError(first, "holds no .txt file, and no folder", "a running text is a file or several, "
                            "--data a.txt; texts with a class are --data pos=a.txt --data neg=b.txt")
    return _running(paths, target, config, name)


def _running(paths: Sequence[str], target: str | None, config: Path, name: str) -> str:
    if target is not None:
        raise DataError("--target", "is for tables: of a running text the next token is predicted")
    texts = [read_text(Files(Path()), path, "utf-8") for path in paths]
    characters, different = sum(map(len, texts)), len(set().union(*texts))
    if characters < SHORTEST:
        raise DataError(paths[0], f"has {count(characters, 'character')}: too short to learn from and to be judged by",
                        f"a text has {SHORTEST:,} at least, and some 100,000 to be learned from")
    window, batch = 64, 32
    while window > 8 and characters * 0.9 < STEPS * window * batch:
        window, batch = window // 2, max(4, batch // 2)
    large = characters >= LARGE
    files = [reference(path, config) for path in paths]
    many = f"{count(len(paths), 'file')}, " if len(paths) > 1 else ""
    return filled(
        "text", name=name, file=flow(files[0] if len(files) == 1 else files), window=window, batch=batch,
        found=f"# {many}{characters:,} characters, {different:,} different ones", embedding=64 if large else 32,
        units=256 if large else 128, epochs=10 if large else 30,
        dropout="" if large else "  - dropout: {p: 0.2}         # a short text is soon known by heart")


def _by_class(paths: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in paths:
        label, mark, file = path.partition("=")
        if not (mark and label and file) or label in found:
            raise DataError(path, "expected a class and its file, each class once", "--data pos=a.txt --data neg=b.txt")
        found[label] = file
    return found


def _classes(written: str | dict[str, str], config: Path, name: str, target: str | None) -> str:
    if target is not None:
        raise DataError("--target", "is for tables: folders and files by class tell what a text is")
    found = read_classes(Files(Path()), written, "utf-8")
    if len({*found.classes}) < 2:
        raise DataError(", ".join(sorted({*found.classes})), "is the only class", "two and more can be told apart")
    files = reference(written, config) if isinstance(written, str) else \
        {label: reference(file, config) for label, file in written.items()}
    said = f"# {_told(found)}"
    source = f"    text_files:\n      files: {flow(files)}"
    return _filled(config, name, source, said, found.texts)


def _table(path: str, target: str | None, config: Path, name: str) -> str:
    cells = read_cells(path)
    cells.check(target, "--target", path)
    text, target = _roles(cells, path, target)
    rows = [i for i, label in enumerate(cells.columns[target]) if label]
    found = ClassTexts([cells.columns[text][i] for i in rows], [], [cells.columns[target][i] for i in rows])
    if len({*found.classes}) < 2:
        raise DataError(f"{path}: column {target!r}", "has less than two classes", "--target names another column")
    others = [title for title in cells.columns if title not in (text, target)]
    kind = "jsonl" if cells.delimiter is None else "csv"
    lines = [f"    {kind}:", f"      file: {flow(reference(path, config))}"]
    lines += [f"      delimiter: {flow(cells.delimiter)}"] * (cells.delimiter not in (None, ","))
    lines += [f"      target: {flow(target)}", f"      types: {{{flow(text)}: tokens}}"]
    lines += [f"      drop: {flow(others)}      # other columns that there are"] * bool(others)
    lines += ["      missing_target: drop"] * (len(rows) < cells.rows)
    lines += ["      task: classification    # its numbers are classes"] * cells.numeric(target)
    said = f"# {path}, texts of the column {quoted(text)}: {_told(found)}"
    return _filled(config, name, "\n".join(lines), said, found.texts)


def _roles(cells: Cells, path: str, target: str | None) -> tuple[str, str]:
    """The column of texts, the one with the longest; and the target: by default that with the fewest values."""
    words = {title: sum(len(cell.split()) for cell in column) / len(column) for title, column in cells.columns.items()
             if title != target}
    text = max(words, key=words.__getitem__, default=None)
    if text is None or words[text] < WORDS:
        raise DataError(path, "has no column of texts", f"its columns are: {flow(list(cells.columns))}")
    values = {title: len({*column} - {""}) for title, column in cells.columns.items() if title != text}
    values = {title: n for title, n in values.items() if 2 <= n <= min(CLASSES, cells.rows // 2)}
    target = target or min(values, key=values.__getitem__, default=None)
    if target is None:
        raise DataError(path, f"has no column of a few classes beside the texts of {text!r}", "--target names it")
    return text, target


def _told(found: ClassTexts) -> str:
    classes = sorted({*found.classes})
    fewest = min(map(found.classes.count, classes))
    return (f"{count(len(found.texts), 'text')} of {len(classes):,} classes, {quoted_list(classes, 6)}; at least "
            f"{fewest:,} of each")


def _filled(config: Path, name: str, source: str, said: str, texts: list[str]) -> str:
    tokenizer = create("data.tokens", "words")
    learned = tokenizer.learn(texts)
    lengths = np.array([len(tokenizer.encode(text, learned)) for text in texts])
    usual, most = int(np.quantile(lengths, 0.99)), int(lengths.max())
    if most > FAR * usual:
        source += f"\n      longest: {max(usual, 1)}             # 1 % of the texts are longer, and cut there"
    small = len(texts) < 2000
    return filled(
        "texts", name=name, source=source, found=said, longest=most, median=int(np.median(lengths)),
        usual=int(np.quantile(lengths, 0.95)), epochs=40 if small else 15, batch=16 if small else 32,
        patience=8 if small else 3)
