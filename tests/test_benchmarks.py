"""Benchmarks: what they compare, that they compute what they say, and that they leave nothing running."""

import subprocess
import sys

import numpy as np

from benchmarks import accuracy, busy, conv
from benchmarks.busy import COUNTING, Side, children, compared, counting


def test_the_default_is_compared_with_the_better_of_the_others():
    taken = {"alone": [8.0, 8.0], "all": [40.0, 50.0], "default": [9.0, 10.0]}
    ratios = {"wall": 1.125, "processor": 1.25}
    assert compared(taken) == {"milliseconds": taken, "better": "alone", **ratios, "passed": True}
    other = compared(taken | {"all": [7.0, 9.0]})
    assert other["better"] == "all" and not other["passed"]
    assert not any(compared(taken | {"default": slow})["passed"] for slow in ([9.0, 10.5], [9.3, 8.0]))


def test_bars_know_which_way_is_better_and_what_must_fail():
    bars, good, bad = {"mse": 0.01, "r2": 0.9}, {"mse": 0.001, "r2": 0.95}, {"mse": 0.1, "r2": 0.95}
    assert accuracy.reached(good, bars) and not accuracy.reached(bad, bars)
    result = {"config": "adding_problem", "seconds": 10.0, "bars": bars, "mean": good, "failing": {"mean": bad}}
    assert accuracy.passed(result) and not accuracy.passed(result | {"failing": {"mean": good}})
    assert not accuracy.passed(result | {"mean": bad}) and not accuracy.passed(result | {"seconds": 301.0})


def test_sides_train_and_other_programs_end(monkeypatch):
    monkeypatch.setitem(busy.STEPS, "deep-200", 1)
    monkeypatch.setattr(busy, "DEEP", busy.DEEP.replace("times: 200", "times: 2"))
    before = children()
    sides = [Side(name, "deep-200") for name in ("all", "default")]
    with counting(1):
        assert len(children() - before) >= 1 and all(min(side()) > 0 for side in sides)
        assert [side.trainer.progress.step for side in sides] == [1, 1]
    for side in sides:
        side.close()
    assert children() == before
    subprocess.run([sys.executable, "-c", COUNTING, "0"], check=True, timeout=300)       # not its parent: it ends


def test_a_convolution_is_computed_by_all_workers_as_by_one():
    sides = [conv.Ours(conv.Work("small", 8, 6, batch=4, steps=1), count) for count in (1, 2)]
    one, two = ({name: value.copy() for name, value in side.results().items()} for side in sides)
    assert len(one) == 4 and all(np.array_equal(one[name], two[name]) and one[name].any() for name in one)
    for side in sides:
        side.close()
