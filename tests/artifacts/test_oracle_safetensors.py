"""The format against its own package, in both directions."""

import json

import numpy as np
import pytest

from dlcli.artifacts.checkpoint import Checkpoint
from tests.artifacts.rig import checkpoint

safetensors = pytest.importorskip("safetensors.numpy")
pytestmark = pytest.mark.oracle


def test_the_package_reads_our_files():
    saved = checkpoint(3)
    saved.arrays["fortran"] = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    saved.arrays["big"] = np.arange(3, dtype=">i8")
    saved.arrays["nothing"] = np.zeros((0, 4), np.float32)
    saved.arrays["scalar"] = np.array(2.5)
    found = safetensors.load(saved.to_bytes())
    assert found.pop("sha256").shape == (32,)
    assert set(found) == set(saved.arrays)
    for name, array in saved.arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].shape == array.shape


def test_torch_and_safe_open_read_our_files(tmp_path):
    torch = pytest.importorskip("torch")
    from safetensors import safe_open

    (tmp_path / "x.safetensors").write_bytes(checkpoint(3).to_bytes())
    with safe_open(tmp_path / "x.safetensors", framework="pt") as file:
        assert json.loads(file.metadata()["state"])["step"] == 3
        assert torch.equal(file.get_tensor("model/hidden.W"), torch.full((50, 3), 3.0))


def test_we_read_the_package_s_files():
    arrays = {name: array for name, array in checkpoint(3).arrays.items()}
    data = safetensors.save(arrays, {"state": json.dumps({"schema_version": 1, "step": 3})})
    found = Checkpoint.from_bytes(data)
    assert found.state["step"] == 3
    for name, array in arrays.items():
        np.testing.assert_array_equal(found.arrays[name], array)


def test_we_refuse_what_the_package_refuses():
    """Anything that we accept, the package accepts as well, over mutations of the header."""
    rng = np.random.default_rng(0)
    good = bytearray(
        safetensors.save(checkpoint(3, size=2).arrays, {"state": json.dumps({"schema_version": 1, "step": 3})})
    )
    accepted = 0
    for _ in range(4000):
        data = bytearray(good)
        data[rng.integers(8, 8 + int.from_bytes(good[:8], "little"))] = rng.integers(32, 127)
        try:
            Checkpoint.from_bytes(bytes(data))
        except Exception as error:
            assert type(error).__module__.startswith("dlcli"), error
        else:
            safetensors.load(bytes(data))
            accepted += 1
    assert accepted
