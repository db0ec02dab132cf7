"""What only the data can show to be wrong with a config: each error at its place, independent ones together."""

from pathlib import Path

import pytest

from dlcli.config import ConfigErrors, parse
from dlcli.config.build import experiment, outline
from dlcli.errors import DataError

TEXT = """\
data:
  source: {csv: {file: a.csv, target: y}}
  split: {train: 0.5, test: 0.5, shuffle: false}
network:
  - linear: {units: 4}
  - relu
  - linear: {units: 3}
loss: cross_entropy
optimizer: {sgd: {learning_rate: 0.1}}
"""
ROWS = "a,b,y\n" + "".join(f"{i},{i * i},{'pqr'[i % 3]}\n" for i in range(12))
VALUES = "a,b,y\n" + "".join(f"{i},{i * i},{i / 7}\n" for i in range(12))


@pytest.fixture(params=[experiment, outline], ids=["train", "check"])
def found(request, tmp_path):
    """What building the text with some overrides finds, as (line, path, problem, hint), in training and in `check`
    alike."""
    def build(rows: str, *overrides: str) -> list[tuple]:
        (tmp_path / "a.csv").write_text(rows)
        config = parse(TEXT.encode(), "c.yaml", overrides, tmp_path / "c.yaml")
        try:
            request.param(config, Path(tmp_path))
        except ConfigErrors as errors:
            return [(p.line, p.path, p.problem, p.hint) for p in errors.problems]
        return []

    return build


def test_a_sound_config_has_no_errors(found):
    assert found(ROWS) == []


def test_targets_must_lie_where_the_loss_can_read_them(found):
    problem, = found(VALUES, "loss=binary_cross_entropy", "network.linear2.linear.units=1")
    assert (
        problem[1] == "loss"
        and "needs targets from 0 to 1, and those here go from 0 to 1.571" in problem[2]
        and "mse" in problem[3]
    )
    within = VALUES.replace("1.", "0.")
    assert found(within, "loss=binary_cross_entropy", "network.linear2.linear.units=1") == []


@pytest.mark.parametrize(
    ("rows", "overrides", "units"),
    [
        (ROWS, ["network.linear2.linear.units=5"], 3),
        (ROWS, ["network.linear2.linear.units=5", "+network.after.linear2=softmax"], 3),
        (VALUES, ["loss=mse"], 1),
        (ROWS, ["network.linear2.linear.units=4", "loss=hinge"], 3),
    ],
)
def test_a_wrong_number_of_outputs_is_shown_at_the_last_layer_with_the_right_one(found, rows, overrides, units):
    (_, path, problem, hint), = found(rows, *overrides)
    assert path == "network.linear2.linear.units" and "output of" in problem
    assert hint == f"set network.linear2.linear.units={units}" and ("(they are 'p', 'q', 'r')" in problem) == (
        units == 3
    )
    kept = [text for text in overrides if "linear2.linear.units" not in text]
    assert found(rows, *kept, hint.removeprefix("set ")) == []


def test_a_loss_that_no_number_of_outputs_would_please_is_shown_at_the_loss(found):
    assert [(line, path) for line, path, *_ in found(VALUES)] == [(8, "loss")]


def test_metrics_and_loss_that_do_not_fit_the_target_are_found_together(found):
    places = [path for _, path, *_ in found(VALUES, "metrics=[accuracy, f1]", "training.monitor=validation.mse")]
    assert sorted(places) == ["loss", "metrics.0", "metrics.1", "training.monitor"]


@pytest.mark.parametrize(
    ("rows", "overrides", "place"),
    [
        (ROWS.replace("7,49", "7,"), ["data.prepare=[standardize]"], "a.csv:9:2"),
        (ROWS.replace("11,121", "11,1e200"), [], "a.csv:13:2"),
        (ROWS.replace("10,100,q", "10,100,z"), [], "a.csv:12:3"),
        (VALUES.replace("7,49,1.0", "7,49,"), ["loss=mse"], "a.csv:9:3"),
    ],
    ids=["missing value", "too large", "class that training lacks", "missing target"],
)
def test_rows_of_any_split_that_cannot_be_used_are_found(found, rows, overrides, place):
    with pytest.raises(DataError) as error:
        found(rows, *overrides)
    assert error.value.where == place


def test_columns_that_are_not_there_are_found_together_at_their_lines(found):
    everywhere = [
        "data.source.csv.drop=[a, bb]",
        "data.source.csv.types={c: numeric}",
        "data.prepare=[{standardize: {columns: [a, dd]}}]",
    ]
    lines = found(ROWS.replace("a,b,y", "a,b,z"), *everywhere)
    assert [(line, path) for line, path, *_ in lines] == [
        (2, "data.source.csv.target"), (None, "data.source.csv.drop.1"), (None, "data.source.csv.types.c"),
        (None, "data.prepare.0.standardize.columns.1")]
    assert lines[1][2:] == ("a.csv has no column 'bb'", "did you mean 'b'?")
    assert [
        path for _, path, *_ in found(ROWS, "data.prepare=[{log: {columns: [c]}}, {minmax: {columns: [b, d]}}]")
    ] == ["data.prepare.0.log.columns.0", "data.prepare.1.minmax.columns.1"]


def test_numbers_that_the_precision_cannot_hold_are_shown_with_what_it_holds(found):
    for override, path, words in (
            ("optimizer={sgd: {learning_rate: 1e308}}", "optimizer.sgd.learning_rate",
             "1e+308 is too large for float32"),
            ("optimizer={adam: {epsilon: 1e-300}}", "optimizer.adam.epsilon",
             "1e-300 is so small that float32 makes it 0"),
            ("network.2.linear.init={normal: {std: 1e39}}", "network.2.linear.init.normal.std",
             "too large for float32"),
            ("training.clip_norm=1e-50", "training.clip_norm", "so small"),
            ("training.adversarial.epsilon=1e308", "training.adversarial.epsilon", "too large"),
            ("schedule={one_cycle: {div_factor: 1e-300}}", "schedule.0",
             "makes of the learning rate 0.1 one that is too large"),
            ("schedule={step: {every: 1, gamma: 1e308}}", "schedule.0", "too large for float32"),
            ("schedule={linear_warmup: {epochs: 1e308}}", "schedule.0",
             "a warm-up of 1e+308 epochs is longer than the run, which has 10"),
            ("schedule={linear_warmup: {epochs: 11}}", "schedule.0", "longer than the run, which has 10"),
            ("schedule={cosine: {cycles: 1000}}", "schedule.0", "1,000 falls do not fit into a run of 10 steps"),
            ("network.0.linear.units=1000000000000000000", None, None)):
        problems = found(ROWS, override)
        assert [at for _, at, _, _ in problems] == [path] * bool(path), override
        assert not path or words in problems[0][2], problems
    wide = found(ROWS, "optimizer={sgd: {learning_rate: 1e300}}", "training.dtype=float64")
    assert wide == [] and "`training.dtype: float64`" in found(ROWS, "optimizer={sgd: {learning_rate: 1e300}}")[0][3]


def test_of_several_overridden_options_that_with_the_problem_is_shown(tmp_path):
    text = TEXT.replace("{csv: {file: a.csv, target: y}}", "{digits: {layout: channel}}")
    text = text.replace("linear: {units: 4}", "conv2d: {filters: 4, kernel: 3}")
    place = "network.conv2d1.conv2d"
    for overrides in ([f"{place}.kernel=9"], [f"{place}.filters=2", f"{place}.kernel=9", f"{place}.padding=valid"]):
        with pytest.raises(ConfigErrors) as caught:
            outline(parse(text.encode(), "c.yaml", overrides, tmp_path / "c.yaml"))
        problem, = caught.value.problems
        assert problem.source == f"{place}.kernel=9" and problem.path == "network.0.conv2d.kernel"
        assert problem.source[problem.column - 1] == "9"
