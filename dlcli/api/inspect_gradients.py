"""Say whether training is healthy."""

from collections.abc import Iterable
from pathlib import Path

from dlcli.api import _arguments
from dlcli.api._call import call
from dlcli.notices import Listener


def inspect_gradients(
    subject: str | Path,
    overrides: Iterable[str] = (),
    *,
    steps: int | None = None,
    fail_on: str = "error",
    runs: str | Path = "runs",
    notify: Listener | None = None,
) -> dict:
    """How gradients, weights and units fare in each layer, where it goes wrong first, and what cures it.

    subject: a config file, whose first steps are trained on a copy, or a run (a folder, a name below `runs`, `last`),
    whose checkpoints are looked at. overrides: changes of a config. steps: of training; 30 by default, fewer of large
    networks. fail_on: `error` or `warning`, the severity from which the verdict is `unhealthy`.

    Returns {"verdict", "findings", "layers", "over_time", "checks"}, as docs/health.md describes.
    """
    from dlcli.api import _experiment, _runs, _stored
    from dlcli.artifacts.find import find
    from dlcli.errors import UsageError
    from dlcli.health.inspect import inspect, inspect_run

    subject, runs = _arguments.name_of("subject", subject), _arguments.path("runs", runs)
    overrides, steps = _arguments.texts("overrides", overrides, "seed=1"), _arguments.whole("steps", steps)
    fail_on = _arguments.choice("fail_on", fail_on, ("error", "warning"))
    with call(notify):
        _experiment.settle()
        if is_config(subject):
            return inspect(_experiment.load(subject, overrides, runs).experiment, steps, fail_on)
        if overrides:
            raise UsageError(" ".join(overrides), "changes go with a config, and a run has its own")
        run = find(subject, runs)
        model = _stored.stored(run, "last") if run.steps() else None
        experiment = _stored.trained_experiment(model) if model else _runs.experiment_of(run)
        return inspect_run(experiment, run, steps, fail_on)


def is_config(subject: str | Path) -> bool:
    """Whether a config is meant, and not a run."""
    return Path(subject).suffix in (".yaml", ".yml") or Path(subject).is_file()
