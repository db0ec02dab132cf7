"""One row per schedule and set of options: its factors at some steps of a run of 5 epochs of 4 steps, worked out by
hand."""

from dataclasses import dataclass, field
from math import cos, pi, sqrt

from dlcli.engine.registry import find
from dlcli.engine.schedule import Span

SPAN = Span(4, 20)


@dataclass
class Case:
    kind: str
    factors: dict[int, float]
    options: dict = field(default_factory=dict)

    def __str__(self):
        return "-".join([self.kind, *(f"{k}={v}" for k, v in self.options.items())])

    def make(self):
        return find("schedules", self.kind)(**self.options)


CASES = [
    Case("constant", {0: 1, 19: 1}),
    Case("constant", {0: 0.25, 19: 0.25}, {"value": 0.25}),
    Case("step", {0: 1, 3: 1, 4: 0.1, 7: 0.1, 8: 0.01, 19: 1e-4}, {"every": 1}),
    Case("step", {0: 1, 7: 1, 8: 0.5, 15: 0.5, 16: 0.25, 19: 0.25}, {"every": 2, "gamma": 0.5}),
    Case("exponential", {0: 1, 2: 0.9, 4: 0.81, 8: 0.81 ** 2, 16: 0.81 ** 4}, {"gamma": 0.81}),
    Case("cosine", {0: 1, 5: (1 + sqrt(0.5)) / 2, 10: 0.5, 19: (1 + cos(0.95 * pi)) / 2}),
    Case("cosine", {0: 1, 10: 0.6, 15: 0.2 + 0.8 * (1 - sqrt(0.5)) / 2}, {"final": 0.2}),
    Case("cosine", {0: 1, 5: 0.5, 9: (1 + cos(0.9 * pi)) / 2, 10: 1, 15: 0.5}, {"cycles": 2}),
    Case("cosine", {0: 1, 6: (1 + cos(0.9 * pi)) / 2, 7: (1 + cos(0.05 * pi)) / 2}, {"cycles": 3}),
    Case("linear_warmup", {0: 0.1, 1: 0.2, 8: 0.9, 9: 1, 10: 1, 19: 1}, {"steps": 10}),
    Case("linear_warmup", {0: 0.5, 1: 1, 19: 1}, {"epochs": 0.5}),
    Case("linear_warmup", {0: 1, 19: 1}, {"steps": 1}),
    Case("one_cycle", {0: 0.04, 5: 1, 19: 4e-6, 12: 4e-6 + (1 - 4e-6) / 2}),
    Case("one_cycle", {0: 0.5, 2: 0.75, 4: 1, 19: 0.05},
         {"pct_start": 0.25, "div_factor": 2.0, "final_div_factor": 10.0}),
    Case("one_cycle", {5: 0.75 - 0.25 * cos(pi / 1.1), 6: 0.5125 + 0.4875 * cos(pi * 0.5 / 13.5)},
         {"pct_start": 0.325, "div_factor": 2.0, "final_div_factor": 20.0}),
    Case("reduce_on_plateau", {0: 1, 19: 1}),
    Case("reduce_on_plateau", {0: 1}, {"gamma": 0.5, "patience": 2, "min_delta": 0.1, "cooldown": 1, "minimum": 0.2}),
]
