"""Durable writing, and reading that cannot be led astray."""

import errno
import os
import subprocess
import sys

import pytest

from dlcli.errors import RunError, StorageError
from dlcli.storage import atomic
from tests.artifacts.rig import Faulty, operations, raising, temporaries

FULL = raising(OSError, errno.ENOSPC, "No space left on device")
BROKEN = raising(OSError, errno.EIO, "Input/output error")


def test_the_bytes_reach_the_disk_before_the_name_and_the_name_before_the_return(tmp_path):
    with operations(Faulty(0, None)) as ops:
        atomic.write_file(tmp_path / "a", b"one", b"two")
    assert ops.log == ["open", "write", "write", "fsync", "close", "replace", "open", "fsync", "close"]
    assert (tmp_path / "a").read_bytes() == b"onetwo"


def test_a_file_that_need_not_last_is_still_whole(tmp_path):
    with operations(Faulty(0, None)) as ops:
        atomic.write_file(tmp_path / "a", b"one", durable=False)
    assert ops.log == ["open", "write", "close", "replace"]


def test_short_writes_are_continued(tmp_path):
    class Slow(atomic.FileOps):
        def write(self, file, data):
            return os.write(file, data[:1000])

    with operations(Slow()):
        atomic.write_file(tmp_path / "a", bytes(range(256)) * 50)
    assert (tmp_path / "a").read_bytes() == bytes(range(256)) * 50


def test_permissions_follow_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        atomic.write_file(tmp_path / "a", b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("at", range(1, 9))
@pytest.mark.parametrize("fault", [FULL, BROKEN], ids=["ENOSPC", "EIO"])
def test_one_failure_is_mended_by_writing_anew(tmp_path, at, fault):
    (tmp_path / "a").write_bytes(b"old")
    with operations(Faulty(at, fault)) as ops:
        atomic.write_file(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert ops.log.count("open") > 2, "the failure was not met"
    assert not temporaries(tmp_path)


def test_a_failed_fsync_is_not_repeated_on_the_same_file(tmp_path):
    with operations(Faulty(3, BROKEN)) as ops:
        atomic.write_file(tmp_path / "a", b"new")
    first = ops.log[:ops.log.index("fsync") + 1]
    assert ops.log[len(first):len(first) + 4] == ["close", "unlink", "open", "write"]


@pytest.mark.parametrize("kind", ["open", "write", "fsync", "close", "replace"])
@pytest.mark.parametrize("fault", [FULL, BROKEN], ids=["ENOSPC", "EIO"])
def test_a_lasting_failure_leaves_the_old_file_and_says_what_was_needed(tmp_path, kind, fault):
    (tmp_path / "a").write_bytes(b"old")
    with operations(Faulty(1, fault, (kind,))), pytest.raises(StorageError) as caught:
        atomic.write_file(tmp_path / "a", b"new", b"er")
    assert caught.value.status == 7
    assert str(tmp_path / "a") in caught.value.where and "5 bytes" in caught.value.problem and caught.value.hint
    assert (tmp_path / "a").read_bytes() == b"old"
    assert not temporaries(tmp_path)


def test_an_interrupt_leaves_the_old_file_and_nothing_else(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    for at in range(2, 6):
        with operations(Faulty(at, raising(KeyboardInterrupt))), pytest.raises(KeyboardInterrupt):
            atomic.write_file(tmp_path / "a", b"new")
        assert (tmp_path / "a").read_bytes() == b"old"
        assert not temporaries(tmp_path)


def test_a_limit_of_the_system_is_a_storage_error(tmp_path):
    """A real one: the largest file that the process may write."""
    code = f"""
import resource
from pathlib import Path
from dlcli.storage import atomic
from dlcli.errors import StorageError
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    atomic.write_file(Path({str(tmp_path / "a")!r}), bytes(200_000))
except StorageError as error:
    print(int(error.status), error.problem)
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.startswith("7 ") and "200,000 bytes" in found
    assert not list(tmp_path.iterdir())


def test_temporary_files_of_dead_processes_are_removed_and_no_others(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    gone = [f".a.{dead.pid}.00ff.tmp", f".b.json.{os.getpid()}.12ab.tmp", ".c.999999999.0000.tmp"]
    kept = [f".a.{os.getppid()}.00ff.tmp", "a.1.00ff.tmp", f".a.{dead.pid}.tmp", "metrics.jsonl", ".a.0.00ff.tmp"]
    for name in gone + kept:
        (tmp_path / name).write_bytes(b"")
    atomic.clean(tmp_path)
    assert sorted(os.listdir(tmp_path)) == sorted(kept)


def test_reading_follows_no_link_and_waits_for_no_pipe(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "folder").mkdir()
    (tmp_path / "elsewhere").symlink_to(tmp_path / "folder")
    (tmp_path / "folder" / "file").write_bytes(b"abc")
    os.mkfifo(tmp_path / "pipe")
    assert atomic.read_file(tmp_path / "file", 3) == b"abc"
    for name in ("link", "loop", "folder", "pipe", "elsewhere/file", "file/x", "a" * 300, "nul\0"):
        with pytest.raises(RunError) as caught:
            atomic.read_file(tmp_path / name, 100)
        assert caught.value.where == str(tmp_path / name)
    with pytest.raises(RunError, match="at most 2"):
        atomic.read_file(tmp_path / "file", 2)
    with pytest.raises(FileNotFoundError):
        atomic.read_file(tmp_path / "nothing", 100)


def test_a_link_in_place_of_a_folder_is_not_written_into(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "outside")
    (tmp_path / "file").write_bytes(b"")
    for name in ("link", "file"):
        with pytest.raises(RunError):
            atomic.real_folder(tmp_path / name)
    assert atomic.real_folder(tmp_path / "new").is_dir()
