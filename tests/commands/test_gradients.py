"""dlcli gradcheck and dlcli inspect-gradients, as a user has them."""

import shlex

import pytest

from .conftest import DIABETES, WINE

DEEP = """\
data: {source: digits, split: {train: 1.0}, prepare: [standardize]}
network: [{repeat: {times: 20, layers: [{linear: {units: 16}}, sigmoid]}}, {linear: {units: 10}}]
loss: cross_entropy
optimizer: {sgd: {learning_rate: 0.1}}
"""


@pytest.fixture(autouse=True)
def configs(tmp_path):
    (tmp_path / "wine.yaml").write_text(WINE)
    (tmp_path / "diabetes.yaml").write_text(DIABETES)


def test_gradcheck_passes_right_gradients(dlcli):
    result = dlcli("gradcheck", "wine.yaml", "--json")
    assert result.status == 0 and result.document["passed"] and result.document["error"] < 1e-6
    assert "Passed: the largest relative error" in dlcli("gradcheck", "diabetes.yaml").out


def test_gradcheck_fails_wrong_gradients(dlcli, monkeypatch):
    from dlcli.layers.tanh import Tanh

    right = Tanh.backward

    def wrong(self, x, y, dy, dx):
        right(self, x, y, dy, dx)
        dx *= 1.001

    monkeypatch.setattr(Tanh, "backward", wrong)
    result = dlcli("gradcheck", "wine.yaml")
    assert result.status == 8 and "Failed" in result.out


def test_gradcheck_of_a_network_without_derivative(dlcli):
    result = dlcli("gradcheck", "wine.yaml", "+network.after.tanh1=step")
    assert result.status == 0 and "step1 has no derivative" in result.out


def test_inspect_gradients_of_a_healthy_config(dlcli):
    result = dlcli("inspect-gradients", "wine.yaml", "--json")
    document = result.document
    assert (
        result.status == 0
        and document["verdict"] == "healthy"
        and list(document) == ["verdict", "findings", "layers", "over_time", "checks"]
    )
    assert list(document["layers"][0]) == [
        "name",
        "kind",
        "gradient_norm",
        "weight_norm",
        "update_ratio",
        "dead",
        "saturated",
    ]
    assert dlcli("inspect-gradients", "wine.yaml").out.startswith("HEALTHY")


def test_inspect_gradients_of_vanishing_gradients(dlcli, tmp_path):
    (tmp_path / "deep.yaml").write_text(DEEP)
    result = dlcli("inspect-gradients", "deep.yaml")
    assert (
        result.status == 8
        and result.out.startswith("UNHEALTHY: vanishing gradients, starting at ")
        and "  cure  " in result.out
    )
    patch = dlcli("inspect-gradients", "deep.yaml", "--json").document["findings"][0]["remedy"]["patch"]
    assert dlcli("check", "deep.yaml", *patch).status == 0


def test_the_cure_is_a_command_that_can_be_pasted(dlcli, tmp_path):
    (tmp_path / "my deep.yaml").write_text(DEEP.replace("times: 20", "times: 3"))
    overrides = [
        "optimizer={sgd: {learning_rate: 1e9}}",
        "+network.after.linear1={linear: {units: 16, init: zeros}}",
        "seed=3",
    ]
    out = dlcli("inspect-gradients", "my deep.yaml", *overrides).out
    start = out.index("dlcli train")
    words = shlex.split(out[start:out.index("\n\n", start)].replace("\\\n", " "))
    assert words[2:6] == ["my deep.yaml", *overrides] and len(words) > 6
    assert dlcli("check", *words[2:]).status == 0


def test_inspect_gradients_of_a_run(dlcli, wine):
    assert dlcli("inspect-gradients", wine).status == 0
    assert dlcli("inspect-gradients", wine, "seed=3").status == 2
