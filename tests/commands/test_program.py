"""The program around the commands: version, help, and what becomes of errors that no command expects."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import dlcli as package
from dlcli import cli
from tests.commands.conftest import WINE, calls

OPTIONS = {
    "--epochs 5": "training.epochs=5", "--epochs=5": "training.epochs=5",
    "--lr 1e-3": "optimizer.adam.learning_rate=1e-3",
    "--learning-rate 0.1": "optimizer.adam.learning_rate=0.1", "--batch-size 8": "training.batch_size=8",
    "--seed 3": "seed=3",
    "--momentum 0.9": "optimizer.KIND.momentum=0.9", "--patience 3": "training.early_stop.patience=3",
    "--optimizer sgd": "optimizer=sgd", "optimizer=sgd --lr=3": "optimizer.sgd.learning_rate=3",
    "--sep ;": "'data.source.csv.delimiter=;'", "--runz x": "did you mean --runs?",
    "--worker 2": "did you mean --workers?",
    "--num-workers 2": "`--workers N`", "--output-dir x": "`--runs DIR`", "--device cuda": "on the CPU",
    "--dropout 0.3": "`- dropout`",
    "--weights x": "`init_from`", "--zzz": "`dlcli train -h` says more", "-e 5": "`dlcli train -h` says more",
}


def test_options_that_are_values_of_the_config_are_told_as_changes(dlcli, tmp_path):
    (tmp_path / "wine.yaml").write_text(WINE)
    said = {options: dlcli("train", "wine.yaml", *options.split()) for options in OPTIONS}
    assert all(result.status == 2 for result in said.values())
    assert not {options: result.err for options, result in said.items() if OPTIONS[options] not in result.err}
    assert "optimizer.KIND.learning_rate=1" in dlcli("train", "nosuch.yaml", "--lr", "1").err
    assert "training.epochs=VALUE" in dlcli("check", "--epochs", "wine.yaml").err
    assert "=" not in dlcli("evaluate", "last", "--epochs", "5").err.replace("KEY=VALUE", "")


def test_version(dlcli):
    assert dlcli("--version").out == f"dlcli {package.__version__}\n"


def test_help_of_every_command_fits_and_has_a_sentence(dlcli):
    for command in ((), *((name,) for name in cli.COMMANDS)):
        result = dlcli(*command, "--help")
        assert (
            result.status == 0
            and result.out.startswith("Usage: dlcli")
            and max(map(len, result.out.splitlines())) <= 110
        )
    overview = dlcli("--help").out
    assert all(f"  {name} " in overview for name in cli.COMMANDS) and "Exit status" in overview


def test_without_a_command_the_help_goes_to_stderr(dlcli):
    result = dlcli()
    assert result.status == 2 and result.out == "" and "Commands:" in result.err


def test_a_bug_shows_its_traceback_and_has_status_1(dlcli, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("planted")

    monkeypatch.setattr("dlcli.config.explain.explain", broken)
    result = dlcli("explain")
    assert (
        result.status == 1 and "Traceback" in result.err and "planted" in result.err and "this is a bug" in result.err
    )
    assert dlcli("explain", "--json").document["error"]["status"] == 1


@pytest.mark.parametrize(("error", "status"), [
    (OSError(28, "No space left on device"), 7), (PermissionError(13, "Permission denied"), 7), (MemoryError(), 7),
    (KeyboardInterrupt(), 130), (OSError(2, "No such file or directory"), 1),
])
def test_errors_of_the_system(dlcli, monkeypatch, error, status):
    def broken(*_):
        raise error

    monkeypatch.setattr("dlcli.config.explain.explain", broken)
    assert dlcli("explain").status == status


def test_a_closed_pipe_is_no_error(tmp_path):
    command = f"{sys.executable} -m dlcli explain | head -1"
    done = subprocess.run(
        ["bash", "-c", f"{command}; echo ${{PIPESTATUS[0]}}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.stdout.splitlines()[-1] == "0" and done.stderr == ""


@pytest.mark.parametrize("arguments", [("--version",), ("explain",), ("explain", "--json")])
def test_a_pipe_that_nobody_reads_is_no_error(tmp_path, arguments):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "dlcli", *arguments],
        cwd=tmp_path,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_stderr_that_is_gone_changes_no_status(tmp_path):
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m dlcli train none.yaml 2> >(true); echo $?"],
        cwd=tmp_path,
        text=True,
        capture_output=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.stdout == "3\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_device_has_status_7(tmp_path):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "dlcli", "explain"],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=300,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
    assert done.returncode == 7 and "no space" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_what_stderr_could_not_take_does_not_fail_at_exit(monkeypatch, dlcli):
    """Python would try again, and end with status 120."""
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stderr", full)
        assert dlcli("explain", "nosuch").status == 2
        full.flush()


def shell(tmp_path, line: str) -> subprocess.CompletedProcess:
    """Run `dlcli ...` as a shell does, with its redirections."""
    return subprocess.run(
        ["bash", "-c", f"{sys.executable} -m {line}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("dlcli explain adam >&-", 0),
        ("dlcli --version >&-", 0),
        ("dlcli explain nosuch >&-", 2),
        ("dlcli explain nosuch 2>&-", 2),
        ("dlcli explain nosuch >&- 2>&- <&-", 2),
        ("dlcli runs --json >&-", 0),
        ("dlcli check no.yaml --json >&-", 3),
        ("dlcli train 2>&-", 2),
        ("dlcli train 2>/dev/full", 2),
        ("dlcli check no.yaml --json >/dev/full", 7),
        ("dlcli explain nosuch --json >/dev/full", 7),
    ],
)
def test_streams_that_are_closed_or_full(tmp_path, line, status):
    done = shell(tmp_path, line)
    assert done.returncode == status and "Traceback" not in done.stderr
    assert done.stderr.count("no space left") == ("/dev/full" in line and "check" in line)


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-", "2>/dev/full"])
def test_streams_that_are_closed_or_full_do_not_end_a_training(tmp_path, redirection):
    (tmp_path / "wine.yaml").write_text(WINE)
    done = shell(tmp_path, f"dlcli train wine.yaml {redirection}")
    run = next((tmp_path / "runs").iterdir())
    assert done.returncode == 0 and "Traceback" not in done.stderr and '"completed"' in (run / "run.json").read_text()
    if "2>" not in redirection.split()[0]:
        assert done.stdout == ""
    else:
        assert f"run runs/{run.name}" in done.stdout


@pytest.mark.parametrize(
    "arguments", [("train",), ("evaluate",), ("runs", "show"), ("train", "a.yaml", "--nope"), ("nosuch",)]
)
def test_wrong_use_with_json_is_one_document(dlcli, arguments):
    result = dlcli(*arguments, "--json")
    assert result.status == 2 and result.document["error"]["status"] == 2 and result.document["error"]["problem"]


def test_wrong_use_is_told_as_other_errors_are(dlcli):
    for arguments, where, said in (
        (("explain", "brightness", "noise"), "dlcli explain", "nothing more is taken, got noise"),
        (("train",), "dlcli train", "missing argument 'CONFIG'"),
        (("runs", "show"), "dlcli runs show", "missing argument 'RUN'"),
        (("train", "a.yaml", "--nope"), "dlcli train", "no such option: --nope"),
    ):
        result = dlcli(*arguments)
        assert result.status == 2 and result.out == "" and f"{where}: {said}" in result.err
        assert f"  hint: {where} [OPTIONS]" in result.err and f"`{where} -h`" in result.err
    assert "dlcli: no such command 'trian'\n  hint: did you mean 'train'?" in dlcli("trian").err


def test_values_that_do_not_fit_are_told_in_our_words(dlcli):
    assert "'--workers': expected a whole number" in dlcli("evaluate", "x", "--workers", "two").err
    assert "'--workers': expected 1 or more" in dlcli("evaluate", "x", "--workers", "0").err
    assert "'--parallel': 'no' is not one of 'fork'" in dlcli("evaluate", "x", "--parallel", "no").err


@pytest.mark.parametrize(
    "environment",
    [
        {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "COLUMNS": "1"},
        {"COLUMNS": "many", "TERM": "dumb", "HOME": "/nonexistent", "OMP_NUM_THREADS": "2"},
    ],
    ids=["locale, narrow", "the rest"],
)
def test_odd_surroundings(tmp_path, environment):
    (tmp_path / "wine.yaml").write_text(WINE)
    done = calls("train wine.yaml", "evaluate last", "runs show last --no-plots", cwd=tmp_path, environment=environment)
    assert done.returncode == 0, done.stderr
    assert "accuracy" in done.stdout.split("\f")[1]
