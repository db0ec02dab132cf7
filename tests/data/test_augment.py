"""Augmentation: what it does, and that it depends on seed, epoch and sample and on nothing else."""

import tracemalloc
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from dlcli.data.augment._augment import Draws
from dlcli.data.augmented import Augmented
from dlcli.data.lazy_rows import LazyRows, memory
from dlcli.data.load import describe
from dlcli.data.settings import DataSettings
from dlcli.engine import registry
from dlcli.engine.plan_context import Places
from dlcli.engine.streams import Stream
from dlcli.errors import ConfigError
from tests.data.cases_augment import CASES
from tests.data.rig import loaded

ROWS, SHAPE = 40, (8, 7, 3)
PIXELS = np.random.default_rng(0).integers(0, 256, (ROWS, *SHAPE), np.uint8)

BLACK = {"crop": {"padding": 1}, "cutout": {"size": 2}, "rotate": {}}
"""What fills with black unless it is told otherwise."""


def changed(
    spec: list, rows, epoch: int = 0, seed: int = 1, pixels: np.ndarray = PIXELS, dtype="float32"
) -> np.ndarray:
    """Rows as an epoch has them, in 0..1."""
    changes = [registry.create("data.augment", item) for item in spec]
    made = Augmented(changes, "x", pixels.shape[1:], 1.0, seed)
    out = np.full((len(rows), *pixels.shape[1:]), np.nan, dtype)
    made.take(LazyRows(pixels, np.arange(len(pixels)), dtype, 255.0), np.asarray(rows), out, epoch)
    return out


def applied(kind: str, picture: np.ndarray, *draws: float, **options) -> np.ndarray:
    """One picture (height, width), changed with these numbers for random ones."""
    class Given:
        def uniform(self, count):
            assert count == len(draws)
            return np.array([draws])

    x = np.array(picture, np.float64)[None, ..., None]
    registry.create("data.augment", {kind: options}).apply(
        x,
        Given(),
        1.0,
        lambda name, shape, dtype="float": memory(name, shape, np.float64 if dtype == "float" else np.int64),
    )
    return x[0, ..., 0]


def test_every_kind_and_option_has_a_row():
    given = {(kind, option) for case in CASES.values() for kind, options in case.items() for option in options}
    for kind in registry.kinds("data.augment"):
        assert any(kind in case for case in CASES.values())
        assert {(kind, field.name) for field in fields(registry.find("data.augment", kind))} <= given


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_contract(case, dtype):
    together = changed([case], range(ROWS), dtype=dtype)
    assert together.dtype == dtype and np.isfinite(together).all()
    order = np.random.default_rng(1).permutation(ROWS)
    for cuts in ([13, 14], [20], range(1, ROWS)):       # any batches, any shards, any order
        parts = [changed([case], rows, dtype=dtype) for rows in np.split(order, cuts)]
        assert np.concatenate(parts).tobytes() == together[order].tobytes()
    again, later, other = (changed([case], range(ROWS), **key, dtype=dtype) for key in ({}, {"epoch": 1}, {"seed": 2}))
    assert again.tobytes() == together.tobytes()
    if case.get("flip", {}).get("probability") != 1:
        assert (
            not np.array_equal(later, together)
            and not np.array_equal(other, together)
            and not np.array_equal(later, other)
        )
        assert len({row.tobytes() for row in changed([case], range(ROWS), pixels=np.repeat(PIXELS[:1], ROWS, 0))}) > 1
    for grey in (PIXELS[..., :1], PIXELS.reshape(ROWS, 8, 21, 1)):
        assert np.isfinite(changed([case], range(ROWS), pixels=np.ascontiguousarray(grey), dtype=dtype)).all()


def test_two_of_a_kind_draw_their_own_numbers():
    far = PIXELS[:, :, :, :1]
    once, twice = (
        changed([{"brightness": {"amount": 0.5}}] * n, range(ROWS), pixels=np.ascontiguousarray(far) // 4)
        for n in (1, 2)
    )
    factors = once[:, 0, 0, 0] / (far[:, 0, 0, 0] // 4 / 255)
    assert not np.allclose(twice[:, 0, 0, 0], once[:, 0, 0, 0] * factors)


def test_crop_by_hand():
    picture = np.arange(1, 13).reshape(3, 4) / 12
    middle = 0.5                            # of padding 1 there are 3 places in each direction: 0, 1 and 2
    assert np.array_equal(applied("crop", picture, middle, middle, padding=1), picture)
    down = applied("crop", picture, 0.0, middle, padding=1, fill=0.25)
    assert (down[0] == 0.25).all() and np.array_equal(down[1:], picture[:-1])
    left = applied("crop", picture, middle, 0.99, padding=1)
    assert (left[:, -1] == 0).all() and np.array_equal(left[:, :-1], picture[:, 1:])


def test_flip_by_hand():
    picture = np.arange(6).reshape(2, 3) / 6
    assert np.array_equal(applied("flip", picture, 0.4), picture[:, ::-1])
    assert np.array_equal(applied("flip", picture, 0.5), picture)
    assert np.array_equal(applied("flip", picture, 0.1, axis="vertical", probability=0.2), picture[::-1])


def test_rotate_by_hand():
    picture = np.random.default_rng(0).random((5, 5))
    assert np.array_equal(applied("rotate", picture, 0.5), picture)
    assert np.allclose(applied("rotate", picture, 1.0, degrees=90), np.rot90(picture), atol=1e-12)
    assert np.allclose(applied("rotate", picture, 0.0, degrees=90), np.rot90(picture, -1), atol=1e-12)
    assert np.allclose(applied("rotate", picture, 1.0, degrees=180), picture[::-1, ::-1], atol=1e-12)
    wide = np.ones((1, 5))
    assert np.allclose(applied("rotate", wide, 1.0, degrees=90, fill=0.5), [[0.5, 0.5, 1, 0.5, 0.5]], atol=1e-12)
    # by 45 degrees the pixel above the middle comes from sqrt(1/2) right of and above it: a mean of four, weighted by
    # nearness
    spot = np.zeros((3, 3))
    spot[0, 2] = 1
    near = np.sqrt(0.5)
    assert np.allclose(applied("rotate", spot, 1.0, degrees=45)[0, 1], near * near)


def test_rotation_agrees_with_pillow():
    from PIL import Image

    picture = np.random.default_rng(0).random((28, 28)).astype(np.float32)
    ours = applied("rotate", picture, 0.75, degrees=20)     # half way to the largest angle
    theirs = np.asarray(Image.fromarray(picture).rotate(10, Image.Resampling.BILINEAR))
    assert np.allclose(ours[6:-6, 6:-6], theirs[6:-6, 6:-6], atol=2e-3)


def test_brightness_and_cutout_by_hand():
    picture = np.array([[0.0, 0.5, 0.9]])
    assert np.allclose(applied("brightness", picture, 1.0, amount=0.2), [[0, 0.6, 1]])
    assert np.allclose(applied("brightness", picture, 0.0, amount=0.2), [[0, 0.4, 0.72]])
    whole = np.ones((6, 6))
    covered = applied("cutout", whole, 0.5, 0.5, size=2, fill=0.25)
    assert (covered[2:4, 2:4] == 0.25).all() and (covered == 1).sum() == 32
    assert (applied("cutout", whole, 0.0, 0.99, size=4) == 0).sum() == 2 * 3       # cut off by the corner


def test_how_often_and_how_far():
    """Over 4,000 samples: within four standard errors of what is expected."""
    marked = np.zeros((4000, 9, 9, 1), np.uint8)
    marked[:, 4, 4] = 255
    shifts = np.argwhere(changed([{"crop": {"padding": 2}}], range(4000), pixels=marked)[..., 0])[:, 1:] - 4
    assert len(shifts) == 4000 and shifts.min() == -2 and shifts.max() == 2
    counts = np.stack([np.bincount(shifts[:, axis] + 2, minlength=5) for axis in (0, 1)])
    assert np.abs(counts - 800).max() < 4 * np.sqrt(4000 * 0.2 * 0.8) and abs(
        np.corrcoef(shifts.T)[0, 1]
    ) < 4 / np.sqrt(4000)
    marked[:, 4, 1] = 100
    flipped = changed(["flip"], range(4000), pixels=marked)[:, 4, 1, 0] == 0
    assert abs(flipped.mean() - 0.5) < 4 * 0.5 / np.sqrt(4000)
    noise = changed([{"noise": {"std": 0.1}}], range(4000), pixels=np.full((4000, 3, 3, 1), 51, np.uint8)) - 0.2
    assert abs(noise.mean()) < 4 * 0.1 / 190 and abs(noise.std() - 0.1) < 0.002
    light = (
        changed([{"brightness": {"amount": 0.2}}], range(4000), pixels=np.full((4000, 1, 1, 1), 102, np.uint8)).ravel()
        / 0.4
    )
    assert (
        0.8 <= light.min() < 0.802 and 1.198 < light.max() <= 1.2 and abs(light.mean() - 1) < 4 * 0.1155 / np.sqrt(4000)
    )


def test_draws_of_a_sample_differ_from_call_to_call():
    draws = Draws(Stream(0, "a"), 3, np.array([5, 7]))
    first, second = draws.uniform(2), draws.uniform(2)
    assert len(np.unique(np.concatenate([first, second]))) == 8
    assert np.array_equal(Draws(Stream(0, "a"), 3, np.array([7])).uniform(2)[0], first[1])


def test_the_training_split_alone_and_only_in_training():
    plain, augmented = (loaded("digits", split={"validation": 0.2}, prepare=["standardize"], augment=change)
                        for change in ((), ["noise", {"crop": {"padding": 1}}]))
    for name in ("train", "validation"):
        before, after = plain.splits[name], augmented.splits[name]
        rows, buffers = np.arange(20), [np.empty((20, 64), np.float32) for _ in range(3)]
        target = np.empty(20, np.int64)
        before.gather(rows, Places({"x": buffers[0]}, {}, target, None))
        after.gather(rows, Places({"x": buffers[1]}, {}, target, None))
        after.gather(rows, Places({"x": buffers[2]}, {}, target, None), epoch=0)
        assert np.array_equal(buffers[0], buffers[1])
        assert np.array_equal(buffers[1], buffers[2]) == (name == "validation")
    assert augmented.fitted == plain.fitted


def test_changes_come_before_preparation():
    """Ink of 0 to 16 is augmented in its own units, then scaled: a cut reads black where the plain picture would."""
    data = loaded("digits", prepare=[{"standardize": {"per": "all"}}], augment=[{"cutout": {"size": 4}}])
    train, out = data.splits["train"], np.empty((50, 64), np.float32)
    train.gather(np.arange(50), Places({"x": out}, {}, np.empty(50, np.int64), None), epoch=0)
    assert np.isclose(out.min(), train.inputs["x"][:].min())
    bright = loaded("digits", augment=[{"brightness": {"amount": 1.0}}]).splits["train"]
    bright.gather(np.arange(50), Places({"x": out}, {}, np.empty(50, np.int64), None), epoch=0)
    assert 15 < out.max() <= 16


def test_a_batch_allocates_nothing_of_its_size():
    changes = [registry.create("data.augment", kind) for kind in registry.kinds("data.augment")]
    made = Augmented(changes, "x", (32, 32, 3), 1.0, 0)
    stored = LazyRows(
        np.zeros((256, 32, 32, 3), np.uint8),
        np.arange(256),
        "float32",
        255.0,
        np.full((32, 32, 3), 2.0),
        np.ones((32, 32, 3)),
    )
    out, rows = np.empty((256, 32, 32, 3), np.float32), np.arange(256)
    made.take(stored, rows, out, 0)
    tracemalloc.start()
    made.take(stored, rows, out, 1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < out.nbytes / 8


@pytest.mark.parametrize(
    "source, settings, where, problem",
    [
        ("iris", {"augment": ["flip"]}, "data.augment", "the data has none"),
        ("digits", {"augment": [{"crop": {"padding": 8}}]}, "data.augment.0.crop", "out of sight"),
        (
            "digits",
            {"augment": ["flip", {"cutout": {"size": 8}}]},
            "data.augment.1.cutout",
            "cover all of a picture of 8x8",
        ),
        ("digits", {"augment": ["noise"], "prepare": ["standardize", "log"]}, "data.prepare.1", "`log` does more"),
    ],
)
def test_what_cannot_be_augmented(source, settings, where, problem):
    for look in (lambda: loaded(source, **settings), lambda: describe(DataSettings(source=source, **settings), Path())):
        with pytest.raises(ConfigError, match=problem) as caught:
            look()
        assert caught.value.where == where


@pytest.mark.parametrize("x", [np.linspace(0, 1000, 720), np.linspace(-1, 1, 720), np.arange(0, 4320, 6, np.int16)],
                         ids=["above 255", "below 0", "16 bits with sign"])
def test_white_must_be_known_where_it_is_used(tmp_path, x):
    np.savez(tmp_path / "a.npz", x=x.reshape(20, 6, 6), y=np.arange(20) % 2)
    source = {"npz": {"file": "a.npz"}}
    for change in ("brightness", "noise", *({kind: {"fill": 0.5} | small} for kind, small in BLACK.items())):
        with pytest.raises(
            ConfigError, match="needs to know which value is white, and nothing tells: the numbers of 'x'"
        ) as caught:
            loaded(source, tmp_path, augment=["flip", change])
        assert caught.value.where == "data.augment.1"
    train = loaded(source, tmp_path, augment=["flip", *({kind: small} for kind, small in BLACK.items())]).splits[
        "train"
    ]
    out = np.empty((20, 6, 6), np.float32)
    train.gather(np.arange(20), Places({"x": out}, {}, np.empty(20, np.int64), None), epoch=0)
    assert (out == 0).any() and out.max() <= x.max()


def test_white_is_the_largest_of_a_type_without_sign(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.full((20, 6, 6), 60_000, np.uint16), y=np.arange(20) % 2)
    train = loaded({"npz": {"file": "a.npz"}}, tmp_path, augment=[{"brightness": {"amount": 1.0}}]).splits["train"]
    out = np.empty((20, 6, 6), np.float32)
    train.gather(np.arange(20), Places({"x": out}, {}, np.empty(20, np.int64), None), epoch=0)
    assert out.min() < 60_000 and out.max() == 65_535


def test_a_class_at_each_pixel_does_not_move(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.zeros((20, 6, 6), np.uint8), y=np.arange(720).reshape(20, 6, 6) % 2)
    source = {"npz": {"file": "a.npz"}}
    for change in ("flip", "rotate", {"crop": {"padding": 1}}):
        with pytest.raises(ConfigError, match="moves pixels, and the target has values at places of its own") as caught:
            loaded(source, tmp_path, augment=["noise", change])
        assert caught.value.where == "data.augment.1"
    assert loaded(source, tmp_path, augment=["noise", "brightness", {"cutout": {"size": 2}}]).splits["train"].augmented
