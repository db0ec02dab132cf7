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
from dlcli.errors import RunError, StorageError, UsageError
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
    from dlcli.api.init import PROPOSED
    from dlcli.api.init import STARTERS as NAMES
    from dlcli.commands.init import Task

    assert {path.stem for path in STARTERS.glob("*.yaml")} == set(NAMES)
    said = Task.__metadata__[0].help
    assert f"One of {', '.join(NAMES)}, " in said and f"or {', '.join(PROPOSED)}, " in said


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


def test_arguments_that_are_none_such_are_refused_by_name(wine):
    run = api.train(wine, "training.epochs=1")["run"]       # a single text is a list of one
    cases = {
        "overrides": lambda: api.train(wine, [2]),
        "workers": lambda: api.train(wine, workers=0),
        "parallel": lambda: api.train(wine, parallel="gpu"),
        "watchers": lambda: api.train(wine, watchers=[object()]),
        "notify": lambda: api.train(wine, notify=3),
        "config": lambda: api.check({"seed": 1}),
        "run": lambda: api.evaluate(None),
        "split": lambda: api.evaluate(run, split=3),
        "noise": lambda: api.evaluate(run, noise="0.1"),
        "--data": lambda: api.evaluate(run, data=[]),
        "inputs": lambda: api.predict(run, []),
        "row": lambda: api.explain_prediction(run, row=0),
        "steps": lambda: api.inspect_gradients(wine, steps=0),
        "fail_on": lambda: api.inspect_gradients(wine, fail_on="never"),
        "compare": lambda: api.compare(None),
    }
    for name, call in cases.items():
        with pytest.raises(UsageError) as caught:
            call()
        assert caught.value.where == name, name
    assert len(list(Path("runs").iterdir())) == 1, "nothing was begun"
    assert api.evaluate(run, noise=0.1)["robustness"][1]["deviation"] == 0.1


def test_nothing_that_is_read_is_written_over(wine):
    api.init("classification")
    Path("a.csv").write_text("a,b,y\n" + "1,2,u\n3,1,v\n2,2,u\n5,0,v\n" * 5)
    Path("own.yaml").write_text(WINE.replace("source: wine", "source: {csv: {file: a.csv, target: y}}"))
    run = api.train("own.yaml", ["training.epochs=1", "network.linear2.linear.units=2"])["run"]
    before = Path("a.csv").read_bytes()
    for output in ("a.csv", Path("../") / Path.cwd().name / "a.csv"):
        with pytest.raises(UsageError, match="would be written over"):
            api.predict(run, "a.csv", output=output)
    with pytest.raises(UsageError, match="would be written over"):
        api.predict(run, "a.csv", output=Path(run) / "metrics.jsonl")
    assert Path("a.csv").read_bytes() == before
    assert api.predict(run, "a.csv", output="b.csv") and api.predict(run, "a.csv", output="b.csv"), "its own it may"


def test_a_training_in_a_thread_is_one(wine):
    import threading

    found = []
    thread = threading.Thread(target=lambda: found.append(api.train(wine, ["training.epochs=1"])))
    thread.start()
    thread.join()
    assert found[0]["status"] == "completed"
    assert found[0]["weights_sha256"] == api.train(wine, ["training.epochs=1"])["weights_sha256"]


def test_ctrl_c_ends_what_is_around_a_training_too(wine):
    import os
    import signal

    from dlcli.errors import Interrupted
    from dlcli.training.watcher import Watcher

    class Press(Watcher):
        ends = 0

        def epoch(self, trainer, record):
            if record["epoch"] == 2:
                os.kill(os.getpid(), signal.SIGINT)

        def end(self, trainer, status):
            self.ends += 1

    press = Press()
    with pytest.raises(KeyboardInterrupt) as caught:
        api.train(wine, ["training.epochs=4"], watchers=[press])
    document = caught.value.document
    assert isinstance(caught.value, Interrupted) and document["status"] == "interrupted" and press.ends == 1
    done = api.resume(document["run"])
    assert done["weights_sha256"] == api.train(wine, ["training.epochs=4"])["weights_sha256"]


def test_a_run_that_is_complete_stays_so(wine):
    from dlcli.training.watcher import Watcher

    class Fails(Watcher):
        ends = 0

        def start(self, trainer):
            raise ValueError("mine")

        def step(self, trainer):
            raise ValueError("mine")

        def end(self, trainer, status):
            self.ends += 1

    run = api.train(wine, ["training.epochs=1"])["run"]
    with pytest.raises(ValueError, match="mine"):
        api.resume(run, watchers=[Fails()])
    assert api.show_run(run, plots=False)["status"] == "completed"
    fails = Fails()
    with pytest.raises(ValueError, match="mine"):
        api.train(wine, watchers=[fails])
    assert fails.ends == 1 and api.show_run("last", plots=False)["status"] == "failed"


def test_the_threads_of_the_host_are_put_back(wine):
    import numpy  # noqa: F401
    from threadpoolctl import ThreadpoolController

    blas = ThreadpoolController().select(user_api="blas")
    if not blas.lib_controllers:
        pytest.skip("NumPy's BLAS is not known to threadpoolctl")
    with blas.limit(limits=2):
        api.evaluate(api.train(wine, ["training.epochs=1"])["run"])
        assert {library["num_threads"] for library in blas.info()} == {2}


def test_errors_go_through_a_pool_of_processes(wine):
    import pickle

    with pytest.raises(ConfigErrors) as caught:
        api.train(wine, ["loss=hinges", "training.epochs=many"])
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value) and len(again.problems) == 2
    with pytest.raises(UsageError) as caught:
        api.compare([])
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_warnings_stand_in_the_document(wine):
    Path("a.csv").write_text("a,b,y\n" + "1,k,u\n3,l,v\n2,k,u\n5,l,v\n" * 5)
    Path("own.yaml").write_text(WINE.replace("source: wine", "source: {csv: {file: a.csv, target: y}}"))
    run = api.train("own.yaml", ["training.epochs=1", "network.linear2.linear.units=2"])["run"]
    Path("new.csv").write_text("a,b\n1,Paris\n")
    (warning,) = api.predict(run, "new.csv")["warnings"]
    assert "'Paris'" in warning and "in 1 row" in warning


def test_a_run_is_named_as_it_is_written(wine):
    api.train(wine, ["training.epochs=1"])
    assert api.evaluate("last")["samples"] == 35
    with pytest.raises(RunError, match="no such run folder"):
        api.evaluate("./last")


def test_a_training_that_cannot_be_set_up_has_failed(wine, monkeypatch):
    from dlcli.training import loop

    def fails(*_):
        raise MemoryError

    monkeypatch.setattr(loop, "Saver", fails)
    with pytest.raises(StorageError, match="memory"):
        api.train(wine)
    assert [run["status"] for run in api.runs()["runs"]] == ["failed"]


def test_what_a_listener_raises_is_not_swallowed(wine):
    def full(notice):
        raise OSError("mine")

    with pytest.raises(OSError, match="mine"):
        api.train(wine, notify=full)
