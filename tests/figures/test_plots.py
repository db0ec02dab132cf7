"""Pictures that show what the journal says, and only where there is something to show."""

import io
import math
import re
import struct
import subprocess
import sys

import pytest

from dlcli.figures.curves import curves
from dlcli.figures.plots import draw, sketch
from tests.artifacts.rig import new_run


def epoch(number: int, validation: bool = True, **more) -> dict:
    loss = 2 * math.exp(-number / 4)
    record = {
        "kind": "epoch",
        "epoch": number,
        "step": 10 * number,
        "learning_rate": 1e-3,
        "gradient_norm": 5 * math.exp(-number),
        "train": {"loss": loss, "accuracy": 1 - loss / 2},
        "best": number <= 6,
    }
    if validation:
        record["validation"] = {"loss": loss + max(0, number - 6) / 20, "accuracy": 0.9 - loss / 2}
    return record | more


@pytest.fixture
def run(tmp_path):
    run = new_run(tmp_path)
    run.journal.append(*(epoch(number) for number in range(1, 11)))
    return run


def size(path) -> tuple:
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n") and b"IEND" in data[-12:]
    return struct.unpack(">II", data[16:24])


def test_a_picture_for_each_curve(run):
    paths = draw(run)
    assert [path.name for path in paths] == ["loss.png", "accuracy.png", "learning_rate.png", "gradient_norm.png"]
    assert all(size(path) == (1000, 600) for path in paths)
    assert draw(run) == paths, "drawn again, they are replaced"
    assert sorted(path.name for path in (run.path / "plots").iterdir()) == sorted(path.name for path in paths)


def test_the_lines_and_the_best_epoch_are_in_the_picture(run):
    """Colours, counted: blue for train, vermilion for validation, the grey star of the best epoch."""
    from matplotlib.image import imread

    picture = imread(io.BytesIO(draw(run)[0].read_bytes()))
    for color in ((0, 114, 178), (213, 94, 0), (89, 89, 89)):
        near = (abs(picture[..., :3] * 255 - color) < 2).all(-1)
        assert near.sum() > 200, color


def test_curves_are_what_was_recorded(run):
    loss, accuracy, rate, norm = curves(run)
    assert loss.lines["train"] == ([*range(1, 11)], [2 * math.exp(-number / 4) for number in range(1, 11)])
    assert loss.best == (6, pytest.approx(2 * math.exp(-1.5))) and not loss.log
    assert accuracy.best[1] == pytest.approx(0.9 - math.exp(-1.5))
    assert rate.x == "epoch" and not rate.log and norm.log, "only what spans decades has a logarithmic axis"


def test_steps_are_drawn_where_they_were_recorded(run):
    run.journal.append(
        *({"kind": "step", "step": 100 + number, "learning_rate": number, "gradient_norm": 1} for number in range(5))
    )
    rate, norm = curves(run)[2:]
    assert rate.x == norm.x == "step" and rate.lines[""] == ([100, 101, 102, 103, 104], [0, 1, 2, 3, 4])


def test_gaps_and_odd_values_are_left_out(tmp_path):
    run = new_run(tmp_path)
    assert draw(run) == [] and sketch(run, 80, 24, False) == "" and not (run.path / "plots").exists()
    odd = {"loss": None, "../x": 1, "a/b": 1, "$x$": 1, "accuracy": "high"}
    run.journal.append(epoch(1, train=odd), epoch(2, train=[1], validation=None), epoch(3, epoch="three"),
                       epoch(4, train={"loss": 10**305, "accuracy": True}, gradient_norm=-1, best="yes"), epoch(5))
    names = [curve.name for curve in curves(run)]
    assert names == ["loss", "accuracy", "learning_rate", "gradient_norm"]
    assert all(path.parent == run.path / "plots" for path in draw(run))
    assert sketch(run, 80, 24, False)


def test_a_linked_plots_folder_is_not_written_into(run, tmp_path):
    from dlcli.errors import RunError

    (tmp_path / "outside").mkdir()
    (run.path / "plots").symlink_to(tmp_path / "outside")
    with pytest.raises(RunError):
        draw(run)
    assert not list((tmp_path / "outside").iterdir())


@pytest.mark.parametrize(("width", "height"), [(120, 30), (80, 24), (60, 50), (36, 40), (200, 14), (40, 12)])
@pytest.mark.parametrize("color", [True, False])
def test_a_sketch_fits_its_room(run, width, height, color):
    text = sketch(run, width, height, color)
    assert ("\x1b" in text) == color
    lines = re.sub(r"\x1b\[[0-9;]*m", "", text).split("\n")
    assert len(lines) <= height and max(map(len, lines)) <= width
    assert lines[0].startswith("Loss  train")
    assert "⠒" in text or "⠤" in text, "a line is drawn"
    if width >= 120:
        assert "Accuracy" in lines[0]
    for number in re.findall("best(?: (epoch 6: 0.4463|epoch 6: 0.6769))?", re.sub(r"\x1b\[[0-9;]*m", "", text)):
        assert number, "a number is whole or not there"


def test_one_epoch_is_enough(tmp_path):
    run = new_run(tmp_path)
    run.journal.append(epoch(1, validation=False))
    assert "best epoch 1: 1.558" in sketch(run, 80, 60, False)
    assert len(draw(run)) == 4


@pytest.mark.parametrize("rate", [0.01, 1e-6, 3.0, 0.0])
def test_a_constant_is_drawn_at_its_value(tmp_path, rate):
    run = new_run(tmp_path)
    run.journal.append(*(epoch(number, learning_rate=rate) for number in range(1, 5)))
    panel = sketch(run, 80, 60, False).partition("Learning rate")[2].partition("Gradient norm")[0].splitlines()
    (drawn,) = [line for line in panel if re.search("[⠒⠤⠉]", line)]
    assert float(drawn.split("┤")[0]) == rate
    assert sum("┤" in line for line in panel) == 1, "no other value stands at the axis"


def test_a_logarithmic_axis_says_so(run):
    text = sketch(run, 80, 60, False)
    assert "Gradient norm (log)" in text and "Loss  train" in text


def test_no_best_epoch_where_none_was_kept(tmp_path):
    run = new_run(tmp_path)
    run.journal.append(*(epoch(number, best=False) for number in range(1, 5)))
    assert all(curve.best is None for curve in curves(run)) and "best" not in sketch(run, 80, 60, False)


def test_judged_by_the_training_split_the_best_is_the_value_of_its_weights(tmp_path):
    run = new_run(tmp_path)
    run.journal.append(*(epoch(number, validation=False, train_evaluated={"loss": 1 / number, "accuracy": None, "x": 1})
                         for number in range(1, 9)))
    loss, accuracy = curves(run)[:2]
    assert loss.best == (6, 1 / 6) and loss.lines["train"][1][5] == 2 * math.exp(-1.5) and accuracy.best is None
    assert [curve.name for curve in curves(run)] == ["loss", "accuracy", "learning_rate", "gradient_norm"]


def test_reading_runs_loads_no_drawing_library():
    code = "import sys, dlcli.artifacts.run, dlcli.artifacts.summary, dlcli.figures.plots; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"matplotlib", "plotext", "rich", "pydantic", "yaml", "safetensors"} & set(loaded)
