"""What is said while data are read goes to stderr, as in the program."""

import pytest

from dlcli.notices import listening
from dlcli.terminal.listener import Listener


@pytest.fixture(autouse=True)
def heard():
    with listening(Listener()):
        yield
