"""Training on rows of different length: exact in buckets, and what is padded counts for nothing."""

import numpy as np
import pytest

from dlcli import api
from dlcli.config import parse
from dlcli.config.build import experiment, outline
from dlcli.errors import ConfigErrors, Interrupted
from tests.training.runs import StopAt

CONFIG = """
name: texts
seed: 2
data:
  source: {text_files: {files: {up: up.txt, down: down.txt}}}
  split: {train: 0.7, validation: 0.3}
network:
  - embedding: {units: 6, init: {normal: {std: 1.0}}}
%s
  - dropout: {p: 0.2}
  - linear
loss: cross_entropy
metrics: [accuracy]
optimizer: {adam: {learning_rate: 0.01}}
training: {epochs: 3, batch_size: 8, shards: 2, monitor: validation.loss}
"""
CNN = "  - conv1d: {filters: 5, kernel: 3, padding: same}\n  - batch_norm\n  - relu\n  - global_max_pool"
LSTM = "  - lstm: {units: 5, returns: last, direction: both}"
POOLED = "  - linear: {units: 5}\n  - tanh\n  - global_avg_pool"
FLAT = "  - flatten"


def config(folder, layers: str = LSTM):
    rng = np.random.default_rng(0)
    for name, words in (("up", "good fine great so very"), ("down", "bad poor weak so very")):
        lines = [" ".join(rng.choice(words.split(), rng.integers(1, 5) if i % 3 else 17)) for i in range(60)]
        (folder / f"{name}.txt").write_text("\n".join(lines))
    (folder / "c.yaml").write_text(CONFIG % layers)
    return folder / "c.yaml"


@pytest.mark.parametrize("layers, batch", [(LSTM, "8"), (CNN, "{tokens: 60}")])
def test_resumed_and_on_any_number_of_workers_gives_the_same_bytes(layers, batch, tmp_path):
    path, hashes, options = config(tmp_path, layers), set(), [f"training.batch_size={batch}", "training.accumulate=2"]
    for workers, form in ((1, "serial"), (2, "fork"), (4, "thread"), (8, "fork")):
        found = api.train(path, options, runs=tmp_path / "runs", workers=workers, parallel=form)
        hashes.add(found["weights_sha256"])
    for stop in (1, 5, 8):
        with pytest.raises(Interrupted) as stopped:
            api.train(path, options, runs=tmp_path / "runs", watchers=[StopAt(stop)])
        hashes.add(api.resume(stopped.value.document["run"], runs=tmp_path / "runs")["weights_sha256"])
    assert len(hashes) == 1
    one = api.train(path, [*options, "data.buckets=1"], runs=tmp_path / "runs")["weights_sha256"]
    assert one not in hashes, "other batches, other weights"


@pytest.mark.parametrize("layers", [CNN, LSTM, POOLED])
def test_a_text_has_the_same_prediction_beside_longer_ones(layers, tmp_path):
    path = config(tmp_path, layers)
    run = api.train(path, ["training.epochs=1"], runs=tmp_path / "runs")["run"]
    (tmp_path / "one.csv").write_text("text\nvery good\n")
    (tmp_path / "many.csv").write_text("text\nvery good\nso bad\n" + "so " * 17 + "\n" + "bad " * 5 + "\n")
    alone, beside = (api.predict(run, tmp_path / name)["predictions"] for name in ("one.csv", "many.csv"))
    assert beside[0]["probabilities"] == pytest.approx(alone[0]["probabilities"], rel=1e-5)
    assert len({row["probability"] for row in beside}) == 4


def test_what_a_network_gives_does_not_hang_on_the_buckets(tmp_path):
    path, found = config(tmp_path), []
    run = api.train(path, ["training.epochs=1"], runs=tmp_path / "runs")["run"]
    for option in ("auto", "1", "[3]"):
        made = api.train(path, [f"data.buckets={option}", f"init_from={{run: {run}}}", "training.epochs=1",
                                "optimizer.adam.learning_rate=1e-30"], runs=tmp_path / "runs")
        found.append(api.evaluate(made["run"], split="validation")["metrics"]["loss"])
    assert found == pytest.approx([found[0]] * 3, rel=1e-6)


def built(path, *overrides, look=False):
    return (outline if look else experiment)(parse(path.read_bytes(), str(path), list(overrides)), path.parent)


def test_rows_of_a_batch_follow_from_its_tokens(tmp_path):
    path = config(tmp_path)
    made = [built(path, "training.batch_size={tokens: 60}", "data.buckets=2", look=look) for look in (False, True)]
    for e in made:
        assert e.bucket_steps == [4, 17] and e.bucket_sizes == (15, 3) and e.batch_rows == 15
        assert set(e.batching.shapes) == {(15, 0), (e.data.bucket_rows["train"][0] % 15, 0), (3, 1),
                                          (e.data.bucket_rows["train"][1] % 3, 1)} - {(0, 0), (0, 1)}
        assert e.limits().batch == 15 and e.span.steps_per_epoch == e.batching.steps
    assert made[0].bytes() == made[1].bytes()
    assert built(path, "training.batch_size={tokens: 1}").bucket_sizes == (1, 1, 1), "at least a row"
    with pytest.raises(ConfigErrors, match="rows are no sequences"):
        built(path, "training.batch_size={tokens: 60}", "data.source=iris",
              "network=[linear]")


def test_a_network_for_one_length_has_one_bucket(tmp_path):
    path = config(tmp_path, FLAT)
    e = built(path)
    assert not e.buckets and e.batching.counts == (84,) and e.data.splits["train"].buckets is None
    with pytest.raises(ConfigErrors, match="no such network for shorter rows: linear1 learns arrays") as error:
        built(path, "data.buckets=2")
    assert error.value.problems[0].path == "data.buckets"


def test_gradients_are_right(tmp_path):
    assert api.gradcheck(config(tmp_path))["passed"]
    assert api.inspect_gradients(config(tmp_path))["verdict"]
