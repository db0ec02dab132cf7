"""Layers that are computed together, for speed: which chains, and by which layer."""

from dlcli.kernels.rectified import rectified


def _pooled(conv, pool, relu: bool):
    from dlcli.kernels.conv.fused import pooled  # only networks with convolutions need it

    return pooled(conv, pool, relu)


def _rectified(conv):
    from dlcli.kernels.conv.fused import rectified

    return rectified(conv)


FUSIONS = {
    ("conv2d", "relu", "max_pool2d"): lambda conv, _, pool: _pooled(conv, pool, relu=True),
    ("conv2d", "max_pool2d", "relu"): lambda conv, pool, _: _pooled(conv, pool, relu=True),
    ("conv2d", "max_pool2d"): lambda conv, pool: _pooled(conv, pool, relu=False),
    ("add", "relu"): lambda layer, _: rectified(layer),
    ("batch_norm", "relu"): lambda layer, _: rectified(layer),
    # the positive part of the largest is the largest positive part; a pooling sees a quarter of what a conv2d writes
    ("relu", "max_pool1d"): lambda _, pool: rectified(pool),
    ("relu", "max_pool2d"): lambda _, pool: rectified(pool),
    ("conv2d", "relu"): lambda conv, _: _rectified(conv),
}
"""Kinds of a chain -> function of its layers, which are built. It gives the one layer that computes the whole chain, or
None if it cannot for these shapes. If two chains overlap, the earlier line has it (`Graph.fused`)."""
