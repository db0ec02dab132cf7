"""Whether a run can go on, or be evaluated, as what it was made."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlcli.artifacts.checkpoint import Checkpoint
    from dlcli.artifacts.run import Run
    from dlcli.data.dataset import Data


def check_resume(run: "Run", checkpoint: "Checkpoint | None") -> None:
    """DriftErrors, before anything is changed, if the run would not go on with the bytes that it would have had: its
    config, record or data was changed, or versions, BLAS or processor are others."""
    from dlcli.artifacts.drift import check_machine, check_record
    from dlcli.artifacts.environment import environment
    from dlcli.artifacts.lineage import lineage_of
    from dlcli.engine.blas import single_thread

    lineage_of(run)             # a RunError now, not at the first save
    if checkpoint is not None:
        check_record(run, checkpoint)
    _check_config(run)
    single_thread()
    check_machine(run, environment())


def check_data(run: "Run", checkpoint: "Checkpoint", data: "Data", exact: bool = False) -> None:
    """DriftError if the data are not prepared as the network learned them; see `drift.check_data`."""
    import json

    from dlcli.artifacts.drift import check_data

    check_data(run, checkpoint, json.loads(json.dumps(data.state())), exact)


def _check_config(run: "Run") -> None:
    """config.yaml and config.resolved.json against each other, if one of them is not as it was written. Comments may
    change."""
    from dlcli.artifacts.drift import Difference, DriftError, changes

    changed = [name for name in ("config.yaml", "config.resolved.json") if not run.is_as_written(name)]
    if not changed:
        return
    values = _values(run)
    if values is None or len(changed) > 1:
        found = [Difference(name, "another file when the run was made", "changed") for name in changed]
    else:
        pair = (values, run.resolved) if changed == ["config.resolved.json"] else (run.resolved, values)
        found = [part for part in changes(*pair, path=changed[0])
                 if not part.what.startswith(f"{changed[0]}.init_from")]
    if found:
        raise DriftError(str(run.path), "its config was changed since the run was made", found,
                         "put it back as it was, and the run goes on; another config is a new run: "
                         f"`dlcli train CONFIG init_from.run={run.path}` starts from its weights")


def _values(run: "Run") -> dict | None:
    """What config.yaml says, with the changes that the run was made with; None if it is not known."""
    from dlcli.config import parse
    from dlcli.errors import DlcliError

    overrides, written = run.info.get("overrides"), run.info.get("config")
    if overrides is None:
        return None
    try:
        return parse(run.config_text, Path(written).name if isinstance(written, str) else "config.yaml",
                     overrides).values
    except DlcliError:
        return None
