"""What is asked of the machine, by the conventions of Linux, of macOS and of containers."""

import mmap
import os
import resource
import subprocess
import sys
from types import SimpleNamespace

import pytest

from dlcli.storage import machine

PAGES = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
WINDOWS = """
import os, signal, sys
import typer, typer.testing         # which knows Windows, and is asked what is there when it is imported
sys.platform = "win32"
for name in ("fcntl", "grp", "pwd", "resource", "termios"):
    sys.modules[name] = None
absent = {
    os: ("fork", "uname", "sched_getaffinity", "getppid", "pipe2"),
    signal: ("SIGHUP", "SIGKILL", "pthread_sigmask"),
}
for module, names in absent.items():
    for name in names:
        if hasattr(module, name):
            delattr(module, name)
from dlcli.cli import main
sys.exit(main(["train", "config.yaml"]))
"""


@pytest.fixture
def no_proc(tmp_path, monkeypatch):
    """A machine without /proc and without containers' limits."""
    monkeypatch.setattr(machine, "PROC", tmp_path / "proc")
    monkeypatch.setattr(machine, "CGROUP", tmp_path / "cgroup")
    return tmp_path


@pytest.mark.parametrize(("platform", "unit"), [("darwin", 1), ("linux", 1024), ("freebsd14", 1024)])
def test_the_largest_memory_in_the_unit_of_the_system(no_proc, monkeypatch, platform, unit):
    """macOS counts bytes: taken for kilobytes, a program of 100 MB would have 100 GB, and no training would find
    room."""
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(resource, "getrusage", lambda who: SimpleNamespace(ru_maxrss=100_000_000 // unit))
    assert machine.peak_memory() == machine.resident_memory() == 100_000_000 // unit * unit


def test_without_proc_all_memory_counts_as_free(no_proc):
    assert machine.total_memory() == machine.free_memory() == PAGES


def test_memory_that_holds_copies_of_files_is_free(no_proc):
    (no_proc / "proc").mkdir()
    (no_proc / "proc" / "meminfo").write_text(
        "MemTotal:       8000 kB\nMemFree:        1000 kB\nMemAvailable:   5000 kB\n"
    )
    assert machine.free_memory() == 5000 << 10


def test_this_machine_tells_what_this_process_takes():
    block = mmap.mmap(-1, 64 << 20)
    block.write(bytes(1 << 20) * 64)
    with_block = machine.resident_memory()
    assert 64 << 20 < with_block <= machine.peak_memory() + (1 << 22) and machine.total_memory() <= PAGES
    block.close()
    assert machine.resident_memory() < with_block - (32 << 20)      # now, not the peak


@pytest.mark.parametrize(
    ("quota", "expected"), [("200000 100000", 2), ("150000 100000", 2), ("10000 100000", 1), ("max 100000", 8)]
)
def test_cores_of_a_container(no_proc, monkeypatch, quota, expected):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(8)), raising=False)
    assert machine.cores() == 8
    (no_proc / "cgroup").mkdir()
    (no_proc / "cgroup" / "cpu.max").write_text(quota + "\n")
    assert machine.cores() == expected


@pytest.mark.parametrize("file", ["memory.max", "memory/memory.limit_in_bytes"])
@pytest.mark.parametrize(("limit", "expected"), [("1048576", 1 << 20), ("max", PAGES), ("9223372036854771712", PAGES)])
def test_memory_of_a_container(no_proc, file, limit, expected):
    place = no_proc / "cgroup" / file
    place.parent.mkdir(parents=True)
    place.write_text(limit + "\n")
    assert machine.total_memory() == expected and machine.free_memory() == expected


def test_cores_where_there_is_no_affinity(no_proc, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert machine.cores() == 3


def test_windows_is_told_in_one_sentence_where_dlcli_runs(tmp_path):
    done = subprocess.run([sys.executable, "-c", WINDOWS], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert "WSL" in done.stderr and "Linux and macOS" in done.stderr
