"""Fetching a file, from a server on loopback: whole, in parts, and where something is wrong."""

import fcntl
import resource
from hashlib import sha256

import numpy as np
import pytest

from dlcli.data.files import fetch as module
from dlcli.data.files.catalogue import Remote
from dlcli.data.files.fetch import fetch, is_there
from dlcli.errors import StorageError
from tests.data.server import serving

DATA = np.random.default_rng(0).bytes(500_000)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(module, "PAUSES", (0.0, 0.0))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving({"a.bin": DATA}) as made:
        yield made


def remote(server, *paths, data: bytes = DATA) -> Remote:
    return Remote("set/a.bin", tuple(map(server.url, paths or ("a.bin",))), len(data), sha256(data).hexdigest())


def partial(tmp_path, data: bytes):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.bin.part").write_bytes(data)


def left(tmp_path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "set").iterdir())


def test_a_file_arrives_once(server, tmp_path):
    place = fetch(remote(server), tmp_path)
    assert place.read_bytes() == DATA and left(tmp_path) == ["a.bin"]
    assert fetch(remote(server), tmp_path) == place and server.asked == [("a.bin", None)]


def test_a_broken_connection_goes_on_where_it_ended(server, tmp_path):
    server.cut = [200_000, 100_000]
    assert fetch(remote(server), tmp_path).read_bytes() == DATA
    assert [wanted for _, wanted in server.asked] == [None, "bytes=200000-", "bytes=300000-"]


def test_a_later_call_goes_on_where_an_earlier_one_ended(server, tmp_path):
    server.cut = [100_000] * 3
    with pytest.raises(StorageError, match="connection ended after 300,000 of 500,000 bytes|IncompleteRead") as caught:
        fetch(remote(server), tmp_path)
    assert server.url("a.bin") in caught.value.problem and left(tmp_path) == ["a.bin.part"]
    assert fetch(remote(server), tmp_path).read_bytes() == DATA and server.asked[-1] == ("a.bin", "bytes=300000-")


def test_a_server_without_ranges_begins_anew(server, tmp_path):
    server.ranges = False
    partial(tmp_path, DATA[:200_000])
    assert fetch(remote(server), tmp_path).read_bytes() == DATA and server.asked == [("a.bin", "bytes=200000-")]


@pytest.mark.parametrize("part", [DATA + b"more", DATA], ids=["too long", "complete"])
def test_a_part_that_needs_no_more(server, tmp_path, part):
    partial(tmp_path, part)
    assert fetch(remote(server), tmp_path).read_bytes() == DATA
    assert len(server.asked) == (part != DATA)


def test_a_part_of_another_file_is_thrown_away(server, tmp_path):
    partial(tmp_path, bytes(1000))
    with pytest.raises(StorageError, match="not what was published"):
        fetch(remote(server), tmp_path)
    assert left(tmp_path) == []
    assert fetch(remote(server), tmp_path).read_bytes() == DATA


def test_a_wrong_file_is_not_kept(server, tmp_path):
    server.files["a.bin"] = DATA[:-1] + b"?"
    with pytest.raises(StorageError, match="sha256 .* expected") as caught:
        fetch(remote(server), tmp_path)
    assert caught.value.where == "set/a.bin" and left(tmp_path) == []


def test_a_server_that_sends_without_end_is_stopped(server, tmp_path):
    server.files["a.bin"] = DATA * 20
    with pytest.raises(StorageError, match="more than the 500,000 bytes"):
        fetch(remote(server), tmp_path)
    assert (tmp_path / "set" / "a.bin.part").stat().st_size <= len(DATA)


def test_another_address_is_tried(server, tmp_path):
    assert fetch(remote(server, "gone", "a.bin"), tmp_path).read_bytes() == DATA
    assert [path for path, _ in server.asked] == ["gone", "a.bin"]       # what is not there is not asked for again


def test_a_read_that_fails_in_an_odd_way_is_the_networks_fault(server, tmp_path):
    """What the system says besides timeouts and broken connections: here an input/output error of the address's first
    read."""
    odd = remote(server)._replace(urls=("file:///proc/self/mem", server.url("a.bin")))
    assert fetch(odd, tmp_path).read_bytes() == DATA and server.asked == [("a.bin", None)]
    with pytest.raises(StorageError, match="cannot be fetched: .*: Input/output error") as caught:
        fetch(odd._replace(name="set/b.bin", urls=odd.urls[:1]), tmp_path)
    assert caught.value.where == "set/b.bin" and "is a network" in caught.value.hint


def test_a_full_disk_is_not(server, tmp_path):
    """No address is asked again for bytes that have no room. The limit on a file's size stands for that of the disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))
    try:
        with pytest.raises(StorageError, match="cannot be written: file too large"):
            fetch(remote(server, "a.bin", "a.bin"), tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert len(server.asked) == 1 and fetch(remote(server), tmp_path).read_bytes() == DATA
    assert server.asked[1:] == [("a.bin", "bytes=200000-")]


@pytest.mark.parametrize("status, times", [(404, 1), (403, 1), (503, 3), (429, 3)])
def test_answers_that_are_errors(server, tmp_path, status, times):
    server.status = status
    with pytest.raises(StorageError, match=f"the server answers {status}") as caught:
        fetch(remote(server), tmp_path)
    assert len(server.asked) == times and "is a network" in caught.value.hint


def test_nobody_listens(server, tmp_path):
    found = remote(server)
    server.shutdown()
    server.server_close()
    with pytest.raises(StorageError, match="cannot be reached"):
        fetch(found, tmp_path)


def test_a_server_that_says_nothing(server, tmp_path, monkeypatch):
    import socket

    silent = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setattr(module, "TIMEOUT", 0.05)
    found = Remote("set/a.bin", (f"http://127.0.0.1:{silent.getsockname()[1]}/",), 3, "")
    with pytest.raises(StorageError, match="timed out"):
        fetch(found, tmp_path)
    silent.close()


def test_a_damaged_file_is_fetched_again(server, tmp_path):
    place = fetch(remote(server), tmp_path)
    place.write_bytes(DATA[:-1] + b"?")
    assert not is_there(remote(server), tmp_path)
    assert fetch(remote(server), tmp_path).read_bytes() == DATA


def test_two_at_once(server, tmp_path):
    partial(tmp_path, b"")
    with open(tmp_path / "set" / "a.bin.part", "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(StorageError, match="by another process"):
            fetch(remote(server), tmp_path)
    assert fetch(remote(server), tmp_path).read_bytes() == DATA


def test_a_folder_that_cannot_be_written_to(server, tmp_path):
    (tmp_path / "set").touch()
    with pytest.raises(StorageError, match="cannot be written"):
        fetch(remote(server), tmp_path)
