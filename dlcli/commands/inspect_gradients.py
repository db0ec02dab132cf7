"""dlcli inspect-gradients"""

from pathlib import Path
from typing import Annotated, Literal

import typer

from dlcli.commands import _options as o

Subject = Annotated[str, typer.Argument(metavar="CONFIG|RUN", show_default=False, help="A config file, or a run folder or name.")]
Steps = Annotated[int, typer.Option("--steps", min=1, metavar="N", help="Steps of training to look at.")]
FailOn = Annotated[Literal["error", "warning"], typer.Option("--fail-on", help="The severity from which the verdict is unhealthy.")]
COLUMNS = ("gradient_norm", "weight_norm", "update_ratio", "dead", "saturated")


def command(subject: Subject, overrides: o.Overrides = None, steps: Steps = 30, fail_on: FailOn = "error", runs: o.Runs = o.RUNS,
            json: o.Json = False, quiet: o.Quiet = False):
    """Say whether training is healthy, and what cures it.

    Shows how gradients, weights and units fare in each layer, and where it goes wrong first. Of a config, it trains the first
    steps on a copy; of a run, it looks at its checkpoints. Status 8 where it is unhealthy. The cure is a change of the
    config that `dlcli train` takes as it stands.
    """
    from dlcli.commands import _output, _runs, _session
    from dlcli.errors import Exit, UsageError
    from dlcli.health.inspect import inspect, inspect_run

    _session.settle()
    if Path(subject).suffix in (".yaml", ".yml") or Path(subject).is_file():
        document = inspect(_session.load(Path(subject), overrides)[1], steps, fail_on)
    elif overrides:
        raise UsageError(" ".join(overrides), "changes go with a config, and a run has its own")
    else:
        run = _runs.find(subject, runs)
        document = inspect_run(_runs.experiment_of(run), run, steps, fail_on)
    if json:
        _output.emit(document)
    else:
        _show(document, subject)
    return Exit.OK if document["verdict"] == "healthy" else Exit.CHECK_FAILED


def _show(document: dict, subject: str) -> None:
    from dlcli.commands._output import number, say, table

    found = document["findings"]
    roots = sorted({_cause(finding) for finding in found}) if document["verdict"] == "unhealthy" else []
    say(f"{document['verdict'].capitalize()}" + (f": {', '.join(roots)}" if roots else f", by {len(document['checks'])} checks"))
    for finding in found:
        say()
        _finding(finding, subject)
    say()
    table(["layer", "kind", *(name.replace("_", " ") for name in COLUMNS)],
          [[layer["name"], layer["kind"], *(_share(layer[name]) if name in COLUMNS[3:] else number(layer[name]) for name in COLUMNS)]
           for layer in document["layers"]], left=2)


def _finding(finding: dict, subject: str) -> None:
    import sys

    from dlcli.commands._output import listed, prose, say

    say(f"{finding['severity']} {finding['code']}: {_cause(finding)}")
    if says := finding["evidence"].get("says"):
        prose(says, sys.stdout, "  ")
    if finding["consequences"]:
        prose(f"It explains {listed(_cause(c) for c in finding['consequences'])}.", sys.stdout, "  ")
    if finding["remedy"]["text"]:
        prose(f"Cure: {finding['remedy']['text']}", sys.stdout, "  ")
    if finding["remedy"]["patch"]:
        from shlex import quote

        start = f"dlcli train {subject}" if Path(subject).is_file() else "changes:"
        say(f"    {start} {' '.join(map(quote, finding['remedy']['patch']))}")


def _cause(finding: dict) -> str:
    return finding["cause"].replace("_", " ") + (f" in {finding['layer']}" if finding["layer"] else "")


def _share(value) -> str:
    return "-" if value is None else f"{value:.0%}"
