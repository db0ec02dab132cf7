"""dlcli check"""

from dlcli.commands import _options as o


def command(config: o.Config, overrides: o.Overrides = None, runs: o.Runs = o.RUNS, workers: o.Workers = None,
            json: o.Json = False, quiet: o.Quiet = False):
    """Show every error of a config; train nothing.

    Without errors: layers with their shapes, parameters, memory and work per sample. Headers of data files are read and
    tables scanned. Status 3 where the config has errors.
    """
    from dlcli.api import _lineage
    from dlcli.config import load
    from dlcli.config.build import outline
    from dlcli.errors import ConfigError, DataError, RunError
    from dlcli.terminal import screen
    from dlcli.training import footprint

    settings, seen = None, []
    try:
        settings = load(config, overrides or [])
        start = _lineage.resolve(settings, runs)
        experiment = outline(settings)
        data = experiment.data
        if data.traces and (start or not data.mapped):      # a mapped file may take minutes to hash
            seen = _lineage.warnings(settings, experiment, start)[1]
    except (ConfigError, DataError, RunError) as error:
        warnings = settings.warnings if settings else []        # with what was found up to the error
        if json:
            screen.emit(_document(_errors(error), warnings))
            return error.status
        _warn(warnings)
        raise
    warnings, needed = settings.warnings + seen, footprint.memory(experiment)
    if problem := footprint.shortage(needed):
        place, hint = footprint.remedy(experiment)
        warnings.append(settings.problem(place, problem + ": `train` will refuse", hint))
    document = _document([], warnings, experiment, needed)
    if json:
        screen.emit(document)
    else:
        _warn(warnings)
        _show(document, experiment, workers)


def _errors(error) -> list[dict]:
    from dlcli.config import ConfigErrors
    from dlcli.terminal.screen import placed

    if isinstance(error, ConfigErrors):
        return [placed(problem) for problem in error.problems]
    return [{"line": None, "column": None, "where": error.where, "problem": error.problem, "hint": error.hint}]


def _document(errors: list, warnings: list, e=None, needed=None) -> dict:
    from dlcli.terminal import columns
    from dlcli.terminal.screen import placed
    from dlcli.training import footprint

    document = {"valid": not errors, "errors": errors, "warnings": [placed(w) for w in warnings], "layers": [],
                "parameters": None, "memory_bytes": None, "memory": None, "flops_per_sample": None, "shards": None,
                "batch_rows": None, "last_batch_rows": None, "data": None}
    if e is None:
        return document
    layers = [layer._asdict() for layer in footprint.layers(e)]
    return document | {
        "layers": layers,
        "parameters": sum(layer["parameters"] for layer in layers),
        "memory_bytes": sum(needed),
        "memory": needed._asdict(),
        "flops_per_sample": e.graph.flops(),
        "shards": e.shards,
        "batch_rows": e.batch_rows,
        "last_batch_rows": e.train_rows and e.last_batch_rows,
        "data": columns.document(e.data),
    }


def _warn(warnings: list) -> None:
    from dlcli.terminal.screen import complain

    for warning in warnings:
        complain(f"warning: {warning}\n")


def _show(document: dict, e, workers: int | None) -> None:
    from dlcli.api._experiment import idle_cores, joined_row
    from dlcli.terminal import columns
    from dlcli.terminal.screen import count, say, size, split_rows, table

    data = e.data
    inputs = ", ".join(f"{name} {_shape(e.graph.values[value].spec)}" for name, value in e.graph.inputs.items())
    target = f"{data.target.size} classes" if data.task == "classification" else count(data.target[0], "value")
    say(f"{e.name}: {data.task}, {split_rows(e.data.rows) if e.data.rows else 'declared data'}; {inputs}, {target}")
    columns.show(document["data"], tuple(data.target))
    say()
    table(
        ["layer", "kind", "output", "parameters"],
        [
            [
                layer["name"],
                layer["kind"],
                _shape(layer["output"]),
                f"{layer['parameters']:,}" if layer["parameters"] else "",
            ]
            for layer in document["layers"]
        ],
        left=3,
        spare="kind",
    )
    say()
    say(f"{document['parameters']:,} parameters, about {size(document['memory_bytes'])} of memory: "
        + ", ".join(f"{name} {size(taken)}" for name, taken in document["memory"].items() if taken))
    say(f"{document['flops_per_sample']:,} floating-point operations per sample, forward")
    note = idle_cores(e, workers)
    say(f"{count(e.batch_rows, 'row')} per batch in {count(e.shards, 'shard')}" + (f": {note}" if note else ""))
    if note := joined_row(e):
        say(note)
    say("The config is valid.")


def _shape(shape) -> str:
    return " x ".join(map(str, shape)) or "1"
