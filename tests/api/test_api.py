"""The functions behind the commands: silent, and their documents are those that `--json` prints."""

import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

from dlcli import api
from dlcli.cli import COMMANDS
from dlcli.config import ConfigErrors
from dlcli.errors import RunError, UsageError
from dlcli.notices import info, listening, note, warn
from dlcli.storage.strict_json import dump
from tests.commands.conftest import WINE

STARTERS = Path(api.__file__).parent / "starters"


@pytest.fixture
def wine(tmp_path, monkeypatch) -> str:
    """A config in the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("wine.yaml").write_text(WINE)
    return "wine.yaml"


def as_printed(document: dict) -> dict:
    return json.loads(dump(document, null=True))


def test_a_function_for_each_command_that_says_what_it_takes():
    functions = {name.replace("-", "_") for name in COMMANDS} | {"show_run", "get_dataset"}
    assert functions == set(api.__all__)
    for name in api.__all__:
        function = getattr(api, name)
        assert inspect.isfunction(function) and inspect.getdoc(function), name
        assert len(inspect.getdoc(function).splitlines()) > 1 or not inspect.signature(function).parameters, name


def test_the_starters_of_the_help_are_those_that_there_are():
    from dlcli.api.init import TASKS
    from dlcli.commands.init import Task

    assert {path.stem for path in STARTERS.glob("*.yaml")} == set(TASKS)
    assert Task.__metadata__[0].help == f"One of {', '.join(TASKS)}."


def lasting(document):
    """A document without what another call may find to be more."""
    if isinstance(document, list):
        return [lasting(each) for each in document]
    if not isinstance(document, dict):
        return document
    return {key: lasting(value) for key, value in document.items() if key not in ("memory_bytes", "memory", "seconds")}


def test_documents_are_those_of_the_commands_and_nothing_is_printed(wine, dlcli, capfd):
    trained = api.train(wine, ["training.epochs=2"])
    run = trained["run"]
    found = {
        f"check {wine}": api.check(wine),
        f"evaluate {run} --noise 0.1": api.evaluate(run, noise=[0.1]),
        f"gradcheck {wine}": api.gradcheck(wine),
        f"inspect-gradients {run}": api.inspect_gradients(run),
        f"compare {run} {run}": api.compare([run, run]),
        f"resume {run}": api.resume(run),
        f"runs show {run} --no-plots": api.show_run(run, plots=False),
        "runs": api.runs(),
        "datasets": api.datasets(),
        "explain relu": api.explain("relu"),
        "schema": api.schema(),
    }
    said = capfd.readouterr()
    assert (said.out, said.err) == ("", "")
    for command, document in found.items():
        mine, printed = as_printed(document), dlcli(*command.split(), "--json").document
        assert lasting(mine) == lasting(printed), command
    again = dlcli("train", wine, "training.epochs=2", "--json").document
    assert list(again) == list(trained) and again["weights_sha256"] == trained["weights_sha256"]
    assert dlcli("init", "regression", "--json").document == api.init("regression", force=True)


def test_errors_are_raised_or_returned(wine):
    assert not api.check(wine, ["loss=hinges"])["valid"]
    with pytest.raises(ConfigErrors, match="hinge"):
        api.check(wine, ["loss=hinges"], strict=True)
    assert api.runs() == {"runs": []}
    with pytest.raises(RunError, match="nowhere: there is no such folder"):
        api.runs("nowhere")
    with pytest.raises(UsageError, match="--split"):
        api.evaluate(api.train(wine, ["training.epochs=1"])["run"], split="test", data=["a.csv"])


def test_notices_go_to_whoever_listens_and_to_nobody_else(wine, capfd):
    heard, other = [], []
    with listening(other.append):
        api.train(wine, ["training.epochs=1"], notify=heard.append)
        api.train(wine, ["training.epochs=1"])
    assert any(notice.kind == "info" and "parameters" in notice.text for notice in heard)
    assert [notice.text for notice in other] == [notice.text for notice in heard]
    with listening(heard.append):
        for say, kind in ((warn, "warning"), (note, "note"), (info, "info")):
            say("a\x1bb")
            assert (heard[-1].kind, heard[-1].text) == (kind, "a\\x1bb")
        assert str(heard[-3]) == "warning: a\\x1bb"
    warn("nobody")
    assert heard[-1].text != "nobody" and capfd.readouterr().err == ""


def test_importing_it_loads_nothing_heavy():
    code = "import dlcli.api, sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "yaml", "pydantic", "rich", "matplotlib", "typer"} & set(loaded)


def test_garbage_is_collected_as_before(wine):
    import gc

    api.check(wine)
    assert gc.isenabled() and api.train(wine, ["training.epochs=1"])["status"] == "completed"
    assert gc.isenabled()
