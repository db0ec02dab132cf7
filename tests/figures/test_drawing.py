"""Names that a font or matplotlib would stumble over, in every picture that bears one."""

import warnings

import numpy as np
import pytest

from dlcli.artifacts.run import Run
from dlcli.figures import explanation, filters, masks, plots
from tests.artifacts.rig import new_run

NAME = "_猫 $_{$ x^$^$ tab\tand\x1b"
GREY = np.linspace(0, 1, 64).reshape(8, 8)
MASK = (GREY > 0.5).astype(int)


def curve(name: str, place) -> bytes:
    run = Run.open(new_run(place).path.rename(place / name))
    run.journal.append(*({"kind": "epoch", "epoch": number, "train": {"loss": 1 / number}} for number in (1, 2)))
    return plots.draw(run)[0].read_bytes()


DRAWN = {"explanation": lambda name, _: explanation.draw(explanation.Panels(
             GREY, GREY, GREY - 0.5, name, f"98 % sure: {name}", name, name, "a black picture")),
         "masks": lambda name, _: masks.draw(None, [(MASK, MASK)], [name, "b"], [1.0], name),
         "filters": lambda name, _: filters.draw(np.ones((3, 3, 1, 4)), name),
         "curve": curve}


@pytest.mark.parametrize("kind", DRAWN)
def test_any_name_can_be_drawn(kind, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert DRAWN[kind](NAME, tmp_path).startswith(b"\x89PNG")
