"""How operators of ONNX are computed by layers: the options, the weights turned around, pictures from channels first to
channels last.

An operator that no layer computes, or not with these attributes, raises LeftOut with the reason.
"""

from math import prod

import numpy as np

from tests.layers.onnx_recurrent import recurrent
from tests.layers.onnx_steps import LeftOut, Step, pictures, rows, run
from tests.layers.onnx_windows import conv, conv_transpose, over_all, pool


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
    "RNN": recurrent("rnn"),
    "LSTM": recurrent("lstm"),
    "GRU": recurrent("gru"),
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
