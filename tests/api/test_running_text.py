"""What is said of a running text: how likely it is, against how frequent its tokens are; and what no run can do."""

import numpy as np
import pytest

from dlcli import api
from dlcli.errors import DataError, DlcliError

CONFIG = """
name: text
seed: 1
data:
  source: {text: {file: a.txt, tokens: TOKENS, window: 8}}
  split: {train: 0.7, validation: 0.15, test: 0.15}
network: [{embedding: {units: 8, init: {normal: {std: 1.0}}}}, {lstm: {units: 12, carry: true}}, linear]
loss: cross_entropy
metrics: [perplexity]
optimizer: {adam: {learning_rate: 1e-2}}
training: {steps: 30, validate_every: 10, batch_size: 4}
"""


@pytest.fixture(params=["characters", "words"])
def run(tmp_path, monkeypatch, request):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    text = " ".join(rng.choice(["to", "be", "or", "not", "is", "the", "question"], 1500))
    (tmp_path / "a.txt").write_text(text + "\n")
    (tmp_path / "b.txt").write_text(text[::-1] if request.param == "characters" else "the question is to be\n" * 40)
    (tmp_path / "a.yaml").write_text(CONFIG.replace("TOKENS", request.param))
    return api.train(tmp_path / "a.yaml", parallel="serial")["run"], request.param


def test_a_text_is_told_by_how_likely_it_is(run):
    """Its perplexity is exp of its loss, and the baseline's that of the shares of the tokens."""
    run, tokens = run
    found = api.evaluate(run)
    metrics, baseline = found["metrics"], found["baseline"]
    names = ["loss", "accuracy", "perplexity", *["bits_per_character"] * (tokens == "characters")]
    assert list(metrics) == names and list(baseline) == names[1:] and found["per_class"] is found["confusion"] is None
    assert metrics["perplexity"] == pytest.approx(np.exp(metrics["loss"]), rel=1e-5)
    if tokens == "words":           # drawn at random: nothing but their shares can be known
        assert baseline["perplexity"] == pytest.approx(7, rel=0.05)
    else:
        assert baseline["perplexity"] > metrics["perplexity"]
        assert metrics["bits_per_character"] == pytest.approx(np.log2(metrics["perplexity"]), rel=1e-9)
    assert all(low < metrics[name] < high for name, (low, high) in found["intervals"].items())


def test_a_new_text_is_evaluated_by_the_vocabulary_of_the_run(run):
    run, tokens = run
    found = api.evaluate(run, data="b.txt")
    assert found["samples"] and found["metrics"]["perplexity"] == pytest.approx(np.exp(found["metrics"]["loss"]), 1e-5)
    both = api.evaluate(run, data=["b.txt", "b.txt"])
    assert both["samples"] == 2 * found["samples"]
    with pytest.raises(DataError, match="pieces of 64 characters were trained on"):
        api.evaluate(run, data="a.txt")
    assert api.evaluate(run, data="a.txt", allow_seen=True)["seen"]


def test_what_no_run_of_a_text_does(run, tmp_path):
    run, _ = run
    (tmp_path / "short.txt").write_text("to be\n")
    for work, said, hint in (
        (lambda: api.predict(run, "to be"), "no rows are predicted", "dlcli generate"),
        (lambda: api.predict(run, "b.txt"), "no rows are predicted", "dlcli generate"),
        (lambda: api.evaluate(run, data="nowhere.txt"), "no such file", "looked for"),
    ):
        with pytest.raises(DlcliError) as error:
            work()
        assert said in error.value.problem and hint in error.value.hint
    (tmp_path / "empty.txt").write_text("\n \n")
    (tmp_path / "bad.txt").write_bytes(b"to be \xff or")
    for name, said in (("empty.txt", "holds no text"), ("bad.txt", "is not utf-8")):
        with pytest.raises(DataError, match=said):
            api.evaluate(run, data=name)
