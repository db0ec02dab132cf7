"""What predictions are in words: how sure, of what, with which article."""

import numpy as np
import pytest


@pytest.mark.parametrize(
    "share, text",
    [
        (0.981, "98 %"),
        (1.0, "100 %"),
        (0.9999, "over 99.9 %"),
        (0.996, "99.6 %"),
        (0.0, "0 %"),
        (0.0001, "under 0.1 %"),
        (0.004, "0.4 %"),
        (0.9995, "over 99.9 %"),
        (0.999, "99.9 %"),
        (0.0005, "under 0.1 %"),
        (0.001, "0.1 %"),
        (0.5, "50 %"),
    ],
)
def test_percent(share, text):
    from dlcli.terminal.predictions import percent

    assert percent(share) == text


@pytest.mark.parametrize(
    "name, article", [("7", "a"), ("8", "an"), ("11", "an"), ("80", "an"), ("cat", "a"), ("airplane", "an")]
)
def test_article(name, article):
    from dlcli.terminal.predictions import _article

    assert _article(name) == article


@pytest.mark.parametrize(
    "row, text",
    [
        ({"label": "cat", "probability": 0.5, "probabilities": {"cat": 0.5, "dog": 0.5}}, "50 % sure this is a cat"),
        (
            {"label": "cat", "probability": 1.0, "probabilities": {"cat": 1.0, "dog": 2e-12}},
            "over 99.9 % sure this is a cat",
        ),
        ({"label": "cat", "probability": 1.0, "probabilities": {"cat": 1.0, "dog": 0.0}}, "100 % sure this is a cat"),
        ({"value": 3.25}, "3.2500"),
        ({"value": [1.0, 2.0]}, "1.0000, 2.0000"),
        ({"classes": ["sun", "sky", "tree"], "ids": np.array([[1, 2], [1, 1]])}, "75 % sky and 25 % tree"),
        ({"classes": ["sun", "sky"], "ids": np.array([1, 0, 1])}, "sky sun sky"),
    ],
)
def test_sentences(row, text):
    from dlcli.terminal.predictions import sentence

    assert sentence(row) == text
