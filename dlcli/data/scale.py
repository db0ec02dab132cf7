"""Which targets are too far from what a network gives at its start."""

FAR, NARROW = 10.0, 0.1
"""Mean or deviation above, and deviation below, which a target is learned late and badly."""


def odd_target(mean: list[float], deviation: list[float]) -> str | None:
    """What is odd about a regression's target, in words, from the mean and the standard deviation of each of its
    values.

    Odd is a deviation above 10 or below 0.1, and a mean above 10 or above 10 deviations. From a trial on six
    standardized features: a hidden layer of 32 units, 70, 350 and 1,400 rows, 100 epochs, with adam at 1e-3 and 1e-2
    and with sgd at 1e-2. With a mean of 10 or a deviation of 0.1, R^2 falls from 0.3 to 0.9 to below 0.7, and most
    often below 0.
    """
    for m, s in zip(mean, deviation):
        if abs(m) > FAR or s > FAR:
            return f"has the mean {_number(m)} and the deviation {_number(s)}"
        if 0 < s < NARROW:
            return f"has a deviation of only {_number(s)} around the mean {_number(m)}"
        if abs(m) > FAR * s > 0:
            return f"has the mean {_number(m)}, far from 0 for its deviation of {_number(s)}"
    return None


def _number(value: float) -> str:
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e12 else f"{value:.3g}"
