"""Checkpoints go to bytes and back, and one changed bit is noticed."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from dlcli.artifacts.checkpoint import SCHEMA_VERSION, Checkpoint
from dlcli.errors import RunError
from tests.artifacts.rig import checkpoint

DTYPES = st.sampled_from(["<f4", ">f4", "<f8", ">f8", "<i4", ">i4", "<i8", ">i8", "?"])
ARRAYS = DTYPES.flatmap(
    lambda dtype: arrays_of.arrays(dtype, arrays_of.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
)
NAMES = st.from_regex(r"[a-zé_][\w.]{0,10}(/[a-z.]{3}b)?", fullmatch=True).filter(lambda name: name != "sha256")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
VALUES = (
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | TEXT
)
STATES = st.dictionaries(
    TEXT,
    st.recursive(
        VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=5
    ),
    max_size=3,
)


@given(st.dictionaries(NAMES, ARRAYS, max_size=5), STATES, st.integers(0, 2**53 - 1))
@settings(max_examples=60, deadline=None)
def test_what_comes_back_is_what_was_saved(arrays, state, step):
    state = state | {"schema_version": SCHEMA_VERSION, "step": step}
    found = Checkpoint.from_bytes(Checkpoint(arrays, state).to_bytes())
    assert found.state == state
    assert set(found.arrays) == set(arrays)
    for name, array in arrays.items():
        assert found.arrays[name].shape == array.shape
        assert found.arrays[name].dtype == array.dtype.newbyteorder("=")
        assert found.arrays[name].tobytes() == array.astype(array.dtype.newbyteorder("=")).tobytes()


def test_views_that_are_not_contiguous_keep_their_values():
    base = np.arange(24.0).reshape(4, 6)
    arrays = {
        "transposed": base.T,
        "strided": base[::2, ::3],
        "reversed": base[::-1],
        "fortran": np.asfortranarray(base),
    }
    found = Checkpoint.from_bytes(Checkpoint(arrays, {"step": 0}).to_bytes()).arrays
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)


def test_arrays_come_back_aligned_writable_and_their_own():
    data = checkpoint(3).to_bytes()
    one, two = Checkpoint.from_bytes(data), Checkpoint.from_bytes(data)
    one.arrays["model/hidden.W"] += 1
    assert two.arrays["model/hidden.W"][0, 0] == 3
    assert all(array.flags.aligned and array.flags.writeable for array in one.arrays.values())


def test_the_same_contents_give_the_same_bytes_in_any_order():
    one = checkpoint(3)
    other = Checkpoint(dict(reversed(one.arrays.items())), one.state)
    assert one.to_bytes() == other.to_bytes()


def test_the_reported_sha256_is_that_of_the_file():
    pieces, digest = checkpoint(3).encode()
    assert digest == hashlib.sha256(b"".join(pieces)).hexdigest()


@pytest.mark.parametrize(
    "array", [np.zeros(2, np.float16), np.zeros(2, np.uint8), np.zeros(2, complex), np.array(["a"]), np.array([None])]
)
def test_other_types_are_refused_when_they_are_saved(array):
    with pytest.raises(ValueError, match="model/w"):
        Checkpoint({"model/w": array}, {"step": 0}).to_bytes()


@pytest.mark.parametrize(
    "name", ["", "../x", "a/../b", "/a", "a//b", "a\\b", "a\0", "a\n", "sha256", "__metadata__", "x" * 257, "\x1b[2J"]
)
def test_odd_names_are_refused_when_they_are_saved(name):
    with pytest.raises(ValueError, match="cannot be stored"):
        Checkpoint({name: np.zeros(1)}, {"step": 0}).to_bytes()


@pytest.mark.parametrize(
    "state", [{}, {"step": -1}, {"step": 1.0}, {"step": True}, {"step": 2**70}, {"step": 1, "x": float("nan")}]
)
def test_a_state_without_meaning_is_refused_when_it_is_saved(state):
    with pytest.raises(ValueError):
        Checkpoint({}, state).to_bytes()


@pytest.mark.parametrize("block", range(0, 2 * 1024, 64))
def test_one_flipped_bit_is_noticed_wherever_it_is(block):
    data = bytearray(checkpoint(3).to_bytes())
    bit = np.random.default_rng(block).integers(64 * 8)
    if block + bit // 8 >= len(data):
        block = 0
    data[block + bit // 8] ^= 1 << bit % 8
    with pytest.raises(RunError):
        Checkpoint.from_bytes(bytes(data))
