"""A time series as windows of past steps, each with the steps behind it as its target."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dlcli.data.dataset import Data, Dataset, Pitfalls
from dlcli.data.files.find import Files
from dlcli.data.fitted import Fitted
from dlcli.data.inputs import fit_columns, lay_out, write_fields
from dlcli.data.past import Past, naive_error
from dlcli.data.prepare._step import Step
from dlcli.data.running import Stretch, divide
from dlcli.data.series_table import PLACE, SeriesTable, read_series
from dlcli.data.settings import DataSettings
from dlcli.data.sources._parts import written
from dlcli.data.split import Division
from dlcli.data.table import check_range
from dlcli.data.target.forecast import Forecast
from dlcli.data.times import Clock
from dlcli.data.trace import Trace
from dlcli.data.windows import Stretches, Windows
from dlcli.engine.registry import create
from dlcli.engine.spec import Spec
from dlcli.errors import ConfigError, DataError
from dlcli.notices import info
from dlcli.storage.strict_json import as_read
from dlcli.text import count

if TYPE_CHECKING:
    from dlcli.data.sources.series import Series

Spans = list[tuple[int, int]]


def load_series(source: "Series", settings: DataSettings, files: Files, dtype: str) -> Data:
    """All splits. DataError for a series that is too short, or that cannot be read."""
    if settings.positive is not None:
        raise ConfigError("data.positive", "is for two classes, and a series has values", "take it out")
    steps = [create("data.prepare", step) for step in settings.prepare]
    names = written(source.file, f"{PLACE}.file")
    series = _read(source, files, names, steps, dtype)
    stretches = divide(settings, {split: [len(one.table)] for split, one in series.items()})
    of = {split: series.get(split, series["train"]) for split in stretches}
    spans = {split: _unbroken(of[split], own) for split, own in stretches.items()}
    train = of["train"]
    fitted, scale = _learn(source, train, spans["train"], steps, dtype)
    spec = Spec(fitted.target.shape, scale=scale)
    data = Data({}, fitted.inputs, spec, "regression", target_name=fitted.target.name, fitted=fitted)
    arrays = {name: _arrays(one, fitted) for name, one in series.items()}
    for split, own in spans.items():
        data.splits[split] = _windows(of[split], arrays.get(split, arrays["train"]), own, fitted, split)
    data.rows = {split: len(one) for split, one in data.splits.items()}
    data.traces = _traces(series, data.splits, files, names)
    data.division = Division(data.rows["train"], None, {split: data.rows[split] for split in names if split != "train"})
    data.files, data.bytes = files.records, sum(x.nbytes + t.nbytes for x, t in arrays.values())
    data.about = _about(of, spans, data)
    data.unseen = {split: {} for split in data.splits if split != "train"}
    ends = [edge.item() for _, t in arrays.values() for edge in (t.min(), t.max())]
    data.target_range = min(ends), max(ends)
    learned = np.concatenate([arrays["train"][1][first:last] for first, last in spans["train"]]).astype(np.float64)
    data.pitfalls = Pitfalls(learned.mean(0).tolist(), learned.std(0).tolist(), [], [])
    return data


def new_series(source: "Series", paths: list[str], data: Data, labelled: bool) -> Dataset:
    """The windows of a new file: with their targets (labelled) all there are; else the last one, behind which nothing
    is known."""
    fitted, target, files = data.fitted, data.fitted.target, Files(Path())
    if len(paths) > 1:
        raise DataError(paths[1], f"would not be read beside {paths[0]}", "give one after another")
    kinds = {column.name: column.kind for column in fitted.columns}
    filled = {column.name for column in fitted.columns if any(step["kind"] == "impute" for step in column.steps)}
    clock = None if target.unit is None else Clock(target.unit, target.step, rest=target.rest)
    one = read_series(files.read(paths[0]), paths[0], source, filled, kinds, labelled, clock, trained=True)
    check_range(one.table, fitted.dtype)
    if one.said:
        info(f"{paths[0]}: {one.said}")
    one.key.origin = partial(files.digest, paths[0])
    if labelled:
        found = _windows(one, _arrays(one, fitted), _unbroken(one, [Stretch(0, 0, len(one.table))]), fitted, paths[0])
        found.trace = Trace(one.key, found.past.origins).settle()
        return found
    steps, begin = len(one.table), int(one.breaks[-1])
    if steps - begin < source.window:
        behind = " behind the last gap" if begin else ""
        raise DataError(paths[0], f"has {count(steps - begin, 'step')}{behind}, and the network reads {source.window}")
    x, _ = _arrays(one, fitted)
    past = _past(one, target, np.array([steps]))
    return Dataset({"x": Windows(x, np.array([steps - source.window]), source.window)},
                   np.zeros((1, *target.shape), fitted.dtype), labelled=False, past=past)


def _read(source: "Series", files: Files, names: dict[str, str], steps: list[Step], dtype: str) -> dict:
    imputing = [step for step in steps if step.kind == "impute"]
    imputed = None if any(step.columns is None for step in imputing) else \
        {name for step in imputing for name in step.columns}
    series: dict[str, SeriesTable] = {}
    for split, name in names.items():
        train = series.get("train")
        kinds = None if train is None else {title: column.kind for title, column in train.table.columns.items()}
        one = read_series(files.read(name), name, source, imputed, kinds, clock=None if train is None else train.clock)
        check_range(one.table, dtype)
        if one.said:
            info(f"{name}: {one.said}")
        series[split] = one
    return series


def _unbroken(one: SeriesTable, stretches: list[Stretch]) -> Spans:
    """The stretches of a split, cut at the series' gaps."""
    found = []
    for _, first, last in stretches:
        edges = [first, *one.breaks[(one.breaks > first) & (one.breaks < last)].tolist(), last]
        found += zip(edges, edges[1:])
    return found


def _learn(source: "Series", train: SeriesTable, spans: Spans, steps: list[Step], dtype: str) -> tuple[Fitted, tuple]:
    """What is learned of the training part, and the scale of `mase` for each element of the target."""
    rows = np.concatenate([np.arange(first, last) for first, last in spans])
    clock, names = train.clock, source.targets
    season = source.season or (1 if clock is None else clock.season)
    errors = naive_error(train.targets, spans, season)
    if errors is None:
        if source.season is not None:
            raise DataError(f"{PLACE}.season", f"is {season}, and the training part has no {season + 1} steps behind "
                            "each other", "a shorter season, or a larger share for training")
        season, errors = 1, naive_error(train.targets, spans, 1)
    target = Forecast(name=", ".join(names), shape=[source.horizon * len(names)], names=names, horizon=source.horizon,
                      mean=[], season=season, unit=clock and clock.unit, step=clock and clock.step,
                      rest=clock.rest if clock else 0)
    target.learn(train.targets, rows, [step for step in steps if step.target], train.table)
    columns = fit_columns(train.table, rows, steps)
    inputs, features = lay_out(columns, source.window)
    fitted = Fitted(dtype=dtype, source={source.kind: as_read(vars(source))}, target=target, columns=columns,
                    inputs=inputs, features=features, order=None, window=source.window)
    return fitted, None if errors is None else tuple(np.tile(errors, source.horizon).tolist())


def _arrays(one: SeriesTable, fitted: Fitted) -> tuple[np.ndarray, np.ndarray | None]:
    """All steps as the network reads them (steps, features), and the targets of all (steps, targets)."""
    fields = {name: Spec(spec[1:]) for name, spec in fitted.inputs.items()}
    x = write_fields(one.table, np.arange(len(one.table)), fitted.columns, fields, fitted.dtype)["x"]
    return x, None if one.targets is None else fitted.target.scaled(one.targets, one.table).astype(fitted.dtype)


def _windows(one: SeriesTable, arrays: tuple, spans: Spans, fitted: Fitted, split: str) -> Dataset:
    """One split, a window to a row."""
    (x, t), target, window = arrays, fitted.target, fitted.window
    reach, width = target.horizon, len(target.names)
    places = Stretches(spans, window + reach, 1)
    if not len(places):
        where = split if split not in ("train", "validation", "test") else f"data.split.{split}"
        longest = max(last - first for first, last in spans)
        raise DataError(where, f"has {count(longest, 'step')} behind each other, and a window needs {window + reach:,}"
                        f": {window:,} to read and {reach:,} to predict", "a smaller `window` or `horizon`, or more "
                        "steps")
    own = Windows(t.ravel(), places.starts * width, reach * width, offset=window * width)
    return Dataset({"x": Windows(x, places.starts, window)}, own, past=_past(one, target, places.starts + window))


def _past(one: SeriesTable, target: Forecast, origins: np.ndarray) -> Past:
    begins = np.repeat(one.breaks, np.diff(one.breaks, append=len(one.table)))
    values = np.full((len(one.table), len(target.names)), np.nan) if one.targets is None else one.targets
    return Past(values, begins, origins, target.horizon, target.season, one.time_texts if len(one.times) else None)


def _traces(series: dict[str, SeriesTable], splits: dict[str, Dataset], files: Files, names: dict) -> dict[str, Trace]:
    """Which steps each split is made of: a window goes by the first step that it predicts. With times, steps of another
    file that are the same are known again."""
    found = {}
    for split, own in splits.items():
        part = split if split in series else "train"
        one = series[part]
        one.key.origin = partial(files.digest, names[part])
        if len(one.times):
            found[split] = Trace(one.key, own.past.origins).settle()
        else:
            found[split] = Trace.placed(files.digest(names[part]), len(one.table), own.past.origins)
    return found


def _about(of: dict[str, SeriesTable], spans: dict[str, Spans], data: Data) -> list[str]:
    """A line for each split, and one on the spacing."""
    train, target = of["train"], data.fitted.target
    spacing = f"a step is {train.clock.spacing}; " if train.clock is not None else ""
    lines = [f"{spacing}season {count(target.season, 'step')}" + " (none)" * (target.season == 1)]
    for split, own in spans.items():
        one, steps = of[split], sum(last - first for first, last in own)
        ends = [one.time_texts(step, 1)[0] for step in (own[0][0], own[-1][1] - 1)] if len(one.times) else []
        between = f", {' to '.join(ends)}" if ends else ""
        lines.append(f"{split}: {count(steps, 'step')}{between}; {count(data.rows[split], 'window')}")
    return lines
