"""The operator cases that ship inside the `onnx` package, on our layers: `python -m tests.layers.onnx_cases` prints
what became of each.

They come from two places of the package: `onnx.backend.test.case.node`, which makes them when imported (earlier
versions shipped the same as files), and the folders `pytorch-converted` and `pytorch-operator`. Taken are all cases of
the operators named here. What is compared is the operator's result; of further outputs (indices, masks, statistics)
only those that a layer has as well.
"""

import importlib
import warnings
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .onnx_operators import OPERATORS
from .onnx_steps import LeftOut, Operator

MODULES = {
    "convolution": "conv convtranspose convinteger qlinearconv deformconv",
    "pooling": "maxpool averagepool globalaveragepool globalmaxpool lppool maxunpool",
    "normalisation": "batch_normalization groupnormalization instance_normalization layernormalization "
                     "rmsnormalization lpnormalization "
    "meanvariancenormalization lrn",
    "activation": "relu leakyrelu prelu elu gelu sigmoid tanh softplus swish selu celu hardsigmoid hardswish mish "
                  "softsign thresholdedrelu "
    "swiglu",
    "softmax": "softmax logsoftmax hardmax",
    "recurrent": "rnn lstm gru",
    "shape and others": "dropout flatten pad resize upsample center_crop_pad",
}
"""Files of onnx/backend/test/case/node by family."""
FOLDERS = "pytorch-converted", "pytorch-operator"
NO_LAYER = {
    "LpPool",
    "MaxUnpool",
    "DeformConv",
    "ConvInteger",
    "QLinearConv",
    "RMSNormalization",
    "LpNormalization",
    "LRN",
    "MeanVarianceNormalization",
    "Selu",
    "Celu",
    "HardSigmoid",
    "HardSwish",
    "Mish",
    "Softsign",
    "ThresholdedRelu",
    "SwiGLU",
    "LogSoftmax",
    "Hardmax",
}
"""Operators of these families that no layer computes."""
ROUNDED = {"test_averagepool_2d_ceil_last_window_starts_on_pad": 1e-4}
"""Cases whose results are written with four decimals, as its inputs are."""


class Outcome(NamedTuple):
    """What became of a case. `reason` is set where it was left out, `fault` where it was run and not passed."""

    name: str
    family: str
    kind: str
    reason: str = ""
    fault: str = ""


def outcomes() -> list[Outcome]:
    """All cases, in the order of the package; none is dropped."""
    return [outcome(family, operator) for family, operator in cases()]


def outcome(family: str, operator) -> Outcome:
    case = Outcome(operator.name, family, operator.kind)
    if operator.attributes is None:
        return case._replace(reason="several operators in one model")
    if "_expanded" in operator.name:
        return case._replace(reason="the same arrays as another case, its operator spelled out in simpler ones")
    if operator.kind in NO_LAYER:
        return case._replace(reason=f"no such layer: {operator.kind}")
    try:
        results = OPERATORS[operator.kind](operator)
    except LeftOut as reason:
        return case._replace(reason=str(reason))
    except Exception as error:
        return case._replace(fault=f"{type(error).__name__}: {error}")
    tolerance = ROUNDED.get(operator.name, 1e-5)
    for ours, theirs in zip(results, operator.outputs):
        if ours.shape != theirs.shape:
            return case._replace(fault=f"shape {ours.shape}, not {theirs.shape}")
        if not np.allclose(ours, theirs, rtol=1e-5, atol=tolerance):
            return case._replace(fault=f"off by {np.abs(ours - theirs).max():.2g}")
    return case


def cases():
    """(family, operator) for each."""
    families = {}
    for family, files in MODULES.items():
        for file in files.split():
            for case in _made(file):
                graph = case.model.graph
                kind = families.setdefault(case.name.split("_expanded")[0], (family, graph.node[0].op_type))[1]
                arrays = dict(zip((i.name for i in graph.input), case.data_sets[0][0]))
                yield family, _operator(case.name, kind, graph.node, arrays, case.data_sets[0][1])
    known = {kind: family for family, kind in families.values()}
    for name, graph, arrays, outputs in _stored():
        kinds = [node.op_type for node in graph.node if node.op_type in known]
        if kinds:
            yield known[kinds[0]], _operator(name, kinds[0], graph.node, arrays, outputs)


def _made(file: str) -> list:
    """The cases that importing a file makes."""
    from onnx.backend.test.case import node
    start = len(node._NodeTestCases)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module(f"onnx.backend.test.case.node.{file}")
    return node._NodeTestCases[start:]


def _stored():
    """(name, graph, arrays by name, outputs) of the cases that are files."""
    import onnx
    from onnx.numpy_helper import to_array
    for folder in FOLDERS:
        for model in sorted(Path(onnx.__file__).parent.glob(f"backend/test/data/{folder}/*/model.onnx")):
            graph, data = onnx.load(model).graph, model.parent / "test_data_set_0"
            arrays = {tensor.name: to_array(tensor) for tensor in graph.initializer}
            names = [i.name for i in graph.input if i.name not in arrays]
            read = {
                kind: [
                    to_array(onnx.load_tensor(data / f"{kind}_{i}.pb"))
                    for i in range(len(list(data.glob(f"{kind}_*.pb"))))
                ]
                for kind in ("input", "output")
            }
            yield f"{folder}/{model.parent.name}", graph, arrays | dict(zip(names, read["input"])), read["output"]


def _operator(name: str, kind: str, nodes, arrays: dict, outputs) -> Operator:
    from onnx.helper import get_attribute_value
    if len(nodes) > 1:
        return Operator(name, kind, {} if "_expanded" in name else None, [], outputs)
    attributes = {a.name: get_attribute_value(a) for a in nodes[0].attribute}
    return Operator(name, kind, attributes, [arrays.get(i) for i in nodes[0].input], list(outputs))


def table(results: list[Outcome]) -> str:
    """Counts by family, then the reasons with the cases that they leave out."""
    lines = [f"{'family':18} {'found':>6} {'run':>6} {'passed':>6} {'left out':>8}"]
    for family in (*MODULES, "all"):
        own = [r for r in results if family in (r.family, "all")]
        left, failed = sum(bool(r.reason) for r in own), sum(bool(r.fault) for r in own)
        lines.append(f"{family:18} {len(own):6} {len(own) - left:6} {len(own) - left - failed:6} {left:8}")
    lines += ["", "left out"]
    for reason, count in Counter(r.reason for r in results if r.reason).most_common():
        names = " ".join(r.name for r in results if r.reason == reason)
        lines += [f"{count:5}  {reason}"] + ([] if "spelled out" in reason else [f"       {names}"])
    lines += [f"FAILED {r.name}: {r.fault}" for r in results if r.fault]
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(outcomes()))
