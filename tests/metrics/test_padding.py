"""Every metric of a padded batch is that of its rows one by one, whatever stands behind their ends."""

from types import SimpleNamespace

import numpy as np
import pytest

from dlcli.engine.plans import Answers
from dlcli.engine.registry import create, kinds
from dlcli.engine.spec import Spec
from dlcli.training.scores import Scores

from .cases import draw

ROWS, STEPS = 9, 6
LABELS = [(Spec((STEPS,), "int", size, lengths=True), outputs) for size, outputs in ((5, 5), (2, 2), (2, 1))]
VALUES = [(Spec((STEPS, 2), lengths=True), 2)]
FORECASTS = ("mase", "smape", "coverage")
"""Their targets are horizons, which have one length."""


def batches(t, outputs):
    """A padded batch with two sorts of garbage, and each row alone."""
    rng = np.random.default_rng(5)
    y, _, target = draw(rng, t, outputs, ROWS)
    lengths = rng.permutation([STEPS, 1, 1, 2, 2, 3, 4, 5, 5])
    padded = np.arange(STEPS) >= lengths[:, None]
    for garbage in (0, 1e3):
        bad, wrong = y.copy(), target.copy()
        bad[padded] = garbage * rng.standard_normal(bad[padded].shape)
        wrong[padded] = garbage if t.dtype == "float" else t.size - 1
        yield [Answers(bad, wrong, lengths, lengths)]
    yield [Answers(y[i:i + 1, :n], target[i:i + 1, :n], lengths[i:i + 1], lengths[i:i + 1])
           for i, n in enumerate(lengths)]


@pytest.mark.parametrize("kind", [kind for kind in kinds("metrics") if kind not in FORECASTS])
def test_of_a_padded_batch(kind):
    counted = 0
    for t, outputs in LABELS + VALUES:
        metric = create("metrics", {kind: {"k": 2} if kind == "top_k_accuracy" else {}})
        loss = create("losses", "mse" if t.dtype == "float" else "cross_entropy" if outputs > 1 else
                      "binary_cross_entropy")
        output = SimpleNamespace(spec=Spec((STEPS, outputs), lengths=True))
        loss.build(output.spec, t)
        network = SimpleNamespace(loss=loss, graph=SimpleNamespace(values=[output], output=0))
        try:
            scores = Scores(network, {kind: metric}, t, None)
            scores.start()
        except ValueError:
            continue                # it is of another sort of target
        found = []
        for given in batches(t, outputs):
            scores.start()
            for answers in given:
                scores.add(answers)
            found.append(scores.results()[kind])
        assert np.isfinite(found[0]) and found[0] == found[1]
        assert found[2] == pytest.approx(found[0], rel=1e-12)
        counted += 1
    assert counted
