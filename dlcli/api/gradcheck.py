"""Compare backpropagation with numeric gradients."""

from collections.abc import Iterable
from pathlib import Path

from dlcli.api import _arguments
from dlcli.api._call import call
from dlcli.notices import Listener


def gradcheck(
    config: str | Path,
    overrides: Iterable[str] = (),
    *,
    runs: str | Path = "runs",
    notify: Listener | None = None,
) -> dict:
    """The analytic gradient of each parameter array of a config's network against differences of its loss, in float64.

    config, overrides, runs, notify: as for `train`. Returns {"passed", "error": the largest relative one, "tolerance",
    "parameters": [{"name", "analytic", "numeric", "error", "redrawn"}], ...}.
    """
    from dlcli.api._experiment import load
    from dlcli.training.gradcheck import check

    config, runs = _arguments.path("config", config), _arguments.path("runs", runs)
    overrides = _arguments.texts("overrides", overrides, "seed=1")
    with call(notify):
        return check(load(config, overrides, runs).experiment)
