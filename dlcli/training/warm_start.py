"""What training starts from: drawn parameters, or those of an earlier run."""

from pathlib import Path
from typing import NamedTuple

from dlcli.artifacts.run import Run
from dlcli.engine.network import Network
from dlcli.engine.parameters import Parameters
from dlcli.errors import ConfigError
from dlcli.training.experiment import Experiment
from dlcli.training.settings import InitFrom
from dlcli.training.state import model_arrays


class FirstWeights(NamedTuple):
    """A network whose parameters are those that training starts from. taken: what `start_from` says, if it was called.
    """

    network: Network
    taken: dict[str, list[str]] | None


def first_weights(experiment: Experiment, workers: int = 1, form: str = "fork") -> FirstWeights:
    """Make the network of an experiment, and draw its parameters or take over those that `init_from` names. ConfigError
    if they do not fit. Nothing is written: whoever makes a run folder for it does so afterwards."""
    network = experiment.network(workers, form)
    network.parameters.initialize(experiment.seed)
    taken = start_from(network.parameters, experiment.init_from) if experiment.init_from else None
    return FirstWeights(network, taken)


def start_from(parameters: Parameters, settings: InitFrom) -> dict[str, list[str]]:
    """Copy parameters and buffers of the run's best checkpoint (else its last) by their stable names.

    Returns the names that were "taken", those of this network that the run does not have ("missing", left as
    initialised), and those of the run that this network has no place for ("extra"). ConfigError if a name has
    another shape in the run, if a named entry is in neither, or if nothing at all fits.
    """
    theirs, mine = model_arrays(Run.open(Path(settings.run))), parameters.arrays()
    wanted = _wanted(settings, theirs, mine)
    taken = [name for name in wanted if name in theirs and name in mine]
    _check_shapes(settings, theirs, mine, taken)
    if not taken:
        raise ConfigError("init_from.run", f"the run {settings.run} has no parameter that this network has",
                          f"it has {', '.join(sorted(theirs))}")
    for name in taken:
        mine[name][...] = theirs[name]
    return {"taken": taken, "missing": [n for n in mine if n in wanted and n not in theirs],
            "extra": [n for n in theirs if n in wanted and n not in mine]}


def _wanted(settings: InitFrom, theirs: dict, mine: dict) -> list[str]:
    names = list(dict.fromkeys((*mine, *theirs)))
    if settings.layers == "all":
        return names
    entries = {name.rpartition(".")[0] for name in names}
    for layer in settings.layers:
        if layer not in entries:
            raise ConfigError("init_from.layers", f"no entry {layer!r} with parameters in this network or in the run",
                              f"there are {', '.join(sorted(entries))}")
    return [name for name in names if name.rpartition(".")[0] in settings.layers]


def _check_shapes(settings: InitFrom, theirs: dict, mine: dict, names: list[str]) -> None:
    wrong = [name for name in names if theirs[name].shape != mine[name].shape]
    if not wrong:
        return
    entries = dict.fromkeys(name.rpartition(".")[0] for name in names)
    fitting = [entry for entry in entries if entry not in {name.rpartition(".")[0] for name in wrong}]
    hint = (
        f"`layers: [{', '.join(fitting)}]` under `init_from` takes over what fits"
        if fitting
        else "no entry has the shapes of the run's"
    )
    raise ConfigError(
        "init_from.run" if settings.layers == "all" else "init_from.layers",
        f"{wrong[0]} has shape {theirs[wrong[0]].shape} in the run, and {mine[wrong[0]].shape} here",
        hint,
    )
