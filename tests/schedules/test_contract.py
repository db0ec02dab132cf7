"""What holds for every schedule, row by row of the table."""

import dataclasses
import inspect
import json
import math

import pytest

from dlcli.engine.registry import find, kinds
from dlcli.engine.schedule import Span

from .cases import CASES, SPAN

each = pytest.mark.parametrize("case", CASES, ids=str)


def test_every_schedule_and_option_has_a_case():
    for kind in kinds("schedules"):
        cases = [case for case in CASES if case.kind == kind]
        options = {f.name for f in dataclasses.fields(find("schedules", kind))}
        assert cases and all(any(name in case.options for case in cases) for name in options), kind
        assert inspect.getdoc(find("schedules", kind))


@each
def test_has_the_values_worked_out_by_hand(case):
    schedule = case.make()
    for step, factor in case.factors.items():
        assert schedule.factor(step, SPAN) == pytest.approx(factor, rel=1e-12, abs=1e-15), step


@each
@pytest.mark.parametrize("span", [SPAN, Span(1, 1), Span(1, 2), Span(3, 3), Span(2, 4), Span(7, 700)], ids=str)
def test_stays_within_the_given_rate_in_runs_of_any_length(case, span):
    schedule = case.make()
    for step in range(span.total_steps):
        factor = schedule.factor(step, span)
        assert isinstance(factor, float) and math.isfinite(factor) and 0 <= factor <= 1 + 1e-12


@each
def test_asks_only_for_the_step(case):
    """The same step gives the same factor, in any order: that is what resuming rests on."""
    forward, backward = case.make(), case.make()
    factors = [forward.factor(step, SPAN) for step in range(20)]
    assert factors == [backward.factor(step, SPAN) for step in range(19, -1, -1)][::-1]


@each
def test_state_goes_through_json(case):
    """Stopped after any epoch and loaded into a new object, it goes on as if nothing had happened."""
    values = [5, 4, 4, math.nan, 4, 4, 3.95, 4, 4, 4, 4, math.inf, 4, 1, 2, 2, 2, 2]
    for cut in range(len(values)):
        whole, resumed = case.make(), case.make()
        for i, value in enumerate(values):
            if i == cut:
                resumed.load(json.loads(json.dumps(whole.state(), allow_nan=False)))
            whole.observe(value, "min")
            if i >= cut:
                resumed.observe(value, "min")
                assert resumed.factor(i, SPAN) == whole.factor(i, SPAN)
    assert whole.observes == (whole.state() != {})


@each
def test_fits_a_run_that_is_long_enough(case):
    case.make().check(SPAN)
