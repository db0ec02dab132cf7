"""Rows held out that an earlier run (`init_from`) has learned: said by check and train, and no test for evaluate."""

import gzip
import json
import random
import shutil

import numpy as np
import pytest
from PIL import Image

from dlcli.artifacts.run import Run
from tests.commands.conftest import CSV

CONFIG = CSV + "training: {epochs: 1}\n"
ROWS = 60


def noise(seed: int, rows: int = ROWS) -> list[str]:
    rng = random.Random(seed)
    lines = [",".join([*(f"{rng.gauss(0, 1):.5f}" for _ in "abc"), ("no", "yes")[i % 2]]) for i in range(rows)]
    return ["a,b,c,y", *lines]


@pytest.fixture
def train(dlcli, tmp_path):
    """Train, quickly, and return what was said; `base` is trained first."""
    (tmp_path / "a.csv").write_text("\n".join(noise(0)) + "\n")
    (tmp_path / "c.yaml").write_text(CONFIG)

    def train(*overrides, name="next"):
        result = dlcli("train", "c.yaml", "--json", "--quiet", f"name={name}", *overrides)
        assert result.status == 0, result.err
        return result

    return train


def test_another_seed_holds_out_rows_that_were_learned(dlcli, train, tmp_path):
    first = train(name="base").document["run"].removeprefix("runs/")
    again = ("seed=1", "init_from.run=last")
    checked = dlcli("check", "c.yaml", *again, "--json").document
    trained = train(*again)
    run = Run.open(tmp_path / trained.document["run"])
    assert run.resolved["init_from"]["run"] == f"runs/{first}" and run.info["started_from"] == [first]
    seen = trained.document["seen"]
    assert seen == run.info["seen"] and 0 < seen["test"] < 12 and 0 < seen["validation"] < 12
    listed = [[w["problem"] + w["hint"] for w in each] for each in (checked["warnings"], trained.document["warnings"])]
    assert "\n  hint: `data.split.seed=0`" in trained.err and "\\n" not in trained.err
    for warnings in (*listed, trained.err.split("warning: ")[1:]):
        for split, said in zip(("validation", "test"), warnings, strict=True):
            assert f"{seen[split]} of 12 rows of the {split} split were trained on by {first}" in said
            assert f"`data.split.seed=0` holds out rows for {split} that" in said
    shutil.rmtree(tmp_path / "runs" / first)  # what it learned is known all the same
    refused = dlcli("evaluate", "last", "--json")
    error = refused.document["error"]
    assert refused.status == error["status"] == 4 and error["where"].endswith("test split")
    assert "this is no test" in error["problem"]
    assert "--allow-seen" in error["hint"] and "`data.split.seed=0`" in error["hint"]
    allowed = dlcli("evaluate", "last", "--allow-seen")
    assert allowed.status == 0 and f"{seen['test']} of these rows were trained on: no test" in allowed.out
    assert dlcli("evaluate", "last", "--allow-seen", "--json").document["seen"] == seen["test"]
    validation = dlcli("evaluate", "last", "--split", "validation", "--json")
    assert validation.document["seen"] == seen["validation"] and "were trained on by" in validation.err
    assert dlcli("evaluate", "last", "--split", "train", "--json").document["seen"] == 36


def test_the_split_of_the_earlier_run_is_a_test(dlcli, train):
    train(name="base")
    second = train("seed=1", "init_from.run=base", "data.split.seed=0")
    assert "trained on" not in second.err and second.document["seen"] == {}
    judged = dlcli("evaluate", "last", "--json")
    assert judged.status == 0 and "trained on" not in judged.err and judged.document["seen"] == 0
    other = train("seed=1", "init_from.run=base", "data.split={train: 0.5, test: 0.5}")
    hint = other.err.partition("hint: `")[2].partition("`")[0]  # taken as it stands, it helps
    assert "data.split.train=0.6" in hint
    assert train("seed=1", "init_from.run=base", *hint.split(), name="mended").document["seen"] == {}


def test_a_way_out_is_tried_before_it_is_given(dlcli, train, tmp_path):
    gaps = (line[: line.rindex(",") + 1] if i % 7 == 1 else line for i, line in enumerate(noise(0)))
    (tmp_path / "gaps.csv").write_text("\n".join(gaps))
    gaps = (f"{CSV}=gaps.csv", "data.source.csv.missing_target=drop")
    train(*gaps, name="gaps")
    assert "`data.split.seed=0` holds out rows for test" in train(*gaps, "seed=1", "init_from.run=gaps").err
    assert "trained on" not in train(*gaps, "seed=1", "init_from.run=gaps", "data.split.seed=0").err
    swapped(tmp_path)
    train("data.split={validation: 0.2}", name="one")
    train(f"{CSV}=b.csv", "data.split={validation: 0.2}", "init_from.run=one", name="two")
    files = (f"{CSV}={{train: b.csv, test: a.csv}}", "data.split={validation: 0.2}", "init_from.run=two")
    for seed, warned in (("1", ["validation", "test"]), ("0", ["test"])):
        warnings = dlcli("check", "c.yaml", "--json", *files, "seed=1", f"data.split.seed={seed}").document["warnings"]
        hints = [w["hint"] for w in warnings]
        assert [hint.split(" that ")[0].split()[-1] for hint in hints] == warned
        assert hints[-1] == "hold out rows of a file for test that no run before was trained on"
        assert seed == "0" or "`data.split.seed=0` holds out rows for validation" in hints[0]


def test_a_chain_remembers_all_its_runs(dlcli, train, tmp_path):
    train(name="one")
    train("seed=1", "init_from.run=one", name="two")
    last = train("seed=2", "init_from.run=two", name="three")
    for folder in (tmp_path / "runs").glob("[ot][nw]*"):
        shutil.rmtree(folder)
    started = Run.open(tmp_path / last.document["run"]).info["started_from"]
    assert [name.split("-")[0] for name in started] == ["two", "one"]
    error = dlcli("evaluate", "last", "--json").document["error"]
    assert all(name in error["problem"] for name in started)
    assert "data.split" not in error["hint"] and "another" not in error["hint"], "no split of theirs would be a test"


def png(path, rng):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(rng.integers(0, 256, (6, 6), np.uint8)).save(path)


def shuffled(folder):
    head, *rows = noise(0)
    (folder / "b.csv").write_text("\n".join([head, *reversed(rows)]))


def more(folder):
    (folder / "b.csv").write_text("\n".join([*noise(0), *noise(9)[1:]]))


def zipped(folder):
    (folder / "b.csv.gz").write_bytes(gzip.compress((folder / "a.csv").read_bytes()))


def crlf(folder):
    (folder / "b.csv").write_text("\r\n".join(line.replace(",", ", ") for line in noise(0)))


def swapped(folder):
    (folder / "b.csv").write_text("\n".join(noise(1)))


def arrays(folder):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(ROWS, 3)), np.arange(ROWS) % 2
    np.savez(folder / "a.npz", x=x, y=y)
    np.savez_compressed(folder / "b.npz", y=y[::-1], x=x[::-1])
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y)
    np.save(folder / "z.npy", 1 - y)


def pictures(folder):
    rng = np.random.default_rng(0)
    for i in range(ROWS):
        png(folder / "pics" / "ab"[i % 2] / f"{i}.png", rng)
    shutil.copytree(folder / "pics", folder / "other" / "place")
    for i in range(4):
        png(folder / "other" / "place" / "a" / f"0{i}.png", rng)


NET, POOLED = (f"network=[{first}, {{linear: {{units: 2}}}}]" for first in ("flatten", "global_avg_pool"))
FOLDER = "data.source={image_folder: {path: %s}}"
CSV = "data.source.csv.file"
LEAKS = {
    "another name": (lambda folder: shutil.copy(folder / "a.csv", folder / "b.csv"), [], [f"{CSV}=b.csv"]),
    "in another order": (shuffled, [], [f"{CSV}=b.csv"]),
    "among others": (more, [], [f"{CSV}=b.csv"]),
    "gzipped": (zipped, [], [f"{CSV}=b.csv.gz"]),
    "other line ends and blanks": (crlf, [], [f"{CSV}=b.csv"]),
    "other columns": (None, [], ["data.source.csv.drop=[c]", "init_from={run: last, layers: [linear2]}"]),
    "other types": (None, [], ["data.source.csv.types={c: ordinal}"]),
    "files that change places": (
        swapped,
        [f"{CSV}={{train: a.csv, test: b.csv}}", "data.split={validation: 0.2}"],
        [f"{CSV}={{train: b.csv, test: a.csv}}", "data.split={validation: 0.2}"],
    ),
    "npz": (arrays, *[["data.source={npz: {file: a.npz}}"]] * 2),
    "npz packed anew": (arrays, *[[f"data.source={{npz: {{file: {name}.npz}}}}"] for name in "ab"]),
    "npy, other targets": (
        arrays,
        ["data.source={npy: {inputs: x.npy, target: y.npy}}"],
        ["data.source={npy: {inputs: x.npy, target: z.npy, memory_map: true}}"],
    ),
    "pictures": (pictures, *[[FOLDER % more, POOLED] for more in ("pics", "pics, size: [8, 8], fit: pad")]),
    "pictures among others": (pictures, *[[FOLDER % path, NET] for path in ("pics", "other")]),
    "embedded": (None, *[["data.source=wine", "network.linear2.linear.units=3"]] * 2),
    "embedded, classes of other names": (
        None,
        ["data.source={iris: {labels: {setosa: a, versicolor: b, virginica: b}}}"],
        ["data.source=iris", "network.linear2.linear.units=3", "init_from={run: last, layers: [linear1]}"],
    ),
    "generated": (None, *[["data.source={moons: {n: 60}}", *more] for more in ([], ["seed=0", "data.split.seed=1"])]),
}


@pytest.mark.parametrize("case", LEAKS)
def test_rows_are_known_again(dlcli, train, tmp_path, case):
    prepare, before, after = LEAKS[case]
    if prepare:
        prepare(tmp_path)
    train(*before, name="base")
    start = [] if any(text.startswith("init_from") for text in after) else ["init_from.run=last"]
    second = train(*start, *([] if "seed=0" in after else ["seed=1"]), *after)
    assert second.document["seen"].get("test", 0) >= 3 and "were trained on by base-" in second.err
    assert dlcli("evaluate", "last").status == 4
    assert dlcli("evaluate", "last", "--allow-seen", "--json").document["seen"] == second.document["seen"]["test"]


def discrete(folder, words=("uv", "pq", "01"), rows=200):
    for name, seed in (("a", 0), ("b", 1)):
        rng = random.Random(seed)
        lines = [",".join([*map(rng.choice, words), rng.choice(["no", "yes"])]) for _ in range(rows)]
        (folder / f"{name}.csv").write_text("\n".join([",".join([*"abcde"[: len(words)], "y"]), *lines]))


def test_rows_that_chance_made_equal_are_a_test(dlcli, train, tmp_path):
    discrete(tmp_path, ["uvwx", "pqrs", "klmn", "efgh", "0123"], 600)
    train(name="base")
    again = ("init_from.run=base", "seed=1", f"{CSV}=b.csv")
    second = train(*again)
    said = "of 120 rows of the test split are equal to rows that were trained on by base-"
    assert said in second.err and "that could be chance" in second.err and second.document["seen"] == {}
    for arguments in (["last"], ["base", "--data", "b.csv"]):
        judged = dlcli("evaluate", *arguments, "--json")
        assert judged.status == 0 and judged.document["seen"] == 0 and "could be chance" in judged.err
    (tmp_path / "b.csv").write_text("\n".join(reversed((tmp_path / "a.csv").read_text().split("\n"))))
    (tmp_path / "b.csv").write_text("a,b,c,d,e,y\n" + (tmp_path / "b.csv").read_text().removesuffix("\na,b,c,d,e,y"))
    copied = train(*again)  # the same rows, whose equals are no chance
    assert copied.document["seen"]["test"] > 40 and "could be chance" not in copied.err
    refused = dlcli("evaluate", "last")
    assert refused.status == 4 and "are equal to rows that were trained on by base-" in refused.err
    assert "hold out other rows for test, equal to none that" in refused.err


@pytest.mark.parametrize(
    "prepare, after",
    [
        (swapped, [f"{CSV}=b.csv"]),
        (discrete, [f"{CSV}=b.csv"]),
        (None, ["data.source={moons: {n: 60}}", "init_from={run: last, layers: [linear2]}"]),
    ],
    ids=["another file", "rows that repeat anyway", "other data"],
)
def test_rows_that_nobody_learned_are_a_test(dlcli, train, tmp_path, prepare, after):
    if prepare:
        prepare(tmp_path)
    train(name="base")
    second = train(*([] if "init_from" in str(after) else ["init_from.run=last"]), "seed=1", *after)
    assert "trained on" not in second.err and second.document["seen"] == {} and dlcli("evaluate", "last").status == 0


def test_a_test_file_that_was_trained_on_needs_no_earlier_run(dlcli, train, tmp_path):
    shutil.copy(tmp_path / "a.csv", tmp_path / "b.csv")
    overrides = [f"{CSV}={{train: a.csv, test: b.csv}}", "data.split={validation: 0.5}"]
    said = dlcli("check", "c.yaml", *overrides).err
    assert "30 of 60 rows of the test split are rows of the training split itself" in said
    assert train(*overrides).document["seen"] == {"test": 30}
    assert dlcli("evaluate", "last").status == 4


def test_new_rows_that_are_old(dlcli, train, tmp_path):
    train()
    whole = dlcli("evaluate", "last", "--data", "a.csv")
    assert whole.status == 4 and "36 of its 60 rows were trained on" in whole.err and "--allow-seen" in whole.err
    allowed = dlcli("evaluate", "last", "--data", "a.csv", "--allow-seen")
    assert "36 of these rows were trained on" in allowed.out
    shuffled(tmp_path)
    equal = dlcli("evaluate", "last", "--data", "b.csv", "--json")
    assert equal.document["seen"] == 36 and "36 of 60 rows of b.csv are equal to rows that were trained on" in equal.err
    swapped(tmp_path)
    new = dlcli("evaluate", "last", "--data", "b.csv", "--json")
    assert new.document["seen"] == 0 and "trained on" not in new.err


def test_what_is_not_recorded_is_said_to_be_unknown(dlcli, train, tmp_path):
    first = tmp_path / train(name="base").document["run"]
    (first / "rows.safetensors").unlink()  # as a run of an older dlcli
    assert dlcli("evaluate", "last", "--json").document["seen"] == 0
    second = train("seed=1", "init_from.run=base")
    assert "what it was trained on is not recorded" in second.err
    judged = dlcli("evaluate", "last", "--json")
    assert judged.status == 0 and judged.document["seen"] is None and "not recorded" in judged.err
    (tmp_path / second.document["run"] / "rows.safetensors").unlink()
    assert dlcli("evaluate", "last", "--json").document["seen"] is None


@pytest.mark.parametrize("content", [b"", b"{}", "tampered"])
def test_a_damaged_record_is_an_error(dlcli, train, tmp_path, content):
    path = tmp_path / train().document["run"] / "rows.safetensors"
    data = bytearray(path.read_bytes())
    data[-40] ^= 1
    path.write_bytes(bytes(data) if content == "tampered" else content)
    started = [[command, "c.yaml", "init_from.run=last"] for command in ("train", "check")]
    for arguments in (["evaluate", "last"], *started):
        result = dlcli(*arguments, "--json")
        assert result.status == 5 and "rows.safetensors" in json.dumps(result.document)
