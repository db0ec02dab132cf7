"""Experiments for tests of training: real data, small networks."""

import os
import signal
from pathlib import Path

from dlcli.artifacts.run import Run
from dlcli.config import parse
from dlcli.config.build import experiment
from dlcli.training.loop import Trainer
from dlcli.training.watcher import Watcher

CONFIG = """
name: small
seed: 3
data:
  source: iris
  split: {train: 0.6, validation: 0.2, test: 0.2}
  prepare: [standardize]
network:
  - linear: {units: 12}
  - batch_norm
  - relu
  - dropout: {p: 0.2}
  - linear: {units: 3}
loss: cross_entropy
optimizer: {adam: {learning_rate: 0.01}}
training: {epochs: 4, batch_size: 16}
"""


def build(*overrides: str, text: str = CONFIG):
    return experiment(parse(text.encode(), "small.yaml", list(overrides)))


class Records(Watcher):
    def __init__(self):
        self.epochs, self.steps = [], []

    def epoch(self, trainer, record):
        self.epochs.append({k: v for k, v in record.items() if k != "seconds"})

    def step(self, trainer):
        self.steps.append(trainer.last)


class StopAt(Watcher):
    """Asks the loop to end after a number of steps, as a signal does."""

    def __init__(self, step: int):
        self.at = step

    def step(self, trainer):
        if trainer.progress.step == self.at:
            os.kill(os.getpid(), signal.SIGTERM)


def make_run(folder: Path, e) -> Run:
    return Run.create(folder, e.name, CONFIG.encode(), e.values, {})


def train(e, run=None, watchers=(), resumed=False, **how) -> Trainer:
    """Train to the end (or to where a watcher stops it) and return the closed trainer."""
    trainer = Trainer(e, run, watchers=list(watchers), **how)
    if resumed:
        checkpoint = run.checkpoints.latest()
        if checkpoint is not None:
            best = checkpoint.state["best"]
            trainer.resume(checkpoint, run.load(best) if best else None)
            run.journal.cut(checkpoint.state["step"])
        else:
            run.journal.cut(0)
    with trainer:
        trainer.status = trainer.train()
    return trainer
