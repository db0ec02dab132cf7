"""Fixtures for all tests."""

import os
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")      # as the program does; read once, when NumPy is imported

import pytest  # noqa: E402


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data that is too large for the repository: $DLCLI_DATA, or ../shared/data from its root."""
    folder = Path(os.environ.get("DLCLI_DATA") or Path(__file__).parents[2] / "shared" / "data")
    if not (folder / "mnist").is_dir():
        pytest.skip(f"no real data at {folder}; DLCLI_DATA can name another folder")
    return folder
