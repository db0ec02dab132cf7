"""Fixtures for all tests, and what they may not depend on."""

import gc
import os
import shutil
import sys
import threading
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")      # as the program does; read once, when NumPy is imported
# of the window in which the tests were started; pytest-xdist sets them too
for name in ("COLUMNS", "LINES", "NO_COLOR",
             "DLCLI_CACHE",                             # of whoever starts them
             "PYTHONDONTWRITEBYTECODE"):                # each program that a test starts would compile everything anew
    os.environ.pop(name, None)
sys.dont_write_bytecode = False

import pytest  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_collection_finish(session):
    """What collecting has made stays until the end: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item, nextitem):
    """Workers fork only if a single thread is alive: one that a test leaves would make threads of them in all later
    tests."""
    assert threading.active_count() == 1, f"{item.nodeid} has left {threading.enumerate()}"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data that is too large for the repository: $DLCLI_DATA, or ../shared/data from its root."""
    folder = Path(os.environ.get("DLCLI_DATA") or Path(__file__).parents[2] / "shared" / "data")
    if not (folder / "mnist").is_dir():
        pytest.skip(f"no real data at {folder}; DLCLI_DATA can name another folder")
    return folder


@pytest.fixture
def copy(tmp_path) -> Path:
    """A copy of the project, which a test may add to."""
    for name in ("dlcli", "tests", "benchmarks", "pyproject.toml"):
        source = Path(__file__).parents[1] / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    return tmp_path
