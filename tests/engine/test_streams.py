"""Keyed random numbers."""

import numpy as np

from dlcli.engine.streams import Stream


def test_a_place_always_gives_the_same_numbers_whatever_was_drawn_before():
    stream = Stream(7, "dropout", "drop1")
    first = stream.at(2, 40, 1).random(5)
    stream.rng.random(1000)
    stream.rng.random(3, np.float32)        # leaves half a word behind
    assert np.array_equal(stream.at(2, 40, 1).random(5), first)
    assert np.array_equal(Stream(7, "dropout", "drop1").at(2, 40, 1).random(5), first)


def test_seed_names_and_place_all_matter():
    draws = {
        tuple(Stream(seed, *names).at(*place).random(2))
        for seed in (0, 1)
        for names in (("a",), ("b",), ("a", "b"), ("ab",))
        for place in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 1 << 32))
    }
    assert len(draws) == 2 * 4 * 5


def test_known_values():
    """The numbers are part of what a seed means: a change here changes everybody's results."""
    assert Stream(0, "init", "linear1.W").rng.integers(0, 1000, 5).tolist() == KNOWN


KNOWN = [916, 346, 107, 160, 90]
