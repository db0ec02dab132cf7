"""New rows for a trained network, from files, by nothing but what the run has learned (`Data.fitted`)."""

from collections.abc import Sequence
from functools import partial
from math import prod
from pathlib import Path

import numpy as np

from dlcli.data.audio.listing import Recordings, is_recording, is_recordings, reads_recordings
from dlcli.data.audio.listing import files_of as recording_files
from dlcli.data.audio.new import folder_table as recordings_by_class
from dlcli.data.audio.new import recording_table
from dlcli.data.buckets import bucket_of
from dlcli.data.columns._column import FittedColumn
from dlcli.data.dataset import Data, Dataset
from dlcli.data.files.find import Files
from dlcli.data.fit import make_dataset
from dlcli.data.fitted import Fitted
from dlcli.data.formats.array_table import array_table
from dlcli.data.inputs import unseen_texts
from dlcli.data.new_texts import Sentences, by_class, class_table, in_lines, is_lines, sentence_table, takes_texts
from dlcli.data.pictures.listing import Pictures, files_of, is_picture, is_pictures, reads_csv
from dlcli.data.pictures.new import folder_table, picture_table
from dlcli.data.table import Column, Table, check_range
from dlcli.data.target._target import FittedTarget
from dlcli.data.told_tokens import name_unknown, tell
from dlcli.data.trace import Trace
from dlcli.engine.registry import create
from dlcli.errors import DataError, DlcliError
from dlcli.notices import info
from dlcli.text import quoted_list

FORMATS = ".csv, .tsv (also .csv.gz, .csv.zip), .jsonl, .npy, .npz, .idx, -ubyte (also .idx.gz), pictures " \
    "(.png, .jpg, ...)"
ENDINGS = {".jsonl": "jsonl", ".csv": "csv", ".tsv": "csv", ".csv.zip": "csv", ".tsv.zip": "csv", ".npy": "npy",
           ".npz": "npz", ".idx": "idx", "-ubyte": "idx"}


def prepare_new(
    path: Path | str | Sequence[Path | str] | Pictures | Recordings | Sentences,
    data: Data,
    labelled: bool = False,
    unseen: dict | None = None,
    invert: bool = False,
    unreadable: dict[int, DlcliError] | None = None,
) -> Dataset:
    """The rows of a file, prepared by what a run has learned, which is all in its checkpoint (`Data.of`).

    path: a file, or, for formats without room for targets, two: inputs and targets. Or any number of pictures
    (invert: dark becomes light) or recordings, or a folder or .zip file of them by class; or texts themselves. Columns
    are found by name if they have one; options of the run's source such as delimiter and missing hold for a file of the
    same format. labelled: the targets are needed; else they are not looked at. unseen: is filled with what the run has
    not learned (`unseen_texts`). unreadable: is filled with those of `Pictures` or `Recordings` that cannot be read,
    and are no rows then.
    DataError for what does not fit.
    """
    data.fitted.check_version()
    given = path if isinstance(path, Pictures | Recordings | Sentences) else \
        [str(p) for p in ([path] if isinstance(path, str | Path) else path)]
    if data.fitted.running:
        if isinstance(given, Pictures | Recordings):
            what = "picture" if isinstance(given, Pictures) else "recording"
            raise DataError(given.names[0], f"is a {what}, and the run was trained on a series or a text")
        return create("data.sources", data.fitted.source).follow(given, data, labelled)
    table = _table(given, data.fitted, labelled, invert, unreadable)
    table.trained = True
    check_range(table, data.fitted.dtype)
    rows = np.arange(len(table))
    if unseen is not None:
        unseen |= unseen_texts(table, rows, data.columns)
    dataset = make_dataset(table, rows, data.fitted, data.fitted.target.values(table, rows) if labelled else None)
    dataset.buckets = bucket_of(data, dataset)
    tell("new rows", data.columns, dataset.inputs)
    name_unknown(data.columns, table)
    if labelled:
        dataset.trace = Trace(table, rows).settle()
    return dataset


def _table(given: list[str] | Pictures | Recordings | Sentences, fitted: Fitted, labelled: bool, invert: bool,
           unreadable: dict[int, DlcliError] | None) -> Table:
    if isinstance(given, Pictures):
        return picture_table(given, fitted, invert, unreadable)
    if isinstance(given, Recordings):
        return recording_table(given, fitted, unreadable)
    if isinstance(given, Sentences):
        return sentence_table(given, fitted)
    files = Files(Path())
    table = read_new(files, given, fitted, labelled, invert)
    table.origin = table.origin or partial(files.digest, given[0])
    return table


def read_new(files: Files, paths: Sequence[str], fitted: Fitted, labelled: bool, invert: bool = False) -> Table:
    """The rows of a file as a table with the run's columns. The format follows from the name's ending, never from the
    content; for a run that was trained on CSV files, what has no ending of another format is one."""
    name, target = paths[0], fitted.target.name
    if takes_texts(fitted) and (by_class(name, files) or is_lines(name, fitted)):
        return _texts(files, paths, fitted, labelled)
    if reads_recordings(fitted) or is_recording(name):
        return _recordings(files, paths, fitted, labelled)
    if is_pictures(name, fitted):
        _check_count(paths, 1)
        return folder_table(files, name, fitted, target)
    if is_picture(name):
        if labelled:
            raise DataError(
                name,
                "is a picture, and nothing tells its class",
                "give a folder or .zip file with one folder per class",
            )
        return picture_table(files_of(list(paths), files), fitted, invert)
    ending = _format(name, reads_csv(fitted))
    _check_count(paths, 1 if ending in ("csv", "jsonl", "npz") else 2)
    if ending == "csv":
        return _read_csv(files, name, fitted, labelled)
    if ending == "jsonl":
        return _read_json(files, name, fitted, labelled)
    return _read_arrays(files, paths, ending, fitted, labelled)


def _read_arrays(files: Files, paths: Sequence[str], ending: str, fitted: Fitted, labelled: bool) -> Table:
    """Inputs, and the targets beside them or in a file of their own."""
    name, target = paths[0], fitted.target.name
    if ending == "npz":
        import io

        from dlcli.data.formats.npy import read_npz

        titles = [column.name for column in fitted.columns] + [target] * labelled
        arrays = read_npz(io.BytesIO(files.read(name)), name, titles)
        values = arrays.get(target)
    else:
        arrays = {None: _read_array(files, name, ending)}
        values = _read_array(files, paths[1], _format(paths[1])) if len(paths) > 1 else None
    if labelled and values is None:
        hint = "give the targets too" if ending == "npz" else \
            "name the file with them after it: --data x.npy --data y.npy"
        raise DataError(name, f"holds no targets {target!r}", hint)
    columns = _columns(arrays, fitted.columns, name)
    return array_table(columns, values if labelled else None, name, target_name=target)


def _texts(files: Files, paths: Sequence[str], fitted: Fitted, labelled: bool) -> Table:
    """Texts by class, or a text on each line."""
    if by_class(paths[0], files):
        return class_table(files, paths, fitted)
    _check_count(paths, 1)
    if labelled:
        raise DataError(paths[0], "is a text on each line, and nothing tells their classes",
                        "--data pos=a.txt --data neg=b.txt, or a folder with a folder for each class")
    return sentence_table(in_lines(files, paths[0], fitted), fitted)


def _recordings(files: Files, paths: Sequence[str], fitted: Fitted, labelled: bool) -> Table:
    """Recordings by class, or a recording or several."""
    name = paths[0]
    if is_recordings(name, fitted):
        _check_count(paths, 1)
        return recordings_by_class(files, name, fitted, fitted.target.name)
    if not is_recording(name):
        raise DataError(name, "is no recording, and the run was trained on recordings",
                        "give .wav, .flac or .ogg files, or a folder or .zip file of them")
    if labelled:
        raise DataError(name, "is a recording, and nothing tells its class",
                        "give a folder or .zip file, whose folders or names tell classes as those of training do")
    return recording_table(recording_files(list(paths), files), fitted)


def _check_count(paths: Sequence[str], most: int) -> None:
    """DataError if there are files that nobody would look at."""
    if len(paths) > most:
        raise DataError(paths[most], f"would not be read beside {' and '.join(paths[:most])}",
                        "give one after another, or put all rows into one")


def _format(name: str, else_csv: bool = False) -> str:
    ending = name.lower().removesuffix(".gz")
    for known, kind in ENDINGS.items():
        if ending.endswith(known):
            return kind
    if else_csv:
        return "csv"
    raise DataError(name, "is of no known format", f"known endings: {FORMATS}")


def _read_array(files: Files, name: str, ending: str) -> np.ndarray:
    if ending == "npy":
        from dlcli.data.formats.npy import read_npy

        return read_npy(files.read(name), name)
    if ending == "idx":
        from dlcli.data.formats.idx import read_idx

        return read_idx(files.read(name), name)
    raise DataError(name, "cannot hold the targets of another file", "two files are .npy or IDX")


def _read_csv(files: Files, name: str, fitted: Fitted, labelled: bool) -> Table:
    delimiter = "\t" if name.lower().removesuffix(".gz").removesuffix(".zip").endswith(".tsv") else ","
    options = _options(fitted, name, "csv", {"delimiter": delimiter})
    if all(column.shape == [] for column in fitted.columns):
        return _read_named(options.text(files.read(name), name, True), options, fitted, labelled)
    _need_one(fitted, name)
    return _wide_csv(files.read(name), name, options, fitted.columns[0], fitted.target, labelled)


def _read_json(files: Files, name: str, fitted: Fitted, labelled: bool) -> Table:
    options = _options(fitted, name, "jsonl", {})
    if any(column.shape != [] for column in fitted.columns):
        _need_one(fitted, name)
        raise DataError(name, f"cannot hold rows of {fitted.columns[0].shape}", "give an .npz file")
    return _read_named(options.text(files.read(name), name, True), options, fitted, labelled)


def _options(fitted: Fitted, name: str, kind: str, more: dict):
    """How a file is read: as the run's was, if that was of the same format."""
    own = {"file": name, "target": fitted.target.name, "task": fitted.target.task} | more
    return create("data.sources", fitted.source if kind in fitted.source else {kind: own})


def _need_one(fitted: Fitted, name: str) -> None:
    if len(fitted.columns) > 1:
        names = quoted_list(column.name for column in fitted.columns)
        raise DataError(name, f"cannot hold the inputs {names}", "give an .npz file")


def _read_named(text, options, fitted: Fitted, labelled: bool) -> Table:
    """The run's columns by their names."""
    from dlcli.data.formats.csv.header import Known
    from dlcli.data.formats.csv.table import read_table

    types = {column.name: column.kind for column in fitted.columns}
    table = read_table(text, options, Known.trained_on(types, fitted.target, fitted.order), labelled)
    for said in [table.about] * bool(table.about) + [warning.problem for warning in table.warnings]:
        info(said)
    return table


def _wide_csv(data: bytes, name: str, options, column: FittedColumn, target: FittedTarget, labelled: bool) -> Table:
    """A table with one column for each number of an array, in the array's order; beside them it may have the target."""
    from dlcli.data.formats.csv.header import Known, nameless_header
    from dlcli.data.formats.csv.table import read_table

    header, said = nameless_header(options.text(data, name), options)
    names = [title for title in header.names if title != target.name]
    if len(names) != prod(column.shape):
        raise DataError(f"{name}:1", f"has {len(names)} columns besides {target.name!r}; expected "
                        f"{prod(column.shape)}")
    known = Known.trained_on(dict.fromkeys(names, "numeric"), target, None if header.rows else header.names)
    table = read_table(options.text(data, name, True), options, known, labelled)
    if said:
        info(said)
    values = np.stack([table.columns[title].values for title in names], 1)
    table.columns = _columns({None: values}, [column], name)
    return table


def _columns(arrays: dict, columns: list[FittedColumn], name: str) -> dict[str, Column]:
    """The run's columns among arrays by name, or in the single array that has no name (key None)."""
    single = arrays.get(None)
    if single is not None and len(columns) > 1:
        if any(column.shape or column.texts for column in columns) or single.shape[1:] != (len(columns),):
            raise DataError(
                name,
                f"has the shape {single.shape}; expected the columns {quoted_list(column.name for column in columns)}",
                "an array without names can only stand for columns of numbers, in the order of training",
            )
        arrays = {column.name: single[:, i] for i, column in enumerate(columns)}
    elif single is not None:
        arrays = {columns[0].name: single}
    absent = [column.name for column in columns if column.name not in arrays]
    if absent:
        raise DataError(name, f"has no array {quoted_list(absent)}", f"its arrays are {quoted_list(sorted(arrays))}")
    return {column.name: _column(arrays[column.name], column, name) for column in columns}


def _column(values: np.ndarray, column: FittedColumn, name: str) -> Column:
    shape = tuple(column.shape)
    if column.texts:
        raise DataError(name, f"column {column.name!r} is text, which arrays do not hold", "give a .csv file")
    if prod(values.shape[1:]) != prod(shape) == values.size:
        values = values[None]       # a single row
    if prod(values.shape[1:]) != prod(shape):
        raise DataError(name, f"has the shape {values.shape}; expected rows of {shape or 'one number'}")
    if column.divisor != 1 and values.dtype.kind == "f" and not np.array_equal(values, np.round(values)):
        raise DataError(
            name,
            f"holds fractions; the run was trained on whole numbers from 0 to {column.divisor:g}, divided by that",
            "give the numbers as they were in the training file",
        )
    return Column(values.reshape(len(values), *shape))
