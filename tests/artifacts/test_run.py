"""Run folders: made once, opened safely, brought up to date as a whole."""

import json
import os
import re
import threading

import pytest

from dlcli.artifacts.environment import environment
from dlcli.artifacts.run import Run
from dlcli.errors import RunError, StorageError
from tests.artifacts.rig import Faulty, checkpoint, forked, is_of, new_run, operations


def test_a_new_run_has_what_was_given(tmp_path):
    run = Run.create(
        tmp_path / "deep" / "runs", "digits-mlp", b"name: digits-mlp # mine\n", {"seed": 3, "list": (1, 2)}, {"seed": 3}
    )
    assert re.fullmatch(r"digits-mlp-\d{8}T\d{6}Z-[0-9a-f]{4}", run.path.name)
    found = Run.open(run.path)
    assert found.config_text == b"name: digits-mlp # mine\n"
    assert found.resolved == {"seed": 3, "list": [1, 2]}
    assert found.status == "created" and found.info["seed"] == 3 and found.info["name"] == "digits-mlp"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found.info["created"])
    assert sorted(os.listdir(run.path)) == ["config.resolved.json", "config.yaml", "run.json"]


@pytest.mark.parametrize(
    "name",
    ["", "..", ".hidden", "-rf", "a/b", "C:\\x", "a\0", "a" * 65, "a\n", "\x1b[2J", "[/red]", "é", "a ", " a", "a:b"],
)
def test_a_name_that_is_no_plain_name_is_refused(tmp_path, name):
    with pytest.raises(RunError):
        new_run(tmp_path, name)
    assert not list(tmp_path.iterdir())


def test_runs_that_start_in_the_same_second_have_folders_of_their_own(tmp_path):
    runs, start = [], threading.Barrier(8)

    def make():
        start.wait()
        runs.extend(new_run(tmp_path / "runs") for _ in range(10))
    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({run.path for run in runs}) == len(list((tmp_path / "runs").iterdir())) == 80


def test_a_taken_name_is_left_alone(tmp_path, monkeypatch):
    first = new_run(tmp_path)
    stamp, hexes = first.path.name.split("-")[1:]
    drawn = iter([bytes.fromhex(hexes)] * 3 + [b"\xab\xcd"] * 99)
    monkeypatch.setattr("time.strftime", lambda *_: stamp)
    monkeypatch.setattr("os.urandom", lambda _: next(drawn))
    assert new_run(tmp_path).path.name == f"digits-{stamp}-abcd"


def test_a_place_that_cannot_be_written_to_is_a_storage_error(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    with monkeypatch.context() as context, pytest.raises(StorageError, match="a file, where a folder"):
        context.setattr(os, "mkdir", None)          # it is not even tried
        new_run(tmp_path / "file")
    for root in (tmp_path / "file", tmp_path / "file" / "runs", tmp_path / ("a" * 300)):
        with pytest.raises(StorageError) as caught:
            new_run(root)
        assert caught.value.status == 7


def test_update_replaces_fields_and_keeps_the_others(tmp_path):
    run = new_run(tmp_path)
    run.update(status="completed", metrics={"test": {"accuracy": 0.5, "roc_auc": float("nan")}})
    run.update(seconds=1.5)
    info = json.loads((run.path / "run.json").read_text())
    assert (
        info["metrics"] == {"test": {"accuracy": 0.5, "roc_auc": None}} and info["seconds"] == 1.5 and info["seed"] == 0
    )
    assert Run.open(run.path).status == "completed"
    with pytest.raises(ValueError):
        run.update(status="finished")


def test_saving_and_loading_through_the_run(tmp_path):
    run = new_run(tmp_path)
    run.journal.append({"kind": "step", "step": 5})
    run.save(checkpoint(5), 5)
    run.save(checkpoint(4), 4, best=True)
    assert run.steps() == [5] and is_of(run.load("last"), 5) and is_of(run.load("best"), 4) and run.warnings == []


def test_the_journal_is_on_the_disk_before_a_checkpoint_that_relies_on_it(tmp_path):
    run = new_run(tmp_path)
    run.save(checkpoint(4), 4)
    run.journal.append({"kind": "step", "step": 5})
    with operations(Faulty(0, None)) as ops:
        run.save(checkpoint(5), 5)
    assert ops.log[:2] == ["fsync", "open"]


def test_the_first_save_brings_the_config_to_the_disk_and_later_ones_do_not(tmp_path):
    run = new_run(tmp_path)
    counts = []
    for step in (1, 2):
        with operations(Faulty(0, None)) as ops:
            run.save(checkpoint(step), step)
        counts.append(ops.log.count("fsync"))
    assert counts == [9, 4]


def tampered(**fields):
    def change(run):
        path = run.path / "run.json"
        info = json.loads(path.read_text()) | fields
        path.write_text(json.dumps({key: value for key, value in info.items() if value is not None}))
    return change


def replaced(data: bytes):
    return lambda run: (run.path / "run.json").write_bytes(data)


def instead(make):
    def change(run):
        (run.path / "run.json").rename(run.path / "other")
        make(run.path / "run.json")
    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (replaced(b""), "not JSON"),
        (replaced(b"{"), "not JSON"),
        (replaced(b"[]"), "object"),
        (replaced(b"\xff\xfe"), "UTF-8"),
        (replaced(b'{"schema_version": 1, "status": "completed", "name": "a", "name": "b"}'), "twice"),
        (replaced(b"[" * 100_000), "run.json"),
        (replaced(b" " * (5 << 20)), "at most"),
        (tampered(schema_version="1"), "schema_version"),
        (tampered(schema_version=1.0), "schema_version"),
        (tampered(schema_version=True), "schema_version"),
        (tampered(schema_version=0), "schema_version"),
        (tampered(schema_version=2), "upgrade"),
        (tampered(status="won"), "status"),
        (tampered(status=["created"]), "status"),
        (tampered(status=None), "status"),
        (tampered(folder=5), "folder"),
        (tampered(shards=0), "shards"),
        (tampered(overrides=[1]), "overrides.0"),
        (tampered(sha256={"x": "y"}), "sha256.x"),
        (tampered(files=[{}]), "files.0.written"),
        (tampered(files=[{"written": "d.csv", "found": "d.csv", "sha256": 5}]), "files.0.sha256"),
        (tampered(name="../x"), "name"),
        (tampered(name="\x1b[2J"), "name"),
        (tampered(name=None), "name"),
        (instead(os.mkfifo), "regular"),
        (instead(os.mkdir), "regular"),
        (instead(lambda path: path.symlink_to("other")), "link"),
    ],
)
def test_a_run_json_that_is_not_one_is_an_error(tmp_path, change, says):
    run = new_run(tmp_path)
    change(run)
    with pytest.raises(RunError) as caught:
        Run.open(run.path)
    assert "run.json" in caught.value.where and says in str(caught.value)


def test_what_is_no_run_is_an_error(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "root").symlink_to("/")
    for name in (
        "missing",
        "empty",
        "file",
        "loop",
        "root",
        "..",
        "nul\0",
        "a" * 300,
        "new\nline",
        "-rf",
        "[/red]",
        "",
    ):
        with pytest.raises(RunError) as caught:
            Run.open(tmp_path / name)
        assert caught.value.hint or caught.value.problem.startswith("cannot be read")


def test_a_link_to_a_run_opens_it(tmp_path):
    run = new_run(tmp_path)
    (tmp_path / "newest").symlink_to(run.path)
    run.save(checkpoint(5), 5)
    assert is_of(Run.open(tmp_path / "newest").load("last"), 5)


def test_the_nearest_runs_are_proposed(tmp_path):
    one, two = new_run(tmp_path, "digits-mlp"), new_run(tmp_path, "iris")
    for asked, near in (("digits", one), (one.path.name[:-2] + "zz", one), ("iris-2025", two)):
        with pytest.raises(RunError) as caught:
            Run.open(tmp_path / asked)
        assert near.path.name in caught.value.hint


def test_reading_leaves_a_run_as_it_is(tmp_path):
    run = new_run(tmp_path)
    run.save(checkpoint(5), 5)
    (run.path / "checkpoints" / ".x.999999999.0000.tmp").write_bytes(b"")

    def state():
        return sorted((str(path), path.lstat().st_mtime_ns) for path in run.path.rglob("*"))
    before = state()
    found = Run.open(run.path)
    found.load("last"), found.resolved, found.status, found.journal.read(), found.steps()
    assert state() == before


def test_a_process_that_died_while_it_ran_reads_as_crashed(tmp_path):
    run = new_run(tmp_path)

    def train():
        with Run.open(run.path).lock() as mine:
            mine.update(status="running")
            assert Run.open(run.path).status == "running"
            (run.path / "checkpoints").mkdir()
            for name in (".run.json", "checkpoints/.step-00000001.safetensors"):
                (run.path / f"{name}.{os.getpid()}.00ff.tmp").write_bytes(b"half")
            os.kill(os.getpid(), 9)
    assert forked(train) == -9
    found = Run.open(run.path)
    assert found.status == "crashed" and found.info["status"] == "running"
    with found.lock():
        assert found.status == "running"
        assert not list(run.path.rglob("*.tmp")), "what it left half written goes with the next start"


def test_the_environment_says_what_decides_about_the_bytes():
    found = environment()
    assert set(found) == {"versions", "platform", "blas", "simd"}
    assert set(found["versions"]) == {"dlcli", "python", "numpy"}
    assert {"version", "architecture", "num_threads"} <= set(found["blas"])
    json.dumps(found)


def test_the_library_is_that_of_numpy_whatever_else_is_loaded(monkeypatch):
    """SciPy brings an OpenBLAS of its own: a run made beside it, and gone on with without it, has the same."""
    import threadpoolctl

    there = threadpoolctl.threadpool_info()
    other = {
        "user_api": "blas",
        "internal_api": "openblas",
        "version": "0.0.1",
        "prefix": "libscipy_openblas",
        "num_threads": 8,
        "filepath": "site-packages/scipy.libs/libscipy_openblas-6cdc3b4a.so",
        "architecture": "Prescott",
    }
    expected = environment()["blas"]
    monkeypatch.setattr(threadpoolctl, "threadpool_info", lambda: [other, *there])
    assert environment()["blas"] == expected
