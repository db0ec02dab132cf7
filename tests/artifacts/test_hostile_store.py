"""A store in which something else was put: pointers to elsewhere, folders, pipes, links."""

import json
import os

import pytest

from dlcli.errors import RunError
from tests.artifacts.rig import save


def hostile_pointers():
    good = {"name": "step-00000010.safetensors", "sha256": "0" * 64, "step": 10}
    yield from {
        "traversal": good | {"name": "../../etc/passwd"},
        "traversal within": good | {"name": "../checkpoints/step-00000010.safetensors"},
        "absolute": good | {"name": "/etc/passwd"},
        "name with NUL": good | {"name": "step-00000010.safetensors\0"},
        "name with newline": good | {"name": "step-00000010.safetensors\n"},
        "name not text": good | {"name": ["step-00000010.safetensors"]},
        "name of the best": good | {"name": "best-00000010.safetensors"},
        "name with other digits": good | {"name": "step-٠٠٠٠٠٠١٠.safetensors"},
        "hash malformed": good | {"sha256": "xyz"},
        "hash not text": good | {"sha256": 0},
        "step of another": good | {"step": 11},
        "step float": good | {"step": 10.0},
        "step 2^70": good | {"step": 1 << 70},
        "field missing": {"name": good["name"]},
        "field too many": good | {"load": "os.system"},
        "a list": [good],
    }.items()


@pytest.mark.parametrize(("pointer", "target"), [(p, t) for p in ("last", "best") for _, t in hostile_pointers()],
                         ids=[f"{p}: {name}" for p in ("last", "best") for name, _ in hostile_pointers()])
def test_a_pointer_to_elsewhere_is_refused_and_nothing_is_deleted_on_its_word(store, pointer, target):
    save(store, 10, best=True)
    save(store, 10)
    if pointer == "best" and isinstance(target, dict) and target["name"] == "best-00000010.safetensors":
        target = target | {"name": "step-00000010.safetensors"}
    (store.folder / f"{pointer}.json").write_text(json.dumps(target))
    with pytest.raises(RunError) as caught:
        store.load(pointer)
    assert f"{pointer}.json" in caught.value.where
    if pointer == "best":
        save(store, 20, 30, 40)
        assert store.steps("best") == [10] and len(store.steps()) == 4
        assert "kept" in store.warnings[0]


def link(path):
    path.symlink_to(path.with_name("other"))


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, link], ids=["pipe", "folder", "link"])
@pytest.mark.parametrize("place", ["step-00000010.safetensors", "last.json"])
def test_what_is_no_file_is_refused_at_once(store, make, place):
    save(store, 10)
    (store.folder / place).rename(store.folder / "other")
    make(store.folder / place)
    with pytest.raises(RunError) as caught:
        store.load("last")
    assert place in caught.value.where


def test_a_large_pointer_is_not_read(store):
    save(store, 10)
    os.truncate(store.folder / "last.json", 100 << 20)
    with pytest.raises(RunError, match="at most 4,096"):
        store.load("last")


def test_a_linked_folder_is_neither_read_nor_written(store, tmp_path):
    save(store, 10)
    store.folder.rename(tmp_path / "elsewhere")
    store.folder.symlink_to(tmp_path / "elsewhere")
    before = sorted(os.listdir(tmp_path / "elsewhere"))
    with pytest.raises(RunError):
        store.load("last")
    with pytest.raises(RunError):
        save(store, 20)
    assert sorted(os.listdir(tmp_path / "elsewhere")) == before
