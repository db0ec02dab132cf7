"""Which input of a network explain-prediction takes for the picture: the one that the run's record says is one."""

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("undrawn")

NETWORK = "loss: cross_entropy\noptimizer: adam\ntraining: {epochs: 1}\n"
FLAT = (
    "data: {source: {npz: {file: a.npz, layout: LAYOUT}}, split: {test: 0.2}}\nnetwork: [{linear: {units: 2}}]\n"
    + NETWORK
)
MIXED = """\
data: {source: {npz: {file: a.npz, inputs: [pic, num]}}, split: {test: 0.2}}
network:
  - {flatten: , from: input.pic}
  - linear: {units: 4}
  - BETWEEN
  - {linear: {units: 4}, from: input.num}
  - {concat: , from: [BETWEEN1, linear2]}
  - linear: {units: 2}
""" + NETWORK


def trained(dlcli, place, config: str, **arrays) -> str:
    (place / "c.yaml").write_text(config)
    np.savez(place / "a.npz", **arrays, y=np.arange(40) % 2)
    assert dlcli("train", "c.yaml", "--quiet").status == 0
    return "last"


def drawn(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (40, *shape)).astype(np.uint8)


@pytest.mark.parametrize("shape", [(8, 6), (8, 8, 3)])
def test_a_picture_that_lies_in_a_row(dlcli, tmp_path, shape):
    run = trained(dlcli, tmp_path, FLAT.replace("LAYOUT", "flat"), x=drawn(*shape))
    document = dlcli("explain-prediction", run, "--row", 2, "--json").document
    maps = [np.array(document[name]) for name in ("saliency", "integrated_gradients")]
    assert all(map.shape == shape[:2] for map in maps) and document["attribution_sum"] == pytest.approx(maps[1].sum())


def test_a_square_number_of_columns_is_no_picture(dlcli, tmp_path):
    run = trained(dlcli, tmp_path, FLAT.replace("LAYOUT", "stored"), x=drawn(16) / 255)
    result = dlcli("explain-prediction", run, "--row", 1)
    assert result.status == 4 and "reads no picture, but x (16,)" in result.err and not list(tmp_path.glob("*.png"))


@pytest.mark.parametrize("between", ["tanh", "step"])
def test_a_picture_beside_numbers(dlcli, tmp_path, between):
    """Explained where a gradient reaches it, whatever reaches the numbers."""
    numbers = np.random.default_rng(0).normal(0, 1, (40, 3))
    run = trained(dlcli, tmp_path, MIXED.replace("BETWEEN", between), pic=drawn(6, 5), num=numbers)
    result = dlcli("explain-prediction", run, "--row", 1)
    assert (result.status, "no gradient reaches pic" in result.err) == ((0, False) if between == "tanh" else (2, True))
