"""docs/python.md does what it says: its blocks run, one after the other."""

from dlcli import api
from tests.test_docs import ROOT, blocks


def test_the_notebook(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names: dict = {"__name__": "notebook"}
    said = []
    for block in blocks(ROOT / "docs/python.md", "python"):
        exec(compile(block, "python.md", "exec"), names)
        said.append(capsys.readouterr())
    best, result, health, curve, error = (block.out for block in said)
    assert all(block.err == "" for block in said)
    assert best.startswith("1,058 parameters; validation loss 0.") and names["loss"] < 0.2
    assert result.startswith("accuracy 0.9") and names["low"] < names["accuracy"] < names["high"]
    finding, *_ = names["health"]["findings"]
    assert finding["layer"] == "linear1" and f"cure: {finding['remedy']['patch']}" in health
    assert curve.startswith("5 classification: 1,058 parameters, 341 train")
    assert "training.epochs | expected a whole number" in error


def test_its_table_names_every_function():
    text = (ROOT / "docs/python.md").read_text()
    assert all(f"`{name}(" in text for name in api.__all__)
