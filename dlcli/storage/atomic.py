"""Files that are never half written, and reading that cannot be led astray.

A reader finds the old file or the new one, never a mixture, whatever is killed, full or broken meanwhile. For that the
new bytes go to a temporary file in the same folder (rename is atomic only within one file system), reach the disk
(fsync), and take the name (rename). Then the folder reaches the disk as well: else the rename itself may be lost in a
power cut.
"""

import errno
import os
import re
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from dlcli.errors import RunError, StorageError


class FileOps:
    """The operations that a write is made of. A test replaces `atomic.ops` to make the n-th of them fail."""

    def open(self, path: Path, flags: int) -> int:
        return os.open(path, flags | os.O_CLOEXEC, 0o666)

    def write(self, file: int, data) -> int:
        return os.write(file, data)

    def fsync(self, file: int) -> None:
        os.fsync(file)

    def close(self, file: int) -> None:
        os.close(file)

    def replace(self, source: Path, target: Path) -> None:
        os.replace(source, target)

    def unlink(self, path: Path) -> None:
        os.unlink(path)


ops = FileOps()
OWN = "put a copy in its place, or take it away"


def write_file(path: Path, *pieces, durable: bool = True) -> None:
    """Write the pieces (anything with contiguous bytes) as one file, atomically. `durable`: it also outlasts a power
    cut.

    A failed fsync is never repeated on the same file: Linux may have marked the pages clean and report success the next
    time ("fsyncgate", PostgreSQL 2018). The bytes are instead written once more to a new file; then StorageError.
    """
    try:
        _write(path, pieces, durable)
    except OSError:
        try:
            _write(path, pieces, durable)
        except OSError as error:
            raise storage_error(path, error, sum(memoryview(piece).nbytes for piece in pieces)) from error


def save(path: Path, data: bytes) -> None:
    """A file that the user has named, whole or not at all. StorageErrors say what other file to name."""
    if not path.parent.is_dir():
        raise StorageError(str(path), "its folder does not exist", f"make {path.parent} first, or name another file")
    try:
        write_file(path, data, durable=False)
    except StorageError as error:
        raise StorageError(error.where, error.problem, "name a file where there is space and permission") from error


def _write(path: Path, pieces, durable: bool) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(2).hex()}.tmp")
    file = ops.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        try:
            for piece in pieces:
                write_all(file, piece)
            if durable:
                ops.fsync(file)
        finally:
            ops.close(file)
        ops.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            ops.unlink(temporary)
        raise
    if durable:
        sync(path.parent)


def write_all(file: int, data) -> None:
    """Write every byte, in as many calls as the system wants."""
    rest = memoryview(data)
    while rest.nbytes:
        rest = rest[ops.write(file, rest):]


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of names, has reached the disk. What is neither (a pipe) keeps nobody
    waiting."""
    file = ops.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        ops.fsync(file)
    finally:
        ops.close(file)


def remove(path: Path) -> None:
    """Delete a file; that it is gone already is no error."""
    try:
        ops.unlink(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise storage_error(path, error, 0) from error


def storage_error(path: Path, error: OSError, size: int) -> StorageError:
    """What went wrong at `path` while `size` bytes were written, in the user's terms."""
    problem = (error.strerror or str(error)).lower() + (f"; {size:,} bytes were to be written" if size else "")
    hint = "see whether the disk is in order, or choose another folder with --runs"
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        hint = "free some space, or choose a folder on another disk with --runs"
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        hint = "choose a folder that you may write to with --runs"
    return StorageError(str(path), problem, hint)


def real_folder(path: Path) -> Path:
    """The folder itself, made if it is not there. RunError if a link or something else stands in its place."""
    try:
        path.mkdir(exist_ok=True)
        if not stat.S_ISDIR(path.lstat().st_mode):
            raise RunError(str(path), "a link, where a folder was expected", "put a real folder in its place")
    except FileExistsError:
        raise RunError(str(path), "not a folder") from None
    except OSError as error:
        raise storage_error(path, error, 0) from error
    return path


def open_own(path: Path, flags: int) -> int:
    """A file that is written in place, opened or made; its descriptor. RunError, before a byte of it is touched, if
    it is a link, no regular file, or has another name elsewhere (a hard link): whatever is written would be written
    there as well."""
    try:
        file = ops.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
            raise RunError(str(path), "not a regular file of the run's own", OWN) from error
        raise storage_error(path, error, 0) from error
    status = os.fstat(file)
    if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
        return file
    os.close(file)
    problem = "has another name elsewhere (a hard link), which would be written to as well"
    raise RunError(str(path), problem if stat.S_ISREG(status.st_mode) else "not a regular file of the run's own", OWN)


def open_file(path: Path) -> tuple[BinaryIO, int]:
    """A regular file opened for reading, with its size in bytes.

    Follows no link, neither for the file nor for its folder, and does not wait for a pipe. FileNotFoundError if
    there is nothing; RunError for anything else that cannot be read.
    """
    folder = None
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        file = os.open(path.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        problem = (
            "a link, which is not followed"
            if getattr(error, "errno", None) == errno.ELOOP
            else f"cannot be read: {error}"
        )
        raise RunError(str(path), problem) from error
    finally:
        if folder is not None:
            os.close(folder)
    status = os.fstat(file)
    if not stat.S_ISREG(status.st_mode):
        os.close(file)
        raise RunError(str(path), "not a regular file")
    return os.fdopen(file, "rb"), status.st_size


def read_file(path: Path, limit: int) -> bytes:
    """All bytes of a regular file (`open_file`), of which there may be at most `limit`."""
    stream, size = open_file(path)
    with stream:
        if size > limit:
            raise RunError(str(path), f"{size:,} bytes; at most {limit:,} are read")
        return stream.read(limit)


def clean(folder: Path) -> None:
    """Delete the temporary files that dead processes left in a folder.

    This process's own number counts as dead: in a container every start may have the same one. So call it before
    writing. A link to a folder is not followed.
    """
    with suppress(OSError):
        for name in [] if folder.is_symlink() else os.listdir(folder):
            match = re.fullmatch(r"\..+\.([1-9]\d{0,8})\.[0-9a-f]{4}\.tmp", name)
            if match and (int(match[1]) == os.getpid() or not alive(int(match[1]))):
                remove(folder / name)


def alive(pid: int) -> bool:
    """Whether a process with this number runs now."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
