"""The work that each kind of layer says it does, against figures worked out by hand; training's shards and more hang on
them."""

import pytest

from dlcli.engine.registry import create
from dlcli.engine.spec import Spec

PICTURE = (4, 4, 2)
IDS = Spec((5,), "int", size=9)
EACH = {
    "relu": 1,
    "tanh": 1,
    "step": 1,
    "leaky_relu": 2,
    "prelu": 3,
    "sigmoid": 4,
    "elu": 4,
    "silu": 5,
    "softplus": 6,
    "gelu": 50,
    "softmax": 5,
    "dropout": 2,
    "batch_norm": 5,
    "layer_norm": 8,
}
"""Operations for each element."""

TABLE = [
    *((kind, {}, (PICTURE,), 32 * work) for kind, work in EACH.items()),
    ("gelu", {"approximate": "tanh"}, (PICTURE,), 32 * 8),
    ("group_norm", {"groups": 2}, (PICTURE,), 32 * 8),
    # 6 multiply-adds and the bias for each output
    ("linear", {"units": 3}, ((6,),), 3 * (6 * 2 + 1)),
    ("linear", {"units": 3, "bias": False}, ((5, 6),), 5 * 3 * 6 * 2),
    ("conv2d", {"filters": 3, "kernel": 3, "padding": "same"}, (PICTURE,), 4 * 4 * 3 * (3 * 3 * 2 * 2 + 1)),
    # what Winograd saves too
    ("conv2d", {"filters": 8, "kernel": 3, "padding": "same"}, ((4, 4, 8),), 4 * 4 * 8 * (3 * 3 * 8 * 2 + 1)),
    ("conv2d", {"filters": 4, "kernel": [1, 3], "groups": 2}, ((4, 4, 4),), 4 * 2 * 4 * (3 * 2 * 2 + 1)),
    ("conv2d", {"filters": 2, "kernel": 2, "groups": 2, "stride": 2, "bias": False}, (PICTURE,), 2 * 2 * 2 * 2 * 2 * 2),
    ("conv1d", {"filters": 2, "kernel": 3, "stride": 2}, ((9, 4),), 4 * 2 * (3 * 4 * 2 + 1)),
    (
        "conv2d_transpose",
        {"filters": 3, "kernel": 2, "stride": 2},
        ((2, 2, 4),),
        2 * 2 * 4 * (2 * 2 * 3) * 2 + 4 * 4 * 3,
    ),
    ("max_pool2d", {"size": 2}, (PICTURE,), 2 * 2 * 2 * 4),
    ("avg_pool2d", {"size": 3, "stride": 1}, (PICTURE,), 2 * 2 * 2 * 9),
    ("max_pool1d", {"size": 3, "stride": 2}, ((7, 2),), 3 * 2 * 3),
    ("avg_pool1d", {"size": 3, "stride": 2}, ((7, 2),), 3 * 2 * 3),
    ("global_max_pool", {}, (PICTURE,), 32),
    ("global_avg_pool", {}, (PICTURE,), 32),
    ("adaptive_avg_pool1d", {"size": 2}, ((6, 3),), 2 * 6 * 3 * 2),  # a product with 2x6 shares
    # down, then across
    ("adaptive_avg_pool2d", {"size": 2}, (PICTURE,), (2 * 4 * 4 + 2 * 4 * 2) * 2 * 2),
    ("upsample", {"factor": 2}, ((2, 2, 2),), 32),
    ("upsample", {"factor": 2, "method": "bilinear"}, ((2, 2, 3),), (4 * 2 * 2 + 4 * 4 * 2) * 3 * 2),
    ("add", {}, (PICTURE,) * 3, 32 * 2),
    ("multiply", {}, (PICTURE,) * 2, 32),
    ("concat", {}, (PICTURE,) * 2, 0),
    ("flatten", {}, (PICTURE,), 0),
    ("reshape", {"shape": [8, 4]}, (PICTURE,), 0),
    ("pad", {"padding": 1}, (PICTURE,), 0),
    ("crop", {"size": 2}, (PICTURE,), 0),
    # at each of 5 steps and for each gate's 3 units, 6 + 3 multiply-adds and 4 more
    ("rnn", {"units": 3}, ((5, 6),), 5 * 1 * 3 * (2 * (6 + 3) + 4)),
    ("lstm", {"units": 3, "returns": "last"}, ((5, 6),), 5 * 4 * 3 * (2 * (6 + 3) + 4)),
    # the second of the stack reads both directions of the first
    ("gru", {"units": 3, "layers": 2, "direction": "both"}, ((5, 6),),
     2 * 5 * 3 * 3 * (2 * (6 + 3) + 4) + 2 * 5 * 3 * 3 * (2 * (6 + 3) + 4)),
    ("embedding", {"units": 3}, (IDS,), 0),
]


@pytest.mark.parametrize("kind, options, inputs, work", TABLE, ids=lambda item: item if isinstance(item, str) else "")
def test_work_of_one_sample(kind, options, inputs, work):
    layer, specs = create("layers", {kind: options}), [x if isinstance(x, Spec) else Spec(x) for x in inputs]
    assert layer.flops(Spec(layer.build(*specs)), *specs) == work
