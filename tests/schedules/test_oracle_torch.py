"""Learning rates over a run against PyTorch's schedulers, stepped after each step or each epoch as their pages say."""

import pytest

from dlcli.engine.registry import find
from dlcli.engine.schedule import Span

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle
lr = torch.optim.lr_scheduler
SPAN = Span(7, 84)
STEP, EPOCH = 1, 7


@pytest.mark.parametrize(
    ("kind", "options", "theirs", "every"),
    [
        ("constant", {"value": 0.3}, lambda o: lr.ConstantLR(o, 0.3, 10_000), STEP),
        ("step", {"every": 5, "gamma": 0.5}, lambda o: lr.StepLR(o, 5, 0.5), EPOCH),
        ("exponential", {"gamma": 0.8}, lambda o: lr.ExponentialLR(o, 0.8 ** (1 / 7)), STEP),
        ("cosine", {"final": 0.1}, lambda o: lr.CosineAnnealingLR(o, 84, 0.1 * 0.02), STEP),
        ("cosine", {"cycles": 3}, lambda o: lr.CosineAnnealingWarmRestarts(o, 28), STEP),
        ("linear_warmup", {"epochs": 3.0}, lambda o: lr.LinearLR(o, 1 / 21, 1, 20), STEP),
        ("linear_warmup", {"steps": 10}, lambda o: lr.LinearLR(o, 1 / 10, 1, 9), STEP),
        ("one_cycle", {}, lambda o: lr.OneCycleLR(o, 0.02, 84, cycle_momentum=False), STEP),
        (
            "one_cycle",
            {"pct_start": 0.2, "div_factor": 10.0, "final_div_factor": 100.0},
            lambda o: lr.OneCycleLR(
                o, 0.02, 84, pct_start=0.2, div_factor=10, final_div_factor=100, cycle_momentum=False
            ),
            STEP,
        ),
    ],
)
def test_equals_pytorch(kind, options, theirs, every):
    schedule = find("schedules", kind)(**options)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.02)
    scheduler = theirs(optimizer)
    for step in range(SPAN.total_steps):
        assert 0.02 * schedule.factor(step, SPAN) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-10), step
        optimizer.step()
        if (step + 1) % every == 0:
            scheduler.step()


def test_exponential_equals_pytorch_s_at_each_epoch():
    schedule = find("schedules", "exponential")(gamma=0.8)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.02)
    scheduler = lr.ExponentialLR(optimizer, 0.8)
    for epoch in range(12):
        assert 0.02 * schedule.factor(epoch * 7, SPAN) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-10)
        optimizer.step()
        scheduler.step()


@pytest.mark.parametrize("better", ["min", "max"])
@pytest.mark.parametrize("options", [
    {"patience": 3},
    {"patience": 1, "gamma": 0.5, "min_delta": 0.05, "cooldown": 2, "minimum": 0.1},
], ids=str)
def test_plateau_equals_pytorch(options, better):
    schedule = find("schedules", "reduce_on_plateau")(**options)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.02)
    scheduler = lr.ReduceLROnPlateau(
        optimizer, better, schedule.gamma, schedule.patience, threshold=schedule.min_delta, threshold_mode="abs",
        cooldown=schedule.cooldown, min_lr=0.02 * schedule.minimum, eps=0)
    for value in torch.randn(100, generator=torch.Generator().manual_seed(0)).abs().tolist():
        schedule.observe(value, better)
        scheduler.step(value)
        assert 0.02 * schedule.factor(0, SPAN) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-10)
    assert schedule.share < 0.5
