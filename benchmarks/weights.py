"""The weights of each config that trains after its first steps, as one hash a line: equal lines before and after a
change say that it changed no bit of what is computed.

    python -m benchmarks.weights > before.txt      # then, with the change
    python -m benchmarks.weights | diff before.txt -

Configs whose files are not there ($DLCLI_DATA) are named, without a hash.
"""

import argparse
import os
from contextlib import suppress
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np  # noqa: E402

from dlcli.config import load  # noqa: E402
from dlcli.config.build import experiment  # noqa: E402
from dlcli.engine.blas import single_thread  # noqa: E402
from dlcli.errors import DlcliError, NumericalError  # noqa: E402
from dlcli.training.loop import Trainer  # noqa: E402
from dlcli.training.scores import weights_sha256  # noqa: E402
from dlcli.training.watcher import Watcher  # noqa: E402

CONFIGS = Path(__file__).parents[1] / "configs"


class Enough(Exception):
    """The steps are done."""


class Stop(Watcher):
    def __init__(self, steps: int):
        self.steps = steps

    def step(self, trainer: Trainer) -> None:
        if trainer.progress.step >= self.steps:
            raise Enough


def first_steps(path: Path, steps: int, workers: int) -> str | None:
    """SHA-256 of the weights after so many steps of `dlcli train`; None if the config has no rows to train on."""
    built = experiment(load(path, []))
    if "train" not in built.data.splits:
        return None
    trainer = Trainer(built, workers=workers, watchers=[Stop(steps)])
    # `exploding` is meant to end with an error: the weights are those before the step that failed
    with trainer, suppress(Enough, NumericalError):
        trainer.train()
    return weights_sha256(trainer.network)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.weights", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("configs", nargs="*", metavar="CONFIG", help="paths; by default all of configs/")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    single_thread()
    np.seterr(all="ignore")
    for path in map(Path, options.configs) if options.configs else sorted(CONFIGS.glob("*.yaml")):
        try:
            found = first_steps(path, options.steps, options.workers)
        except DlcliError as error:
            found = f"not trained: {error.problem}"
        if found:
            print(f"{path.stem:24} {found}", flush=True)


if __name__ == "__main__":
    main()
