"""The checkpoints of a run: written so that none is ever lost, and found again whatever became of the last one.

checkpoints/step-00000120.safetensors, best-00000100.safetensors and so on, and two pointers, last.json and best.json:
{"name", "sha256", "step"}. A checkpoint counts when its pointer has reached the disk, and only then are older ones
deleted.
"""

import re
from contextlib import suppress
from hashlib import file_digest
from pathlib import Path

from dlcli.artifacts.checkpoint import Checkpoint
from dlcli.artifacts.tensor_file import DamagedError, is_whole
from dlcli.errors import RunError
from dlcli.storage import atomic
from dlcli.storage.strict_json import dump, parse

NAME = re.compile(r"(step|best)-(\d{8}|[1-9]\d{8,14})\.safetensors", re.ASCII)
PREFIX = {"last": "step", "best": "best"}
POINTER_BYTES = 4096


class CheckpointStore:
    """The folder `checkpoints` of one run. `warnings` gathers, as sentences, what a reader of it should be told."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.warnings: list[str] = []

    def steps(self, prefix: str = "step") -> list[int]:
        """Steps of the files there are, ascending; `prefix="best"` for the best ones. That they are whole is not
        checked."""
        try:
            names = (NAME.fullmatch(path.name) for path in self.folder.iterdir())
            return sorted(int(name[2]) for name in names if name and name[1] == prefix)
        except OSError:
            return []

    def save(self, checkpoint: Checkpoint, step: int, best: bool = False, keep: int = 2) -> str:
        """Write a checkpoint and its pointer, then delete what nobody needs any more. Returns the file's name.

        best: it is that of the best epoch so far. Best ones have names and a pointer of their own, and each is saved
        before the first other checkpoint that names it. keep: so many of the newest others stay. Beside them stay the
        best of all, and for each kept step the one that was the best at that step.

        A run that goes on from an earlier checkpoint has files of later steps, which are deleted. So are best ones
        after the one that the checkpoint names (`state["best"]`, a file name) or, if it names none, after its own step;
        best.json then names the newest that is left, if any.
        """
        atomic.real_folder(self.folder)
        pointer = "best" if best else "last"
        name = _name(PREFIX[pointer], step)
        pieces, digest = checkpoint.encode()
        atomic.write_file(self.folder / name, *pieces)
        self._point(pointer, name, digest)
        try:
            if best:
                self._prune(self.steps(), self.steps("best"))
            else:
                named = NAME.fullmatch(str(checkpoint.state.get("best")))
                bests = [b for b in self.steps("best") if b <= (int(named[2]) if named else step)]
                self._take_back_best(bests)
                self._prune([s for s in self.steps() if s <= step][-keep:], bests)
        except RunError as error:           # a pointer that someone else wrote: nothing is deleted on its word
            self.warnings.append(f"older checkpoints are kept: {error}")
        return name

    def load(self, which: str | int) -> Checkpoint:
        """The checkpoint "last", "best", of a step, or of a file name. RunError if there is none, or if it is
        damaged: another in its place, such as that of step 0, would be evaluated as if it were the run's."""
        try:
            if which in PREFIX:
                return self._pointed("last") if which == "last" else self._best()
            return self._read(which if NAME.fullmatch(str(which)) else self._of_step(int(which)))
        except DamagedError as error:
            raise RunError(error.where, error.problem, self._others()) from None
        except (FileNotFoundError, ValueError, TypeError):
            raise RunError(str(self.folder), f"no checkpoint {str(which)[:80]!r}", self._others()) from None

    def preferred(self) -> str:
        """`best` if one was kept by a monitored value, else `last`. A best file that nothing names yet was being saved
        when its writer was killed."""
        if not self.steps("best"):
            return "last"
        named = (self.folder / "best.json").exists() or self.load("last").state.get("best") is not None
        return "best" if named else "last"

    def _others(self) -> str:
        """A hint: what can be named instead."""
        steps = ", ".join(map(str, self.steps())) or "none"
        names = [name for name in PREFIX if (self.folder / f"{name}.json").exists()]
        best = "" if "best" in names else "; best only where a monitor is set"
        return f"there are: {', '.join([*names, f'steps {steps}'])}{best}"

    def latest(self) -> Checkpoint | None:
        """What to resume from: where last.json points or, if that is lost or damaged, the newest that is whole, and
        `warnings` says why; None if there has never been any.

        RunError if something has been put in its place: a pointer to elsewhere, a newer schema version, a state that
        its name belies. RunError also if none of those that there are is whole: to begin anew would overwrite what can
        perhaps be mended.
        """
        steps = self.steps()
        try:
            return self._pointed("last")
        except (FileNotFoundError, DamagedError) as error:
            reason = f"{error.where}: {error.problem}" if isinstance(error, DamagedError) else "it is not there"
        for step in reversed(steps):
            with suppress(FileNotFoundError, DamagedError):
                checkpoint = self._read(_name("step", step))
                self.warnings.append(
                    f"the last checkpoint cannot be read ({reason}); the newest that is whole is of step {step}"
                )
                return checkpoint
        if steps:
            raise RunError(str(self.folder), f"no checkpoint is whole ({reason})", "take this folder away, and the run "
                           "begins anew")
        return None

    def _best(self) -> Checkpoint:
        """Where best.json points. A file that is whole but not the one it names was being replaced when its writer was
        killed."""
        try:
            return self._pointed("best")
        except DamagedError as error:
            checkpoint = self._read(self._read_pointer("best")["name"])
            self.warnings.append(f"{error.where}: {error.problem}; it is whole, and was taken")
            return checkpoint

    def _pointed(self, pointer: str) -> Checkpoint:
        before = None
        while True:
            target = self._read_pointer(pointer)
            try:
                return self._read(target["name"], target["sha256"])
            except (FileNotFoundError, DamagedError) as error:
                if target == before:
                    if isinstance(error, DamagedError) and self._digest(target["name"]) == target["sha256"]:
                        raise RunError(*error.args) from None       # no damage: somebody has put it there on purpose
                    raise
                before = target             # a writer may have replaced and deleted it in between: read once more

    def _of_step(self, step: int) -> str:
        if step >= 2**63:
            raise ValueError("no training has so many steps")
        return _name("best" if step in self.steps("best") and step not in self.steps() else "step", step)

    def _read(self, name: str, digest: str | None = None) -> Checkpoint:
        checkpoint = Checkpoint.read(self.folder / name, digest)
        if checkpoint.state["step"] != _step(name):
            raise DamagedError(
                f"{self.folder / name}: state", f"step {checkpoint.state['step']}; its name says {_step(name)}"
            )
        return checkpoint

    def _read_pointer(self, pointer: str) -> dict:
        """Name, sha256 and step. FileNotFoundError; DamagedError: no JSON; RunError: not what is ever written here."""
        path = self.folder / f"{pointer}.json"
        data = atomic.read_file(path, POINTER_BYTES)
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

    def _point(self, pointer: str, name: str, digest: str) -> None:
        target = {"name": name, "sha256": digest, "step": _step(name)}
        atomic.write_file(self.folder / f"{pointer}.json", dump(target) + b"\n")

    def _digest(self, name: str) -> str:
        stream, _ = atomic.open_file(self.folder / name)
        with stream:
            return file_digest(stream, "sha256").hexdigest()

    def _take_back_best(self, bests: list[int]) -> None:
        """If best.json names a step beyond the best ones that count, name the newest of these instead."""
        with suppress(FileNotFoundError, DamagedError):
            if self._read_pointer("best")["step"] <= max(bests, default=-1):
                return
            if not bests:
                return atomic.remove(self.folder / "best.json")
            name = _name("best", bests[-1])
            self._point("best", name, self._digest(name))

    def _prune(self, kept: list[int], bests: list[int]) -> None:
        """Delete what neither a pointer names nor one of the kept steps needs, of which the best is one of `bests`."""
        needed = {_name("step", s) for s in kept}
        for s in kept:  # one saved before its epoch was evaluated may rely on the best before that
            needed |= {_name("best", b) for b in bests if b == s} | {
                _name("best", b) for b in [b for b in bests if b < s][-1:]
            }
        for pointer in PREFIX:
            with suppress(FileNotFoundError, DamagedError):
                needed.add(self._read_pointer(pointer)["name"])
        for prefix in PREFIX.values():
            for name in (_name(prefix, step) for step in self.steps(prefix)):
                if name not in needed:
                    atomic.remove(self.folder / name)


def _name(prefix: str, step: int) -> str:
    return f"{prefix}-{step:08d}.safetensors"


def _step(name: str) -> int:
    return int(NAME.fullmatch(name)[2])

