"""Whether a run is still what it was made as. A checkpoint, which vouches for itself, holds what it was trained with
(`made`); the files beside it, the data, and the machine may be others since."""

from collections.abc import Callable
from math import isclose
from typing import TYPE_CHECKING, NamedTuple

from dlcli.errors import RunError
from dlcli.storage.strict_json import as_read

if TYPE_CHECKING:
    from dlcli.artifacts.checkpoint import Checkpoint
    from dlcli.artifacts.run import Run
    from dlcli.data.dataset import Data

KEPT = ("versions", "platform", "blas", "simd", "seed", "shards", "task", "loss", "files", "overrides", "sha256")
"""What of run.json decides about the bytes of the weights, or says what the run is."""
FREE = ("versions.python", "platform.release", "platform.cpus")
"""What may change without another byte."""
TOLERANCE = 1e-6
"""Relative, of what is learned about data: means and deviations on other machines."""
SHOWN = 20
"""Differences that a message lists."""


class Difference(NamedTuple):
    """what: `config.optimizer.adam.learning_rate`. was, now: values, None if there is none."""

    what: str
    was: object
    now: object

    def __str__(self) -> str:
        return f"{self.what} was {_short(self.was)}, is {_short(self.now)}"


class DriftError(RunError):
    """A run that is no longer what it was made as; `differences` lists all that changed."""

    def __init__(self, where: str, problem: str, differences: list[Difference], hint: str | None = None):
        super().__init__(where, problem, hint)
        self.differences = differences

    def details(self) -> list[str]:
        lines = [str(difference) for difference in self.differences[:SHOWN]]
        if len(self.differences) > SHOWN:
            lines.append(f"and {len(self.differences) - SHOWN:,} more")
        return lines

    def document(self) -> dict:
        document = super().document()
        document["error"]["differences"] = [difference._asdict() for difference in self.differences]
        return document


def made(run: "Run") -> dict:
    """What a run says that it was made with: the resolved config, and `KEPT` of run.json as far as it has them."""
    return {"config": run.resolved} | {key: run.info[key] for key in KEPT if key in run.info}


def changes(was, now, tolerance: float = 0.0, path: str = "") -> list[Difference]:
    """Where two JSON values differ, by path: entries of the network and columns go by name. tolerance: relative, of
    numbers."""
    before, after = dict(flat(was, path)), dict(flat(now, path))
    return [Difference(key, before.get(key), after.get(key)) for key in dict.fromkeys((*before, *after))
            if not (key in before and key in after and _alike(before[key], after[key], tolerance))]


def check_record(run: "Run", checkpoint: "Checkpoint") -> None:
    """DriftError if config.resolved.json or run.json say something else than the checkpoint that was trained by them.
    An older checkpoint, which holds no record, is believed."""
    record = checkpoint.state.get("made")
    if not isinstance(record, dict):
        return
    current = made(run)
    if found := changes(record.get("config"), current.pop("config"), path="config.resolved.json"):
        raise DriftError(str(run.path), "its config was changed since it was trained by it", found,
                         f"put the file back as it was; for another config: {_restart(run)} starts from its weights")
    if found := changes({key: value for key, value in record.items() if key != "config"}, current, path="run.json"):
        raise DriftError(str(run.path), "its run.json was changed since", found, "put the file back as it was")


def check_config(run: "Run", written: Callable[["Run"], dict | None]) -> None:
    """DriftError if config.yaml or config.resolved.json was changed, and not in its comments alone. written: reads what
    config.yaml says, with the changes that the run was made with; its answer is None if nobody knows."""
    changed = [name for name in ("config.yaml", "config.resolved.json") if not run.is_as_written(name)]
    if not changed:
        return
    values = written(run)
    if values is None or len(changed) > 1:
        found = [Difference(name, "another file when the run was made", "changed") for name in changed]
    else:
        pair = (values, run.resolved) if changed == ["config.resolved.json"] else (run.resolved, values)
        found = [part for part in changes(*pair, path=changed[0])
                 if not part.what.startswith(f"{changed[0]}.init_from")]
    if found:
        raise DriftError(str(run.path), "its config was changed since the run was made", found, "put it back as it "
                         f"was, and the run goes on; another config is a new run: {_restart(run)} starts from its "
                         "weights")


def check_machine(run: "Run", current: dict) -> None:
    """DriftError if steps from here on would not have the bytes that the run would have had: another version, BLAS or
    processor than run.json names. current: `environment()`."""
    found = [difference for key in ("versions", "platform", "blas", "simd") if key in run.info
             for difference in changes(run.info[key], current[key], path=key) if difference.what not in FREE]
    if not found:
        return
    installed = [f"{part.what.removeprefix('versions.')} {part.was}" for part in found
                 if part.what.startswith("versions.")]
    way = f"install {' and '.join(installed)}" if installed else "go on with it on such a machine as it was begun on"
    problem = "it was trained with something else than there is now, so it cannot go on with the same bytes"
    raise DriftError(str(run.path), problem, found, f"{way}, or start a new run from its weights: {_restart(run)}")


def check_data(run: "Run", checkpoint: "Checkpoint", data: "Data", exact: bool = False) -> None:
    """DriftError if the data are not prepared as when the checkpoint was written: by another version, or since it was
    changed. data: as they are prepared now. Not exact: numbers may differ as other machines round, and what does not
    reach the network is passed over."""
    was, current = checkpoint.state.get("data"), as_read(data.state())
    if not exact and isinstance(was, dict):
        was, current = ({key: value for key, value in state.items() if key != "positive"} for state in (was, current))
    if found := changes(was, current, 0.0 if exact else TOLERANCE, "data"):
        versions = run.info.get("versions")
        maker = f"dlcli {versions['dlcli']}" if isinstance(versions, dict) and "dlcli" in versions else "another dlcli"
        raise DriftError(str(run.path), "its data are no longer what it was trained on, or prepared in another way",
                         found, f"{maker} made it: use this one, unless its files were changed")


def _restart(run: "Run") -> str:
    """The command of a new run that starts from this one's weights."""
    return f"`dlcli train CONFIG init_from.run={run.path}`"


class Order(list):
    """Names of the entries of a list. Equal to another if the names that both have come in the same order: what one of
    them lacks differs by itself."""

    def __eq__(self, other) -> bool:
        if not isinstance(other, Order):
            return True
        both = set(self) & set(other)
        return [name for name in self if name in both] == [name for name in other if name in both]

    def __ne__(self, other) -> bool:
        return not self == other

    __hash__ = None


def flat(value, path: str):
    """(path, value) of each leaf. Entries of a list that all have names of their own go by these, others by index;
    `PATH.order` is the `Order` of such names."""
    if isinstance(value, dict) and value:
        items = value.items()
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        names = [item.get("name") if isinstance(item, dict) else None for item in value]
        unique = all(isinstance(name, str) for name in names) and len(set(names)) == len(names)
        items = zip(names if unique else range(len(value)), value, strict=True)
        if unique:
            yield f"{path}.order", Order(names)
    else:
        yield path, value
        return
    for key, item in items:
        yield from flat(item, f"{path}.{key}" if path else str(key))


def _alike(a, b, tolerance: float) -> bool:
    if isinstance(a, Order):
        return a == b
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(_alike(x, y, tolerance) for x, y in zip(a, b))
    if tolerance and isinstance(a, float) and isinstance(b, float):
        return isclose(a, b, rel_tol=tolerance, abs_tol=tolerance * tolerance)
    return type(a) is type(b) and a == b


def _short(value) -> str:
    text = "not there" if value is None else value if isinstance(value, str) else repr(value)
    return text if len(text) <= 70 else text[:67] + "..."
