"""dlcli check"""

from dlcli.commands import _options as o

FIELDS = ("line", "column", "where", "problem", "hint")


def command(config: o.Config, overrides: o.Overrides = None, workers: o.Workers = None, json: o.Json = False, quiet: o.Quiet = False):
    """Show every error of a config; train nothing.

    Without errors: layers with their shapes, parameters, memory and work per sample. Headers of data files are read and tables scanned. Status 3 where the config has errors.
    """
    from dlcli.commands import _output
    from dlcli.config import ConfigErrors, load
    from dlcli.config.build import outline
    from dlcli.errors import ConfigError, DataError

    warnings = []
    try:
        settings = load(config, overrides or [])
        warnings = settings.warnings
        experiment = outline(settings)
        warnings = [*warnings, *(w for w in settings.warnings if w not in warnings)]
    except (ConfigError, DataError) as error:
        if not json:
            for warning in warnings:
                _output.warn(f"warning: {warning}")
            raise
        errors = error.problems if isinstance(error, ConfigErrors) else []
        found = [_short(p.document()) for p in errors] or [{"line": None, "column": None, "where": error.where, "problem": error.problem, "hint": error.hint}]
        _output.emit(_document(found, warnings))
        return error.status
    document = _document([], warnings, experiment)
    if json:
        _output.emit(document)
    else:
        _show(document, warnings, experiment, workers)


def _short(problem: dict) -> dict:
    return {key: problem[key] for key in FIELDS}


def _document(errors: list, warnings: list, e=None) -> dict:
    from dlcli.commands import _estimate

    document = {"valid": not errors, "errors": errors, "warnings": [_short(w.document()) for w in warnings], "layers": [],
                "parameters": None, "memory_bytes": None, "flops_per_sample": None, "shards": None}
    if e is None:
        return document
    layers = [layer._asdict() for layer in _estimate.layers(e)]
    return document | {"layers": layers, "parameters": sum(layer["parameters"] for layer in layers), "memory_bytes": _estimate.memory(e),
                       "flops_per_sample": e.graph.flops(), "shards": e.shards}


def _show(document: dict, warnings: list, e, workers: int | None) -> None:
    from dlcli.commands import _session
    from dlcli.commands._output import say, size, table, warn

    for warning in warnings:
        warn(f"warning: {warning}\n")
    data = e.data
    inputs = ", ".join(f"{name} {_shape(e.graph.values[value].spec)}" for name, value in e.graph.inputs.items())
    target = f"{data.target.size} classes" if data.task == "classification" else f"{_shape(data.target)} values"
    rows = ", ".join(f"{count:,} {name}" for name, count in data.rows.items()) or "no rows"
    say(f"{e.name}: {data.task}, {rows}; {inputs}; {target}")
    say()
    table(["layer", "kind", "output", "parameters"],
          [[layer["name"], layer["kind"], _shape(layer["output"]), f"{layer['parameters']:,}" if layer["parameters"] else ""] for layer in document["layers"]], left=3)
    say()
    say(f"{document['parameters']:,} parameters; about {size(document['memory_bytes'])} of memory; "
        f"{document['flops_per_sample']:,} floating-point operations per sample forward")
    note = _session.idle_cores(e, workers or _session.cores())
    say(f"{e.batch_rows} rows per batch in {document['shards']} shard{'s' if document['shards'] > 1 else ''}" + (f": {note}" if note else ""))
    say("The config is valid.")


def _shape(shape) -> str:
    return " x ".join(map(str, shape)) or "1"
