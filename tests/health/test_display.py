"""What people read: the verdict first, the cure as a command that can be copied, and nothing wider than the
terminal."""

import io
import shlex

import pytest
from rich.console import Console

from dlcli.terminal import health, over_time
from dlcli.text import rough
from tests.health.cases import CASES, memory
from tests.health.networks import config, layers, look


def shown(document, width=80, terminal=False, **options) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=terminal, highlight=False, markup=False, emoji=False)
    health.show(document, console, **options)
    return out.getvalue()


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("width", [80, 120])
def test_verdict_comes_first_and_all_fits(name, width):
    document = look(CASES[name].sick)
    lines = shown(document, width).splitlines()
    assert lines[0].startswith("UNHEALTHY: " if document["verdict"] == "unhealthy" else "HEALTHY, with 1 warning")
    assert document["findings"][0]["layer"] in lines[0] or document["verdict"] == "healthy"
    # only a change that is one long word of the command may be wider: it must survive being copied
    assert all(len(line) <= width for line in lines if not line.startswith("      ")), lines


def test_healthy_is_said_with_what_was_asked():
    text = shown(look(config(layers(2, "relu", init="he"))))
    assert text.startswith("HEALTHY\n")
    assert "S04 error signal vanishing at initialisation" in " ".join(text.split())
    assert "could not run" in text and "no sigmoid and no tanh" in " ".join(text.split())
    assert "error  " not in text and "warning" not in text


def test_command_can_be_copied():
    document = look(CASES["ten sigmoid layers"].sick)
    text = shown(document, subject=["my config.yaml", "seed=3"])
    start = text.index("dlcli train")
    words = shlex.split(text[start:text.index("\n\n", start)].replace("\\\n", " "))
    assert words == ["dlcli", "train", "my config.yaml", "seed=3", *document["findings"][0]["remedy"]["patch"]]


def test_the_command_sets_no_key_twice():
    document = look(CASES["ten sigmoid layers"].sick)
    patch = document["findings"][0]["remedy"]["patch"]
    text = shown(document, subject=["c.yaml", patch[0].partition("=")[0] + "=old", "seed=3"])
    assert "=old" not in text and "dlcli train c.yaml seed=3" in text


def test_evidence_stands_beside_its_healthy_range():
    text = " ".join(shown(look(CASES["ten sigmoid layers"].sick)).split())
    assert "log10(error signal at linear1 / at the output)" in text and "healthy is -2 to 2" in text


def test_tracks_and_bars():
    assert (
        health.bar(0) == " " * health.BAR and health.bar(1) == "█" * health.BAR and health.bar(2) == health.bar(1)
    )
    assert health._update(1e-3).plain.startswith("······●······") and health._update(1e-3).plain.endswith(" -3.0")
    assert health._update(1e-9).plain.startswith("●·····|") and health._update(50.0).plain.startswith("······|·····●")
    assert health._update(None).plain == "-" and "none" in health._update(0.0).plain
    assert [rough(x) for x in (None, float("nan"), 0.0, 12.34, 0.01234, 1.5e-12, 123456.0)] == \
        ["-", "-", "0", "12.3", "0.012", "1.5e-12", "1.2e+05"]


def test_curves_of_signals_over_time():
    curve, life = over_time.curve, over_time.life
    assert curve([10.0 ** -n for n in range(8)], 8) == "█▇▅▄▃▁  "
    assert curve([1.0, 0.0, None], 12) == "█ █" and curve([1.0, 1e3], 5) == "▄█"
    assert curve([0.5 ** n for n in range(100)], 5) == "█    " and curve([1e-3], 5, over_time.ASCII) == "="
    assert [life({"half_life": a, "doubling": b}) for a, b in ((12.345, None), (None, 3.0), (None, None))] == \
        ["12.3", "x2 in 3", "-"]


@pytest.mark.parametrize("width", [72, 80, 120])
def test_lines_of_recurrent_cells_fit(width):
    document = look(memory(40, "gru", layers=2, direction="both"), steps=5)
    lines = shown(document, width).splitlines()
    found = [line for line in lines if line.startswith("gru1 ")][1:]
    assert [line.split()[1] for line in found] == ["1", "1_back", "2", "2_back"]
    assert all(len(line.rstrip()) <= width for line in found)
    first = document["over_time"][0]
    assert found[0].split()[-2:] == [rough(first["half_life"]), rough(first["half_way"])]


def test_a_note_is_no_warning():
    document = look(CASES["a plain layer over sixty steps"].sick)
    assert shown(document).startswith("HEALTHY, with 1 warning\n")
    document["findings"].append(document["findings"][0] | {"severity": "info"})
    assert shown(document).startswith("HEALTHY, with 1 warning and 1 note\n")


def test_activation_joins_the_layer_before_it():
    document = look(
        config([{"linear": {"units": 8}}, "batch_norm", "relu", {"dropout": {"p": 0.1}}, {"linear": {"units": 3}}])
    )
    rows = health.merged(document["layers"])
    assert [row["name"] for row in rows] == ["linear1", "batch_norm1", "linear2"]
    assert rows[0]["dead"] is None and rows[1]["dead"] is not None


def test_colour_only_on_a_terminal():
    document = look(CASES["ten sigmoid layers"].sick)
    assert "\x1b[" not in shown(document) and "\x1b[" in shown(document, terminal=True)


def test_plain_characters_where_there_are_no_others():
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    health.show(look(CASES["ten sigmoid layers"].sick), Console(file=out, width=80))
    out.flush()
    text = out.buffer.getvalue().decode()
    assert "####" in text and "....o.|" in text
