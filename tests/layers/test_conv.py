"""Convolutions beyond the contract: arithmetic written out, chunks, tiles, refusals, lengths."""

import itertools

import numpy as np
import pytest

from dlcli.engine.registry import create
from dlcli.engine.spec import Spec
from dlcli.kernels.conv import choice, depthwise, im2col, winograd
from dlcli.kernels.conv.product import Product
from dlcli.kernels.conv.scatter import Scatter
from dlcli.kernels.conv.transforms import matrices
from dlcli.kernels.conv.winograd import Winograd, suits
from dlcli.kernels.windows import axis
from dlcli.layers import conv1d

from .case import Case
from .rig import Rig


def written_out(rig):
    """y of a conv2d by the formula of its docstring, sum by sum."""
    layer, x, y = rig.built, rig.xs[0], np.zeros(rig.y.shape)
    h, w = layer.convolution.windows.h, layer.convolution.windows.w
    W, each = rig.params["W"], layer.filters // layer.groups
    for i, j, u, v in itertools.product(range(h.out), range(w.out), range(h.kernel), range(w.kernel)):
        row, column = i * h.stride + u * h.dilation - h.before, j * w.stride + v * w.dilation - w.before
        if 0 <= row < h.length and 0 <= column < w.length:
            for g in range(layer.groups):
                own, size = slice(g * each, (g + 1) * each), x.shape[-1] // layer.groups
                y[:, i, j, own] += x[:, row, column, g * size:(g + 1) * size] @ W[u, v, :, own]
    return y + rig.params["b"]


GEOMETRIES = [dict(zip(("kernel", "stride", "padding", "dilation", "groups"), each)) for each in itertools.product(
    (1, [3, 2], 4), (1, 2, [1, 3]), ("valid", "same", [2, 1]), (1, [2, 1]), (1, 2))]


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(im2col, "CHUNK", 40)
    monkeypatch.setattr(im2col, "ROWS", 2)


@pytest.mark.parametrize("channels", [2, 6])
def test_is_the_sum_of_its_docstring_in_chunks_of_lines(channels, small_chunks):
    for options in GEOMETRIES:
        rig = Rig(Case("conv2d", {"filters": 4, **options}), (8, 7, channels), rows=3)
        assert len(list(rig.built.convolution.windows.chunks(3))) > 1
        np.testing.assert_allclose(rig.forward(), written_out(rig), atol=1e-12, err_msg=str(options))


@pytest.mark.parametrize("channels", [2, 6])
def test_gradients_are_the_adjoint_in_chunks_of_lines(channels, small_chunks):
    """<dy, conv(x; W)> is linear in x and in W: both gradients give it back."""
    for options in GEOMETRIES:
        rig = Rig(Case("conv2d", {"filters": 4, **options}), (8, 7, channels), rows=3)
        rig.forward()
        rig.backward()
        product = np.vdot(rig.dy, rig.y - rig.params["b"])
        assert np.vdot(rig.dxs[0], rig.xs[0]) == pytest.approx(product, rel=1e-10, abs=1e-10), options
        assert np.vdot(rig.gradient("W"), rig.params["W"]) == pytest.approx(product, rel=1e-10, abs=1e-10), options
        np.testing.assert_allclose(rig.gradient("b"), rig.dy.sum((0, 1, 2)), atol=1e-12)


def compare(methods, x, W, b, dy, note):
    """All that several methods compute, from memory full of NaN."""
    results = []
    for method in methods:
        y, dW, db, dx = (np.full_like(a, np.nan) for a in (dy, W, dy[0, 0, 0], x))
        method.forward(x, W, b, y, np.full(method.work, np.nan))
        method.backward(x, dy, W, dW, None if b is None else db, dx, np.full(method.work, np.nan))
        results.append((y, dW, dx, 0 if b is None else db))
        alone = np.full_like(W, np.nan), np.full_like(x, np.nan)
        method.gradients(x, dy, alone[0], None, np.full(method.work, np.nan))
        method.adjoint(dy, W, alone[1], np.full(method.work, np.nan))
        assert all(map(np.array_equal, alone, (dW, dx))), note
    for reference, *others in zip(*results):
        for found in others:
            np.testing.assert_allclose(found, reference, atol=1e-12, err_msg=str(note))


def test_depthwise_is_the_product_in_groups_of_one(monkeypatch):
    monkeypatch.setattr(depthwise, "CHUNK", 100)
    rng = np.random.default_rng(0)
    for note in itertools.product((1, 3, 4), (1, 2, 3), ("valid", "same", 2), (1, 2)):
        h, w = axis("height", 8, *note[:2], note[3], note[2]), axis("width", 9, 2, 1, 1, "same")
        x, dy, W = (
            rng.standard_normal((5, 8, 9, 3)),
            rng.standard_normal((5, h.out, w.out, 3)),
            rng.standard_normal((note[0], 2, 1, 3)),
        )
        compare((Product(h, w, 3, 3, 3), choice.by_windows(h, w, 3, 3, 3)), x, W, rng.standard_normal(3), dy, note)


@pytest.mark.parametrize("elements, tiles", [(8192, 64), (27, 2)], ids=["whole", "strips"])
def test_winograd_and_scatter_are_the_product_for_every_size_and_padding(elements, tiles, monkeypatch):
    monkeypatch.setattr(winograd, "ELEMENTS", elements)
    monkeypatch.setattr(winograd, "TILES", tiles)
    rng = np.random.default_rng(0)
    for (height, width), pad, bias in itertools.product(
        ((4, 4), (5, 6), (13, 4), (3, 3), (10, 11), (16, 1)), (0, 1, 2), (True, False)
    ):
        if width + 2 * pad < 3:
            continue
        h, w = axis("height", height, 3, 1, 1, pad), axis("width", width, 3, 1, 1, pad)
        x, W, b = (
            rng.standard_normal((3, height, width, 8)),
            rng.standard_normal((3, 3, 8, 9)),
            rng.standard_normal(9) if bias else None,
        )
        dy = rng.standard_normal((3, h.out, w.out, 9))
        methods = Product(h, w, 8, 9, 1), Scatter(h, w, 8, 9), Winograd(h, w, 8, 9)
        compare(methods, x, W, b, dy, f"{height} x {width}, padding {pad}")


def test_winograd_in_float32_is_about_as_exact_as_the_plain_sum():
    B, G, A = (m.astype(np.float32) for m in matrices())
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((6, 10000)).astype(np.float32), rng.standard_normal((3, 10000)).astype(np.float32)
    exact = np.array([(x[i:i + 3].astype(float) * w).sum(0) for i in range(4)])
    assert np.abs(A @ ((G @ w) * (B @ x)) - exact).max() < 5e-6


@pytest.mark.parametrize("size, channels, filters, padding, chosen", [
    (32, 64, 64, 1, True), (32, 16, 16, 1, True), (8, 8, 8, 0, True), (32, 3, 16, 1, False), (32, 16, 4, 1, False),
    (14, 512, 512, 1, False), (2, 64, 64, 1, False), (32, 64, 64, 3, False)])
def test_the_method_is_chosen_from_shapes(size, channels, filters, padding, chosen):
    a = axis("height", size, 3, 1, 1, padding)
    assert suits(a, a, channels, filters, 1) == chosen
    assert not suits(a, a, channels, filters, 2) and not suits(a._replace(dilation=2), a, channels, filters, 1)


@pytest.mark.parametrize(
    "kind, options, x, text",
    [
        (
            "conv2d",
            {"kernel": 5},
            (4, 9, 3),
            "its kernel spans 5 places, more than the height of 4; use a smaller one, or `padding: same`",
        ),
        (
            "conv2d",
            {"kernel": [1, 3], "dilation": 4, "padding": [0, 1]},
            (4, 6, 3),
            r"its kernel spans 9 places \(3 with dilation 4\), more than the width of 6 and 2 of padding; ",
        ),
        (
            "conv2d",
            {"kernel": 3, "dilation": 20},
            (28, 28, 1),
            r"spans 41 places \(3 with dilation 20\), more than the height of 28; ",
        ),
        ("conv2d", {"kernel": 3, "groups": 2}, (8, 8, 3), "cannot cut 3 channels and 4 filters into 2 equal groups"),
        ("conv2d", {"kernel": 3, "groups": 3}, (8, 8, 3), "cannot cut 3 channels and 4 filters into 3 equal groups"),
        (
            "conv2d",
            {"kernel": 3},
            (28, 28),
            r"needs \(height, width, channels\); put `reshape: \{shape: \[28, 28, 1\]\}` before it",
        ),
        ("conv2d", {"kernel": 3}, (784,), r"needs \(height, width, channels\)$"),
        (
            "conv2d",
            {"kernel": 3},
            Spec((8, 8, 3), lengths=True),
            "pictures of one size, but the rows here differ in length",
        ),
        ("conv1d", {"kernel": 3}, (20,), r"needs \(steps, channels\); put `reshape: \{shape: \[20, 1\]\}` before it"),
        ("conv1d", {"kernel": 9}, (8, 2), "its kernel spans 9 places, more than the length of 8; "),
        (
            "conv1d",
            {"kernel": 3, "stride": 2, "padding": "same"},
            Spec((8, 2), lengths=True),
            "begin at another place; give the padding as a ",
        ),
        (
            "conv2d_transpose",
            {"kernel": 3, "padding": 4},
            (4, 4, 2),
            "cuts 4 places off both ends of the height, which has only 6; use",
        ),
        (
            "conv2d_transpose",
            {"kernel": 3, "stride": 2, "output_padding": 2},
            (4, 4, 2),
            "needs output_padding below the stride or",
        ),
        (
            "conv2d_transpose",
            {"kernel": 3, "stride": 2, "padding": "same", "output_padding": 1},
            (4, 4, 2),
            "leave out output_padding",
        ),
    ],
)
def test_refuses_in_one_plain_sentence(kind, options, x, text):
    with pytest.raises(ValueError, match=text):
        create("layers", {kind: {"filters": 4, **options}}).build(x if isinstance(x, Spec) else Spec(x))


@pytest.mark.parametrize(
    "options, expected",
    [
        ({"padding": "same"}, (1, 4, 9)),
        ({}, (1, 2, 7)),
        ({"padding": 1}, (1, 4, 9)),
        ({"stride": 2, "padding": 1}, (1, 2, 5)),
        ({"padding": "same", "stride": 2, "kernel": 4}, (1, 2, 5)),
        ({"dilation": 3}, (1, 1, 3)),
    ],
)
def test_rows_give_as_many_steps_as_their_length_does(options, expected):
    rig = Rig(Case("conv1d", {"filters": 2, "kernel": 3, **options}), Spec((9, 2), lengths=True), rows=3)
    rig.lengths = [np.array([1, 4, 9])]
    rig.bind(1).forward()
    assert tuple(rig.y_lengths) == expected
    for y, steps in zip(rig.y, expected):
        assert (y[steps:] == 0).all() and (y[:steps] != 0).all()


def test_a_long_sequence_needs_little_memory():
    layer = create("layers", {"conv1d": {"filters": 32, "kernel": 9}})
    layer.build(Spec((16000, 64)))
    assert layer.convolution.work < 1 << 19


@pytest.mark.parametrize("x", [(50, 16), Spec((50, 16), lengths=True)], ids=["alike", "lengths"])
def test_a_long_sequence_is_cut_into_chunks_and_gives_the_same(x, small_chunks, monkeypatch):
    for options in (
        {"kernel": 3, "padding": "same"},
        {"kernel": 4, "stride": 3, "padding": 2},
        {"kernel": 2, "dilation": 3},
    ):
        results = []
        for long in (1, 1 << 20):
            monkeypatch.setattr(conv1d, "LONG", long)
            rig = Rig(Case("conv1d", {"filters": 4, **options}), x)
            assert (len(list(rig.built.convolution.windows.chunks(7))) > 7) == (long == 1)
            rig.forward()
            results.append(rig.backward().results())
        for name, value in results[0].items():
            np.testing.assert_allclose(value, results[1][name], atol=1e-12, err_msg=f"{name} {options}")


@pytest.mark.parametrize(
    "length, kernel, stride, dilation, before, out",
    [
        (6, 3, 1, 1, 1, 6),
        (6, 2, 1, 1, 0, 6),
        (7, 4, 2, 1, 1, 4),
        (6, 3, 2, 1, 0, 3),
        (5, 2, 1, 3, 1, 5),
        (4, 1, 3, 1, 0, 2),
    ],
)
def test_an_odd_place_of_same_padding_lies_at_the_end(length, kernel, stride, dilation, before, out):
    a = axis("height", length, kernel, stride, dilation, "same")
    assert (a.before, a.out) == (before, out)


def test_transposed_undoes_the_shape_of_a_convolution():
    for size, options in itertools.product(
        (7, 8), ({"kernel": 3, "stride": 2, "padding": 1}, {"kernel": 4, "stride": 3}, {"kernel": 2})
    ):
        down = create("layers", {"conv2d": {"filters": 2, **options}}).build(Spec((size, size, 2)))
        sizes = [
            create("layers", {"conv2d_transpose": {"filters": 2, "output_padding": extra, **options}}).build(
                Spec(down)
            )[0]
            for extra in range(options.get("stride", 1))
        ]
        assert size in sizes
