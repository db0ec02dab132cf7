"""Filters of any form, and which of a network's convolutions is the first."""

from io import BytesIO

import numpy as np
import pytest

from dlcli.artifacts.checkpoint import Checkpoint
from dlcli.artifacts.run import Run
from dlcli.config import parse
from dlcli.errors import RunError
from dlcli.figures.filters import draw, first, title

CONFIG = "data: {source: digits}\nloss: cross_entropy\noptimizer: adam\nnetwork: "
CONV = "conv2d: {filters: 4, kernel: 3, padding: same}"
NETWORKS = {
    "alone": (f"[relu, {CONV}, {CONV}]", "conv2d1"),
    "named": (f"[{{{CONV}, name: eyes}}, {CONV}]", "eyes"),
    "repeated": (f"[repeat: {{times: 2, layers: [{CONV}, relu]}}]", "conv2d1_1"),
    "twice": (f"[repeat: {{times: 2, layers: [relu, repeat: {{times: 2, layers: [{CONV}]}}]}}]", "conv2d1_1_1"),
    "shortcut": (f"[residual: {{layers: [relu], shortcut: [{CONV}]}}, {CONV}]", "conv2d1"),
    "residual": (
        f"[repeat: {{times: 3, layers: [residual: {{layers: [relu, {CONV}], shortcut: [{CONV}]}}]}}]",
        "conv2d1_1",
    ),
}


def stored(place, network: str) -> Run:
    """A run with filters in each convolution that its config has, each with its own number of them."""
    config = parse((CONFIG + network).encode(), "c.yaml", [])
    run = Run.create(place, "c", config.text, config.values, {"seed": 0})
    names = [spec.name for spec in config.entries if spec.kind == "conv2d"]
    run.save(
        Checkpoint(
            {f"model/{name}.W": np.zeros((3, 3, 1, i)) for i, name in enumerate(names, 1)}, {"step": 1, "epoch": 1}
        ),
        1,
    )
    return run


@pytest.mark.parametrize("network", NETWORKS)
def test_the_first_convolution(network, tmp_path):
    text, expected = NETWORKS[network]
    name, kernels = first(stored(tmp_path, text))
    assert name == expected and kernels.shape == (3, 3, 1, 1)


def test_none_without_a_convolution_or_a_checkpoint(tmp_path):
    assert first(stored(tmp_path, "[relu]")) is None
    assert first(Run.create(tmp_path, "c", b"", {"network": [{"conv2d": {}, "name": "a"}]}, {})) is None


@pytest.mark.parametrize(
    "network", [3, [1], [{"conv2d": {}}], [{"conv2d": {}, "name": 3}], [{"repeat": 3}], [{"repeat": {"layers": 1}}]]
)
def test_a_stored_network_that_is_none(network, tmp_path):
    with pytest.raises(RunError, match="network"):
        first(Run.create(tmp_path, "c", b"", {"network": network}, {}))


def pixels(kernels: np.ndarray) -> np.ndarray:
    from PIL import Image

    return np.array(Image.open(BytesIO(draw(kernels, ""))).convert("RGB")).astype(int)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(1, 1), (1, 5), (3, 1), (3, 3)])
def test_filters_of_any_size(size, channels):
    """Each weight is a tile of its own: grey of one channel, coloured of three, as high and wide as the filter."""
    kernels = np.random.default_rng(0).uniform(0.2, 1, (*size, channels, 1)) * (
        -1 if channels == 1 else [[1], [-1], [0.5]]
    )
    seen = pixels(kernels)
    assert (np.ptp(seen, -1).max() > 100) == (channels == 3)
    height, width = (np.flatnonzero((seen != 255).any(-1).any(axis)) for axis in (1, 0))
    # but for the frame
    assert (np.ptp(height) + 1) / (np.ptp(width) + 1) == pytest.approx(size[0] / size[1], rel=0.03)


def test_a_white_filter_has_a_frame():
    """Else it would be a piece of the page."""
    seen = pixels(np.ones((3, 3, 1, 3)))
    framed = (seen != 255).any(-1)
    columns = np.flatnonzero(framed.sum(0) > 100)       # lines from top to bottom: left and right of each
    assert len(columns[np.diff(columns, prepend=-9) > 1]) == 6


def test_the_picture_says_how_filters_are_scaled():
    assert title("eyes", np.ones((3, 5, 1, 4))) == "eyes: 4 filters of 3x5, each on its own scale, 0 is middle grey"
