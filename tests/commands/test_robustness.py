"""dlcli evaluate --noise and --attack, and the filters of a run, as a user has them."""

import shutil
from pathlib import Path

import pytest

from tests.commands.test_explain_prediction import PNG, bars

__all__ = ["bars"]


def test_noise_and_attacks_stand_beside_the_clean_rows(dlcli, bars):
    options = ("--noise", 0.05, "--noise", 0.2, "--attack", "fgsm:0.06", "--attack", "pgd:0.06:5", "--workers", 1)
    document = dlcli("evaluate", bars, *options, "--json").document
    rows = document["robustness"]
    assert [row["disturbance"] for row in rows] == [None, "noise", "noise", "fgsm", "pgd"]
    assert [row.get("steps") for row in rows] == [None, None, None, 1, 5] and [row.get("deviation") for row in rows][
        1:3
    ] == [0.05, 0.2]
    clean, _, loud, fgsm, pgd = rows
    assert clean["accuracy"] == document["metrics"]["accuracy"] and clean["loss"] == pytest.approx(
        document["metrics"]["loss"]
    )
    assert (
        loud["loss"] > clean["loss"]
        and pgd["loss"] >= fgsm["loss"] - 1e-3
        and fgsm["accuracy"] < clean["accuracy"] - 0.2
    )
    assert dlcli("evaluate", bars, *options, "--json").document["robustness"] == rows
    text = dlcli("evaluate", bars, *options).out
    assert "\nclean " in text and "\nnoise 0.05 " in text and "\nfgsm 0.06 " in text and "\npgd 0.06, 5 steps " in text
    assert "from black, 0, to white, 1" in text


def test_tables_under_attack_say_their_units(dlcli, wine, diabetes):
    out = dlcli("evaluate", wine, "--attack", "fgsm:0.3").out
    assert "in the units that the network reads" in out
    rows = dlcli("evaluate", diabetes, "--noise", 0.5, "--attack", "pgd:0.5", "--json").document["robustness"]
    assert rows[2]["rmse"] > rows[1]["rmse"] > 0 and rows[2]["rmse"] > rows[0]["rmse"] and "r2" in rows[0]


@pytest.mark.parametrize(
    "option, value",
    [("--attack", "fgsm"), ("--attack", "cw:1"), ("--noise", "0"), ("--noise", "nan"), ("--noise", "x")],
)
def test_disturbances_that_are_none(dlcli, bars, option, value):
    result = dlcli("evaluate", bars, option, value)
    assert result.status == 2 and "Traceback" not in result.err and option in result.err


def test_the_filters_are_drawn(dlcli, bars, wine):
    plots = dlcli("runs", "show", bars, "--json").document["plots"]
    assert plots[-1].endswith("filters.png") and Path(plots[-1]).read_bytes().startswith(PNG)
    assert not any("filters" in path for path in dlcli("runs", "show", wine, "--json").document["plots"])


def test_a_run_whose_checkpoint_is_damaged_is_shown_without_filters(dlcli, bars, tmp_path):
    shutil.copytree(bars, tmp_path / "copy")
    for file in (tmp_path / "copy" / "checkpoints").glob("*.safetensors"):
        file.write_bytes(b"nothing")
    result = dlcli("runs", "show", "copy", "--json")
    assert result.status == 0 and "no picture of the filters" in result.err and result.document["plots"]
