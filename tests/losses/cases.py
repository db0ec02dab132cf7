"""One row per loss and set of options: what it reads, and how it is set."""

from dataclasses import dataclass, field

from dlcli.engine.spec import Spec

ONE, BINARY, FIVE = Spec((1,)), Spec((), "int", size=2, counts=(6, 2)), Spec((), "int", size=5, counts=(4, 3, 1, 2, 6))
MASK, TWO_MASK = Spec((4, 3), "int", size=5), Spec((4, 3), "int", size=2)
"""A class for each pixel of a picture of 4 x 3."""
WORDS, PADDED_WORDS = Spec((6,), "int", size=5), Spec((6,), "int", size=5, lengths=True)
TOKENS, PADDED_TOKENS = Spec((4,), "int", size=5), Spec((4,), "int", size=5, lengths=True)
"""Up to four tokens that nobody has placed in time."""
PADDED_ANSWERS = Spec((6,), "int", size=2, lengths=True)
"""A class for each of six positions."""


@dataclass
class Case:
    kind: str
    y: Spec
    t: Spec
    options: dict = field(default_factory=dict)

    def __str__(self):
        lengths = {(True, False): ["output_lengths"], (False, True): ["target_lengths"], (True, True): ["lengths"]}
        padded = lengths.get((bool(self.y.lengths), bool(self.t.lengths)), [])
        return "-".join([self.kind, *map(str, self.y), *(f"{k}={v}" for k, v in self.options.items()), *padded])


def padded(*shape):
    return Spec(shape, lengths=True)


CASES = [
    *(
        Case(kind, y, y, options)
        for kind, options in (("mse", {}), ("mae", {}), ("huber", {}), ("huber", {"delta": 0.3}))
        for y in (Spec((1,)), Spec((3,)), padded(6, 2))
    ),
    Case("pinball", Spec((3,)), ONE), Case("pinball", Spec((4,)), Spec((2,)), {"quantiles": [0.25, 0.5]}),
    Case("pinball", Spec((4, 6)), Spec((4, 2))),
    *(
        Case(kind, y, t, {"one_hot": True})
        for kind in ("mse", "mae", "huber")
        for y, t in ((ONE, BINARY), (Spec((5,)), FIVE), (padded(6, 5), PADDED_WORDS))
    ),
    *(
        Case("binary_cross_entropy", y, t, options)
        for options in ({}, {"positive_weight": 2.5})
        for y, t in (
            (ONE, BINARY),
            (Spec((3,)), Spec((3,))),
            (padded(6, 1), PADDED_ANSWERS),
            (padded(6, 2), padded(6, 2)),
        )
    ),
    Case("binary_cross_entropy", ONE, BINARY, {"positive_weight": "balanced"}),
    *(
        Case("cross_entropy", y, t, {**smoothing, **weights})
        for smoothing in ({}, {"label_smoothing": 0.1})
        for weights in ({}, {"class_weights": [0.5, 0.0, 2.0, 1.0, 3.0]})
        for y, t in ((Spec((5,)), FIVE), (Spec((6, 5)), WORDS), (padded(6, 5), PADDED_WORDS))
    ),
    Case("cross_entropy", Spec((5,)), FIVE, {"class_weights": "balanced"}),
    Case("cross_entropy", Spec((2,)), BINARY),
    *(
        Case("cross_entropy", y, t, {"ignore": 2, **options})
        for options in ({}, {"label_smoothing": 0.1, "class_weights": [0.5, 0.0, 2.0, 1.0, 3.0]})
        for y, t in ((Spec((4, 3, 5)), MASK), (padded(6, 5), PADDED_WORDS))
    ),
    *(
        Case("focal", y, t, options)
        for options in ({}, {"gamma": 0.5}, {"gamma": 0.0})
        for y, t in (
            (ONE, BINARY),
            (Spec((5,)), FIVE),
            (Spec((4, 3, 1)), TWO_MASK),
            (Spec((4, 3, 5)), MASK),
            (padded(6, 5), PADDED_WORDS),
        )
    ),
    *(
        Case("focal", y, t, {"class_weights": weights})
        for y, t, weights in (
            (ONE, BINARY, [0.75, 0.25]),
            (Spec((5,)), FIVE, "balanced"),
            (padded(6, 5), PADDED_WORDS, [0.5, 0.0, 2.0, 1.0, 3.0]),
        )
    ),
    *(
        Case("dice", y, t, options)
        for options in ({}, {"smooth": 0.1}, {"background": False})
        for y, t in ((Spec((4, 3, 1)), TWO_MASK), (Spec((4, 3, 5)), MASK), (Spec((6, 2)), Spec((6,), "int", size=2)))
    ),
    *(
        Case("ctc", y, t, options)
        for options in ({}, {"per_token": True}, {"skip_impossible": True})
        for y in (Spec((9, 6)), padded(9, 6))
        for t in (TOKENS, PADDED_TOKENS)
    ),
    *(
        Case(kind, y, t)
        for kind in ("hinge", "perceptron")
        for y, t in (
            (ONE, BINARY),
            (Spec((2,)), BINARY),
            (Spec((5,)), FIVE),
            (padded(6, 1), PADDED_ANSWERS),
            (padded(6, 5), PADDED_WORDS),
        )
    ),
]
