"""Rows held out that the network has learned all the same, and what is said of them."""

from pathlib import Path
from typing import TYPE_CHECKING

from dlcli.errors import DataError, RunError
from dlcli.notices import warn
from dlcli.text import listed

if TYPE_CHECKING:
    from dlcli.artifacts.lineage import Lineage
    from dlcli.artifacts.run import Run
    from dlcli.config import Config
    from dlcli.data.dataset import Data, Dataset
    from dlcli.data.settings import Split
    from dlcli.training.experiment import Experiment

CHOSEN = "by them the best epoch is chosen"
CHANCE = "that could be chance"
NOT_RECORDED = "what it was trained on is not recorded, so nobody can tell whether rows held out are among it"


def warnings(config: "Config", experiment: "Experiment", start: "Run | None") -> tuple["Lineage", list]:
    """The lineage of a run that is to be made, and a problem for each split held out of which rows were learned."""
    from dlcli.artifacts.lineage import new_lineage

    data = experiment.data
    lineage, found = new_lineage(data, start), []
    for name in [name for name in data.traces if name != "train"]:
        seen, of = lineage.seen(data.traces[name]), f"of {data.traces[name].counted} of the {name} split"
        place = "data.source" if name in data.division.given else "data.split.seed" if lineage.runs else "data.split"
        if seen.rows.any():
            ends = "what `evaluate` would say of them is no test" if name == "test" else CHOSEN
            found.append(config.problem(place, f"{seen.rows.sum():,} {of} {_learned(lineage, data, name)}: {ends}",
                                        unseen_split_hint(experiment, lineage, name)))
        if seen.chance:
            found.append(config.problem(place, f"{seen.equal.sum():,} {of} {_equal(lineage)}; {CHANCE}",
                                        "nothing is to be done if they are other rows that hold the same"))
    if not lineage.whole:
        found.append(config.problem("init_from.run", f"{_names(lineage)}: {NOT_RECORDED}"))
    return lineage, found


def seen_of(data: "Data", lineage: "Lineage") -> dict[str, int]:
    """Rows of each split held out that were learned, if there are any."""
    seen = {name: int(lineage.seen(trace).rows.sum()) for name, trace in data.traces.items() if name != "train"}
    return {name: rows for name, rows in seen.items() if rows}


def evaluated(run: "Run", experiment: "Experiment", name: str, allowed: bool) -> int | None:
    """How many of the rows of a stored split the network has learned; None if it is not known. DataError if the
    split is called a test and is none, unless it is `allowed`."""
    from dlcli.artifacts.lineage import Lineage, Trained, lineage_of

    lineage, data = lineage_of(run), experiment.data
    if lineage is None and experiment.init_from is not None:
        warn(f"{experiment.init_from.run}: {NOT_RECORDED}")
        return None
    lineage = lineage or Lineage(Trained.of(data.traces["train"]))
    if not lineage.whole:
        warn(f"{_names(lineage)}: {NOT_RECORDED}")
    rows = data.rows[name]
    if name == "train":
        return rows
    found, total = lineage.seen(data.traces[name]), data.traces[name].counted
    seen = int(found.rows.sum())
    if found.chance:
        warn(f"{found.equal.sum():,} of {total} {_equal(lineage)}; {CHANCE}")
    if seen:
        what = f"{seen:,} of {total} {_learned(lineage, data, name)}"
        if name == "test" and not allowed:
            raise DataError(f"{run.path}: test split", f"{what}: this is no test", "--allow-seen judges them all the "
                            f"same; for a test, train again: {unseen_split_hint(experiment, lineage, name)}")
        warn(f"{what}: this is no test" if name == "test" else what)
    return seen if lineage.whole or seen else None


def evaluated_file(run: "Run", rows: "Dataset", name: str, allowed: bool) -> int | None:
    """How many rows of a file the network has learned; None if it is not known. DataError if the file is one that
    it was trained on, unless it is `allowed`; of rows that only hold the same, a warning."""
    from dlcli.artifacts.lineage import lineage_of

    lineage = lineage_of(run)
    if lineage is None:
        return None
    found, total = (lineage.own | lineage.before).seen(rows.trace), rows.trace.counted
    placed, seen = int(found.placed.sum()), int(found.rows.sum())
    if placed and not allowed:
        raise DataError(name, f"{placed:,} of its {total} were trained on: this is no test",
                        "--allow-seen judges them all the same; `dlcli evaluate RUN` alone takes the rows that were "
                        "held out")
    if seen:
        how = "were trained on" if placed else "are equal to rows that were trained on"
        warn(f"{seen:,} of {total} of {name} {how}")
    if found.chance:
        warn(f"{found.equal.sum():,} of {total} of {name} are equal to rows that were trained on; {CHANCE}")
    return seen if lineage.whole or seen else None


def unseen_split_hint(experiment: "Experiment", lineage: "Lineage", name: str) -> str:
    """What to train with instead, so that nothing of a split was learned; tried: the split of one of the earlier runs,
    by its seed alone if that is enough."""
    import json

    from dlcli.data.settings import Split
    from dlcli.errors import DlcliError

    data, mine = experiment.data, experiment.values["data"]["split"]
    if lineage.own.by_place(data.traces[name]).any() or not lineage.runs:
        return "name another file, or a share under `data.split`"
    for run in [] if name in data.division.given else lineage.runs:
        for split in (mine | {"seed": run["split"].get("seed")}, run["split"]):
            changed = {key: value for key, value in split.items() if value != mine.get(key)}
            try:
                fine = changed and _unseen(data, lineage, Split(**split))
            except (DlcliError, TypeError, ValueError):     # what an older run says is no split any more
                fine = False
            if fine:
                changes = " ".join(f"data.split.{key}={json.dumps(value)}" for key, value in changed.items())
                return f"`{changes}` holds out rows for {name} that no run before was trained on"
    if not lineage.seen(data.traces[name]).placed.any():
        return f"hold out other rows for {name}, equal to none that a run before was trained on"
    return f"hold out rows of a file for {name} that no run before was trained on"


def _unseen(data: "Data", lineage: "Lineage", split: "Split") -> bool:
    """Whether another split would hold out the same parts at least, and nothing of those cut that was learned."""
    if split.seed is None:
        return False
    rows, whole = data.division.cut(split, 0), data.traces["train"]
    tried = lineage._replace(own=type(lineage.own).of(whole.of(rows["train"])))
    cut = rows.keys() - data.division.given.keys() - {"train"}
    seen = [tried.seen(whole.of(rows[name])) for name in cut]
    return data.traces.keys() <= rows.keys() and not any((found.placed | found.equal).any() for found in seen)


def _learned(lineage: "Lineage", data: "Data", name: str) -> str:
    if lineage.own.by_place(data.traces[name]).any():
        return "are rows of the training split itself"
    if not lineage.seen(data.traces[name]).placed.any():
        return _equal(lineage)
    return f"were trained on by {_names(lineage)}, which this run starts from"


def _equal(lineage: "Lineage") -> str:
    return f"are equal to rows that were trained on by {_names(lineage)}, which this run starts from"


def _names(lineage: "Lineage") -> str:
    names = [run["run"] for run in lineage.runs]
    return listed(names if len(names) <= 3 else [*names[:2], f"{len(names) - 2} runs before"])


def resolve(config: "Config", root: Path) -> "Run | None":
    """The run that `init_from` names, by any of the ways in which commands name one; the config then has its path.
    RunError at its place."""
    from dlcli.artifacts.find import find

    if config.init_from is None:
        return None
    try:
        run = find(config.init_from.run, root)
    except RunError as error:
        raise RunError(config.problem("init_from.run", "").where, f"{error.where}: {error.problem}",
                       error.hint) from None
    config.start_from(str(run.path))
    return run
