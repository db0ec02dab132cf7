"""New rows for a trained network: only what its checkpoint holds may be needed."""

import gzip
import json

import numpy as np
import pytest

from dlcli.data.dataset import Data
from dlcli.data.lazy_rows import LazyRows
from dlcli.data.load import load
from dlcli.data.new_rows import prepare_new
from dlcli.data.settings import DataSettings
from dlcli.errors import DataError, RunError
from tests.data.rig import csv, idx, loaded
from tests.data.test_leaks import STEPS, text


def stored(data: Data) -> Data:
    """What a later command finds in the checkpoint."""
    return Data.of(json.loads(json.dumps(data.state(), allow_nan=False)))


def same(dataset, other):
    assert list(dataset.inputs) == list(other.inputs)
    for name, array in other.inputs.items():
        assert dataset.inputs[name].dtype == array.dtype
        if isinstance(array, LazyRows):       # bytes are scaled in the network's float type, other numbers in float64
            assert np.allclose(dataset.inputs[name], array, rtol=1e-6, atol=1e-6), name
        else:
            assert dataset.inputs[name].tobytes() == array.tobytes(), name


@pytest.mark.parametrize("options", [{}, {"categories": "ordinal"}, {"categories": "embedded"}, {"delimiter": ";"}])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_training_file_gives_the_training_arrays(tmp_path, options, dtype):
    source = csv(tmp_path, text(50, 0).replace(",", options.get("delimiter", ",")), **options)
    data = loaded(source, tmp_path, dtype=dtype, prepare=STEPS)
    again = prepare_new(tmp_path / "a.csv", stored(data), labelled=True)
    same(again, data.splits["train"])
    assert again.labelled and np.array_equal(again.target, data.splits["train"].target)


def test_a_stored_description_is_complete(tmp_path):
    data = loaded(csv(tmp_path, text(50, 0), categories="embedded"), tmp_path, positive="yes", prepare=STEPS)
    back = stored(data)
    assert back.inputs == data.inputs and [vars(s) for s in back.inputs.values()] == [
        vars(s) for s in data.inputs.values()
    ]
    assert vars(back.target) == vars(data.target) and back.target.counts == (25, 25)
    assert (back.task, back.labels, back.positive, back.target_name) == ("classification", ["no", "yes"], 1, "y")
    assert back.splits == {}


def test_rows_without_a_target_in_another_order_of_columns(tmp_path):
    data = loaded(csv(tmp_path, text(50, 0)), tmp_path, prepare=STEPS)
    lines = [line.split(",") for line in text(50, 0).split()]
    (tmp_path / "new.csv").write_text(
        "\n".join(",".join(("zzz", c, b, d, a)) for a, b, c, d, _ in lines).replace("zzz", "extra", 1) + "\n"
    )
    new = prepare_new(str(tmp_path / "new.csv"), stored(data))
    same(new, data.splits["train"])
    assert not new.labelled and len(new) == 50 and not new.target.any()


def test_strange_targets_do_not_matter_to_predictions(tmp_path):
    data = loaded(csv(tmp_path, text(50, 0)), tmp_path, prepare=STEPS)
    (tmp_path / "new.csv").write_text(text(5, 1).replace("yes", "perhaps"))
    assert len(prepare_new(tmp_path / "new.csv", stored(data))) == 5
    with pytest.raises(DataError, match="no class 'perhaps'") as caught:
        prepare_new(tmp_path / "new.csv", stored(data), labelled=True)
    assert caught.value.where == f"{tmp_path}/new.csv:3:5"


@pytest.mark.parametrize(
    "new, problem",
    [
        ("a,b,c,y\n1,2,u,no\n", "no column 'd'"),
        ("a,b\n1,2\n", "no column 'c', 'd'"),
        ("a,b,c,d\nx,2,u,p\n", "expected a number in column 'a', got 'x'"),
        ("a,b,c,d\n1,,u,p\n", "'b' has missing values"),
        ("a,b,c,d\n1,-5,u,p\n", "above -1, got -5"),
    ],
)
def test_new_files_that_do_not_fit(tmp_path, new, problem):
    whole = "\n".join(line for line in text(50, 0).split() if not line.startswith(","))
    data = loaded(csv(tmp_path, whole), tmp_path, prepare=STEPS[1:])
    (tmp_path / "new.csv").write_text(new)
    with pytest.raises(DataError, match=problem):
        prepare_new(tmp_path / "new.csv", stored(data))


def test_hints_for_new_rows_name_nothing_that_training_has_settled(tmp_path):
    data = stored(loaded(csv(tmp_path, "a,b,y\n1,2,u\n3,4,v\n5,6,u\n"), tmp_path, prepare=["log"]))
    for rows, where, hint in (
        ("a,b\nlots,2\n1,2\n3,4\n", "new.csv:2:1", "the run was trained on numbers in this column"),
        ("a,b\n1,\n3,4\n", "new.csv:2:2", "the run was trained on rows without any such"),
        ("a,b\n1,2\n3,-4\n", "new.csv:3:2", "the run was trained on rows without any such"),
        ("a;b\n1;2\n", "new.csv:1", "the file has one column: its cells should be divided by ','"),
    ):
        (tmp_path / "new.csv").write_text(rows)
        with pytest.raises(DataError) as caught:
            prepare_new(tmp_path / "new.csv", data)
        assert caught.value.where.endswith(where) and caught.value.hint.startswith(hint)


def test_a_file_without_header_has_the_columns_of_the_first(tmp_path):
    """Also where the target, which predictions do not need, stood in the middle."""
    data = loaded(csv(tmp_path, "1,0,5\n2,1,6\n3,0,7\n4,1,8\n", target=2), tmp_path)
    for new in ("1,5\n4,8\n", "1,1,5\n4,1,8\n", "column3,column1\n5,1\n8,4\n"):
        (tmp_path / "new.csv").write_text(new)
        assert prepare_new(tmp_path / "new.csv", stored(data)).inputs["x"].tolist() == [[1, 5], [4, 8]]
    (tmp_path / "new.csv").write_text("1\n4\n")
    with pytest.raises(DataError, match="has 1 columns; expected 3"):
        prepare_new(tmp_path / "new.csv", stored(data))


def test_a_missing_column_without_a_name_is_not_guessed(tmp_path):
    """Where the source drops columns, one less can be the target or one of those; names in the first row tell."""
    for drop, short in ((["id"], "1,2,0\n3,4,1\n"), (["id", "b"], "1,2,0\n3,4,1\n")):
        source = csv(tmp_path, "7,1,2,0\n8,3,4,1\n9,5,6,0\n", columns=["id", "a", "b", "y"], header=False, drop=drop)
        data = stored(loaded(source, tmp_path))
        features = [title for title in ("a", "b") if title not in drop]
        for new in (short, "1\t2\n", "1,2\n"):
            (tmp_path / "new.csv").write_text(new)
            with pytest.raises(DataError, match="columns; expected 4") as caught:
                prepare_new(tmp_path / "new.csv", data)
            assert (new == short) == ("nothing tells" in caught.value.problem)
        for new in ("9,1,2,0\n", "a,b,y\n1,2,0\n", "id,a,b\n9,1,2\n", "b,y,a\n2,0,1\n"):
            (tmp_path / "new.csv").write_text(new)
            assert prepare_new(tmp_path / "new.csv", data).inputs["x"].tolist() == [[1, 2][:len(features)]]


def test_a_first_row_of_numbers_is_data_where_the_source_has_no_names(tmp_path, capsys):
    """Names that count, as pandas writes them, are told from three columns on; what is doubtful is said."""
    for source, new, rows, said in (
            ({"xor": {"n": 20}}, "0,1\n1,0\n1,1\n", [[0, 1], [1, 0], [1, 1]], "`0,1`, is taken for data"),
            ({"xor": {"n": 20}}, "1,0\n0,1\n", [[1, 0], [0, 1]], None),
            ({"xor": {"n": 20}}, "u,v\n0,1\n", [[0, 1]], None),
            ({"blobs": {"n": 20, "features": 3}}, "0,1,2\n5,6,7\n", [[5, 6, 7]], "is taken for the names"),
            ({"blobs": {"n": 20, "features": 3}}, "0,1,1.5\n5,6,7\n", [[0, 1, 1.5], [5, 6, 7]], None)):
        data = stored(loaded(source, tmp_path))
        (tmp_path / "new.csv").write_text(new)
        capsys.readouterr()
        assert prepare_new(tmp_path / "new.csv", data).inputs["x"].tolist() == rows
        err = capsys.readouterr().err
        assert said in err if said else not err


def test_pictures_from_every_format(tmp_path):
    images, labels = (
        np.random.default_rng(0).integers(0, 256, (20, 3, 4), np.uint8),
        np.arange(20, dtype=np.uint8) % 3 + 4,
    )
    (tmp_path / "i").write_bytes(idx(images))
    (tmp_path / "l").write_bytes(idx(labels))
    data = loaded({"idx": {"images": "i", "labels": "l", "layout": "channel"}}, tmp_path, prepare=["standardize"])
    train, back = data.splits["train"], stored(data)
    assert data.labels == ["4", "5", "6"] and data.inputs["x"] == (3, 4, 1)
    (tmp_path / "a.idx.gz").write_bytes(gzip.compress(idx(images)))
    (tmp_path / "labels-ubyte").write_bytes(idx(labels))
    np.save(tmp_path / "a.npy", images.reshape(20, 12))
    np.save(tmp_path / "labels.npy", labels.astype(np.int32))
    np.savez(tmp_path / "a.npz", x=images[..., None], target=labels)
    lines = [",".join(map(str, [*row.ravel(), y])) for row, y in zip(images, labels, strict=True)]
    (tmp_path / "a.csv").write_text("\n".join([",".join([f"p{i}" for i in range(12)] + ["target"]), *lines]) + "\n")
    for paths in (["a.idx.gz", "labels-ubyte"], ["a.npy", "labels.npy"], ["a.npz"], ["a.csv"]):
        full = [tmp_path / path for path in paths]
        labelled = prepare_new(full, back, labelled=True)
        same(labelled, train)
        assert np.array_equal(labelled.target, train.target)
        same(prepare_new(full[0], back), train)
    np.save(tmp_path / "one.npy", images[3])
    assert np.array_equal(prepare_new(tmp_path / "one.npy", back).inputs["x"], train.inputs["x"][3:4])


def test_arrays_that_do_not_fit(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.zeros((6, 4), np.uint8), y=np.arange(6) % 2)
    back = stored(loaded({"npz": {"file": "a.npz", "scale": True}}, tmp_path))
    np.save(tmp_path / "wide.npy", np.zeros((2, 5)))
    np.save(tmp_path / "scaled.npy", np.full((2, 4), 0.5))
    np.savez(tmp_path / "named.npz", z=np.zeros((2, 4)))
    for path, problem in (
        ("wide.npy", "expected rows of"),
        ("scaled.npy", "holds fractions"),
        ("named.npz", "no array 'x'"),
        ("a.txt", "no known format"),
        ("a.pkl", "no known format"),
    ):
        with pytest.raises(DataError, match=problem):
            prepare_new(tmp_path / path, back)
    np.save(tmp_path / "good.npy", np.zeros((2, 4)))
    with pytest.raises(DataError, match="holds no targets"):
        prepare_new(tmp_path / "good.npy", back, labelled=True)


@pytest.mark.parametrize(
    "names, problem",
    [
        (["a", "b"], "b: would not be read beside a"),
        (["a.zip", "b"], "b: would not be read beside a.zip"),
        (["a.csv", "b.csv"], "b.csv: would not be read beside a.csv"),
        (["a.npz", "y.npy"], "y.npy: would not be read beside a.npz"),
        (["x.npy", "y.npy", "z.npy"], "z.npy: would not be read beside x.npy and y.npy"),
    ],
)
def test_no_file_is_passed_over(tmp_path, monkeypatch, names, problem):
    monkeypatch.chdir(tmp_path)
    data = stored(loaded("digits"))
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    for labelled in (True, False):
        with pytest.raises(DataError, match=problem):
            prepare_new(names, data, labelled)


def test_an_embedded_set_takes_tables_and_arrays(tmp_path):
    data = loaded("iris", prepare=["standardize"])
    rows = loaded("iris", dtype="float64").splits["train"]
    np.save(tmp_path / "a.npy", rows.inputs["x"])
    same(prepare_new(tmp_path / "a.npy", stored(data)), data.splits["train"])
    names = data.fitted.features
    lines = ["\t".join([*map(str, x), data.labels[y]]) for x, y in zip(rows.inputs["x"], rows.target, strict=True)]
    (tmp_path / "a.tsv").write_text("\n".join(["\t".join([*names, "class"]), *lines]))
    new = prepare_new(tmp_path / "a.tsv", stored(data), labelled=True)
    same(new, data.splits["train"])
    assert np.array_equal(new.target, data.splits["train"].target)


def test_a_table_for_an_array_has_a_column_for_each_of_its_numbers(tmp_path):
    data = stored(loaded("digits"))
    (tmp_path / "a.csv").write_text(",".join(map(str, range(63))) + "\n" + ",".join(["1"] * 63) + "\n")
    with pytest.raises(DataError, match="has 63 columns besides 'target'; expected 64"):
        prepare_new(tmp_path / "a.csv", data)


def test_regression_targets_are_scaled_as_in_training(tmp_path):
    source = csv(tmp_path, "a,y\n1,10.5\n2,20\n3,40\n4,80\n")
    data = loaded(source, tmp_path, prepare=[{"scale_target": {"log": True}}])
    assert np.array_equal(
        prepare_new(tmp_path / "a.csv", stored(data), labelled=True).target, data.splits["train"].target
    )


def test_a_checkpoint_of_another_version(tmp_path):
    data = loaded("iris")
    data.fitted.version = 2
    with pytest.raises(RunError, match="version 2"):
        prepare_new(tmp_path / "a.csv", data)


def test_settings_may_hold_components_or_their_grammar(tmp_path):
    from dlcli.engine.registry import create

    source = csv(tmp_path, text(30, 0))
    built = DataSettings(
        source=create("data.sources", source), prepare=[create("data.prepare", step) for step in STEPS]
    )
    same(load(built, tmp_path, 1).splits["train"], loaded(source, tmp_path, prepare=STEPS).splits["train"])
