"""A config with its data, ready to be trained; and the cores that there are for it."""

import gc
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dlcli.notices import warn
from dlcli.storage.machine import cores
from dlcli.text import count

if TYPE_CHECKING:
    from dlcli.artifacts.run import Run
    from dlcli.config import Config, Problem
    from dlcli.training.experiment import Experiment


def settle() -> None:
    """After the start, before the work: collect garbage again, but never among what is there to stay.

    The program turns the collection off for its start; elsewhere it is on, and this changes nothing.
    """
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def processes(workers: int | None) -> int:
    """How many share the work: as many as were asked for, else all cores that may be used."""
    return workers or cores()


class Loaded(NamedTuple):
    """A config, the experiment that it describes, and the run that it starts from (`init_from`), if there is one."""

    config: "Config"
    experiment: "Experiment"
    start: "Run | None"


def load(path: str | Path, overrides: Iterable[str], runs: str | Path) -> Loaded:
    """A config file, and the experiment that it describes, with its data. ConfigErrors if no memory could hold it.
    runs: the folder in which the run of `init_from` is looked for."""
    from dlcli.api._lineage import resolve
    from dlcli.config import load
    from dlcli.config.build import experiment
    from dlcli.training.footprint import memory, memory_hint, shortage

    config = load(Path(path), list(overrides))
    start = resolve(config, Path(runs))
    try:
        built = experiment(config)
    finally:
        for warning in config.warnings:
            warn(warning)
    if "train" not in built.data.splits:
        raise config.error_at(
            "data.source", "there are no rows to train on", "`dlcli check` looks at networks on declared data"
        )
    if problem := shortage(memory(built)):
        place, hint = memory_hint(built)
        raise config.error_at(place, problem, hint)
    return Loaded(config, built, start)


def placed(problem: "Problem") -> dict:
    """An error or warning about a config, as documents hold it."""
    said = problem.document()
    return {key: said[key] for key in ("line", "column", "where", "problem", "hint")}


def joined_row(experiment: "Experiment") -> str | None:
    """What to say if the last batch of an epoch takes in a row that would be left alone."""
    last = experiment.last_batch_rows
    if last <= experiment.batch_rows:
        return None
    return (f"the last batch of an epoch has {last:,} rows: it takes in the one that is left over, since batch_norm "
            "compares rows")


def idle_cores(experiment: "Experiment", workers: int | None) -> str | None:
    """What to say if some cores have nothing to do, unless it is for the best. workers: those that were asked for."""
    k, there = experiment.shards, processes(workers)
    if there <= k or (workers is None and k == 1):      # small steps are fastest on one core
        return None
    few = " (its steps are small)" if k == 1 and experiment.training.shards == "auto" else ""
    return (
        f"a batch is divided into {count(k, 'part')}{few}, so {k} of {there} cores {'is' if k == 1 else 'are'} used; "
        f"training.shards={there} would use all of them, and change the last digits of the result"
    )
