"""What `check`, `train` and `evaluate` say of data and results that mislead: on stderr, with -q too, and in their
JSON."""

import re
import shlex

import numpy as np
import pytest

CONFIG = """\
name: NAME
data:
  source: {csv: {file: a.csv, target: y}}
  split: {train: 0.6, validation: 0.2, test: 0.2}
  prepare: [standardize]
network: [{linear: {units: 16}}, relu, {linear: {units: UNITS}}]
loss: LOSS
optimizer: {adam: {learning_rate: 1e-2}}
training: {epochs: 20}
"""
WHERE = ("line", "column", "where", "problem", "hint")
RNG = np.random.default_rng(1)
X = RNG.normal(size=(150, 2))


@pytest.fixture
def price(tmp_path):
    """A regression whose target is of the size of a car's price."""
    y = 13_000 + 5_000 * X[:, 0] + 2_000 * X[:, 1] + np.random.default_rng(2).normal(size=150) * 500
    (tmp_path / "a.csv").write_text("a,b,y\n" + "".join(f"{a:.3f},{b:.3f},{t:.1f}\n" for (a, b), t in zip(X, y)))
    (tmp_path / "price.yaml").write_text(CONFIG.replace("NAME", "price").replace("UNITS", "1").replace("LOSS", "mse"))
    return "price.yaml"


def test_an_unscaled_target_from_check_to_evaluate(dlcli, price):
    checked = dlcli("check", price, "--json").document["warnings"]
    warning, = checked
    assert list(warning) == list(WHERE) and (warning["line"], warning["where"]) == (5, "data.prepare")
    assert "warning: price.yaml:5:12 data.prepare: the target has the mean 1" in dlcli("check", price, "-q").err
    result = dlcli("train", price, "--json", "-q")
    assert result.document["warnings"] == checked and "data.prepare: the target has the mean 1" in result.err
    nothing, worse = result.document["remarks"]
    said = "Worse than the baseline on the validation rows: rmse 1.,..., and always answering the mean of the training"
    assert nothing.startswith("Nothing learned") and re.fullmatch(said + " targets gets [4-7],?...[.]", worse)
    judged = dlcli("evaluate", "last", "--json", "-q")
    remark, = judged.document["remarks"]
    metrics, baseline = judged.document["metrics"], judged.document["baseline"]
    assert metrics["rmse"] > baseline["rmse"]
    assert remark.startswith(f"worse than the baseline: rmse {metrics['rmse']:,.0f}, and always")
    assert judged.err == f"warning: {remark}\n" == dlcli("evaluate", "last").err
    cure = shlex.split(warning["hint"][warning["hint"].index("'"):])
    assert cure == ["data.prepare=[standardize, scale_target]"]
    document = dlcli("train", price, *cure, "training.epochs=100", "--json").document
    assert document["warnings"] == document["remarks"] == [] and document["metrics"]["validation"]["r2"] > 0.9
    assert dlcli("evaluate", "last", "--json").document["remarks"] == []


def test_classes_are_worse_where_both_decisions_and_probabilities_are(dlcli, tmp_path):
    """Half of 150 labels are drawn: a network that learns them by heart does worse on others than their shares do."""
    y = np.where(np.random.default_rng(3).random(150) < 0.7, "good", "bad")
    (tmp_path / "a.csv").write_text("a,b,y\n" + "".join(f"{a:.3f},{b:.3f},{t}\n" for (a, b), t in zip(X, y)))
    (tmp_path / "c.yaml").write_text(CONFIG.replace("NAME", "c").replace("UNITS", "2").replace("LOSS", "cross_entropy"))
    heart = ["network.0.linear.units=200", "training.epochs=150"]
    document = dlcli("train", "c.yaml", *heart, "--json").document
    said = "Worse than the baseline on the validation rows: accuracy 0."
    assert any(remark.startswith(said) for remark in document["remarks"])
    judged = dlcli("evaluate", "last", "--split", "validation", "--json").document
    assert judged["metrics"]["accuracy"] < judged["baseline"]["accuracy"]
    assert judged["remarks"][0].startswith("worse than the baseline: accuracy 0.")
    weighted = dlcli("train", "c.yaml", *heart, "loss={cross_entropy: {class_weights: balanced}}", "--json").document
    assert not any("baseline" in said for said in weighted["remarks"])      # it was not asked for accuracy
    assert dlcli("evaluate", "last", "--split", "validation", "--json").document["remarks"] == []


def test_a_leak_and_its_cure(dlcli, tmp_path):
    y = np.random.default_rng(2).random(150) < 0.4
    rows = "".join(f"{a:.3f},{'yes' if t else 'no'},{int(t)}\n" for (a, _), t in zip(X, y))
    (tmp_path / "a.csv").write_text("a,alive,y\n" + rows)
    (tmp_path / "c.yaml").write_text(CONFIG.replace("NAME", "c").replace("UNITS", "2").replace("LOSS", "cross_entropy"))
    result = dlcli("train", "c.yaml", "-q", "--json")
    hint = result.document["warnings"][0]["hint"]
    assert "column 'alive' alone tells the target: accuracy 1.0000 on 90 training rows" in result.err
    assert dlcli("check", "c.yaml", *shlex.split(hint[hint.index("'"):])).err == ""
    assert dlcli("resume", "last", "--json").document["warnings"] == []


def test_classes_that_differ_in_capital_letters_only(dlcli, tmp_path):
    rows = "".join(
        f"{a:.3f},{a:.3f},{('Yes', 'yes ', 'YES')[i % 3] if a > 0 else 'no'}\n" for i, (a, _) in enumerate(X)
    )
    (tmp_path / "a.csv").write_text("a,b,y\n" + rows)
    (tmp_path / "c.yaml").write_text(CONFIG.replace("NAME", "c").replace("UNITS", "2").replace("LOSS", "cross_entropy"))
    refused = dlcli("check", "c.yaml").err
    assert (
        "4 classes need an output of 4, got 2 (they are 'YES', 'Yes', 'no', 'yes')" in refused and "units=4" in refused
    )
    told = dlcli("check", "c.yaml", "network.linear2.linear.units=4", "--json").document["warnings"]
    hint = next(w["hint"] for w in told if "capital letters" in w["problem"])
    mended = dlcli("check", "c.yaml", *shlex.split(hint[hint.index("'"):]), "--json").document
    assert mended["valid"] and not [w for w in mended["warnings"] if "capital" in w["problem"]]
