"""What training shows: on a terminal, without one, and what it costs."""

import os
import pty
import re
import select
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from dlcli.terminal import screen
from dlcli.terminal.progress import Lines, Live, Pace, heading
from dlcli.text import duration, number, size, width
from tests.commands.conftest import WINE
from tests.counting import lines_run

RECORD = {"epoch": 1, "learning_rate": 0.1, "gradient_norm": 2.0, "train": {"loss": 0.5}, "best": True}


def on_a_terminal(tmp_path, columns: int, environment=None) -> tuple[str, str, int]:
    """(what a terminal of that width sees from stderr, stdout, status) of a training."""
    (tmp_path / "wine.yaml").write_text(WINE.replace("epochs: 8", "epochs: 400, batch_size: 4"))
    ours, theirs = pty.openpty()
    surroundings = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **(environment or {})}
    process = subprocess.Popen(
        [sys.executable, "-m", "dlcli", "train", "wine.yaml"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        env=surroundings | {"COLUMNS": str(columns), "LINES": "40", "TERM": "xterm-256color"},
    )
    os.close(theirs)
    seen = b""
    while select.select([ours], [], [], 30)[0]:
        try:
            seen += os.read(ours, 65536)
        except OSError:
            break
    out = process.communicate(timeout=300)[0]
    os.close(ours)
    return seen.decode(), out, process.returncode


@pytest.mark.parametrize("columns, environment", [(80, {}), (120, {"NO_COLOR": "1"})])
def test_the_live_view(tmp_path, columns, environment):
    seen, out, status = on_a_terminal(tmp_path, columns, environment)
    assert status == 0 and "\x1b" not in out
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen)
    for part in (
        r"epoch \d+/400",
        r"iteration \d+/27",
        "loss",
        "accuracy",
        "learning rate",
        "gradient norm",
        "samples/s",
        " left",
    ):
        assert re.search(part, plain), part
    assert max(len(line) for line in plain.replace("\r", "\n").splitlines()) <= columns
    rows = re.findall(r" {4,}(\d+)(?: +\d\S*){4}\r?\n", plain)
    assert rows[0] == "1" and rows[-1] == "400" and len(rows) <= 25
    assert bool(re.search(r"\x1b\[[0-9;]*3[0-9][0-9;]*m", seen)) == ("NO_COLOR" not in environment)


def trainer(step=0):
    progress = SimpleNamespace(step=step, epoch=1, steps=0, rows=0, loss_sum=0.0, stopped=None)
    return SimpleNamespace(progress=progress, epochs=3, rows=10, steps_per_epoch=5, last=(0.5, 1.0, 0.1),
                           settings=SimpleNamespace(epochs=3), span=SimpleNamespace(total_steps=15))


def test_a_step_between_two_views_is_a_look_at_the_clock(tmp_path):
    with open(tmp_path / "out", "w") as stream:
        live, one = Live(stream), trainer()
        live.start(one)
        live.due = time.perf_counter() + 60
        live.step(one)
        assert lines_run(lambda: live.step(one)) <= 3
        live.end(one, "completed")


def test_the_live_view_has_no_thread(tmp_path):
    before = threading.active_count()
    with open(tmp_path / "out", "w") as stream:
        live, one = Live(stream), trainer()
        live.start(one)
        live.epoch(one, RECORD)
        assert threading.active_count() == before
        live.end(one, "completed")


def test_the_view_is_never_behind_the_rows_above_it(tmp_path):
    with open(tmp_path / "out", "w") as stream:
        live, one = Live(stream), trainer()
        live.start(one)
        one.progress.epoch, live.due = 2, time.perf_counter() + 60
        live.epoch(one, RECORD)
        live.end(one, "completed")
    below = re.split(r" 1 +0\.5000\n", (tmp_path / "out").read_text())[1]
    assert below.startswith("epoch 3/3")


def test_a_training_that_fails_before_its_first_step_leaves_no_view(dlcli, tmp_path, monkeypatch):
    from dlcli.errors import StorageError
    from dlcli.terminal import progress
    from dlcli.training.loop import Trainer

    def full(self):
        raise StorageError("checkpoints", "no space left on device")

    (tmp_path / "wine.yaml").write_text(WINE)
    monkeypatch.setattr(Trainer, "save", full)
    with open(tmp_path / "out", "w") as stream:
        monkeypatch.setattr(progress, "display", lambda quiet: [Live(stream)])
        assert dlcli("train", "wine.yaml").status == 7
    assert (tmp_path / "out").read_text().count("\x1b[?25h") == 1        # the cursor is back


def test_lines_have_what_a_file_should_keep(tmp_path):
    with open(tmp_path / "out", "w") as stream:
        shown = Lines(stream)
        shown.start(trainer())
        shown.epoch(trainer(), RECORD)
    assert (
        tmp_path / "out"
    ).read_text() == "epoch 1/3  train: loss 0.5000    learning rate 0.1000   gradient norm 2.0000\n"


@pytest.mark.parametrize("display", [Lines, Live])
def test_a_terminal_that_is_gone_ends_the_display_and_not_the_training(display):
    read, write = os.pipe()
    os.close(read)
    with suppress(BrokenPipeError), open(write, "w", buffering=1) as stream:
        shown, one = display(stream), trainer()
        shown.start(one)
        for _ in range(3):
            shown.epoch(one, RECORD)
            shown.step(one)
        shown.end(one, "completed")


def test_pace():
    one = trainer()
    pace = Pace(one)
    pace.began -= 10
    one.progress.step = 5
    assert pace.rate(one) == pytest.approx(1.0, rel=0.01) and pace.left(one) == "20 s left"


def test_columns_that_do_not_fit_are_left_out():
    cells = {"epoch": "1", **{f"train metric{i}": "0.5" for i in range(20)}}
    assert sum(width for _, width in heading(cells, 80).values()) < 80 and len(heading(cells, 80)) >= 6


def test_numbers_for_people():
    numbers = {
        0.0: "0.0000",
        0.98765: "0.9877",
        1e-5: "1e-05",
        12345.6: "12,346",
        123.456: "123.5",
        3: "3",
        12345: "12,345",
        None: "-",
    }
    assert {value: number(value) for value in numbers} == numbers and number(float("nan")) == "nan"
    assert [duration(s) for s in (0.5, 5, 30, 90, 3700)] == ["0.50 s", "5.0 s", "30 s", "1:30", "1:01:40"]
    assert [size(n) for n in (10, 1500, 999_999, 2_000_000, 3 * 10**12)] == [
        "10 bytes",
        "1.5 KB",
        "1 MB",
        "2 MB",
        "3 TB",
    ]


def test_text_breaks_between_words_and_commands_stay_whole():
    command = "  dlcli evaluate runs/a-name-that-is-long-enough-to-reach-the-edge"
    text = f"{'one two three four ' * 5}\n{command}\n{screen.HINT}{'five six seven ' * 5}"
    lines = [part for line in text.split("\n") for part in screen.wrapped(line, 40).split("\n")]
    assert command in lines and all(len(line) < 40 for line in lines if line != command)
    assert " ".join(" ".join(lines).split()) == " ".join(text.split())
    assert all(screen.wrapped(line, None) == line == screen.wrapped(line, 200) for line in text.split("\n"))


@pytest.mark.parametrize("command", [("explain", "adam"), ("evaluate", "last"), ("runs",), ("check", "wine.yaml")])
def test_the_width_that_is_asked_for_holds_without_a_terminal(dlcli, folder, monkeypatch, command):
    monkeypatch.chdir(folder)
    wide = dlcli(*command).out
    monkeypatch.setenv("COLUMNS", "60")
    narrow = dlcli(*command)
    assert narrow.status == 0 and max(map(len, narrow.out.splitlines())) <= 60 < max(map(len, wide.splitlines()))


def test_a_table_leaves_out_columns_that_do_not_fit(monkeypatch, capsys):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("NO_COLOR", "1")
    screen.table(["name", *"abcdef"], [["数字" * 3, *range(100000, 100006)]])
    lines = capsys.readouterr().out.splitlines()
    assert all(width(line) <= 40 for line in lines) and "more columns in a wider window" in lines[-1]
    screen.table(["name", "text"], [["数字", "long " * 20]], left=2)
    lines = capsys.readouterr().out.splitlines()
    assert [width(line) for line in lines][1:] == [40] and lines[1].endswith("…")
