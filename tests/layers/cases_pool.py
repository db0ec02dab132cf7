"""Rows of the table for pooling, normalisation over channels, and the layers that change a picture's shape."""

from dlcli.engine.spec import Spec

from .case import Case

PICTURE, ODD, WORDS = (6, 4, 3), (7, 5, 2), Spec((7, 3), lengths=True)


def first(x):
    """Channels behind the rows, as PyTorch wants them."""
    return x.movedim(-1, 1)


def last(x):
    return x.movedim(1, -1)


def same(torch, x, sizes, strides, value):
    """Pads as `same` does."""
    pads = []
    for n, k, s in zip(x.shape[:1:-1], sizes[::-1], strides[::-1]):
        missing = max((-(-n // s) - 1) * s + k - n, 0)
        pads += [missing // 2, missing - missing // 2]
    return torch.nn.functional.pad(x, pads, value=value)


def largest(rank, size, stride=None, padding=0):
    def run(torch, p, train, x):
        x = first(x)
        if padding == "same":
            x = same(torch, x, [size] * rank, [stride or size] * rank, float("-inf"))
        return last(getattr(torch.nn.functional, f"max_pool{rank}d")(x, size, stride, 0 if padding in ("same", "valid") else padding))
    return run


def mean(rank, size, stride=None, padding=0, **options):
    def run(torch, p, train, x):
        x = first(x)
        if padding == "same":
            x = same(torch, x, [size] * rank, [stride or size] * rank, 0)
        pads = 0 if padding in ("same", "valid") else padding
        return last(getattr(torch.nn.functional, f"avg_pool{rank}d")(x, size, stride, pads, **options))
    return run


def row(kind, inputs, torch, **options):
    return Case(kind, options, inputs, torch)


def pooling(kind, inputs, reference, *sets):
    return [row(kind, inputs, reference(int(kind[-2]), **options), **options) for options in sets]


CASES = [
    *pooling("max_pool2d", (PICTURE, ODD), largest, {"size": 2}, {"size": 3, "stride": 2}, {"size": 3, "stride": 2, "padding": 1},
             {"size": [2, 3], "stride": [3, 1], "padding": [1, 0]}, {"size": 3, "stride": 1, "padding": 1}, {"size": 1, "stride": 3},
             {"size": 2, "padding": "valid"}),
    *pooling("max_pool2d", (PICTURE, ODD), largest, {"size": 3, "stride": 2, "padding": "same"}),
    *pooling("max_pool1d", ((6, 3), (7, 2)), largest, {"size": 2}, {"size": 3, "stride": 2, "padding": 1}, {"size": 2, "stride": 3}),
    *pooling("avg_pool2d", (PICTURE, ODD), mean, {"size": 2}, {"size": 3, "stride": 2}, {"size": 3, "stride": 2, "padding": 1},
             {"size": [2, 3], "stride": [3, 1], "padding": [1, 0], "count_include_pad": False}, {"size": 2, "stride": 3},
             {"size": 3, "stride": 1, "padding": "same"}),
    *(row(kind, (WORDS,), None, **options) for kind in ("max_pool1d", "avg_pool1d")
      for options in ({"size": 2}, {"size": 3, "stride": 1, "padding": 1}, {"size": 3, "stride": 2, "padding": "same"})),
    row("avg_pool1d", (WORDS,), None, size=3, stride=2, padding=1, count_include_pad=False),
    *pooling("avg_pool1d", ((6, 3), (7, 2)), mean, {"size": 2}, {"size": 3, "stride": 2, "padding": 1, "count_include_pad": False}),
]
