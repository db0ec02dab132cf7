"""The pictures starter against scikit-learn's logistic regression on the same rows, on sets that every machine has."""

import pytest

from benchmarks.starter import measure

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["digits", "placed-digits", "letters"])
def test_the_pictures_starter_is_better_than_a_linear_model(name, tmp_path, monkeypatch):
    """Only its source and the number of classes are changed: embedded digits, and folders of grey and of coloured
    pictures."""
    pytest.importorskip("sklearn")
    monkeypatch.setenv("DLCLI_CACHE", str(tmp_path))
    result = measure(name)
    assert result["passed"], result
