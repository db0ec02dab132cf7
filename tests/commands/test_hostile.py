"""Whatever the program is given, it ends with a documented status, and never with a traceback."""

import json
import shutil

import pytest

from tests.commands.conftest import WINE

TRAIN = [
    ["="],
    ["a..b=1"],
    ["~x"],
    ["+x"],
    ["seed="],
    ["seed=-1"],
    ["training.batch_size=0"],
    ["training.batch_size=1000000"],
    ["training.shards=1000000"],
    ["training.dtype=float16"],
    ["optimizer.adam.learning_rate=.nan"],
    ["name=../x"],
    ["name=" + "x" * 100],
    ["--parallel", "gpu"],
    ["--workers", "1000000"],
    ["--workers", "x"],
    ["metrics=[roc_auc]"],
    ["metrics=[r2]"],
    ["loss=mse"],
    ["data.split={train: 0.001}"],
    ["data.split={test: 1.0}"],
    ["data.source=digits"],
    ["training.monitor=test.loss"],
    ["data.positive=x"],
    ["init_from={run: RUN, layers: [nosuch]}"],
    ["network=[]"],
    ["network=[softmax]"],
    ["network=[relu]"],
    ["--nosuch"],
    ["\x1b[31m"],
]
OTHERS = [
    ["train", "/"],
    ["train", ""],
    ["train", "x\x1b[31m.yaml"],
    ["train", "a\x00b"],
    ["evaluate", "RUN", "--checkpoint", ""],
    ["evaluate", "RUN", "--checkpoint", "9" * 20],
    ["evaluate", "RUN", "--checkpoint", "²"],
    ["evaluate", "RUN", "--split", ""],
    ["evaluate", "RUN", "--data", ""],
    ["evaluate", "RUN", "--data", "/dev/zero"],
    ["evaluate", "RUN", "--data", "wine.yaml"],
    ["predict", "RUN", ""],
    ["predict", "RUN", "."],
    ["predict", "RUN", "/dev/null"],
    ["predict", "RUN", "RUN"],
    ["inspect-gradients", "wine.yaml", "--steps", "0"],
    ["inspect-gradients", "."],
    ["gradcheck", "nosuch"],
    ["check", "."],
    ["compare"],
    ["compare", "RUN", "nosuch"],
    ["explain", ""],
    ["explain", "."],
    ["explain", "a.b.c.d"],
    ["explain", "\x1b[31m"],
    ["init", ""],
    ["init", "images", "."],
    ["init", "images", "/"],
    ["runs", "nosuch"],
    ["runs", "show"],
    ["runs", "--runs", "wine.yaml"],
    ["resume", ""],
    ["resume", "."],
    ["resume", "/"],
    ["schema", "x"],
    [""],
]
READERS = [["evaluate", "damaged"], ["resume", "damaged", "--quiet"], ["runs", "show", "damaged", "--no-plots"],
           ["inspect-gradients", "damaged"], ["runs", "--runs", "."], ["compare", "damaged", "RUN"]]
FILES = [
    "config.resolved.json",
    "run.json",
    "checkpoints/last.json",
    "checkpoints/best.json",
    "metrics.jsonl",
    "config.yaml",
]


@pytest.fixture
def ends_well(dlcli, wine, tmp_path):
    (tmp_path / "wine.yaml").write_text(WINE)

    def ends_well(*arguments):
        arguments = [argument.replace("RUN", str(wine)) for argument in arguments]
        result = dlcli(*arguments)
        assert result.status in (0, 2, 3, 4, 5, 6, 7, 8), result.err
        assert "Traceback" not in result.err and "\x1b" not in result.out + result.err
        if result.status:
            assert result.err
            document = dlcli(*arguments, "--json")
            assert document.status == result.status and document.document

    return ends_well


@pytest.mark.parametrize("arguments", TRAIN, ids=" ".join)
def test_train(ends_well, arguments):
    ends_well("train", "wine.yaml", "training.epochs=1", *arguments)


@pytest.mark.parametrize("arguments", OTHERS, ids=lambda a: " ".join(a).replace("\x00", "0"))
def test_other_commands(ends_well, arguments):
    ends_well(*arguments)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [None, b"", b"{}", b"[]", b"\xff\xfe", b"null"], ids=str)
def test_damaged_files_of_a_run(ends_well, wine, tmp_path, name, content):
    shutil.copytree(wine, tmp_path / "damaged")
    if content is None:
        (tmp_path / "damaged" / name).unlink()
    else:
        (tmp_path / "damaged" / name).write_bytes(content)
    for arguments in READERS:
        ends_well(*arguments)


@pytest.mark.parametrize(("key", "value"), [
    ("folder", 5), ("folder", None), ("files", "x"), ("files", [1]), ("files", [{}]), ("shards", "x"), ("shards", -1),
    ("metrics", 5), ("metrics", {"train": 5}), ("seed", None), ("created", 5), ("rows", 5),
    ("status", "running"), ("status", "odd"), ("schema_version", 99),
])
def test_odd_values_in_run_json(ends_well, wine, tmp_path, key, value):
    shutil.copytree(wine, tmp_path / "damaged")
    path = tmp_path / "damaged" / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    for arguments in READERS:
        ends_well(*arguments)
