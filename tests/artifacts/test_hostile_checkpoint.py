"""Whatever stands in a file: an error of status 5 that names the place, quickly, and in little memory."""

import hashlib
import tracemalloc
from functools import partial

import numpy as np
import pytest

from dlcli.artifacts.checkpoint import Checkpoint
from dlcli.errors import RunError
from tests.artifacts.hostile import BINARY, GOOD, META, STATES, build
from tests.artifacts.rig import checkpoint
from tests.counting import lines_run


def test_the_good_twin_is_read():
    found = Checkpoint.from_bytes(GOOD)
    assert found.state["step"] == 3 and found.arrays["w"].shape == (2,)


def test_arrays_that_another_program_did_not_align_are_aligned():
    header = META | {"on": {"dtype": "BOOL", "shape": [3], "data_offsets": [0, 3]},
                     "w": {"dtype": "F64", "shape": [1], "data_offsets": [3, 11]}}
    found = Checkpoint.from_bytes(build(header, b"\1\0\1" + np.array([2.5]).tobytes())).arrays
    assert found["w"].flags.aligned and found["w"][0] == 2.5 and found["on"].tolist() == [True, False, True]


def test_a_file_needs_a_hash_of_its_own_or_one_that_is_known(tmp_path):
    (tmp_path / "x").write_bytes(GOOD)
    with pytest.raises(RunError, match="vouches"):
        Checkpoint.read(tmp_path / "x")
    assert Checkpoint.read(tmp_path / "x", hashlib.sha256(GOOD).hexdigest()).state["step"] == 3


@pytest.mark.parametrize(
    ("data", "says"), [case[1:] for case in BINARY + STATES], ids=[case[0] for case in BINARY + STATES]
)
def test_a_hostile_file_is_an_error_that_names_the_place(data, says, tmp_path):
    (tmp_path / "step-00000003.safetensors").write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()  # a pointer that vouches for it does not help
    for read in (
        lambda: Checkpoint.from_bytes(data, "here"),
        lambda: Checkpoint.read(tmp_path / "step-00000003.safetensors", digest),
    ):
        with pytest.raises(RunError) as caught:
            read()
        assert caught.value.status == 5
        assert says in str(caught.value)
        assert len(str(caught.value)) < 700
    assert caught.value.where.startswith(str(tmp_path))


@pytest.mark.parametrize("name", ["1 M entries", "name of 1 MB", "shape huge", "length 2^63", "10,000 deep"])
def test_a_hostile_file_takes_little_memory(name):
    data = next(case[1] for case in BINARY if case[0] == name)
    tracemalloc.start()
    with pytest.raises(RunError):
        Checkpoint.from_bytes(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 << 20


def test_a_hostile_file_is_refused_without_a_look_at_each_of_its_parts():
    def read(data):
        with pytest.raises(RunError):
            Checkpoint.from_bytes(data)

    for name, data, _ in BINARY + STATES:
        assert lines_run(partial(read, data)) < 2000, name


def test_no_mutation_gets_through_or_ends_in_a_traceback():
    rng = np.random.default_rng(1)
    good = checkpoint(3, size=5).to_bytes()
    header = 8 + int.from_bytes(good[:8], "little")
    for _ in range(3000):
        data = bytearray(good)
        for place in rng.integers(0, header, rng.integers(1, 4)):
            data[place] = rng.integers(256)
        if rng.random() < 0.2:
            del data[rng.integers(len(data)):]
        if data != good:
            with pytest.raises(RunError):
                Checkpoint.from_bytes(bytes(data))
