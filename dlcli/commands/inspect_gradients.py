"""dlcli inspect-gradients"""

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
    first steps on a copy; of a run, it looks at its checkpoints. Status 8 if it is unhealthy. The cure is a change
    of the config that `dlcli train` takes as it stands.
    """
    from dlcli import api
    from dlcli.api.inspect_gradients import is_config
    from dlcli.errors import Exit
    from dlcli.terminal import health, screen

    document = api.inspect_gradients(subject, overrides or (), steps=steps, fail_on=fail_on, runs=runs)
    config = [subject, *(overrides or [])] if is_config(subject) else None
    screen.present(document, json, lambda document: health.show(document, subject=config))
    return Exit.OK if document["verdict"] == "healthy" else Exit.CHECK_FAILED
