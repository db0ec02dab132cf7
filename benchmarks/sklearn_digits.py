"""The whole fit of the digits network, against scikit-learn's MLPClassifier doing the same work."""

import time
import warnings

import numpy as np

from dlcli.config import load
from dlcli.config.build import experiment
from dlcli.training.loop import Trainer

CONFIG = "configs/digits_mlp.yaml"
EPOCHS = 20


class Ours:
    """20 epochs of the network of configs/digits_mlp.yaml, without what the peer does not have; data already in
    memory."""

    def __init__(self):
        overrides = [
            f"training={{epochs: {EPOCHS}, batch_size: 32}}",
            "data.split={train: 0.75, test: 0.25}",
            "loss=cross_entropy",
            "~schedule",
            "~network.dropout1",
            "~network.dropout2",
        ]
        self.config = load(CONFIG, overrides)
        self.experiment = experiment(self.config)
        self.rows = self.experiment.data.splits["train"]

    def __call__(self) -> float:
        trainer = Trainer(self.experiment)
        with trainer:
            trainer.train()
        return trainer.progress.loss


class Sklearn:
    """MLPClassifier with the same widths, batch, rate, epochs and rows."""

    def __init__(self, ours: Ours):
        self.x, self.t = np.asarray(ours.rows.inputs["x"]), ours.rows.target
        self.batch, self.rate = ours.experiment.batch_rows, ours.experiment.optimizer.learning_rate
        self.widths = tuple(node.layer.units for node in ours.experiment.graph.nodes if node.layer.kind == "linear")[
            :-1
        ]

    def __call__(self) -> float:
        from sklearn.neural_network import MLPClassifier

        model = MLPClassifier(
            self.widths,
            batch_size=self.batch,
            learning_rate_init=self.rate,
            max_iter=EPOCHS,
            alpha=0.0,
            tol=0.0,
            n_iter_no_change=EPOCHS + 1,
            random_state=0,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(self.x, self.t)
        return model.loss_


def measure(samples: int) -> dict:
    from threadpoolctl import threadpool_limits

    ours = Ours()
    peer = Sklearn(ours)
    losses = ours(), peer()
    seconds = [[], []]
    for _ in range(samples):
        for i, (fit, threads) in enumerate(((ours, 1), (peer, None))):
            with threadpool_limits(threads):
                start = time.perf_counter()
                fit()
                seconds[i].append(time.perf_counter() - start)
    mine, theirs = (float(np.median(s)) * 1e3 for s in seconds)
    work = f"digits MLP, whole fit of {EPOCHS} epochs (last training losses {losses[0]:.3f} and {losses[1]:.3f})"
    return {"id": "sklearn-digits", "work": work,
            "peer": "scikit-learn", "dlcli_ms": mine, "peer_ms": theirs, "ratio": theirs / mine}
