"""dlcli datasets"""

import gzip
from hashlib import sha256

import numpy as np
import pytest

from dlcli.data.files import catalogue, datasets, fetch
from dlcli.data.files.catalogue import Remote
from tests.data.rig import idx
from tests.data.server import serving

FILES = {
    "train-images-idx3-ubyte.gz": np.zeros((20, 28, 28), np.uint8),
    "train-labels-idx1-ubyte.gz": np.arange(20, dtype=np.uint8) % 10,
    "t10k-images-idx3-ubyte.gz": np.ones((10, 28, 28), np.uint8),
    "t10k-labels-idx1-ubyte.gz": np.arange(10, dtype=np.uint8),
}
PACKED = {name: gzip.compress(idx(values), mtime=0) for name, values in FILES.items()}


@pytest.fixture
def server(monkeypatch, tmp_path):
    """The catalogue's first set, served on loopback with small files of the same names."""
    with serving(PACKED) as made:
        monkeypatch.setattr(fetch, "PAUSES", ())
        remotes = tuple(
            Remote(f"mnist/{name}", (made.url(name),), len(data), sha256(data).hexdigest())
            for name, data in PACKED.items()
        )
        monkeypatch.setitem(catalogue.SETS, "mnist", catalogue.SETS["mnist"]._replace(remotes=remotes))
        yield made


@pytest.fixture
def program(dlcli, tmp_path, monkeypatch):
    monkeypatch.setenv("DLCLI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("DLCLI_DATA", raising=False)         # a folder there is looked at before the cache
    return dlcli


def test_the_list(program, tmp_path):
    result = program("datasets")
    assert result.status == 0 and [line.split()[0] for line in result.out.splitlines()[1:3]] == ["mnist", "cifar10"]
    assert str(tmp_path / "cache") in result.out and "Licence: CC BY-SA 3.0" in result.out
    document = program("datasets", "--json").document
    assert [s["name"] for s in document["datasets"]] == ["mnist", "cifar10"] and not any(
        s["cached"] for s in document["datasets"]
    )
    assert document["datasets"][0]["bytes"] == 11_594_722


def test_without_a_home_the_list_says_what_to_set(program, monkeypatch):
    for name in ("DLCLI_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "nowhere")
    listed = program("datasets")
    assert listed.status == 0 and "set DLCLI_CACHE" in listed.out and "None" not in listed.out
    document = program("datasets", "--json").document
    assert document["folder"] is None and not any(s["cached"] for s in document["datasets"])
    assert program("datasets", "get", "mnist").status == 7


def test_what_was_fetched_is_read_by_what_is_said(program, server, tmp_path):
    document = program("datasets", "get", "mnist", "--json").document
    assert document["fetched"] == document["files"] == [f"mnist/{name}" for name in FILES]
    assert program("datasets", "get", "mnist", "--json").document["fetched"] == [] and len(server.asked) == 4
    result = program("datasets", "get", "mnist")
    assert "as it was before" in result.out
    source = result.out.partition("with:\n")[2]
    (tmp_path / "c.yaml").write_text(source + "network: [flatten, {linear: {units: 10}}]\nloss: cross_entropy\n"
                                     "optimizer: {sgd: {learning_rate: 0.1}}\n")
    checked = program("check", "c.yaml", "--json").document
    assert checked["data"]["rows"] == {"train": 20, "test": 10}
    assert program("datasets", "--json").document["datasets"][0]["cached"]
    assert (
        program("datasets", "--json", "get", "mnist").document == program("datasets", "get", "mnist", "--json").document
    )


def test_a_damaged_copy_is_neither_called_cached_nor_kept(program, server, tmp_path):
    assert program("datasets", "get", "mnist").status == 0
    name = "t10k-labels-idx1-ubyte.gz"
    place = tmp_path / "cache" / "mnist" / name
    for damaged in (b"", PACKED[name][:-1] + b"?"):
        place.write_bytes(damaged)
        assert not program("datasets", "--json").document["datasets"][0]["cached"]
        assert program("datasets", "get", "mnist", "--json").document["fetched"] == [f"mnist/{name}"]
        assert place.read_bytes() == PACKED[name]


def test_what_goes_wrong(program, server):
    unknown = program("datasets", "get", "mnits", "--json")
    assert unknown.status == 2 and unknown.document["error"]["hint"] == "did you mean 'mnist'?"
    server.cut = [10]
    broken = program("datasets", "get", "mnist", "--json")
    assert broken.status == 7 and broken.document["error"]["where"] == "mnist/train-images-idx3-ubyte.gz"
    assert program("datasets", "get", "mnist").status == 0
    assert ("train-images-idx3-ubyte.gz", "bytes=10-") in server.asked
    server.status = 404
    assert program("datasets", "get", "mnist").status == 0      # all of it is there


def test_a_converted_set(program, monkeypatch, tmp_path):
    def convert(folder):
        for name in ("cifar10_train.zip", "cifar10_test.zip"):
            (folder / name).write_bytes(b"z")

    with serving({"c.tar.gz": b"archive"}) as server:
        found = Remote("c.tar.gz", (server.url("c.tar.gz"),), 7, sha256(b"archive").hexdigest())
        monkeypatch.setitem(catalogue.SETS, "cifar10", catalogue.SETS["cifar10"]._replace(remotes=(found,)))
        monkeypatch.setitem(datasets.CONVERT, "cifar10", convert)
        assert program("datasets", "get", "cifar10", "--json").document["fetched"] == [
            "cifar10_train.zip",
            "cifar10_test.zip",
        ]
        assert program("datasets", "get", "cifar10", "--json").document["fetched"] == [] and len(server.asked) == 1
        assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == [
            "cifar10.json",
            "cifar10_test.zip",
            "cifar10_train.zip",
        ]
        for name, damaged in (
            ("cifar10_test.zip", b""),
            ("cifar10_train.zip", b"y"),
            ("cifar10.json", b"[]"),
            ("cifar10.json", b"{}"),
        ):
            assert program("datasets", "--json").document["datasets"][1]["cached"]
            (tmp_path / "cache" / name).write_bytes(damaged)
            assert not program("datasets", "--json").document["datasets"][1]["cached"]
            assert program("datasets", "get", "cifar10", "--json").document["fetched"] == [
                "cifar10_train.zip",
                "cifar10_test.zip",
            ]
            assert (tmp_path / "cache" / name).read_bytes() != damaged
