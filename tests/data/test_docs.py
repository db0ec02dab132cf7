"""Every example of docs/data.md is a config that validates."""

import re
from pathlib import Path

import pytest

from dlcli.config import parse

TEXT = (Path(__file__).parents[2] / "docs" / "data.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(data:.*?)```", TEXT, re.DOTALL)


def test_there_are_examples():
    assert len(EXAMPLES) >= 9 and len(EXAMPLES) == TEXT.count("```yaml")


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_example(example):
    rest = "" if "network:" in example else "network: [linear: {units: 1}]\n"
    config = parse((example + rest + "loss: mse\noptimizer: {sgd: {learning_rate: 0.1}}\n").encode(), "example.yaml")
    assert config.data.source is not None
