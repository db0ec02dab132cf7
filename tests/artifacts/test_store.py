"""Which checkpoints are kept, which is found, and what a damaged one leads to."""

import hashlib
import json

import pytest

from dlcli.artifacts.store import CheckpointStore
from dlcli.errors import RunError
from tests.artifacts.hostile import GOOD, build, state
from tests.artifacts.rig import checkpoint, is_of, save


def damage(path, size=100):
    data = bytearray(path.read_bytes())
    data[-size] ^= 1
    path.write_bytes(data)


def file(store, step, prefix="step"):
    return store.folder / f"{prefix}-{step:08d}.safetensors"


def point(store, pointer="last", **fields):
    path = store.folder / f"{pointer}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def test_the_last_the_best_and_any_step_are_found(store):
    save(store, 10)
    save(store, 15, best=True)
    save(store, 20, 30, keep=3)
    assert is_of(store.load("last"), 30)
    assert is_of(store.load("best"), 15)
    assert is_of(store.load(20), 20) and is_of(store.load("20"), 20)
    assert is_of(store.load(15), 15), "a step of which there is only the best"
    assert is_of(store.load("best-00000015.safetensors"), 15)
    assert store.steps() == [10, 20, 30] and store.steps("best") == [15]
    assert not store.warnings


def test_only_the_newest_are_kept_and_the_best(store):
    save(store, 10, best=True)
    save(store, 20, 30, 40, 50)
    assert store.steps() == [40, 50] and store.steps("best") == [10]
    save(store, 60, keep=1)
    assert store.steps() == [60]


def test_the_best_as_of_each_kept_checkpoint_is_kept(store):
    """A run that goes on from 30 needs the best from before 30, whatever came after."""
    save(store, 10, best=True)
    save(store, 12, best=True)
    save(store, 30)
    save(store, 35, best=True)
    save(store, 40)
    assert store.steps("best") == [12, 35]
    save(store, 50, 60)
    assert store.steps("best") == [35]
    save(store, 70, best=True)
    save(store, 70)
    save(store, 75, best=True)
    save(store, 80)
    assert store.steps("best") == [35, 70, 75], "70 may have been saved before its epoch was evaluated, or after"


def test_a_best_of_the_same_step_does_not_push_out_the_one_before(store):
    """A checkpoint of step 30 written before that epoch was evaluated names the best from before."""
    save(store, 20, best=True)
    save(store, 30)
    save(store, 30, best=True)
    save(store, 30)
    assert store.steps("best") == [20, 30]


def test_going_on_from_an_earlier_step_takes_back_what_came_after(store):
    save(store, 10, best=True)
    save(store, 20, 30)
    save(store, 35, best=True)
    save(store, 40)
    save(store, 33)
    assert store.steps() == [30, 33]
    assert is_of(store.load("last"), 33) and is_of(store.load("best"), 10)
    assert store.steps("best") == [10]


def test_a_best_that_the_new_way_did_not_reach_is_taken_back(store):
    """After 10 the run was killed beyond 15; resumed on another machine, 15 is not better than 8."""
    name = store.save(checkpoint(8), 8, best=True)
    save(store, 10)
    save(store, 15, best=True)
    for step in (20, 30, 40):
        store.save(checkpoint(step, best=name), step)
        assert is_of(store.load("best"), 8) and store.steps("best") == [8]


def test_going_on_from_before_any_best_leaves_none(store):
    save(store, 20)
    save(store, 25, best=True)
    save(store, 10)
    with pytest.raises(RunError, match="no checkpoint 'best'"):
        store.load("best")


def test_a_run_goes_on_from_the_newest_that_is_whole_and_says_so_and_nothing_is_judged_by_it(store):
    """Weights of step 10 are not the run's: whoever asks for the last gets these or an error."""
    save(store, 10, 20, 30, keep=3)
    damage(file(store, 30))
    damage(file(store, 20))
    with pytest.raises(RunError, match="sha256") as caught:
        store.load("last")
    assert "steps 10, 20, 30" in caught.value.hint and not store.warnings
    assert is_of(store.latest(), 10)
    assert len(store.warnings) == 1 and "sha256" in store.warnings[0] and "step 10" in store.warnings[0]


@pytest.mark.parametrize(
    "loss",
    [
        lambda store: (store.folder / "last.json").unlink(),
        lambda store: (store.folder / "last.json").write_bytes(b""),
        lambda store: (store.folder / "last.json").write_bytes(b'{"name": "step-'),
        lambda store: file(store, 20).unlink(),
        lambda store: file(store, 20).write_bytes(b""),
        lambda store: file(store, 20).write_bytes(file(store, 20).read_bytes()[:-1]),
        lambda store: file(store, 20).write_bytes(file(store, 10).read_bytes()),
        lambda store: point(store, sha256="0" * 64),
    ],
    ids=[
        "no pointer",
        "empty pointer",
        "torn pointer",
        "no file",
        "empty file",
        "truncated",
        "another file",
        "another hash",
    ],
)
def test_no_single_loss_keeps_a_run_from_going_on(store, loss):
    save(store, 10, 20)
    loss(store)
    found = store.latest()
    assert is_of(found, found.state["step"])
    assert len(store.warnings) == 1


def test_a_writer_that_prunes_what_a_reader_is_about_to_open_does_not_disturb_it(store, monkeypatch):
    save(store, 10)
    read, writer = store._read, CheckpointStore(store.folder)

    def overtaken(name, digest=None):
        if name.endswith("10.safetensors"):
            save(writer, 20, keep=1)
        return read(name, digest)
    monkeypatch.setattr(store, "_read", overtaken)
    assert is_of(store.load("last"), 20) and not store.warnings


def test_where_nothing_is_whole_nothing_begins_anew(store):
    assert store.latest() is None and not store.warnings
    with pytest.raises(RunError, match="no checkpoint 'last'"):
        store.load("last")
    save(store, 10)
    damage(file(store, 10))
    with pytest.raises(RunError, match="no checkpoint is whole"):
        store.latest()


@pytest.mark.parametrize("data, says", [
    (state('{"schema_version": 2, "step": 20}'), "upgrade"), (checkpoint(10).to_bytes(), "its name says 20"),
    (build(b'{"n": NaN}'), "NaN"), (b"", "byte 0"), (GOOD[:-1], "stored")])
def test_what_its_pointer_vouches_for_is_no_damage(store, data, says):
    """To begin anew, or from an older checkpoint, would throw away what somebody (a newer dlcli) has put there."""
    save(store, 10, 20)
    file(store, 20).write_bytes(data)
    point(store, sha256=hashlib.sha256(data).hexdigest())
    for read in (store.latest, lambda: store.load("last")):
        with pytest.raises(RunError, match=says):
            read()
    assert store.steps() == [10, 20] and not store.warnings


def test_an_unknown_checkpoint_is_an_error_that_names_those_there_are(store):
    save(store, 10, 20)
    for which in (15, "best", "latest", "../x", "step-1.safetensors", None, {}, -1, "10" * 40):
        with pytest.raises(RunError) as caught:
            store.load(which)
        assert caught.value.status == 5
    with pytest.raises(RunError) as caught:
        store.load(15)
    assert "10, 20" in caught.value.hint


def test_a_damaged_best_is_an_error(store):
    save(store, 10, best=True)
    save(store, 20)
    damage(file(store, 10, "best"))
    with pytest.raises(RunError, match="sha256"):
        store.load("best")


def test_a_best_that_was_being_replaced_is_taken(store):
    """Killed between the file and its pointer, where a resumed run came to the same best again."""
    save(store, 10, best=True)
    file(store, 10, "best").write_bytes(checkpoint(10, size=60).to_bytes())
    found = store.load("best")
    assert is_of(found, 10) and len(found.arrays["optimizer/m"]) == 60
    assert "best-00000010" in store.warnings[0]


def test_a_best_one_is_preferred_once_something_names_it(store):
    save(store, 10)
    assert store.preferred() == "last"
    save(store, 20, best=True)
    assert store.preferred() == "best"
    (store.folder / "best.json").unlink()               # killed before the first one counted: step 10 knows of none
    assert store.preferred() == "last" and is_of(store.load("last"), 10)
    later = checkpoint(30)
    store.save(later._replace(state=later.state | {"best": file(store, 20, "best").name}), 30)
    assert store.preferred() == "best"                  # the pointer is lost, and that must be said
