"""A class for each pixel: what evaluate says, how it is bootstrapped, and that a network learns it."""

import json

import numpy as np
import pytest

from dlcli.config import load
from dlcli.config.build import experiment
from dlcli.data.dataset import Data
from dlcli.engine.plans import Answers
from dlcli.engine.registry import create
from dlcli.engine.spec import Spec
from dlcli.errors import NumericalError
from dlcli.evaluation.evaluate import RowLosses, evaluate
from dlcli.evaluation.report import report
from dlcli.evaluation.segmentation import Pixels
from dlcli.training.loop import Trainer

SHAPE, CLASSES = (6, 5), 4


def described(counts=(100, 7, 5, 8), **options):
    return Data(
        {}, {"x": Spec((*SHAPE, 1))}, Spec(SHAPE, "int", size=len(counts), counts=counts), "classification", **options
    )


def drawn(pictures, seed=0, classes=CLASSES, skill=2.0):
    """Scores and classes of pictures that are each right or wrong as a whole, more or less."""
    rng = np.random.default_rng(seed)
    t = rng.integers(0, classes, (pictures, *SHAPE))
    return rng.normal(0, 1, (*t.shape, classes)) + rng.exponential(skill, (pictures, 1, 1, 1)) * np.eye(classes)[t], t


def counted(y, t, data, batches=3, iou=None):
    loss = create("losses", "cross_entropy")
    loss.build(Spec(y.shape[1:]), data.target)
    pixels = Pixels(data, loss, iou)
    for part in np.array_split(np.arange(len(t)), batches):
        pixels.add(Answers(y[part], t[part]))
    return pixels, loss.predict(y)


def test_says_of_pixels_what_the_report_says_of_rows():
    data = described(labels=list("abcd"))
    y, t = drawn(20)
    pixels, p = counted(y, t, data)
    found, expected = pixels.document(0.5, None, None, 0), report(y, p, t, 0.5, data)
    assert found["confusion"] == expected["confusion"] and len(found["confusion"]) == CLASSES
    for part in ("metrics", "baseline"):
        assert set(found[part]) - set(expected[part]) == {"mean_iou"} and set(expected[part]) - set(found[part]) == {
            "roc_auc"
        }
        assert {name: found[part][name] for name in found[part] if name != "mean_iou"} == pytest.approx(
            {name: expected[part][name] for name in found[part] if name != "mean_iou"}, abs=1e-12)
    for row, other in zip(found["per_class"], expected["per_class"], strict=True):
        assert row["iou"] == pytest.approx(other["f1"] / (2 - other["f1"])) and row.pop("iou")
        assert row == other
    json.dumps(found, allow_nan=False)


def test_mean_iou_is_that_of_all_pixels_together():
    y, t = drawn(20)
    pixels, _ = counted(y, t, described())
    metric = create("metrics", "mean_iou")
    metric.start(Spec(SHAPE, "int", size=CLASSES))
    metric.update(y, y, t)
    assert pixels.document(0.5, None, None, 0)["metrics"]["mean_iou"] == pytest.approx(metric.result(), abs=1e-12)


def test_the_options_of_the_configs_mean_iou_hold_for_all_that_is_said_of_it():
    y, t = drawn(20)
    t[:, :2] = 2
    metric = create("metrics", {"mean_iou": {"background": False, "ignore": 2}})
    metric.start(Spec(SHAPE, "int", size=CLASSES))
    metric.update(y, y, t)
    pixels, _ = counted(y, t, described(), iou=metric)
    document, value = pixels.document(0.5, None, None, 0), metric.result()
    assert document["metrics"]["mean_iou"] == pytest.approx(value, abs=1e-12)
    low, high = document["intervals"]["mean_iou"]
    assert low < value < high
    ious = [row["iou"] for row in document["per_class"]]
    assert ious[2] is None and np.mean([ious[1], ious[3]]) == pytest.approx(value, abs=1e-12)
    assert document["baseline"]["mean_iou"] == 0, "it answers the background, which does not count"
    alone = counted(y[:1], t[:1], described(), 1, metric)[0].document(0, None, None, 0)["metrics"]
    assert pixels.overlaps()[0] == pytest.approx(alone["mean_iou"])


def test_batches_make_no_difference_and_no_scores_are_kept():
    y, t = drawn(20)
    documents = [counted(y, t, described(), batches)[0] for batches in (1, 4)]
    assert documents[0].document(0.5, None, None, 0) == documents[1].document(0.5, None, None, 0)
    pixels = documents[1]
    assert len(pixels.masks) == 6 and np.array(pixels.counts).shape == (20, 3, CLASSES)
    assert pixels.overlaps() == pytest.approx(
        [
            counted(y[i : i + 1], t[i : i + 1], described(), 1)[0].document(0, None, None, 0)["metrics"]["mean_iou"]
            for i in range(6)
        ]
    )


def test_intervals_hold_because_pictures_are_drawn_and_not_pixels():
    """95 % intervals of 40 pictures find the value of very many; with pixels drawn one by one they would not."""
    truth = counted(*drawn(4000, seed=99), described())[0].document(0, None, None, 0)["metrics"]
    inside, naive = 0, 0
    for seed in range(40):
        y, t = drawn(40, seed)
        pixels, p = counted(y, t, described())
        low, high = pixels.document(0, None, None, seed)["intervals"]["mean_iou"]
        inside += low <= truth["mean_iou"] <= high
        low, high = report(y, p, t, 0, described(), seed=seed)["intervals"]["f1"]
        naive += low <= truth["f1"] <= high
    assert inside >= 34 and naive < 30


def test_two_classes_have_a_positive_one():
    data = described(counts=(50, 9), labels=["paper", "ink"], positive=1)
    y, t = drawn(12, classes=2)
    pixels, p = counted(y, t, data)
    found, expected = pixels.document(0.5, None, None, 0), report(y, p, t, 0.5, data)
    assert "f1_macro" not in found["metrics"] and found["metrics"]["f1"] == expected["metrics"]["f1"]
    assert found["metrics"]["mean_iou"] == pytest.approx(np.mean([row["iou"] for row in found["per_class"]]))


def test_what_is_not_a_number_is_refused_and_a_class_that_is_nowhere_has_no_iou():
    y, t = drawn(12)
    t[t == 2], y[..., 2] = 0, -9
    rows = counted(y, t, described())[0].document(0.5, None, None, 0)["per_class"]
    assert rows[2]["iou"] is None and rows[2]["support"] == 0
    y[3, 0, 0, 0] = np.nan
    with pytest.raises(NumericalError, match="not finite"):
        counted(y, t, described())


CONFIG = """
name: tiny
seed: 1
data: {{source: {{npz: {{file: {{train: a.npz, test: b.npz}}, layout: channel}}}}}}
network:
  - conv2d: {{filters: 6, kernel: 3, padding: same}}
  - relu
  - max_pool2d: {{size: 2}}
  - conv2d: {{filters: 8, kernel: 3, padding: same}}
  - relu
  - upsample: {{factor: 2}}
  - concat:
    from: [relu1, upsample1]
  - conv2d: {{filters: {outputs}, kernel: 1}}
{last}
loss: {loss}
optimizer: {{adam: {{learning_rate: 0.03}}}}
metrics: [accuracy, {{mean_iou: {{background: false}}}}, top_k_accuracy, expected_calibration_error]
training: {{epochs: 12, batch_size: 8}}
"""


@pytest.fixture
def squares(tmp_path):
    """Pictures of 8x8 with a bright square, which is to be found among noise; half as bright ones are not."""
    rng = np.random.default_rng(0)
    for name, count in (("a", 160), ("b", 40)):
        x, y = rng.normal(0, 0.1, (count, 8, 8)).astype(np.float32), np.zeros((count, 8, 8), np.uint8)
        for i in range(count):
            for level in (0.5, 1.0):
                top, left = rng.integers(0, 6, 2)
                x[i, top:top + 3, left:left + 3] = level
                y[i, top:top + 3, left:left + 3] = level == 1.0
        np.savez(tmp_path / f"{name}.npz", x=x, y=y)
    return tmp_path


def written(folder, loss, outputs, last, *overrides):
    (folder / "tiny.yaml").write_text(CONFIG.format(loss=loss, outputs=outputs, last=last))
    return load(folder / "tiny.yaml", overrides)


def trained(folder, loss, outputs, last=""):
    trainer = Trainer(experiment(written(folder, loss, outputs, last)))
    trainer.start()
    trainer.train()
    network = trainer.experiment.network(train=False)
    handle = network.add(trainer.experiment.data.splits["test"])
    network.parameters.load(trainer.network.parameters.arrays())
    network.start()
    return trainer, evaluate(trainer.experiment, network, handle)


@pytest.mark.parametrize(
    ("loss", "outputs", "last"),
    [
        ("cross_entropy", 2, ""),
        ("cross_entropy: {ignore: 0}", 2, ""),
        ("{cross_entropy: {class_weights: balanced}}", 2, "  - softmax"),
        ("focal", 2, ""),
        ("focal", 1, "  - sigmoid"),
        ("dice", 2, "  - softmax"),
        ("dice", 1, ""),
        ("dice", 1, "  - sigmoid"),
        ("binary_cross_entropy", 1, ""),
    ],
)
def test_a_network_learns_masks(squares, loss, outputs, last):
    if "ignore" in loss:
        loss = "{" + loss + "}"
    trainer, (document, own, pixels) = trained(squares, loss, outputs, last)
    metrics = document["metrics"]
    assert metrics["mean_iou"] == pytest.approx(own["mean_iou"], abs=1e-12), (
        "as training says it: without the background"
    )
    if "ignore" in loss:
        assert metrics["recall"] == 1 and metrics["mean_iou"] < 0.5, "only the ink was ever judged"
        return
    assert metrics["mean_iou"] > 0.85 and metrics["accuracy"] > 0.95
    assert metrics["top_k_accuracy"] == 1 and 0 <= metrics["expected_calibration_error"] < 0.5, (
        "the config's own metrics"
    )
    low, high = document["intervals"]["loss"]
    assert low < metrics["loss"] < high and len(pixels.masks) == 6
    assert trainer.experiment.graph.values[trainer.experiment.graph.output].spec == (8, 8, outputs)


def test_the_same_bytes_for_any_number_of_workers(squares):
    hashes = set()
    for workers, form in ((1, "serial"), (3, "fork"), (3, "thread")):
        trainer = Trainer(
            experiment(written(squares, "dice", 2, "", "training.shards=3", "training.epochs=1")),
            workers=workers,
            form=form,
        )
        with trainer:
            trainer.train()
            hashes.add(trainer.network.theta.tobytes())
    assert len(hashes) == 1


@pytest.mark.parametrize("loss", ["dice", "{cross_entropy: {class_weights: [1, 20], label_smoothing: 0.1}}"])
def test_the_losses_of_single_pictures_make_the_loss_of_all(squares, loss):
    trainer = Trainer(experiment(written(squares, loss, 2, "")))
    trainer.start()
    y, t, rows = [], [], RowLosses(trainer.experiment.loss, trainer.network.plans.largest, np.float32)

    def add(answers):
        rows.add(answers)
        y.append(answers.y.copy())
        t.append(answers.t.copy())

    value = trainer.network.evaluate(trainer.handles["train"], add)
    losses, weights = np.array(rows.parts).T
    assert len(losses) == 160 and np.ptp(losses) > 0
    assert losses @ weights / weights.sum() == pytest.approx(value, rel=1e-5)
