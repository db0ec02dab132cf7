"""dlcli evaluate"""

import numpy as np
import pytest
from PIL import Image


def test_the_document_of_classes(dlcli, wine):
    result = dlcli("evaluate", wine, "--json")
    document = result.document
    assert list(document) == ["run", "status", "checkpoint", "step", "split", "samples", "seen", "positive", "metrics",
                              "intervals", "per_class", "confusion", "baseline", "remarks", "task", "scaled",
                              "warnings"]
    assert (document["status"], document["checkpoint"], document["seen"]) == ("completed", "best", 0)
    assert (document["split"], document["samples"], result.err) == ("test", 35, "")
    assert {"loss", "accuracy", "precision", "recall", "f1", "mse", "roc_auc", "f1_weighted", "f1_micro"} <= set(
        document["metrics"]
    )
    told = {name: pair for name, pair in document["intervals"].items() if pair is not None}
    assert {"accuracy", "loss"} <= told.keys() and all(
        low <= document["metrics"][name] <= high for name, (low, high) in told.items()
    )
    assert [list(row) for row in document["per_class"]] == [["label", "precision", "recall", "f1", "support"]] * 3
    assert (
        sum(map(sum, document["confusion"])) == 35
        and document["baseline"]["accuracy"] < document["metrics"]["accuracy"]
    )


def test_the_document_of_values_in_the_users_units(dlcli, diabetes):
    document = dlcli("evaluate", diabetes, "--json").document
    assert list(document["metrics"]) == ["loss", "mse", "rmse", "mae", "r2"]
    assert document["metrics"]["rmse"] > 30 and document["baseline"]["rmse"] > document["metrics"]["rmse"]
    assert document["per_class"] is None and document["confusion"] is None


def test_the_text_has_intervals_classes_and_confusion(dlcli, wine):
    out = dlcli("evaluate", wine).out
    assert "test, 35 samples, best checkpoint, of step" in out and "95 % interval" in out and "baseline" in out
    assert "confusion: a row per true class" in out and "mean, weighted" in out


def test_an_interval_that_says_nothing_is_a_dash(capsys):
    from dlcli.terminal.evaluation import show

    document = {
        "run": "r",
        "status": "completed",
        "checkpoint": "last",
        "step": 3,
        "seen": None,
        "task": "regression",
        "positive": None,
        "scaled": False,
        "split": "test",
        "samples": 2,
        "metrics": {"loss": 0.5, "rmse": 1.0, "r2": 0.5},
        "per_class": None,
        "intervals": {"rmse": None, "r2": [0.25, 0.75]},
        "confusion": None,
        "baseline": None,
    }
    show(document)
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[4:]]
    assert rows == [["loss", "0.5000"], ["rmse", "1.0000", "-"], ["r2", "0.5000", "0.2500", "to", "0.7500"]]


def test_the_text_says_what_metrics_are_of(dlcli, wine, diabetes):
    out = dlcli("evaluate", wine).out
    assert "\nmse (Brier) " in out and "\nprecision (macro) " in out and "\nloss  " in out
    out = dlcli("evaluate", diabetes).out
    assert "\nloss (of scaled targets) " in out and "\nmse  " in out


def test_a_split_that_is_not_there_is_an_error_that_names_those_that_are(dlcli, wine, diabetes):
    result = dlcli("evaluate", diabetes, "--split", "validation")
    assert result.status == 4 and "there are train and test" in result.err
    assert (
        dlcli("evaluate", wine, "--split", "nosuch", "--json").document["error"]["hint"]
        == "there are train, validation and test"
    )
    typo = dlcli("evaluate", wine, "--split", "tset")
    assert typo.status == 2 and "did you mean 'test'?" in typo.err


def test_the_checkpoint_can_be_chosen(dlcli, wine, diabetes):
    best = dlcli("evaluate", wine, "--split", "validation", "--json").document["metrics"]
    assert (
        dlcli("evaluate", wine, "--split", "validation", "--checkpoint", "best", "--json").document["metrics"] == best
    )
    assert dlcli("evaluate", wine, "--split", "validation", "--checkpoint", "last", "--json").status == 0
    assert dlcli("evaluate", wine, "--checkpoint", "32").status == 0
    for which in ("7", "first", "-1", "..", "last.json"):
        missing = dlcli("evaluate", wine, "--checkpoint", which)
        assert missing.status == 5 and "there are" in missing.err, which
    assert dlcli("evaluate", diabetes, "--checkpoint", "best").status == 5


def test_metrics_of_training_are_those_of_evaluate(dlcli, tmp_path, wine):
    from dlcli.artifacts.run import Run

    recorded = Run.open(wine).info["metrics"]["validation"]
    found = dlcli("evaluate", wine, "--split", "validation", "--checkpoint", "last", "--json").document["metrics"]
    assert found["loss"] == pytest.approx(recorded["loss"], rel=1e-6) and found["accuracy"] == recorded["accuracy"]


def rows(tmp_path, target=True):
    from dlcli.data.sources._embedded import embedded

    lines = embedded("wine.csv.gz").decode().splitlines()
    if not target:
        place = lines[0].split(",").index("class") if "class" in lines[0].split(",") else -1
        lines = [
            ",".join(cell for i, cell in enumerate(line.split(",")) if i != place % len(line.split(",")))
            for line in lines
        ]
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(lines[:41]) + "\n")
    return path


def test_new_rows_need_only_the_run_folder(dlcli, wine, tmp_path):
    import shutil

    shutil.copytree(wine, tmp_path / "moved")
    document = dlcli("evaluate", "moved", "--data", rows(tmp_path), "--json").document
    assert document["samples"] == 40 and document["metrics"]["accuracy"] > 0.8


def test_a_split_and_new_rows_exclude_each_other(dlcli, wine, tmp_path):
    assert dlcli("evaluate", wine, "--data", rows(tmp_path), "--split", "test").status == 2


def test_workers_change_nothing(dlcli, wine):
    one = dlcli("evaluate", wine, "--json", "--workers", 1).out
    assert dlcli("evaluate", wine, "--json", "--workers", 4, "--parallel", "thread").out == one


PIXELS = """\
name: pixels
data: {source: {npz: {file: a.npz, layout: channel}}, split: {train: 0.5, test: 0.5}}
network: [{conv2d: {filters: 3, kernel: 3, padding: same}}]
loss: cross_entropy
optimizer: {adam: {learning_rate: 0.01}}
metrics: [mean_iou, top_k_accuracy]
training: {epochs: 2}
"""


def test_a_class_for_each_pixel(dlcli, tmp_path):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "a.npz", x=rng.random((30, 8, 9)), y=rng.integers(0, 3, (30, 8, 9)))
    (tmp_path / "pixels.yaml").write_text(PIXELS)
    assert dlcli("train", "pixels.yaml", "--quiet").status == 0
    run = next((tmp_path / "runs").glob("pixels-*"))
    document = dlcli("evaluate", run, "--json").document
    assert document["samples"] == 15 and sum(map(sum, document["confusion"])) == 15 * 8 * 9
    assert [list(row) for row in document["per_class"]] == [
        ["label", "precision", "recall", "f1", "iou", "support"]
    ] * 3
    low, high = document["intervals"]["mean_iou"]
    assert low < document["metrics"]["mean_iou"] < high and document["metrics"]["top_k_accuracy"] == 1
    with Image.open(document["picture"]) as picture:
        assert picture.size[0] == 1200 and len(picture.getcolors(1 << 20)) > 20
    predicted = dlcli("predict", run, "a.npz", "--json").document["predictions"]
    assert len(predicted) == 30 and np.array(predicted[0]["ids"]).shape == (8, 9)
    assert "share of the pixels" in dlcli("predict", run, "a.npz", "-o", "p.csv").out
    lines = (tmp_path / "p.csv").read_text().splitlines()
    assert lines[0] == "share of 0,share of 1,share of 2" and sum(map(float, lines[1].split(","))) == pytest.approx(1)
    Image.fromarray((rng.random((8, 9)) * 255).astype(np.uint8)).save(tmp_path / "one.png")
    assert "the class of each pixel in mask.png" in dlcli("predict", run, "one.png", "-o", "mask.png").out
    mask = np.array(Image.open(tmp_path / "mask.png")).tolist()
    assert mask == dlcli("predict", run, "one.png", "--json").document["predictions"][0]["ids"]
    assert dlcli("predict", run, "one.png", "one.png", "-o", "mask.png").status == 2
    shown = dlcli("evaluate", run).out
    assert "mean_iou" in shown and " iou " in shown and "1,080" in shown and "plots/segmentation.png" in shown
    (run / "plots" / "segmentation.png").unlink()
    (run / "plots").rmdir()
    (run / "plots").write_text("no folder")
    kept = dlcli("evaluate", run, "--json")
    assert kept.status == 0 and kept.document["picture"] is None and "no picture" in kept.err


def test_one_output_for_each_pixel(dlcli, tmp_path):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "a.npz", x=rng.random((30, 8, 9)), y=rng.integers(0, 2, (30, 8, 9)))
    (tmp_path / "pixels.yaml").write_text(PIXELS.replace("filters: 3", "filters: 1").replace("cross_entropy", "dice"))
    assert dlcli("train", "pixels.yaml", "--quiet").status == 0
    run = next((tmp_path / "runs").glob("pixels-*"))
    assert dlcli("evaluate", run, "--json").document["metrics"]["mean_iou"] > 0
    first = dlcli("predict", run, "a.npz", "--json").document["predictions"][0]
    assert np.array(first["probability"]).shape == (8, 9) and first["classes"] == ["0", "1"]
    assert all(0.5 <= share <= 1 for row in first["probability"] for share in row)


PLACES = """
name: places
data: {source: {npz: {file: {train: a.npz, test: b.npz}}}}
network:
  - linear: {units: 2}
loss: cross_entropy
optimizer: adam
metrics: [{f1: {average: weighted}}]
training: {epochs: 1, batch_size: 8}
"""


@pytest.mark.parametrize("shape", [(5,), (2, 4, 4)])
def test_a_class_for_each_place_of_a_row_that_is_no_picture(dlcli, tmp_path, shape):
    """Steps of a sequence, blocks of a volume: rows are drawn again as a whole, and there is nothing to paint."""
    rng = np.random.default_rng(0)
    for name, rows in (("a", 20), ("b", 12)):
        np.savez(
            tmp_path / f"{name}.npz",
            x=rng.normal(size=(rows, *shape, 3)).astype(np.float32),
            y=rng.integers(0, 2, (rows, *shape)),
        )
    (tmp_path / "places.yaml").write_text(PLACES)
    assert dlcli("train", "places.yaml", "--quiet").status == 0
    document = dlcli("evaluate", "last", "--json").document
    assert (
        document["samples"] == 12 and np.sum(document["confusion"]) == 12 * np.prod(shape) and "picture" not in document
    )
    low, high = document["intervals"]["loss"]
    assert low < document["metrics"]["loss"] < high
    assert dlcli("evaluate", "last").status == 0


def test_thousands_of_classes_for_each_place(dlcli, tmp_path):
    """Too many for a table of what was taken for what."""
    rng = np.random.default_rng(0)
    for name in "ab":
        np.savez(
            tmp_path / f"{name}.npz",
            x=rng.normal(size=(12, 100, 3)).astype(np.float32),
            y=np.arange(1200).reshape(12, 100),
        )
    (tmp_path / "places.yaml").write_text(
        PLACES.replace("units: 2", "units: 1200").replace("metrics: [{f1: {average: weighted}}]", "")
    )
    assert dlcli("train", "places.yaml", "--quiet").status == 0
    document = dlcli("evaluate", "last", "--json").document
    assert document["confusion"] is None and document["metrics"]["loss"] > 5


def test_the_clean_row_under_attack_is_what_training_says(dlcli, tmp_path):
    rng = np.random.default_rng(0)
    for name in "ab":
        np.savez(tmp_path / f"{name}.npz", x=rng.normal(size=(20, 3)).astype(np.float32), y=np.arange(20) % 3)
    (tmp_path / "places.yaml").write_text(PLACES.replace("units: 2", "units: 3"))
    assert dlcli("train", "places.yaml", "--quiet").status == 0
    document = dlcli("evaluate", "last", "--noise", "0.1", "--attack", "fgsm:0.1", "--json").document
    clean, *disturbed = document["robustness"]
    assert clean == {"disturbance": None, "loss": document["metrics"]["loss"], "f1": document["metrics"]["f1_weighted"]}
    assert [row["disturbance"] for row in disturbed] == ["noise", "fgsm"] and disturbed[1]["loss"] > clean["loss"]


def test_pictures_and_other_numbers_are_disturbed_in_units_of_their_own(dlcli, tmp_path):
    rng = np.random.default_rng(0)
    for name in "ab":
        np.savez(tmp_path / f"{name}.npz", pic=rng.integers(0, 256, (20, 4, 4, 1)).astype(np.uint8),
                 num=rng.normal(size=(20, 3)).astype(np.float32), y=rng.integers(0, 2, 20))
    (tmp_path / "mixed.yaml").write_text(
        "name: mixed\ndata: {source: {npz: {file: {train: a.npz, test: b.npz}, inputs: [pic, num]}}, prepare: "
        "[standardize]}\n"
        "network:\n  - flatten: {}\n    from: input.pic\n  - concat: {}\n    from: [flatten1, input.num]\n  - "
        "linear: {units: 2}\n"
        "loss: cross_entropy\noptimizer: adam\ntraining: {epochs: 1, batch_size: 8}\n"
    )
    assert dlcli("train", "mixed.yaml", "--quiet").status == 0
    out = dlcli("evaluate", "last", "--attack", "fgsm:0.1").out
    assert (
        "in units of the picture, from black, 0, to white, 1; other inputs in the units that the network reads" in out
    )


def test_a_split_with_texts_that_were_not_trained_on_says_what_its_rows_say_as_a_file(dlcli, tmp_path):
    for name, words in (("x", "uv"), ("z", "UUUUv")):
        lines = [f"{words[i % len(words)]},{'ls'[i % 2]},{i % 7},{i % 2}\n" for i in range(60)]
        (tmp_path / f"{name}.csv").write_text("g,size,b,y\n" + "".join(lines))
    (tmp_path / "u.yaml").write_text(
        "data: {source: {csv: {file: {train: x.csv, test: z.csv}, target: y, types: {size: "
        "ordinal}}}}\nnetwork: [{linear: {units: 2}}]\nloss: cross_entropy\noptimizer: adam\n"
    )
    assert dlcli("train", "u.yaml", "--quiet").status == 0
    split, file = (dlcli("evaluate", "last", *more, "--json") for more in ([], ["--data", "z.csv"]))
    assert "column 'g' has 'U' in 48 rows" in split.err and "'size'" not in split.err
    assert (
        split.err.splitlines()[0] == file.err.splitlines()[0] and split.document["metrics"] == file.document["metrics"]
    )
    assert dlcli("evaluate", "last", "--split", "train").err.count("not trained on") == 0
