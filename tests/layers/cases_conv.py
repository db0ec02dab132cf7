"""Rows of the table for the convolutions."""

from dlcli.engine.spec import Spec

from .case import Case

PICTURE, ODD, WORDS = (6, 5, 4), (7, 6, 2), Spec((7, 4), lengths=True)


def pads(length, kernel, stride, dilation):
    """Zeros at both ends that keep the size, the odd one at the end."""
    missing = max((-(-length // stride) - 1) * stride + (kernel - 1) * dilation + 1 - length, 0)
    return missing // 2, missing - missing // 2


def both(value, rank):
    return tuple(value) if isinstance(value, list) else (value,) * rank


def convolution(rank, kernel, stride=1, padding="valid", dilation=1, groups=1, bias=True, **others):
    def run(torch, p, train, x):
        k, s, d = (both(value, rank) for value in (kernel, stride, dilation))
        x = x.movedim(-1, 1)
        if padding == "same":
            missing = [n for each in reversed(list(zip(x.shape[2:], k, s, d))) for n in pads(*each)]
        else:
            missing = [
                n for amount in reversed(both(0 if padding == "valid" else padding, rank)) for n in (amount, amount)
            ]
        W = p["W"].permute(rank + 1, rank, *range(rank))
        x = torch.nn.functional.pad(x, missing)
        return getattr(torch.nn.functional, f"conv{rank}d")(x, W, p.get("b"), s, 0, d, groups).movedim(1, -1)
    return run


def transposed(kernel, stride=1, padding=0, output_padding=0, dilation=1, groups=1, bias=True, **others):
    def run(torch, p, train, x):
        W, pad, extra = p["W"].permute(3, 2, 0, 1), padding, output_padding
        if padding in ("same", "valid"):
            pad, extra = 0, 0
        y = torch.nn.functional.conv_transpose2d(
            x.movedim(-1, 1), W, p.get("b"), stride, pad, extra, groups, dilation
        ).movedim(1, -1)
        if padding == "same":
            k, (down, across), d = (both(value, 2) for value in (kernel, stride, dilation))
            (top, _), (left, _) = (
                pads(n * s, *each) for n, s, *each in zip(x.shape[1:3], (down, across), k, (down, across), d)
            )
            y = y[:, top:top + x.shape[1] * down, left:left + x.shape[2] * across]
        return y
    return run


def rows(kind, inputs, *sets):
    reference = transposed if kind == "conv2d_transpose" else lambda **options: convolution(int(kind[-2]), **options)
    return [Case(kind, {"filters": 4, **options}, inputs,
                 None if any(isinstance(x, Spec) for x in inputs) else reference(**options)) for options in sets]


CASES = [
    *rows(
        "conv2d",
        (PICTURE,),
        {"kernel": 3},
        {"kernel": 1},
        {"kernel": 3, "padding": "same"},
        {"kernel": 4, "padding": "same", "bias": False},
        {"kernel": 3, "stride": 2, "padding": "same", "groups": 2},
        {"kernel": 3, "groups": 4, "padding": 1},
        {"kernel": 2, "groups": 4, "filters": 8, "stride": 2},
        {"kernel": 3, "padding": "valid", "init": "he", "bias_init": "ones"},
    ),
    *rows(
        "conv2d",
        (ODD,),
        {"kernel": [2, 3], "padding": [1, 0]},
        {"kernel": 5, "padding": 2, "stride": 2},
        {"kernel": 2, "stride": [3, 1]},
        {"kernel": 1, "stride": 2},
        {"kernel": 3, "dilation": [2, 1], "padding": 3},
        {"kernel": 2, "dilation": 2, "stride": 2, "padding": "same"},
    ),
    # enough for Winograd
    *rows("conv2d", ((6, 7, 8),), {"kernel": 3, "filters": 8}, {"kernel": 3, "filters": 8, "padding": [2, 0]}),
    *rows("conv2d", ((9, 4, 9),), {"kernel": 3, "filters": 9, "padding": "same", "bias": False}),
    *rows(
        "conv1d",
        ((7, 4),),
        {"kernel": 3},
        {"kernel": 3, "padding": "same"},
        {"kernel": 4, "stride": 2, "padding": "same"},
    ),
    *rows(
        "conv1d",
        ((9, 2),),
        {"kernel": 2, "padding": 1, "dilation": 2, "bias": False},
        {"kernel": 3, "groups": 2, "stride": 3, "padding": "valid"},
        {"kernel": 1, "init": "he", "bias_init": "ones"},
    ),
    *rows(
        "conv1d",
        (WORDS,),
        {"kernel": 3, "padding": "same"},
        {"kernel": 4, "stride": 2, "padding": "same"},
        {"kernel": 3},
        {"kernel": 3, "stride": 2, "padding": 1, "dilation": 2},
    ),
    *rows(
        "conv2d_transpose",
        ((3, 2, 2),),
        {"kernel": 3},
        {"kernel": 2, "stride": 2},
        {"kernel": 4, "stride": 2, "padding": 1},
        {"kernel": 3, "stride": [2, 3], "padding": "same", "bias": False},
        {"kernel": 2, "stride": 3, "output_padding": [1, 2], "init": "he", "bias_init": "ones"},
        {"kernel": 3, "dilation": 2, "padding": [1, 2]},
        {"kernel": [2, 3], "groups": 2, "stride": 2, "padding": "valid"},
    ),
    *rows(
        "conv2d_transpose",
        ((4, 5, 4),),
        {"kernel": 3, "stride": 2, "padding": 1, "output_padding": 1},
        {"kernel": 3, "stride": 2, "groups": 4},
    ),
]
