"""Pooling and normalisation against PyTorch where the table of layers is too small: equal values, and more than one
block."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from .case import Case  # noqa: E402
from .cases import batch_norm  # noqa: E402
from .cases_pool import first, group_norm, largest, last, mean  # noqa: E402
from .rig import Rig  # noqa: E402

pytestmark = pytest.mark.oracle
POOLS = [
    {"size": 2},
    {"size": 3, "stride": 2},
    {"size": 3, "stride": 2, "padding": 1},
    {"size": 3, "stride": 1, "padding": "same"},
    {"size": [2, 3], "stride": [3, 1]},
]


def compare(case, shape, rows, fill=None, dtype=np.float32):
    rig = Rig(case, shape, rows=rows, dtype=dtype, shards=2)
    if fill is not None:
        rig.xs[0][...] = fill(rig.xs[0])
    x = torch.tensor(rig.xs[0], requires_grad=True)
    arrays = {name: torch.tensor(a, requires_grad=True) for name, a in rig.params.items()}
    arrays |= {name: torch.tensor(a) for name, a in rig.buffers.items()}
    expected = case.torch(torch, arrays, True, x)
    expected.backward(torch.tensor(rig.dy))
    rig.forward()
    rig.backward()
    np.testing.assert_allclose(rig.y, expected.detach(), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(rig.dxs[0], x.grad, rtol=1e-5, atol=2e-5)
    for name in rig.params:
        np.testing.assert_allclose(rig.gradient(name), arrays[name].grad, rtol=1e-4, atol=1e-3, err_msg=name)


@pytest.mark.parametrize("options", POOLS, ids=str)
def test_max_pool_gives_the_gradient_to_the_same_one_of_equals(options):
    compare(Case("max_pool2d", options, torch=largest(2, **options)), (9, 8, 5), 20, lambda x: np.round(x))


def test_global_max_pool_gives_the_gradient_to_the_same_one_of_equals():
    case = Case(
        "global_max_pool",
        torch=lambda torch, p, train, x: torch.nn.functional.adaptive_max_pool2d(first(x), 1).flatten(1),
    )
    compare(case, (5, 4, 6), 20, lambda x: np.round(x))


@pytest.mark.parametrize(
    "case",
    [
        *(Case("max_pool2d", options, torch=largest(2, **options)) for options in POOLS),
        *(Case("avg_pool2d", options, torch=mean(2, **options)) for options in POOLS),
        Case("batch_norm", torch=batch_norm),
        Case("group_norm", {"groups": 4}, torch=group_norm(4)),
        Case("global_avg_pool", torch=lambda torch, p, train, x: x.mean((1, 2))),
        Case(
            "upsample",
            {"factor": 2},
            torch=lambda torch, p, train, x: last(torch.nn.functional.interpolate(first(x), scale_factor=2)),
        ),
    ],
    ids=str,
)
def test_more_than_one_block(case):
    compare(case, (17, 15, 24), 50)
