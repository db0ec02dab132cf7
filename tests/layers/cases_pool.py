"""Rows of the table for pooling, normalisation over channels, and the layers that change a picture's shape."""

from dlcli.engine.spec import Spec

from .case import Case

PICTURE, ODD, WORDS = (6, 4, 3), (7, 5, 2), Spec((7, 3), lengths=True)
LONG = Spec((5, 4, 2), lengths=True)


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
        return last(
            getattr(torch.nn.functional, f"max_pool{rank}d")(
                x, size, stride, 0 if padding in ("same", "valid") else padding
            )
        )

    return run


def mean(rank, size, stride=None, padding=0, **options):
    def run(torch, p, train, x):
        x = first(x)
        if padding == "same":
            x = same(torch, x, [size] * rank, [stride or size] * rank, 0)
        pads = 0 if padding in ("same", "valid") else padding
        return last(getattr(torch.nn.functional, f"avg_pool{rank}d")(x, size, stride, pads, **options))
    return run


def pad(torch, x, *arguments, **options):
    return last(torch.nn.functional.pad(first(x), *arguments, **options))


def upsample(torch, x, factor, mode):
    options = {} if mode == "nearest" else {"align_corners": False}
    return last(torch.nn.functional.interpolate(first(x), scale_factor=factor, mode=mode, **options))


def group_norm(groups, eps=1e-5):
    return lambda torch, p, train, x: last(
        torch.nn.functional.group_norm(first(x), groups, p["weight"], p["bias"], eps)
    )


def row(kind, inputs, torch, **options):
    return Case(kind, options, inputs, torch)


def pooling(kind, inputs, reference, *sets):
    return [row(kind, inputs, reference(int(kind[-2]), **options), **options) for options in sets]


CASES = [
    *pooling(
        "max_pool2d",
        (PICTURE, ODD),
        largest,
        {"size": 2},
        {"size": 3, "stride": 2},
        {"size": 3, "stride": 2, "padding": 1},
        {"size": [2, 3], "stride": [3, 1], "padding": [1, 0]},
        {"size": 3, "stride": 1, "padding": 1},
        {"size": 1, "stride": 3},
        {"size": 2, "padding": "valid"},
    ),
    # one window sees all, or all columns
    *pooling("max_pool2d", (PICTURE, (3, 4, 2)), largest, {"size": [3, 4]}),
    *pooling("avg_pool2d", (PICTURE, (3, 4, 2)), mean, {"size": [3, 4]}),
    *pooling("max_pool2d", (PICTURE, ODD), largest, {"size": 3, "stride": 2, "padding": "same"}),
    *pooling(
        "max_pool1d",
        ((6, 3), (7, 2)),
        largest,
        {"size": 2},
        {"size": 3, "stride": 2, "padding": 1},
        {"size": 2, "stride": 3},
    ),
    *pooling(
        "avg_pool2d",
        (PICTURE, ODD),
        mean,
        {"size": 2},
        {"size": 3, "stride": 2},
        {"size": 3, "stride": 2, "padding": 1},
        {"size": [2, 3], "stride": [3, 1], "padding": [1, 0], "count_include_pad": False},
        {"size": 2, "stride": 3},
        {"size": 3, "stride": 1, "padding": "same"},
    ),
    *(
        row(kind, (WORDS,), None, **options)
        for kind in ("max_pool1d", "avg_pool1d")
        for options in ({"size": 2}, {"size": 3, "stride": 1, "padding": 1}, {"size": 2, "padding": "same"})
    ),
    row("avg_pool1d", (WORDS,), None, size=3, stride=2, padding=1, count_include_pad=False),
    *pooling(
        "avg_pool1d",
        ((6, 3), (7, 2)),
        mean,
        {"size": 2},
        {"size": 3, "stride": 2, "padding": 1, "count_include_pad": False},
    ),
    *(row(kind, (WORDS, LONG), None) for kind in ("global_avg_pool", "global_max_pool")),
    row(
        "global_avg_pool",
        (PICTURE, (5,), (4, 2)),
        lambda torch, p, train, x: x.flatten(1, -2).mean(1) if x.dim() > 2 else x,
    ),
    row(
        "global_max_pool",
        (PICTURE, (5,), (4, 2)),
        lambda torch, p, train, x: x.flatten(1, -2).amax(1) if x.dim() > 2 else x,
    ),
    row("pad", (ODD,), lambda torch, p, train, x: pad(torch, x, (1, 1, 1, 1)), padding=1),
    row(
        "pad",
        (ODD,),
        lambda torch, p, train, x: pad(torch, x, (0, 3, 2, 1), value=1.5),
        padding=[[2, 1], [0, 3]],
        value=1.5,
    ),
    row(
        "pad",
        (ODD,),
        lambda torch, p, train, x: pad(torch, x, (3, 1, 2, 5), mode="reflect"),
        padding=[[2, 5], [3, 1]],
        mode="reflect",
    ),
    row(
        "pad",
        ((4, 3), (3, 2)),
        lambda torch, p, train, x: pad(torch, x, (0, 2), mode="reflect"),
        padding=[[0, 2]],
        mode="reflect",
    ),
    row("pad", ((4, 3, 2), LONG), lambda torch, p, train, x: pad(torch, x, (2, 2)), padding=[0, 2]),
    row("crop", (ODD,), lambda torch, p, train, x: x[:, 1:-2, 1:], margins=[[1, 2], [1, 0]]),
    row("crop", (PICTURE, LONG), lambda torch, p, train, x: x[:, :, 1:-1], margins=[0, 1]),
    row(
        "crop",
        (ODD,),
        lambda torch, p, train, x: x[:, (x.shape[1] - 3) // 2 :][:, :3, (x.shape[2] - 4) // 2 :][:, :, :4],
        size=[3, 4],
    ),
    row("crop", ((6, 2),), lambda torch, p, train, x: x[:, (x.shape[1] - 4) // 2 :][:, :4], size=4),
    row("upsample", (ODD,), lambda torch, p, train, x: upsample(torch, x, 2, "nearest"), factor=2),
    row("upsample", (ODD,), lambda torch, p, train, x: upsample(torch, x, (3, 2), "nearest"), factor=[3, 2]),
    row("upsample", ((4, 3), (2, 1)), lambda torch, p, train, x: upsample(torch, x, 3, "nearest"), factor=3),
    row("upsample", (WORDS,), None, factor=2),
    row(
        "upsample",
        (ODD,),
        lambda torch, p, train, x: upsample(torch, x, (3, 2), "bilinear"),
        factor=[3, 2],
        method="bilinear",
    ),
    row(
        "upsample",
        ((4, 3), (1, 2)),
        lambda torch, p, train, x: upsample(torch, x, 4, "linear"),
        factor=4,
        method="bilinear",
    ),
    *(
        row(
            "adaptive_avg_pool2d",
            (ODD, (2, 3, 1)),
            lambda torch, p, train, x, size=size: last(torch.nn.functional.adaptive_avg_pool2d(first(x), size)),
            size=size,
        )
        for size in (3, [4, 2], 7)
    ),
    *(
        row(
            "adaptive_avg_pool1d",
            ((7, 2), (2, 1)),
            lambda torch, p, train, x, size=size: last(torch.nn.functional.adaptive_avg_pool1d(first(x), size)),
            size=size,
        )
        for size in (1, 3, 5)
    ),
    row("adaptive_avg_pool1d", (WORDS,), None, size=3),
    row("group_norm", ((4, 4, 6), (3, 12)), group_norm(3), groups=3),
    row("group_norm", ((4, 4, 6), (2, 3, 4, 2)), group_norm(2, 0.01), groups=2, eps=0.01),
    *(row("group_norm", (WORDS,), None, groups=groups) for groups in (1, 3)),
    row("group_norm", (LONG,), None, groups=1),
    row("dropout", (PICTURE, WORDS), lambda torch, p, train, x: x, per="channel", p=0.3),
]
