"""Training beside other programs: `python -m benchmarks.busy [ROW ...] [--loops N ...] [--samples N] [--json]`.

Each row trains one network in three ways, in turn: by one worker alone, by all workers in every step, and as
`dlcli train` does it by default. Meanwhile processes of this benchmark's own do nothing but count (`--loops`, by
default none, one and two). Wall time and processor time (of the training process and its workers) are medians of the
samples. The bars are for the default, against whichever of the two others takes less wall time. housing_mlp and
mnist_cnn read the files of ../shared/data, or $DLCLI_DATA; if these are not there, random ones of the same shapes.
"""

import argparse
import contextlib
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np  # noqa: E402

from dlcli.training.interrupt import StopRequest  # noqa: E402
from dlcli.training.loop import Trainer  # noqa: E402
from dlcli.training.watcher import Watcher  # noqa: E402

ROOT = Path(__file__).parents[1]
CORES = len(os.sched_getaffinity(0))
WALL, PROCESSOR = 1.15, 1.3
"""Most that the default may take, as a multiple of the better one's wall and processor time."""
STEPS = {"mlp-64": 8000, "housing_mlp": 400, "mnist_cnn": 12, "deep-200": 12}
"""Steps of one sample: about a second on two idle cores."""
SIDES = {"alone": 1, "all": CORES, "default": CORES}
"""Workers of each way to train."""
SAMPLES = 7
DEEP = """
data: {source: digits, split: {train: 0.6, validation: 0.15, test: 0.25}, prepare: [standardize]}
network:
  - repeat: {times: 200, layers: [linear: {units: 64, init: he, bias: false}, batch_norm, relu]}
  - linear: {units: 10}
loss: cross_entropy
optimizer: {adam: {learning_rate: 1e-3}}
training: {batch_size: 128}
"""
"""200 layers of the width of mlp-64: the workers meet some 800 times in a step."""
COUNTING = """
import os, sys, time
end = time.monotonic() + 3600
while os.getppid() == int(sys.argv[1]) and time.monotonic() < end:
    for _ in range(1_000_000):
        pass
"""


@contextlib.contextmanager
def counting(number: int) -> Iterator[None]:
    """So many other programs that use all they can get of a core. They end with this process, whatever ends it."""
    loops = [subprocess.Popen([sys.executable, "-c", COUNTING, str(os.getpid())]) for _ in range(number)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


class Side(Watcher):
    """One way to train a network; calling it takes some steps of the loop of `dlcli train`, ends of epochs included."""

    def __init__(self, name: str, row: str):
        before = children()
        self.trainer, self.steps, self.request = trainer(row, SIDES[name]), STEPS[row], StopRequest()
        self.trainer.watchers.append(self)
        if name == "all":
            self.trainer.network.crew.end = lambda whole: None     # nobody measures: all take part in every step
        self._workers = children() - before

    def step(self, trainer) -> None:
        self._left -= 1
        if not self._left:
            self.request.number = 0

    def __call__(self) -> tuple[float, float]:
        """Milliseconds of wall and of processors for each step."""
        self._left, self.request.number = self.steps, None
        wall, spent = time.perf_counter(), self._spent()
        while self._left:
            self.trainer.run_epoch(self.request)
        return (time.perf_counter() - wall) * 1e3 / self.steps, (self._spent() - spent) * 1e3 / self.steps

    def _spent(self) -> float:
        clocks = (~pid << 3 | 2 for pid in self._workers)       # Linux: the clock of what a process has computed
        return time.process_time() + sum(map(time.clock_gettime, clocks))

    def close(self) -> None:
        self.trainer.close()


def children() -> set[int]:
    return set(map(int, Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()))


def trainer(row: str, workers: int) -> Trainer:
    """What is trained, with its workers started; it goes on as long as it is called."""
    from dlcli.config import load
    from dlcli.config.build import experiment

    if row == "mlp-64":
        from benchmarks.mlp import WORKS, ours
        return ours(next(work for work in WORKS if work.id == row), workers).trainer
    with tempfile.TemporaryDirectory() as folder:
        (own := Path(folder, "deep-200.yaml")).write_text(DEEP)
        file = own if row == "deep-200" else ROOT / "configs" / f"{row}.yaml"
        made = Trainer(experiment(load(file, ["training.epochs=1000000"]), file.parent), workers=workers)
    made.start()
    return made


def stand_in(folder: Path) -> None:
    """Files of the shapes that housing_mlp and mnist_cnn read, with random numbers."""
    rng = np.random.default_rng(0)
    columns = ("longitude,latitude,housing_median_age,total_rooms,total_bedrooms,population,households,median_income,"
               "median_house_value,ocean_proximity")
    places = ("<1H OCEAN", "INLAND", "ISLAND", "NEAR BAY", "NEAR OCEAN")
    numbers = rng.uniform(1, 2, (20_640, 9))
    rows = [",".join(f"{value:.4f}" for value in row) + "," + places[i % 5] for i, row in enumerate(numbers)]
    for name in ("tabular", "mnist"):
        (folder / name).mkdir()
    (folder / "tabular" / "california_housing.csv").write_text("\n".join([columns, *rows]) + "\n")
    for name, count in (("train", 60_000), ("t10k", 1_000)):
        for kind, shape, most in (("images-idx3", (count, 28, 28), 256), ("labels-idx1", (count,), 10)):
            header = bytes([0, 0, 8, len(shape)]) + b"".join(n.to_bytes(4, "big") for n in shape)
            packed = gzip.compress(header + rng.integers(0, most, shape, np.uint8).tobytes(), 1)
            (folder / "mnist" / f"{name}-{kind}-ubyte.gz").write_bytes(packed)


def measure(row: str, numbers: list[int], samples: int) -> list[dict]:
    """A row's results, one for each number of counting processes."""
    sides = {name: Side(name, row) for name in SIDES}
    found = []
    try:
        for number in numbers:
            print(f"measuring {row} beside {number} ...", file=sys.stderr)
            with counting(number):
                taken = {name: [] for name in sides}
                for _ in range(samples + 1):
                    for name, side in sides.items():
                        taken[name].append(side())
            medians = {name: np.median(t[1:], 0).tolist() for name, t in taken.items()}
            found.append({"id": row, "beside": number} | compared(medians))
            print(json.dumps(found[-1]), file=sys.stderr)
    finally:
        for side in sides.values():
            side.close()
    return found


def compared(taken: dict[str, list[float]]) -> dict:
    """taken: [wall, processor] of each side. The default's ratios to the better of the others, and the verdict."""
    better = min(("alone", "all"), key=lambda name: taken[name][0])
    wall, processor = (mine / other for mine, other in zip(taken["default"], taken[better]))
    passed = wall <= WALL and processor <= PROCESSOR
    return {"milliseconds": taken, "better": better, "wall": wall, "processor": processor, "passed": passed}


def table(rows: list[dict]) -> None:
    from rich.console import Console
    from rich.table import Table

    view = Table("row", "beside", *SIDES, *(f"{name} cpu" for name in SIDES), "better", "wall", "cpu", "",
                 title=f"milliseconds a step; wall and cpu: default / better, at most {WALL} and {PROCESSOR}")
    for r in rows:
        times = [f"{r['milliseconds'][name][i]:.3g}" for i in (0, 1) for name in SIDES]
        view.add_row(r["id"], str(r["beside"]), *times, r["better"], f"{r['wall']:.2f}", f"{r['processor']:.2f}",
                     "ok" if r["passed"] else "MISSED")
    console = Console()
    Console(width=max(console.width, 120)).print(view)      # if there is no terminal too, no number is cut


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.busy", description=__doc__)
    parser.add_argument("rows", nargs="*", choices=[*STEPS, []], help="rows to measure; all by default")
    parser.add_argument("--loops", nargs="+", type=int, default=[0, 1, 2], metavar="N", help="other processes")
    parser.add_argument("--samples", type=int, default=SAMPLES)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    data = Path(os.environ.setdefault("DLCLI_DATA", str(ROOT.parent / "shared" / "data")))
    with tempfile.TemporaryDirectory() as folder:
        if not (data / "mnist").is_dir() or not (data / "tabular").is_dir():
            print("no data files: random ones of the same shapes", file=sys.stderr)
            os.environ["DLCLI_DATA"] = folder
            stand_in(Path(folder))
        rows = [r for row in options.rows or STEPS for r in measure(row, options.loops, options.samples)]
    if options.json:
        print(json.dumps({"rows": rows}))
    else:
        table(rows)
    return 0 if all(r["passed"] for r in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
