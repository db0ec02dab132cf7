"""A run folder: everything that a training leaves behind, readable without a trainer.

    run.json              what the run is and how it stands: status, versions, seed, times, metrics
    config.yaml           the user's bytes
    config.resolved.json  every value after defaults and overrides
    metrics.jsonl         what was measured (journal.py)
    checkpoints/          what can be gone on from (store.py)
    rows.safetensors      the rows that its network has learned from (lineage.py)
    plots/                pictures (plots.py)
    lock                  who writes now (lock.py)
"""

import os
import re
import time
from contextlib import contextmanager, suppress
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from dlcli.artifacts.checkpoint import Checkpoint
from dlcli.artifacts.environment import utc_now
from dlcli.artifacts.journal import Journal
from dlcli.artifacts.store import CheckpointStore
from dlcli.artifacts.tensor_file import is_whole
from dlcli.errors import RunError, StorageError
from dlcli.storage import atomic, forms
from dlcli.storage.lock import holder, locked
from dlcli.storage.strict_json import MAX_BYTES, dump, parse

SCHEMA_VERSION = 1
STATUSES = ("created", "running", "completed", "interrupted", "diverged", "failed")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
INFO_BYTES = 4 << 20
TOLD = forms.record({
    "config": forms.text, "folder": forms.text, "shards": forms.positive, "overrides": forms.each(forms.text),
    "sha256": forms.table(forms.sha256),
    "files": forms.each(forms.record(written=forms.text, found=forms.text, sha256=forms.maybe(forms.sha256))),
})
"""What other parts of the program take from run.json. The rest is for people."""


class Run:
    """One run folder.

    path: the folder. info: the contents of run.json. checkpoints, journal: what lies in it (`CheckpointStore`,
    `Journal`). Whoever writes to a run that others may know holds its lock.
    """

    def __init__(self, path: Path, info: dict):
        self.path, self.info = path, info
        self.checkpoints = CheckpointStore(path / "checkpoints")
        self.journal = Journal(path / "metrics.jsonl")
        self._lock = None
        self._settled = False

    @classmethod
    def create(cls, root: Path, name: str, config_text: bytes, resolved: dict, info: dict,
               files: dict[str, list] | None = None) -> "Run":
        """Make the folder `<name>-<UTC time>-<4 hex>` below root, with status "created". files: others for it, in
        pieces by name.

        RunError for a name that is no plain name; StorageError if root cannot be written to.
        """
        if not NAME.fullmatch(name):
            raise RunError("name", f"{name[:80]!r} cannot name a run",
                           "take 1 to 64 letters, digits, '.', '_' and '-', of which the first is a letter or digit")
        path = _make_folder(Path(root), name)
        configs = {"config.yaml": config_text, "config.resolved.json": dump(resolved, indent=1) + b"\n"}
        info = {"schema_version": SCHEMA_VERSION, "name": name, "status": "created", "created": utc_now(), **info,
                "sha256": {name: sha256(text).hexdigest() for name, text in configs.items()}}
        for name, text in configs.items():
            atomic.write_file(path / name, text, durable=False)
        for name, pieces in (files or {}).items():
            atomic.write_file(path / name, *pieces, durable=False)
        atomic.write_file(path / "run.json", dump(info, null=True, indent=1) + b"\n", durable=False)
        return cls(path, info)

    @classmethod
    def open(cls, path: Path) -> "Run":
        """A run that exists. RunError if there is none, or one that this version does not understand."""
        path = Path(path)
        try:
            if path.is_symlink():
                path = path.resolve()
            return cls(path, _read_info(path))
        except FileNotFoundError:
            problem = "no run.json: not a run folder" if path.is_dir() else "no such run folder"
            raise RunError(str(path), problem, _nearest(path)) from None
        except (OSError, RuntimeError) as error:        # a link that leads to itself
            raise RunError(str(path), f"cannot be read: {error}") from None

    @property
    def status(self) -> str:
        """As in run.json; "crashed" if that says "running" and no process holds the lock."""
        status = self.info["status"]
        return "crashed" if status == "running" and holder(self.path / "lock") is None else status

    @cached_property
    def resolved(self) -> dict:
        """The config with every default and override. RunError if it is lost."""
        path = self.path / "config.resolved.json"
        resolved = parse(self._read(path), str(path))
        if not isinstance(resolved, dict):
            raise RunError(str(path), "expected an object")
        return resolved

    @property
    def config_text(self) -> bytes:
        """The config as the user wrote it."""
        return self._read(self.path / "config.yaml")

    def is_as_written(self, name: str) -> bool:
        """Whether a file of the config is the one that was written when the run was made, as far as run.json knows."""
        known = self.info.get("sha256", {}).get(name)
        return known is None or sha256(self._read(self.path / name)).hexdigest() == known

    @property
    def warnings(self) -> list[str]:
        """What came up while checkpoints were read or deleted, as sentences for the user."""
        return self.checkpoints.warnings

    @contextmanager
    def lock(self):
        """Be the only writer; RunError "locked by pid N" if another process is. Reads run.json anew and removes what
        dead processes left half written. The death of the holder frees the lock."""
        with locked(self.path / "lock") as self._lock:
            self.info = _read_info(self.path)
            atomic.clean(self.path)
            atomic.clean(self.checkpoints.folder)
            try:
                yield self
            finally:
                self.journal.close()
                self._lock = None

    def descriptors(self) -> tuple[int, ...]:
        """Open files that a forked child must close, or it would hold the lock after this process has died."""
        return () if self._lock is None else (self._lock,)

    def update(self, **fields) -> None:
        """Set fields of run.json, which is replaced as a whole."""
        if fields.get("status", "created") not in STATUSES:
            raise ValueError(f"status {fields['status']!r}")
        self.info = {**self.info, **fields}
        atomic.write_file(self.path / "run.json", dump(self.info, null=True, indent=1) + b"\n")

    def save(self, checkpoint: Checkpoint, step: int, best: bool = False, keep: int = 2) -> str:
        """Write a checkpoint so that nothing can lose it again, then delete old ones; see `CheckpointStore.save`.

        StorageError if that fails; the checkpoint before is then as good as ever.
        """
        if not self._settled:
            self._settle()
        self.journal.sync()
        return self.checkpoints.save(checkpoint, step, best, keep)

    def load(self, which: str | int) -> Checkpoint:
        """The checkpoint "last", "best", of a step, or of a file name; see `CheckpointStore.load`."""
        return self.checkpoints.load(which)

    def best_or_last(self) -> Checkpoint:
        """What the run is used by: the checkpoint of its best epoch if it kept one, else the last."""
        return self.load(self.checkpoints.preferred())

    def steps(self) -> list[int]:
        """Steps of which there is a checkpoint, ascending."""
        return self.checkpoints.steps()

    def _settle(self) -> None:
        """Bring what `create` wrote to the disk. Only now, because a quick run should not wait for it at its start."""
        atomic.real_folder(self.checkpoints.folder)
        names = ("config.yaml", "config.resolved.json", "run.json", "rows.safetensors", ".", "..")
        try:
            for name in names:
                with suppress(FileNotFoundError):
                    atomic.sync(self.path / name)
        except OSError as error:
            raise atomic.storage_error(self.path, error, 0) from error
        self._settled = True

    def _read(self, path: Path) -> bytes:
        try:
            return atomic.read_file(path, MAX_BYTES)
        except FileNotFoundError:
            raise RunError(str(path), "is missing from the run") from None


def made(folder: Path) -> int:
    """When a run was made, in nanoseconds: its config is never written again."""
    try:
        return (folder / "config.yaml").stat().st_mtime_ns
    except OSError:
        return 0


def _read_info(path: Path) -> dict:
    where = path / "run.json"
    info = parse(atomic.read_file(where, INFO_BYTES), str(where))
    if not isinstance(info, dict):
        raise RunError(str(where), "expected an object")
    version, name, status = (info.get(key) for key in ("schema_version", "name", "status"))
    if not is_whole(version) or version == 0:
        raise RunError(f"{where}: schema_version", f"{str(version)[:40]!r}; expected a whole number from 1")
    if version > SCHEMA_VERSION:
        raise RunError(
            f"{where}: schema_version",
            f"{version}, written by a newer dlcli (this one reads {SCHEMA_VERSION})",
            "upgrade dlcli",
        )
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise RunError(f"{where}: name", f"{str(name)[:80]!r} is not the name of a run")
    if status not in STATUSES:
        raise RunError(f"{where}: status", f"{str(status)[:40]!r}; expected one of {', '.join(STATUSES)}")
    try:
        forms.check(TOLD, info)
    except forms.FormError as error:
        raise RunError(f"{where}: {error.path}", error.problem) from None
    return info


def _make_folder(root: Path, name: str) -> Path:
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    try:
        if root.exists() and not root.is_dir():
            raise StorageError(str(root), "a file, where a folder for runs was expected", "name another folder with "
                               "--runs")
        os.makedirs(root, exist_ok=True)
        for _ in range(99):
            path = root / f"{name}-{stamp}-{os.urandom(2).hex()}"
            try:
                path.mkdir()
                return path
            except FileExistsError:
                continue
    except OSError as error:
        raise atomic.storage_error(root, error, 0) from error
    raise RunError(str(root), f"no free name for another run {name!r} in this second")


def _nearest(path: Path) -> str:
    from difflib import get_close_matches

    try:
        names = sorted(folder.parent.name for folder in path.parent.glob("*/run.json"))
    except OSError:
        names = []
    near = [name for name in names if path.name and name.startswith(path.name)][-3:] or get_close_matches(
        path.name, names, 3, 0.4
    )
    return f"did you mean {' or '.join(near)}?" if near else "`dlcli runs` lists the runs that there are"
