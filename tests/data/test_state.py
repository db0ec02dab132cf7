"""Whatever a checkpoint says of its data: it is refused with the field's name, or new rows can be prepared by it."""

import json

import numpy as np
import pytest

from dlcli.data.dataset import Data
from dlcli.data.fitted import target_unscaler
from dlcli.data.new_rows import prepare_new
from dlcli.errors import DlcliError
from dlcli.storage.forms import FormError
from tests.data.pictures import folder, two_classes
from tests.data.rig import csv, loaded
from tests.data.test_leaks import text
from tests.odd import changed, variants


def table(place):
    return loaded(
        csv(place, text(40, 0), types={"d": "embedded"}),
        place,
        prepare=[{"impute": {"indicators": True}}, "standardize"],
    ), "a.csv"


def values(place):
    lines = ["a,b,y", *(f"{i},{i % 3},{i * 1.5}" for i in range(30))]
    source = csv(place, "\n".join(lines), types={"b": "ordinal"})
    return loaded(source, place, prepare=["impute", "log", "minmax", {"scale_target": {"log": True}}]), "a.csv"


def arrays(place):
    rng = np.random.default_rng(0)
    np.savez(place / "a.npz", x=rng.integers(0, 256, (20, 4, 5)).astype(np.uint8), y=np.arange(20) % 3)
    return loaded(
        {"npz": {"file": "a.npz", "layout": "channel", "scale": True}},
        place,
        prepare=[{"standardize": {"per": "channel"}}],
    ), "a.npz"


def pictures(place):
    folder(place / "set", two_classes())
    return loaded({"image_folder": {"path": "set"}}, place), "set"


@pytest.mark.parametrize("make", [table, values, arrays, pictures])
def test_no_change_gets_through_to_an_error_of_its_own(make, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DLCLI_CACHE", str(tmp_path / "cache"))
    data, file = make(tmp_path)
    state = json.loads(json.dumps(data.state(), allow_nan=False))
    Data.of(state)
    refused = taken = 0
    for name, odd in variants(state):
        if name.startswith("fitted.source"):  # must be the config's, which commands look at
            continue
        try:
            known = Data.of(odd)
            rows = prepare_new(file, known, labelled=True)
            for field, spec in known.inputs.items():
                x = np.asarray(rows.inputs[field])
                assert x.shape == (len(rows), *spec) and np.isfinite(x).all(), name
            if unscale := target_unscaler(known.fitted):
                assert unscale(rows.target).shape == rows.target.shape
        except FormError as error:
            assert error.path and len(str(error)) < 300, name
            refused += 1
        except DlcliError as error:
            assert len(str(error)) < 800, name
        except Exception as error:
            raise AssertionError(f"{name}: {error!r}") from error
        else:
            taken += 1
    assert refused > 0.8 * (refused + taken), "most of it is looked at"


FITTED, COLUMN = ("fitted",), ("fitted", "columns", 0)


@pytest.mark.parametrize(
    "path, value, says",
    [
        (("task",), "murder", "task"),
        (("labels",), ["no"], "labels"),
        (("labels",), ["no", "no"], "fitted.target.labels"),
        (("positive",), 2, "positive"),
        (("target", "size"), 3, "target.size"),
        (("inputs", "numeric", "shape"), [-1], "inputs.numeric.shape.0"),
        (("target", "counts"), [1, 2, 3], "target.counts"),
        ((*FITTED, "columns"), [], "fitted.columns"),
        ((*FITTED, "columns"), "text", "fitted.columns"),
        ((*COLUMN, "steps", 0, "kind"), "../../..FOLDER", "fitted.columns.0.steps.0.kind"),
        ((*COLUMN, "steps", 0, "kind"), "scale_target", "fitted.columns.0.steps.0.kind"),
        ((*COLUMN, "divisor"), 0, "fitted.columns.0.divisor"),
        ((*COLUMN, "steps", 1, "mean"), "0.5", "fitted.columns.0.steps.1.mean"),
        ((*COLUMN, "steps", 1, "mean"), [1.0, 2.0], "fitted.columns.0.steps.1"),
        ((*COLUMN, "steps", 1, "scale"), 0.0, "fitted.columns.0.steps.1"),
        ((*COLUMN, "name"), "b", "fitted.columns"),
        ((*COLUMN, "at"), 1, "fitted.columns.0.at"),
        ((*COLUMN, "shape"), [1 << 40], "fitted.columns.0.shape"),
        ((*FITTED, "features"), ["a"], "fitted.features"),
        ((*FITTED, "target", "task"), "regression", "fitted.target.task"),
        ((*FITTED, "columns", 2, "categories"), ["u", "u"], "fitted.columns.2.categories"),
    ],
)
def test_a_part_that_does_not_fit_the_others_is_named(tmp_path, path, value, says):
    state = json.loads(json.dumps(table(tmp_path)[0].state()))
    with pytest.raises(FormError) as caught:
        Data.of(changed(state, path, value))
    assert caught.value.path == says
