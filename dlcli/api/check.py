"""Look at a config, and train nothing."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from dlcli.api import _arguments
from dlcli.api._call import call
from dlcli.notices import Listener, warn

if TYPE_CHECKING:
    from dlcli.config import Problem
    from dlcli.errors import DlcliError
    from dlcli.training.experiment import Experiment
    from dlcli.training.footprint import Memory


def check(
    config: str | Path,
    overrides: Iterable[str] = (),
    *,
    strict: bool = False,
    runs: str | Path = "runs",
    workers: int | None = None,
    notify: Listener | None = None,
) -> dict:
    """Every error and warning of a config; without errors its layers, parameters, memory and work per sample.

    Headers of data files are read and tables scanned. strict: raise the errors (ConfigErrors, DataError, RunError)
    instead of returning them. The rest: as for `train`.

    Returns {"valid", "errors", "warnings", "layers": [{"name", "kind", "output", "parameters"}], "parameters",
    "memory_bytes", "flops_per_sample", "shards", "data", "status" (of the command), ...}.
    """
    from dlcli.errors import ConfigError, DataError, RunError

    config, runs = _arguments.path("config", config), _arguments.path("runs", runs)
    overrides, workers = _arguments.texts("overrides", overrides, "seed=1"), _arguments.whole("workers", workers)
    with call(notify):
        warnings: list[Problem] = []        # with what was found up to an error
        try:
            found = _check(config, overrides, runs, workers, warnings)
        except (ConfigError, DataError, RunError) as error:
            _tell(warnings, strict)
            if strict:
                raise
            return _document(_errors(error), warnings) | {"status": int(error.status)}
        _tell(warnings, strict)
        return _document([], warnings) | found


def _check(path: Path, overrides: list[str], runs: Path, workers: int | None, warnings: list["Problem"]) -> dict:
    """The outline of a config without errors; the warnings are added to."""
    from dlcli.api import _experiment, _lineage
    from dlcli.config import load
    from dlcli.config.build import outline
    from dlcli.training import footprint

    config = load(path, overrides)
    try:
        start = _lineage.resolve(config, runs)
        experiment = outline(config)
        data, seen = experiment.data, []
        if data.traces and (start or not data.mapped):      # a mapped file may take minutes to hash
            seen = _lineage.warnings(config, experiment, start)[1]
    finally:
        warnings += config.warnings
    warnings += seen
    needed = footprint.memory(experiment)
    if problem := footprint.shortage(needed):
        place, hint = footprint.memory_hint(experiment)
        warnings.append(config.problem(place, problem + ": `train` will refuse", hint))
    idle, joined = _experiment.idle_cores(experiment, workers), _experiment.joined_row(experiment)
    return _outline(experiment, needed) | {"notes": {"idle_cores": idle, "joined_row": joined}}


def _tell(warnings: list["Problem"], strict: bool) -> None:
    """Else they are in the document."""
    if strict:
        for warning in warnings:
            warn(warning)


def _errors(error: "DlcliError") -> list[dict]:
    from dlcli.api._experiment import placed
    from dlcli.config import ConfigErrors

    if isinstance(error, ConfigErrors):
        return [placed(problem) for problem in error.problems]
    return [{"line": None, "column": None, "where": error.where, "problem": error.problem, "hint": error.hint}]


def _document(errors: list[dict], warnings: list["Problem"]) -> dict:
    from dlcli.api._experiment import placed

    unknown = ("parameters", "memory_bytes", "memory", "flops_per_sample", "shards", "batch_rows", "last_batch_rows",
               "buckets", "data", "name", "inputs", "target", "notes")
    return {"valid": not errors, "errors": errors, "warnings": [placed(w) for w in warnings], "layers": [],
            **dict.fromkeys(unknown), "status": 0}


def _outline(e: "Experiment", needed: "Memory") -> dict:
    """What is known of a config without errors. inputs: the shape of each. target: its shape, () if a row has one
    class or value, and its number of classes, None for values."""
    from dlcli.api._columns import document
    from dlcli.training import footprint

    layers = [layer._asdict() | {"output": list(layer.output)} for layer in footprint.layers(e)]
    return {
        "layers": layers,
        "parameters": sum(layer["parameters"] for layer in layers),
        "memory_bytes": sum(needed),
        "memory": needed._asdict(),
        "flops_per_sample": e.graph.flops(),
        "shards": e.shards,
        "batch_rows": e.batch_rows,
        "last_batch_rows": e.train_rows and e.last_batch_rows,
        "buckets": [{"steps": steps, "batch_rows": rows} for steps, rows in zip(e.bucket_steps, e.bucket_sizes)],
        "data": document(e.data),
        "name": e.name,
        "inputs": {name: list(e.graph.values[value].spec) for name, value in e.graph.inputs.items()},
        "target": {"shape": list(e.data.target), "classes": e.data.target.size},
    }
