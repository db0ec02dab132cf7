"""Which targets are too far from what a network gives at its start."""

from typing import NamedTuple

LARGE, NARROW = 10.0, 0.1
"""Mean or deviation above, and deviation below, which a target is learned late and badly."""


class OddTarget(NamedTuple):
    """What is odd about one value of a target. says: in words. times: by what factor the value lies beyond its
    limit."""

    says: str
    measure: str
    value: float
    limit: float
    healthy: tuple[float, float]
    times: float


def odd_target(mean: list[float], deviation: list[float]) -> OddTarget | None:
    """The oddest thing about a regression's target, from the mean and the standard deviation of each of its values.

    Odd is a deviation above 10 or below 0.1, and a mean above 10 or above 10 deviations. From a trial on six
    standardized features: a hidden layer of 32 units, 70, 350 and 1,400 rows, 100 epochs, with adam at 1e-3 and 1e-2
    and with sgd at 1e-2. If the target was scaled, R^2 was 0.3 to 0.9. With a mean of 10 or a deviation of 0.1 it
    fell in most trainings; with a mean of 30 or a deviation of 0.03 most were worse than the mean.
    """
    found = [odd for m, s in zip(mean, deviation) for odd in _odd(m, s)]
    return max(found, key=lambda odd: odd.times, default=None)


def _odd(m: float, s: float) -> list[OddTarget]:
    around = f"has the mean {_number(m)} and the deviation {_number(s)}"
    found = [OddTarget(around, "size of the target's mean", abs(m), LARGE, (0.0, LARGE), abs(m) / LARGE),
             OddTarget(around, "deviation of the target", s, LARGE, (NARROW, LARGE), s / LARGE)]
    if s > 0:
        found += [
            OddTarget(f"has a deviation of only {_number(s)} around the mean {_number(m)}",
                      "deviation of the target", s, NARROW, (NARROW, LARGE), NARROW / s),
            OddTarget(f"has the mean {_number(m)}, far from 0 for its deviation of {_number(s)}",
                      "size of the target's mean, in deviations", abs(m) / s, LARGE, (0.0, LARGE),
                      abs(m) / (LARGE * s)),
        ]
    return [odd for odd in found if odd.times > 1]


def _number(value: float) -> str:
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e12 else f"{value:.3g}"
