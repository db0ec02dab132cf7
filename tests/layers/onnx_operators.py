"""How operators of ONNX are computed by layers: the options, the weights turned around, pictures from channels first to
channels last.

An operator that no layer computes, or not with these attributes, raises LeftOut with the reason.
"""

from dataclasses import dataclass, field
from math import prod

import numpy as np

from .case import Case
from .rig import Rig


class LeftOut(Exception):
    """Why a case is not run."""


@dataclass
class Operator:
    """One node with the arrays that it reads (None where it leaves one out) and those that it must give."""

    name: str
    kind: str
    attributes: dict
    inputs: list
    outputs: list

    def __getitem__(self, name):
        return self.attributes.get(name)


@dataclass
class Step:
    """A layer with its parameters and buffers. `train`: whether it is run as in training."""

    kind: str
    options: dict = field(default_factory=dict)
    arrays: dict = field(default_factory=dict)
    train: bool = False


def run(step: Step, x):
    """The layer's output for a whole batch x, and the layer's buffers."""
    rig = Rig(Case(step.kind, step.options), x.shape[1:], rows=len(x), dtype=np.float32)
    unknown = step.arrays.keys() - rig.params.keys() - rig.buffers.keys()
    assert not unknown and step.arrays.keys() >= rig.params.keys(), (
        f"{step.kind} has not the arrays {step.arrays.keys()}"
    )
    for name, array in step.arrays.items():
        target = (rig.params if name in rig.params else rig.buffers)[name]
        assert target.shape == np.shape(array), f"{name} has shape {target.shape}, not {np.shape(array)}"
        target[...] = array
    rig.xs[0][...] = x
    return rig.forward(step.train), rig.buffers


def pictures(x, *steps):
    """Layers one after the other on channels last; x and the result have the channels first."""
    x = np.moveaxis(x, 1, -1)
    for step in steps:
        x, _ = run(step, x)
    return [np.moveaxis(x, -1, 1)]


def rows(x, step):
    """One layer on x as it is, the first axis being that of the batch."""
    return [run(step, np.atleast_2d(x))[0].reshape(x.shape)]


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


def batch_norm(operator):
    x, weight, bias, mean, var = operator.inputs
    n, keep = x.size // x.shape[1], operator.attributes.get("momentum", 0.9)
    y, buffers = run(
        Step(
            "batch_norm",
            {"eps": operator.attributes.get("epsilon", 1e-5), "momentum": 1 - keep},
            {"weight": weight, "bias": bias, "running_mean": mean, "running_var": var},
            bool(operator["training_mode"]),
        ),
        np.moveaxis(x, 1, -1),
    )
    # ONNX divides by n; PyTorch and we by n - 1
    by_n = var * keep + (buffers["running_var"] - var * keep) * (n - 1) / n
    return [np.moveaxis(y, -1, 1), buffers["running_mean"], by_n]


def group_norm(operator):
    x, weight, bias = operator.inputs
    options = {"groups": operator["num_groups"] or x.shape[1], "eps": operator.attributes.get("epsilon", 1e-5)}
    return pictures(x, Step("group_norm", options, {"weight": weight, "bias": bias}))


def layer_norm(operator):
    x, weight, bias = operator.inputs
    axis = operator.attributes.get("axis", -1) % x.ndim
    step = Step(
        "layer_norm",
        {"eps": operator.attributes.get("epsilon", 1e-5)},
        {"weight": weight.ravel(), "bias": bias.ravel()},
    )
    return [rows(x.reshape(-1, prod(x.shape[axis:])), step)[0].reshape(x.shape)]


def plain(kind, **options):
    """Element by element. options: name of ours -> (name in ONNX, its default)."""
    def compute(operator):
        values = {ours: operator.attributes.get(theirs, default) for ours, (theirs, default) in options.items()}
        return rows(
            operator.inputs[0], Step(kind, {k: v.decode() if isinstance(v, bytes) else v for k, v in values.items()})
        )

    return compute


def swish(operator):
    if operator.attributes.get("alpha", 1.0) != 1:
        raise LeftOut("swish with a slope")
    return plain("silu")(operator)


def prelu(operator):
    x, slope = operator.inputs
    if slope.size == 1:
        return rows(x, Step("prelu", {}, {"weight": slope.ravel()}))
    if slope.shape == x.shape[-1:]:
        return rows(x, Step("prelu", {"shared": False}, {"weight": slope}))
    if slope.ndim < x.ndim and slope.size == x.shape[1] == len(slope):
        return pictures(x, Step("prelu", {"shared": False}, {"weight": slope.ravel()}))
    raise LeftOut("prelu with a slope for every element")


def softmax(operator):
    axis = operator.attributes.get("axis", -1)
    y, = rows(np.moveaxis(operator.inputs[0], axis, -1), Step("softmax"))
    return [np.moveaxis(y, -1, axis)]


def dropout(operator):
    ratio, train = (*operator.inputs[1:], None, None)[:2]
    if train is None or not train:
        return rows(operator.inputs[0], Step("dropout"))
    if ratio != 0:
        raise LeftOut("random numbers of ONNX's own generator")
    return rows(operator.inputs[0], Step("dropout", {"p": 0.0}, train=True))


def flatten(operator):
    x, axis = operator.inputs[0], operator.attributes.get("axis", 1)
    return [run(Step("flatten"), x.reshape(prod(x.shape[:axis]), *x.shape[axis:]))[0]]


def whole(x, *steps):
    """All axes of x as those of one sample with one channel."""
    x = x[None, ..., None]
    for step in steps:
        x, _ = run(step, x)
    return [x[0, ..., 0]]


def pad(operator):
    x, flat, value, axes = (*operator.inputs, None, None, None)[:4]
    if operator["pads"]:
        flat, value = operator["pads"], operator["value"]
    mode = (operator["mode"] or b"constant").decode()
    if mode not in ("constant", "reflect"):
        raise LeftOut("padding in modes edge and wrap")
    margins, axes = [[0, 0] for _ in x.shape], range(x.ndim) if axes is None else axes
    for axis, before, after in zip(axes, flat[:len(axes)], flat[len(axes):]):
        margins[axis] = [int(before), int(after)]
    return whole(x, Step("pad", {"padding": margins, "mode": mode, "value": float(value or 0)}))


def resize(operator):
    x, y = operator.inputs[0], operator.outputs[0]
    mode, middle = (
        (operator["mode"] or b"nearest").decode(),
        (operator["coordinate_transformation_mode"] or b"half_pixel").decode(),
    )
    if mode == "cubic":
        raise LeftOut("cubic interpolation")
    if any(n % m for n, m in zip(y.shape, x.shape)):
        raise LeftOut("making smaller, or by another than a whole factor")
    if operator.kind == "Resize" and (
        middle not in ("half_pixel", "half_pixel_symmetric")
        or operator.attributes.get("nearest_mode", b"round_prefer_floor") != b"round_prefer_floor"
    ):
        raise LeftOut("other positions of the new places than the middles of parts of the old ones")
    method = "nearest" if mode == "nearest" else "bilinear"
    return pictures(
        x, Step("upsample", {"factor": [n // m for n, m in zip(y.shape[2:], x.shape[2:])], "method": method})
    )


def center_crop_pad(operator):
    x, y = operator.inputs[0], operator.outputs[0]
    spare = [n - m for n, m in zip(y.shape, x.shape)]
    steps = [Step("crop", {"size": [min(pair) for pair in zip(x.shape, y.shape)]}),
             Step("pad", {"padding": [[max(s, 0) // 2, max(s, 0) - max(s, 0) // 2] for s in spare]})]
    return whole(x, *steps)


OPERATORS = {
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "MaxPool": pool("max_pool"),
    "AveragePool": pool("avg_pool"),
    "GlobalAveragePool": over_all("global_avg_pool"),
    "GlobalMaxPool": over_all("global_max_pool"),
    "BatchNormalization": batch_norm,
    "GroupNormalization": group_norm,
    "InstanceNormalization": group_norm,
    "LayerNormalization": layer_norm,
    "Relu": plain("relu"),
    "LeakyRelu": plain("leaky_relu", negative_slope=("alpha", 0.01)),
    "PRelu": prelu,
    "Elu": plain("elu", alpha=("alpha", 1.0)),
    "Gelu": plain("gelu", approximate=("approximate", b"none")),
    "Sigmoid": plain("sigmoid"),
    "Tanh": plain("tanh"),
    "Softplus": plain("softplus"),
    "Swish": swish,
    "Softmax": softmax,
    "Dropout": dropout,
    "Flatten": flatten,
    "Pad": pad,
    "Resize": resize,
    "Upsample": resize,
    "CenterCropPad": center_crop_pad,
}
"""What computes each operator."""
