"""Rules that need more than a factor at a step."""

import pytest

from dlcli.engine.registry import find
from dlcli.engine.schedule import Span

from .cases import SPAN


def observed(values, better="min", **options):
    schedule = find("schedules", "reduce_on_plateau")(**options)
    factors = []
    for value in values:
        schedule.observe(value, better)
        factors.append(schedule.factor(0, SPAN))
    return factors


def test_falls_once_patience_is_used_up():
    assert observed([5, 5, 5, 5, 5, 5, 5], gamma=0.5, patience=2) == [1, 1, 1, 0.5, 0.5, 0.5, 0.25]


def test_an_improvement_starts_the_count_again():
    assert observed([5, 5, 5, 4, 4, 4, 4], gamma=0.5, patience=2) == [1, 1, 1, 1, 1, 1, 0.5]


def test_a_change_of_min_delta_is_not_enough():
    assert observed([5, 4.5, 4, 3.5], gamma=0.5, patience=0, min_delta=0.5) == [1, 0.5, 0.5, 0.25]


def test_nothing_is_counted_while_it_cools_down():
    assert observed([5] * 7, gamma=0.5, patience=0, cooldown=2) == [1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25]


def test_never_falls_below_the_minimum():
    assert observed([5] * 4, gamma=0.1, patience=0, minimum=0.05) == [1, 0.1, 0.05, 0.05]


def test_larger_can_be_better():
    assert observed([0.5, 0.6, 0.7, 0.7], "max", gamma=0.5, patience=0) == [1, 1, 1, 0.5]
    assert observed([0.5, 0.4], "max", gamma=0.5, patience=0) == [1, 0.5]


def test_a_value_that_is_not_finite_is_no_improvement():
    nan, inf = float("nan"), float("inf")
    assert observed([nan, 5, -inf, 4], gamma=0.5, patience=0) == [0.5, 0.5, 0.25, 0.25]


@pytest.mark.parametrize(("options", "sentence"), [
    ({}, "linear_warmup needs either epochs or steps"),
    ({"epochs": 1.0, "steps": 5}, "linear_warmup needs either epochs or steps, not both"),
])
def test_warmup_is_given_in_one_unit(options, sentence):
    with pytest.raises(ValueError) as error:
        find("schedules", "linear_warmup")(**options)
    assert str(error.value) == sentence


def test_a_warmup_must_end_within_the_run():
    find("schedules", "linear_warmup")(steps=20).check(Span(4, 20))
    with pytest.raises(ValueError, match="a warm-up of 6 epochs is longer than the run, which has 5"):
        find("schedules", "linear_warmup")(epochs=6.0).check(Span(4, 20))
