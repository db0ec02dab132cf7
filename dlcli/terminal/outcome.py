"""How a finished training is told: its table, what happened, what to try next."""

import signal

from dlcli.errors import Exit
from dlcli.terminal.metrics import titled
from dlcli.terminal.screen import present, say, table, warn
from dlcli.text import count, duration, number


def tell(document: dict, as_json: bool, quiet: bool) -> int:
    """Print the document of a training; returns the exit status."""
    interrupted = document["status"] == "interrupted"
    present(document, as_json, show)
    for remark in document["remarks"]:
        warn("", remark)
    if not (as_json or quiet or interrupted):
        suggest(document["run"], "test" in document["rows"])
    if not interrupted:
        return Exit.OK
    warn("", "Interrupted, and saved. It goes on with", f"  dlcli resume {document['run']}")
    return Exit.TERMINATED if document["signal"] == signal.SIGTERM else Exit.INTERRUPTED


def show(document: dict) -> None:
    """Metrics by split, how long it took, the best epoch, and the run."""
    metrics, best = document["metrics"], document["best"]
    say()
    if metrics:
        table(["", *(titled(name, document["positive"]) for name in metrics["train"])],
              [[split, *map(number, values.values())] for split, values in metrics.items()])
        say()
    say(f"{count(document['epochs'], 'epoch')}, {count(document['steps'], 'step')} in {duration(document['seconds'])}"
        + (f"; stopped early: {document['stopped']}" if document["stopped"] else ""))
    if best:
        kept = "its weights are put back" if best["restored"] else "kept as the best checkpoint"
        say(f"best {best['metric']} {number(best['value'])} in epoch {best['epoch']}; {kept}")
    say(f"run {document['run']}")


def suggest(run: str, has_test: bool) -> None:
    """What could come next. has_test: whether there is a test split."""
    say()
    say("Next:")
    if has_test:
        say(f"  dlcli evaluate {run}    on the test split")
    say(f"  dlcli runs show {run}   the curves")
