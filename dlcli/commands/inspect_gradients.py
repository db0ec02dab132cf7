"""dlcli inspect-gradients"""

from pathlib import Path
from typing import Annotated

import typer

from dlcli.commands import _options as o

Subject = Annotated[str, typer.Argument(metavar="CONFIG|RUN", show_default=False, help="A config file, or a run folder or name.")]


def command(subject: Subject, overrides: o.Overrides = None, runs: o.Runs = o.RUNS, json: o.Json = False, quiet: o.Quiet = False):
    """Say whether training is healthy, and what cures it.

    Shows how gradients, weights and units fare in each layer, and where it goes wrong first. Status 8 where it is unhealthy. The remedy is a change of the config that `dlcli train` takes as it stands.
    """
    from dlcli.commands import _output
    from dlcli.errors import Exit
    from dlcli.health import inspect

    document = inspect(*_subject(subject, overrides or [], runs))
    if json:
        _output.emit(document)
    else:
        _show(document)
    return Exit.OK if document["verdict"] == "healthy" else Exit.CHECK_FAILED


def _subject(name: str, overrides: list[str], runs: Path) -> tuple:
    """(experiment, run or None): of a config file, or of a run's own config."""
    from dlcli.commands import _session

    if Path(name).suffix in (".yaml", ".yml") or Path(name).is_file():
        return _session.load(Path(name), overrides)[1], None
    run = _session.find_run(name, runs)
    return _session.experiment_of(run), run


def _show(document: dict) -> None:
    from dlcli.commands._output import number, say, table

    say(f"The training is {document['verdict']}.")
    for finding in document["findings"]:
        _finding(finding)
    say()
    columns = ("gradient_norm", "weight_norm", "update_ratio", "dead", "saturated")
    table(["layer", "kind", *(name.replace("_", " ") for name in columns)],
          [[layer["name"], layer["kind"], *(number(layer[name]) for name in columns)] for layer in document["layers"]], left=2)


def _finding(finding: dict) -> None:
    from dlcli.commands._output import listed, number, say

    say()
    place = f" in {finding['layer']}" if finding["layer"] else ""
    say(f"{finding['severity']} {finding['code']}: {finding['cause'].replace('_', ' ')}{place}")
    if finding["evidence"]:
        say("  evidence: " + ", ".join(f"{name.replace('_', ' ')} {number(value) if not isinstance(value, list | dict) else value}"
                                       for name, value in finding["evidence"].items()))
    if finding["consequences"]:
        say(f"  leads to: {listed(name.replace('_', ' ') for name in finding['consequences'])}")
    remedy = finding["remedy"]
    if remedy:
        say(f"  remedy: {remedy['text']}")
        for change in remedy["patch"]:
            say(f"    '{change}'")
