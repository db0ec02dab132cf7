"""What ONNX's operators over windows are in dlcli: convolutions and pooling."""

import numpy as np

from tests.layers.onnx_steps import LeftOut, Step, pictures, run


def spatial(operator) -> int:
    axes = operator.inputs[0].ndim - 2
    if axes > 2:
        raise LeftOut("three axes besides the channels: layers are for sequences and pictures")
    return axes


def pads(operator, size, stride, dilation) -> list[tuple[int, int]]:
    """(before, after) for each axis."""
    auto, axes = operator["auto_pad"] or b"NOTSET", len(size)
    if auto in (b"NOTSET", b"VALID"):
        flat = list(operator["pads"] or [0] * 2 * axes)
        return list(zip(flat[:axes], flat[axes:]))
    result = []
    for n, k, s, d in zip(operator.inputs[0].shape[2:], size, stride, dilation):
        missing = max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
        less, more = missing // 2, missing - missing // 2
        result.append((less, more) if auto == b"SAME_UPPER" else (more, less))
    return result


def scalar(values, axes):
    """Options of sequences are numbers, of pictures lists."""
    return int(values[0]) if axes == 1 else [int(v) for v in values]


def conv(operator):
    x, W, *bias = operator.inputs
    axes, size = spatial(operator), W.shape[2:]
    stride, dilation = (list(operator[name] or [1] * axes) for name in ("strides", "dilations"))
    both = pads(operator, size, stride, dilation)
    even = all(a == b for a, b in both)
    options = {
        "filters": len(W),
        "kernel": scalar(size, axes),
        "stride": scalar(stride, axes),
        "dilation": scalar(dilation, axes),
        "groups": operator["group"] or 1,
        "bias": bool(bias),
        "padding": scalar([a for a, _ in both], axes) if even else "valid",
    }
    arrays = {"W": np.moveaxis(W, (0, 1), (-1, -2))} | ({"b": bias[0]} if bias else {})
    return pictures(
        x, *([] if even else [Step("pad", {"padding": [list(p) for p in both]})]), Step(f"conv{axes}d", options, arrays)
    )


def conv_transpose(operator):
    x, W, *bias = operator.inputs
    axes, group = spatial(operator), operator["group"] or 1
    if axes == 1:                               # a sequence is a picture of one row
        x, W = x[:, :, None], W[:, :, None]
    wide = lambda values, filler: [filler] * (2 - axes) + list(values)
    stride, dilation = (wide(operator[name] or [1] * axes, 1) for name in ("strides", "dilations"))
    extra, size = wide(operator["output_padding"] or [0] * axes, 0), wide(operator.outputs[0].shape[2:], 1)
    flat = operator["pads"]
    cut = []
    for i, n in enumerate(size):
        whole = (x.shape[2 + i] - 1) * stride[i] + (W.shape[2 + i] - 1) * dilation[i] + 1
        extra[i] = max(extra[i], n - whole)
        spare = whole + extra[i] - n            # what is cut off, from the size that comes out
        less, more = spare // 2, spare - spare // 2
        given = (flat[i], flat[i + 2]) if flat and axes == 2 else None
        cut.append(given or ((less, more) if operator["auto_pad"] == b"SAME_UPPER" else (more, less)))
    even = all(a == b for a, b in cut)
    if not even and any(extra):
        raise LeftOut("a transposed convolution with uneven padding and output padding at once")
    options = {
        "filters": W.shape[1] * group,
        "kernel": list(W.shape[2:]),
        "stride": stride,
        "dilation": dilation,
        "groups": group,
        "bias": bool(bias),
        "padding": [a for a, _ in cut] if even else "valid",
        "output_padding": extra,
    }
    step = Step("conv2d_transpose", options, {"W": W.transpose(2, 3, 1, 0)} | ({"b": bias[0]} if bias else {}))
    y, = pictures(x, step, *([] if even else [Step("crop", {"margins": [list(p) for p in cut]})]))
    return [y.reshape(operator.outputs[0].shape)]


def pool(kind):
    def compute(operator):
        axes, size, x = spatial(operator), operator["kernel_shape"], operator.inputs[0]
        if max(operator["dilations"] or [1]) > 1:
            raise LeftOut("pooling with dilation")
        stride = list(operator["strides"] or [1] * axes)
        both = pads(operator, size, stride, [1] * axes)
        shape = tuple((n + a + b - k) // s + 1 for n, k, s, (a, b) in zip(x.shape[2:], size, stride, both))
        if shape != operator.outputs[0].shape[2:]:
            raise LeftOut("pooling that rounds its size up (ceil_mode)")
        options = {"size": scalar(size, axes), "stride": scalar(stride, axes)}
        if kind == "avg_pool":
            options["count_include_pad"] = bool(operator["count_include_pad"])
        layer = f"{kind}{axes}d"
        if all(a == b for a, b in both):
            return pictures(x, Step(layer, options | {"padding": scalar([a for a, _ in both], axes)}))
        if operator["auto_pad"] == b"SAME_UPPER":
            return pictures(x, Step(layer, options | {"padding": "same"}))
        if kind == "avg_pool" and not options["count_include_pad"]:
            raise LeftOut("average pooling with an odd place of padding in front")
        margins = {"padding": [list(p) for p in both], "value": -1e30 if kind == "max_pool" else 0.0}
        return pictures(x, Step("pad", margins), Step(layer, options))
    return compute


def over_all(kind):
    """Global pooling, whose result keeps its axes."""
    def compute(operator):
        x = operator.inputs[0]
        return [run(Step(kind), np.moveaxis(x, 1, -1))[0].reshape(*x.shape[:2], *(1 for _ in x.shape[2:]))]
    return compute
