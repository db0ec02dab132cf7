"""What training shows while it runs, on stderr: a live view on a terminal, else a line per epoch."""

import sys
import time

from dlcli.text import duration, number, printable
from dlcli.training.watcher import Watcher

REDRAW = 0.1
"""Seconds between two drawings of the live view."""
SHARE = 50
"""A drawing may take at most one part in so many of the time."""
ROWS = 20
"""Epochs that the live view leaves above itself, about; the journal has all."""


ECHO = "^C "
"""What a terminal writes behind the view when Ctrl-C is pressed: beyond its right edge it would move the view down by a
line."""


def display(quiet: bool, stream=None) -> list[Watcher]:
    """The watchers that show progress."""
    stream = stream or sys.stderr
    if quiet:
        return []
    import os

    return [Live(stream) if stream.isatty() and os.environ.get("TERM") != "dumb" else Lines(stream)]


class Pace:
    """How fast this sitting is, and how long it will take yet. `now` is in seconds of `time.perf_counter`."""

    def __init__(self, trainer):
        self.began, self.first = time.perf_counter(), trainer.progress.step

    def rate(self, trainer) -> float:
        """Samples per second, validation included."""
        elapsed = time.perf_counter() - self.began
        return (
            (trainer.progress.step - self.first) * trainer.rows / trainer.steps_per_epoch / elapsed
            if elapsed > 0
            else 0.0
        )

    def left(self, trainer) -> str:
        """Time to the last epoch; early stopping may make it shorter."""
        done = trainer.progress.step - self.first
        if not done:
            return ""
        rest = trainer.span.total_steps - trainer.progress.step
        seconds = (time.perf_counter() - self.began) * rest / done
        return f"{duration(round(seconds))} left" if seconds >= 1 else "under 1 s left"


class Lines(Watcher):
    """A plain line per epoch. A stream that can no longer be written to ends the display, never the training."""

    def __init__(self, stream):
        self.stream = stream

    def epoch(self, trainer, record: dict) -> None:
        total = str(trainer.epochs)
        parts = [f"epoch {record['epoch']:>{len(total)}}/{total}", *splits(record),
                 f"learning rate {number(record['learning_rate']):<8} gradient norm {number(record['gradient_norm'])}"]
        self.write("  ".join(parts))

    def write(self, line: str) -> None:
        try:
            self.stream.write(printable(line) + "\n")
            self.stream.flush()
        except (OSError, ValueError):
            self.write = lambda line: None


def splits(record: dict) -> list[str]:
    """Name and metrics of each split in a journal's record of an epoch."""
    return [f"{split}: " + " ".join(f"{name} {number(value):<8}" for name, value in record[split].items())
            for split in ("train", "validation") if split in record]


def finished(trainer) -> bool:
    """Whether there is nothing left to train."""
    return trainer.progress.stopped is not None or trainer.progress.epoch >= trainer.epochs


class Live(Watcher):
    """The live view: a bar, and the numbers of now. It has no thread of its own; steps and epochs redraw it when it is
    due."""

    def __init__(self, stream):
        self.stream, self.live, self.due = stream, None, 0.0
        self.record, self.columns = None, None

    def start(self, trainer) -> None:
        from rich.live import Live as View

        self.pace = Pace(trainer)
        self.every = max(1, -(-trainer.epochs // ROWS))
        self.live = View(
            console=terminal(self.stream),
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self.guard(self.live.start)
        self.draw(trainer)

    def step(self, trainer) -> None:
        if time.perf_counter() >= self.due:
            self.draw(trainer)

    def epoch(self, trainer, record: dict) -> None:
        self.record = record
        if record["epoch"] == 1 or record["epoch"] % self.every == 0 or finished(trainer):
            self.draw(trainer)          # first, since rich prints the row above the view as it was drawn last
            self.guard(self.row, trainer, record)
        elif time.perf_counter() >= self.due:
            self.draw(trainer)

    def end(self, trainer, status: str) -> None:
        self.guard(lambda: self.live.stop())

    def draw(self, trainer) -> None:
        began = time.perf_counter()
        self.due = began + REDRAW
        self.guard(lambda: self.live.update(self.view(trainer), refresh=True))
        self.due = max(self.due, began + SHARE * (time.perf_counter() - began))

    def guard(self, function, *arguments) -> None:
        """Call, unless the terminal is gone: that ends the display, never the training."""
        if self.live is None:
            return
        try:
            function(*arguments)
        except OSError:
            self.live, self.due = None, float("inf")

    def view(self, trainer):
        from rich.console import Group
        from rich.constrain import Constrain
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        p, steps = trainer.progress, trainer.steps_per_epoch
        head = Table.grid(padding=(0, 2, 0, 0))
        bar = ProgressBar(trainer.span.total_steps, p.step, width=max(10, min(40, self.live.console.width - 52)),
                          complete_style="cyan", finished_style="cyan")
        head.add_row(f"epoch {min(p.epoch + 1, trainer.epochs)}/{trainer.epochs}", bar,
                     f"iteration {p.step - p.epoch * steps}/{steps}", Text(self.pace.left(trainer), style="dim"))
        lines = [head]
        loss, norm, rate = trainer.last
        if p.steps:
            lines.append(values("train", {"loss": p.loss} | trainer.scores.results()))
        elif self.record:
            lines.append(values("train", self.record["train"]))
        if self.record and "validation" in self.record:
            lines.append(values("validation", self.record["validation"]))
        state = {"learning rate": rate, "gradient norm": norm} if p.step else {"learning rate": rate}
        speed = f"{self.pace.rate(trainer):,.0f} samples/s" if p.step > self.pace.first else ""
        lines.append(values("", state, speed))
        return Constrain(Group(*lines), self.live.console.width - len(ECHO))

    def row(self, trainer, record: dict) -> None:
        """An epoch's line above the view, under a heading that is printed once."""
        from rich.text import Text

        cells = {"epoch": str(record["epoch"])}
        for split in ("train", "validation"):
            cells |= {f"{split} {name}": number(value) for name, value in record.get(split, {}).items()}
        if self.columns is None:
            self.columns = heading(cells, self.live.console.width)
            self.live.console.print(*(Text(line, style="dim") for line in lines_of(self.columns)), sep="\n")
        self.live.console.print(Text("".join(cells[name].rjust(width) for name, (_, width) in self.columns.items())))


def terminal(stream):
    """A rich console that lets a closed pipe be an error like others; rich's own would end the program."""
    from rich.console import Console

    class Terminal(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return Terminal(file=stream, force_terminal=True, highlight=False, markup=False, emoji=False)


def values(label: str, pairs: dict, tail: str = ""):
    """A line of names and numbers: names dim, numbers plain."""
    from rich.text import Text

    text = Text(f"{label:<12}", no_wrap=True, overflow="ellipsis")
    for name, value in pairs.items():
        text.append(f"{name} ", style="dim").append(f"{number(value):<8}  ")
    return text.append(tail)


def heading(cells: dict, width: int) -> dict[str, tuple[tuple[str, str], int]]:
    """The columns that fit: full name to (its two words, one below the other; its width)."""
    columns, used = {}, 0
    for name in cells:
        split, _, metric = name.rpartition(" ")
        words = (split, metric)
        space = max(map(len, words)) + 2 if not split else max(11, max(map(len, words)) + 2)
        if used + space > width - 1:
            break
        columns[name] = words, space
        used += space
    return columns


def lines_of(columns: dict) -> list[str]:
    """The two lines of a heading."""
    return ["".join(words[i].rjust(width) for words, width in columns.values()) for i in range(2)]
