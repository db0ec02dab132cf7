"""How a finished training is told: its table, what happened, what to try next."""

import signal

from dlcli.api._training import Outcome
from dlcli.errors import Exit
from dlcli.terminal.metrics import titled
from dlcli.terminal.screen import count, duration, emit, number, say, table, warn


def tell(outcome: Outcome, as_json: bool, quiet: bool) -> int:
    """Print the outcome; returns the exit status."""
    document, said = outcome.document, remarks(outcome)
    interrupted = document["status"] == "interrupted"
    if as_json:
        emit(document | {"remarks": said})
    else:
        show(outcome)
    for remark in said:
        warn("")
        warn(remark)
    if not (as_json or quiet or interrupted):
        suggest(document["run"], "test" in outcome.trainer.experiment.data.splits)
    if not interrupted:
        return Exit.OK
    warn("", "Interrupted, and saved. It goes on with", f"  dlcli resume {document['run']}")
    return Exit.TERMINATED if outcome.signal == signal.SIGTERM else Exit.INTERRUPTED


def show(outcome: Outcome) -> None:
    document, p = outcome.document, outcome.trainer.progress
    metrics = document["metrics"]
    say()
    if metrics:
        table(["", *(titled(name, document["positive"]) for name in metrics["train"])],
              [[split, *map(number, values.values())] for split, values in metrics.items()])
        say()
    say(f"{count(document['epochs'], 'epoch')}, {count(document['steps'], 'step')} in {duration(document['seconds'])}"
        + (f"; stopped early: {p.stopped}" if p.stopped else ""))
    if p.best and outcome.trainer.keeps_best:
        kept = "its weights are put back" if restores(outcome) else "kept as the best checkpoint"
        say(f"best {outcome.trainer.monitor} {number(p.best.value)} in epoch {p.best.epoch}; {kept}")
    say(f"run {document['run']}")


def suggest(run: str, has_test: bool) -> None:
    say()
    say("Next:")
    if has_test:
        say(f"  dlcli evaluate {run}    on the test split")
    say(f"  dlcli runs show {run}   the curves")


def restores(outcome: Outcome) -> bool:
    stop = outcome.trainer.settings.early_stop
    return outcome.document["status"] == "completed" and stop is not None and stop.restore_best


def remarks(outcome: Outcome) -> list[str]:
    """What a teacher would warn of at a glance at the curves: said with `--quiet` too."""
    from dlcli.training import constant
    from dlcli.training.overfitting import turned

    trainer, last, metrics = outcome.trainer, outcome.last, outcome.document["metrics"]
    e = trainer.experiment
    stop, found = trainer.settings.early_stop, []
    if last is None or outcome.document["status"] != "completed":
        return found
    if stop is not None and stop.mistakes is not None and last.get("mistakes", 0) > stop.mistakes:
        found.append(
            f"Not learned: the last epoch still made {count(last['mistakes'], 'mistake')} in "
            f"{count(trainer.rows, 'row')}, and "
            f"the goal was {stop.mistakes}. As far as this training can tell, no such network separates the classes"
            + ("." if hidden(trainer) else ": with a single layer, they are not linearly separable.")
        )
    elif constant.learned_nothing(metrics["train"], e):
        found.append("Nothing learned: on its own training rows the network is no better than a constant answer. "
                     f"`dlcli inspect-gradients {outcome.document['run']}` looks for the cause.")
    if "validation" in metrics and (worse := constant.worse(metrics["validation"], constant.baseline(e, "validation"))):
        said = constant.sentence(worse, e.data.task, number)
        found.append(f"Worse than the baseline on the validation rows: {said}.")
    if stop is None and trainer.monitor == "validation.loss" and (turn := turned(trainer.run.journal.read("epoch"))):
        found.append(f"Overfitting: the validation loss was lowest in epoch {turn.epoch} ({number(turn.least)}) and "
                     f"rose to {number(turn.last)}; "
                     "'training.early_stop={patience: 5}', dropout or weight_decay would help.")
    return found


def hidden(trainer) -> bool:
    """Whether there is more than one layer with parameters."""
    return sum(bool(node.layer.params) for node in trainer.experiment.graph.nodes) > 1
