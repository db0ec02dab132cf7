"""dlcli inspect-gradients"""

from pathlib import Path
from typing import Annotated, Literal

import typer

from dlcli.commands import _options as o

Subject = Annotated[
    str, typer.Argument(metavar="CONFIG|RUN", show_default=False, help="A config file, or a run folder or name.")
]
Steps = Annotated[int | None, typer.Option("--steps", min=1, metavar="N", show_default=False,
                                           help="Steps of training to look at. Default: 30, of large networks fewer.")]
FailOn = Annotated[
    Literal["error", "warning"], typer.Option("--fail-on", help="The severity from which the verdict is unhealthy.")
]


def command(
    subject: Subject,
    overrides: o.Overrides = None,
    steps: Steps = None,
    fail_on: FailOn = "error",
    runs: o.Runs = o.RUNS,
    json: o.Json = False,
    quiet: o.Quiet = False,
):
    """Say whether training is healthy, and what cures it.

    Shows how gradients, weights and units fare in each layer, and where it goes wrong first. Of a config, it trains the
    first steps on a copy; of a run, it looks at its checkpoints. Status 8 where it is unhealthy. The cure is a change
    of the config that `dlcli train` takes as it stands.
    """
    from dlcli.api import _experiment, _runs, _stored
    from dlcli.errors import Exit, UsageError
    from dlcli.health.inspect import inspect, inspect_run
    from dlcli.terminal import health, screen

    _experiment.settle()
    run = None
    if Path(subject).suffix in (".yaml", ".yml") or Path(subject).is_file():
        document = inspect(_experiment.load(Path(subject), overrides, runs).experiment, steps, fail_on)
    elif overrides:
        raise UsageError(" ".join(overrides), "changes go with a config, and a run has its own")
    else:
        run = _runs.find(subject, runs)
        model = _stored.stored(run, "last") if run.steps() else None
        experiment = _stored.experiment_of(model) if model else _runs.experiment_of(run)
        document = inspect_run(experiment, run, steps, fail_on)
    if json:
        screen.emit(document)
    else:
        health.show(document, subject=None if run else [subject, *(overrides or [])])
    return Exit.OK if document["verdict"] == "healthy" else Exit.CHECK_FAILED
