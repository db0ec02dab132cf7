"""The checkpoints of a run: written so that none is ever lost, and found again whatever became of the last one.

checkpoints/step-00000120.safetensors, best-00000100.safetensors and so on, and two pointers, last.json and best.json:
{"name", "sha256", "step"}. A checkpoint counts when its pointer has reached the disk, and only then are older ones deleted.
"""

import re
from hashlib import file_digest
from pathlib import Path

from dlcli.artifacts import storage
from dlcli.artifacts.checkpoint import Checkpoint
from dlcli.artifacts.strict_json import dump, parse
from dlcli.artifacts.tensor_file import DamagedError, is_whole
from dlcli.errors import RunError

NAME = re.compile(r"(step|best)-(\d{8}|[1-9]\d{8,14})\.safetensors", re.ASCII)
PREFIX = {"last": "step", "best": "best"}
POINTER_BYTES = 4096


class CheckpointStore:
    """The folder `checkpoints` of one run. `warnings` gathers, as sentences, what a reader of it should be told."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.warnings: list[str] = []

    def steps(self, prefix: str = "step") -> list[int]:
        """Steps of the files there are, ascending; `prefix="best"` for the best ones. That they are whole is not checked."""
        try:
            names = (NAME.fullmatch(path.name) for path in self.folder.iterdir())
            return sorted(int(name[2]) for name in names if name and name[1] == prefix)
        except OSError:
            return []

    def save(self, checkpoint: Checkpoint, step: int, best: bool = False, keep: int = 2) -> str:
        """Write a checkpoint and its pointer, then delete what nobody needs any more. Returns the file's name.

        Best ones have names and a pointer of their own. `keep` counts the others; beside them stays the best of all and what each
        kept one names as its best (`state["best"]`). Files of later steps, left by a run that was taken back, go.
        """
        storage.real_folder(self.folder)
        pointer = "best" if best else "last"
        name = _name(PREFIX[pointer], step)
        pieces, digest = checkpoint.encode()
        storage.write_file(self.folder / name, *pieces)
        self._point(pointer, name, digest, step)
        own = checkpoint.state.get("best")
        own = own if isinstance(own, str) and NAME.fullmatch(own) else None
        try:
            if own and not best:
                self._take_back_best(own)
            self._prune(None if best else step, keep, own)
        except RunError as error:           # pointers that someone else wrote: then nothing is deleted on their word
            self.warnings.append(f"older checkpoints are kept: {error}")
        return name

    def load(self, which: str | int) -> Checkpoint:
        """The checkpoint "last", "best", of a step, or of a file name. RunError where there is none that is whole.

        Only "last" falls back, to the newest that is whole, and adds to `warnings` why.
        """
        if which == "last":
            checkpoint = self.latest()
            if checkpoint is None:
                raise RunError(str(self.folder), "no checkpoint that is whole", "\n".join(self.warnings) or None)
            return checkpoint
        try:
            if which == "best":
                return self._pointed("best")
            name = which if NAME.fullmatch(str(which)) else _name("step", int(which))
            return self._read(name)
        except (FileNotFoundError, ValueError):
            steps = ", ".join(map(str, self.steps())) or "none"
            hint = f"there are: last, steps {steps}" + (", best" if self.steps("best") else "; best only where a monitor is set")
            raise RunError(str(self.folder), f"no checkpoint {which!r}", hint) from None

    def latest(self) -> Checkpoint | None:
        """What to resume from: where last.json points or, where that is lost or damaged, the newest that is whole; else None.

        RunError where something has been put in its place: a pointer to elsewhere, a newer schema version.
        """
        try:
            return self._pointed("last")
        except (FileNotFoundError, DamagedError) as error:
            steps = self.steps()
            if steps or isinstance(error, DamagedError):
                self.warnings.append(f"the last checkpoint cannot be read ({_reason(error)})")
        for step in reversed(steps):
            try:
                checkpoint = self._read(_name("step", step))
            except (FileNotFoundError, DamagedError) as error:
                self.warnings.append(f"the checkpoint of step {step} cannot be read ({_reason(error)})")
            else:
                self.warnings.append(f"took the newest that is whole, of step {step}")
                return checkpoint
        return None

    def _pointed(self, pointer: str) -> Checkpoint:
        before = None
        while True:
            target = self._read_pointer(pointer)
            try:
                return self._read(target["name"], target["sha256"])
            except (FileNotFoundError, DamagedError):
                if target == before:
                    raise
                before = target             # a writer may have replaced and deleted it in between: look once more

    def _read(self, name: str, digest: str | None = None) -> Checkpoint:
        checkpoint = Checkpoint.read(self.folder / name, digest)
        if checkpoint.state["step"] != _step(name):
            raise RunError(f"{self.folder / name}: state", f"step {checkpoint.state['step']}; its name says {_step(name)}")
        return checkpoint

    def _read_pointer(self, pointer: str) -> dict:
        """Name, sha256 and step. FileNotFoundError; DamagedError: no JSON; RunError: not what is ever written here."""
        path = self.folder / f"{pointer}.json"
        data = storage.read_file(path, POINTER_BYTES)
        try:
            target = parse(data, str(path))
        except RunError as error:
            raise DamagedError(*error.args) from None
        hint = f"delete {path.name}: the newest checkpoint that is whole is then taken" if pointer == "last" else None
        if not isinstance(target, dict) or set(target) != {"name", "sha256", "step"}:
            raise RunError(str(path), "expected an object with name, sha256 and step", hint)
        name = NAME.fullmatch(str(target["name"]))
        if not isinstance(target["name"], str) or not name or name[1] != PREFIX[pointer]:
            raise RunError(f"{path}: name", f"{str(target['name'])[:80]!r} is not the name of such a checkpoint", hint)
        if not isinstance(target["sha256"], str) or not re.fullmatch("[0-9a-f]{64}", target["sha256"]):
            raise RunError(f"{path}: sha256", "expected 64 hexadecimal digits", hint)
        if not is_whole(target["step"]) or target["step"] != int(name[2]):
            raise RunError(f"{path}: step", f"{str(target['step'])[:40]}; the name says {int(name[2])}", hint)
        return target

    def _point(self, pointer: str, name: str, digest: str, step: int) -> None:
        storage.write_file(self.folder / f"{pointer}.json", dump({"name": name, "sha256": digest, "step": step}) + b"\n")

    def _take_back_best(self, name: str) -> None:
        """Let best.json agree with the checkpoint just saved, where the run went on from before a later best."""
        try:
            named = self._read_pointer("best")["name"]
        except (FileNotFoundError, DamagedError):
            named = None
        if named != name and _step(name) in self.steps("best"):
            stream, _ = storage.open_file(self.folder / name)
            with stream:
                digest = file_digest(stream, "sha256").hexdigest()
            self._point("best", name, digest, _step(name))

    def _prune(self, step: int | None, keep: int, own: str | None) -> None:
        """Delete what neither a pointer nor one of the `keep` newest up to `step` needs. None: only best ones are looked at."""
        steps, bests = self.steps(), self.steps("best")
        kept = steps if step is None else [s for s in steps if s <= step][-keep:]
        needed = {own} | {_name("step", s) for s in kept}
        for s in kept:                      # its best is the newest from before it, or of the same step
            needed |= {_name("best", b) for b in [b for b in bests if b < s][-1:] + [s]}
        for pointer in PREFIX:
            try:
                needed.add(self._read_pointer(pointer)["name"])
            except (FileNotFoundError, DamagedError):
                continue
        for name in [_name("step", s) for s in steps] + [_name("best", b) for b in bests]:
            if name not in needed:
                storage.remove(self.folder / name)


def _name(prefix: str, step: int) -> str:
    return f"{prefix}-{step:08d}.safetensors"


def _step(name: str) -> int:
    return int(NAME.fullmatch(name)[2])


def _reason(error: Exception) -> str:
    return getattr(error, "problem", None) or "it is not there"
