"""What each command does, as a function: plain arguments in, the document of `--json` out.

    from dlcli.api import evaluate, train

    run = train("digits.yaml", ["training.epochs=5"])["run"]
    print(evaluate(run)["metrics"])

A DlcliError says what goes wrong. Nothing is printed; `notify` gets what a command would write to stderr.
"""

from dlcli.api.check import check
from dlcli.api.compare import compare
from dlcli.api.datasets import datasets, get_dataset
from dlcli.api.evaluate import evaluate
from dlcli.api.explain import explain, schema
from dlcli.api.explain_prediction import explain_prediction
from dlcli.api.generate import generate
from dlcli.api.gradcheck import gradcheck
from dlcli.api.init import init
from dlcli.api.inspect_gradients import inspect_gradients
from dlcli.api.predict import predict
from dlcli.api.resume import resume
from dlcli.api.runs import runs, show_run
from dlcli.api.train import train

__all__ = [
    "check",
    "compare",
    "datasets",
    "evaluate",
    "explain",
    "explain_prediction",
    "generate",
    "get_dataset",
    "gradcheck",
    "init",
    "inspect_gradients",
    "predict",
    "resume",
    "runs",
    "schema",
    "show_run",
    "train",
]
