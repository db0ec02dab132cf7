"""The journal takes records whole, survives a torn line, and forgets what will be done again."""

import errno
import json
import math
import os

import numpy as np
import pytest

from dlcli.artifacts.journal import Journal
from dlcli.errors import RunError, StorageError
from tests.artifacts.rig import Faulty, operations, raising


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "metrics.jsonl")


def step(number: int) -> dict:
    return {"kind": "step", "step": number, "loss": number / 3}


def fill(journal, *numbers):
    for number in numbers:
        journal.append(step(number))


def test_records_come_back_in_order_and_by_kind(journal):
    fill(journal, 1, 2)
    journal.append({"kind": "epoch", "epoch": 1, "step": 2}, step(3))
    assert journal.read() == [step(1), step(2), {"kind": "epoch", "epoch": 1, "step": 2}, step(3)]
    assert journal.read("epoch") == [{"kind": "epoch", "epoch": 1, "step": 2}]
    assert journal.last("epoch")["epoch"] == 1 and journal.last("step") == step(3) and journal.last("note") is None


def test_each_record_is_one_line_of_strict_json(journal):
    journal.append({"kind": "epoch", "loss": math.nan, "train": {"accuracy": np.float32(0.5), "auc": np.float64("inf")},
                    "text": "two\nlines", "counts": np.arange(2)})
    text = journal.path.read_text()
    assert text.count("\n") == 1 and text.endswith("\n")

    def refuse(constant):
        raise AssertionError(constant)
    record = json.loads(text, parse_constant=refuse)
    assert record == {
        "kind": "epoch",
        "loss": None,
        "train": {"accuracy": 0.5, "auc": None},
        "text": "two\nlines",
        "counts": [0, 1],
    }


def test_no_file_is_no_records(journal):
    assert journal.read() == [] and journal.last("epoch") is None
    journal.cut(5)
    assert not journal.path.exists()


@pytest.mark.parametrize(
    "tail", [b'{"kind": "step", "st', b"\0" * 5000, b"garbage\n", b'{"kind": "step"}', b"[1]\n\xff\n"]
)
def test_a_torn_end_is_left_out(journal, tail):
    fill(journal, 1, 2)
    journal.path.write_bytes(journal.path.read_bytes() + tail)
    assert [record["step"] for record in journal.read()] == [1, 2]
    assert journal.last("step")["step"] == 2 if b"kind" not in tail else True
    journal.cut(2)
    assert journal.path.read_bytes().count(b"\n") == 2
    fill(journal, 3)
    assert [record["step"] for record in journal.read()] == [1, 2, 3]


def test_the_next_record_is_not_glued_to_a_torn_line(journal):
    fill(journal, 1)
    journal.close()
    with journal.path.open("ab") as file:
        file.write(b'{"kind": "step", "step": 2, "lo')
    fill(journal, 2)
    assert journal.read() == [step(1), step(2)]


def test_a_bad_line_before_good_ones_is_named(journal):
    fill(journal, 1, 2, 3)
    lines = journal.path.read_bytes().splitlines(keepends=True)
    journal.path.write_bytes(lines[0] + b"{oops}\n" + lines[2])
    with pytest.raises(RunError) as caught:
        journal.read()
    assert caught.value.where == f"{journal.path}:2"
    with pytest.raises(RunError):
        journal.cut(3)
    journal.cut(1)
    assert journal.read() == [step(1)], "what lies behind the cut does not matter"


def test_cut_leaves_the_records_up_to_a_step(journal):
    fill(journal, 1, 2)
    journal.append({"kind": "note", "text": "no step of its own"}, {"kind": "epoch", "step": 2}, step(3), step(4))
    journal.cut(2)
    assert [record["kind"] for record in journal.read()] == ["step", "step", "note", "epoch"]
    fill(journal, 3)
    assert len(journal.read()) == 5
    journal.cut(0)
    assert journal.read() == []


def test_a_long_journal_gives_its_last_record_without_being_read(journal):
    journal.append({"kind": "epoch", "step": 1})
    journal.append(*(step(number) for number in range(30_000)))
    assert journal.last("step")["step"] == 29_999
    assert journal.last("epoch") is None, "it lies more than a MiB back"


@pytest.fixture
def short(monkeypatch):
    """Limits that a small journal exceeds; yields a list that grows by each line that is parsed."""
    from dlcli.artifacts import journal as module

    for name, value in (("MOST", 200), ("BYTES", 8192), ("LINE", 2048)):
        monkeypatch.setattr(module, name, value)
    parsed, record = [], module._record
    monkeypatch.setattr(module, "_record", lambda line: parsed.append(line) or record(line))
    return parsed


def test_a_long_journal_is_read_and_cut_with_bounded_work(journal, short):
    journal.append(*({"kind": "epoch", "epoch": i, "step": 10 * i, "best": i in (7, 4321)} for i in range(1, 6001)))
    journal.close()
    found = [record["epoch"] for record in journal.read("epoch")]
    assert found == sorted(found) and len(set(found)) == len(found) and 150 <= len(found) <= 215
    assert max(b - a for a, b in zip(found, found[1:])) < 60, "evenly spaced"
    assert {1, 4321, 6000} <= set(found) and len(short) < 2 * 215
    assert [record["epoch"] for record in journal.read() if record["best"]][-1] == 4321
    for step in (59_990, 30_000, 123, 0):
        del short[:]
        journal.cut(step)
        last = journal.last("epoch")
        assert (last["step"] if last else 0) == step // 10 * 10 and len(short) < 700
    assert journal.path.read_bytes() == b""


@pytest.mark.parametrize("line", [b"{}\n", b'{"kind":"step"}\n'])
def test_what_is_no_journal_is_not_read_to_its_end(journal, short, line):
    journal.path.write_bytes(line * 100_000)
    assert len(journal.read()) < 215
    with pytest.raises(RunError, match="name no step"):
        journal.cut(5)
    assert len(short) < 1000 and journal.path.read_bytes() == line * 100_000


def test_long_lines_are_not_all_held(journal, short):
    record = {"kind": "epoch", "step": 1, "train": {f"m{i}": i for i in range(150)}}
    journal.path.write_text((json.dumps(record) + "\n") * 2000)
    assert 1 <= len(journal.read()) < 40 and sum(map(len, short)) < 5 * 8192


@pytest.mark.parametrize("record, says", [
    ({}, "epoch"), ({"train": {"loss": "x"}}, "train.loss"), ({"train": None}, "train"), ({"step": -1}, "step"),
    ({"gradient_norm": True}, "gradient_norm"), ({"validation": {"loss": []}}, "validation.loss")])
def test_epochs_are_what_training_writes(journal, record, says):
    good = {"kind": "epoch", "epoch": 1, "step": 2, "learning_rate": 0.1, "gradient_norm": None,
            "train": {"loss": 1.0, "auc": None}}
    journal.append(good)
    assert journal.epochs() == [good]
    journal.append(good | record if record else {"kind": "epoch"})
    with pytest.raises(RunError) as caught:
        journal.epochs()
    assert caught.value.where == f"{journal.path}: epochs.1.{says}"


def test_another_name_of_a_file_is_not_written_through(journal, tmp_path):
    data = tmp_path / "data.csv"
    data.write_text("1,2\n3,4\n")
    os.link(data, journal.path)
    for write in (lambda: fill(journal, 1), lambda: journal.cut(0)):
        with pytest.raises(RunError, match="hard link"):
            write()
    assert data.read_text() == "1,2\n3,4\n"
    os.unlink(data)         # now it is the run's own
    journal.cut(0)
    fill(journal, 1)
    assert journal.read() == [step(1)]


def test_a_full_disk_leaves_no_half_line(journal):
    fill(journal, 1)

    class Full(Faulty):
        def write(self, file, data):
            if self.log.count("write"):
                raise OSError(errno.ENOSPC, "No space left on device")
            self._count("write")
            return os.write(file, data[:5])

    with operations(Full(0, None)), pytest.raises(StorageError) as caught:
        journal.append(step(2))
    assert caught.value.status == 7 and caught.value.where == str(journal.path)
    assert journal.read() == [step(1)]
    assert journal.path.read_bytes().endswith(b"\n")
    fill(journal, 2)
    assert journal.read() == [step(1), step(2)]


def test_sync_waits_for_the_disk_only_where_there_is_something_new(journal):
    with operations(Faulty(0, None)) as ops:
        journal.sync()
        fill(journal, 1)
        journal.sync()
        journal.sync()
    assert ops.log.count("fsync") == 1
    fill(journal, 2)
    with operations(Faulty(1, raising(OSError, errno.EIO, "Input/output error"))), pytest.raises(StorageError):
        journal.sync()


def test_a_pipe_or_link_in_its_place_is_refused(journal, tmp_path):
    os.mkfifo(journal.path)
    with pytest.raises(RunError):
        journal.read()
    journal.path.unlink()
    journal.path.symlink_to(tmp_path / "outside")
    with pytest.raises(RunError):
        journal.read()
    with pytest.raises(RunError):
        fill(journal, 1)
    assert not (tmp_path / "outside").exists()
