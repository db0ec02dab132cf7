"""Rows of the table for recurrent layers. Comparing with PyTorch takes more than a row: test_oracle_recurrent.py."""

from dlcli.engine.spec import Spec

from .case import STEPS, Case

LONG = Spec((5, 4))


def cases(kind: str, state: tuple, carried: int, **more) -> list[Case]:
    """The options that all have. state: of one cell. carried: what it carries, of each of several cells."""
    several = (carried,) * (carried > 1) + (2, 3)
    alone, with_state = ((STEPS,), (LONG,)), ((STEPS, Spec(state)), (LONG, Spec(state)))
    made = [
        Case(kind, {"units": 3}, inputs=(*alone, *with_state)),
        Case(kind, {"units": 3, "returns": "last"}, inputs=(*alone, *with_state)),
        Case(kind, {"units": 3, "direction": "backward", "init": "he", "recurrent_init": "glorot",
                    "bias_init": {"constant": {"value": 0.1}}}, inputs=alone),
        Case(kind, {"units": 3, "direction": "both"}, inputs=(*alone, (STEPS, Spec(several)))),
        Case(kind, {"units": 3, "direction": "both", "returns": "last", "layers": 2}, inputs=alone),
        Case(kind, {"units": 3, "layers": 2, "dropout": 0.3}, inputs=(*alone, (LONG, Spec(several)))),
        Case(kind, {"units": 3, "carry": True}, inputs=alone),
        Case(kind, {"units": 3, "layers": 2, "carry": True, "returns": "last"}, inputs=alone),
        *(Case(kind, {"units": 3, name: value}, inputs=alone) for name, value in more.items()),
    ]
    for case in made:
        case.scale = 0.5
    return made


THREE = Case("rnn", {"units": 3, "layers": 3, "dropout": 0.3}, ((LONG,),), scale=0.5)
"""Two masks, of which each belongs to a gap of its own."""
CASES = [THREE, *cases("rnn", (3,), 1, nonlinearity="relu"), *cases("lstm", (2, 3), 2, forget_bias=0.0),
         *cases("gru", (3,), 1, reset="before")]
