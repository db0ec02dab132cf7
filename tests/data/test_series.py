"""A time series: windows, splits, what is learned of the past alone, gaps, and the naive forecasts."""

import numpy as np
import pytest

from dlcli.data.dataset import Data
from dlcli.data.new_rows import prepare_new
from dlcli.errors import ConfigError, ConfigErrors, DataError
from dlcli.storage.forms import FormError
from dlcli.storage.strict_json import dump, parse
from tests.data.rig import loaded

MONTHS = [f"{2000 + i // 12}-{i % 12 + 1:02}" for i in range(60)]
VALUES = [10 * (i % 12) + i * i / 7 for i in range(60)]


def written(folder, rows, name="a.csv", header="t,v,u,w"):
    (folder / name).write_text("\n".join([header, *rows]) + "\n")


def lines(times=MONTHS, values=VALUES):
    return [f"{t},{v},{-i},{'ab'[i % 2]}" for i, (t, v) in enumerate(zip(times, values))]


def series(folder, rows=None, split=None, prepare=(), **options):
    written(folder, lines() if rows is None else rows)
    source = {"series": {"file": "a.csv", "target": "v", "time": "t", "window": 6, **options}}
    return loaded(source, folder, split=split or {"train": 0.5, "validation": 0.25, "test": 0.25}, prepare=prepare)


def test_windows_do_not_cross_borders_and_the_target_is_what_follows(tmp_path):
    data = series(tmp_path, horizon=2)
    assert data.rows == {"train": 30 - 7, "validation": 15 - 7, "test": 15 - 7}     # n - window - horizon + 1
    assert data.inputs["x"] == (6, 2) and data.target == (2,) and data.fitted.features == ["v", "u"]
    for split, first in (("train", 0), ("validation", 30), ("test", 45)):
        one = data.splits[split]
        for row in (0, len(one) - 1):
            at = first + row
            np.testing.assert_allclose(one.inputs["x"][row][:, 0], VALUES[at:at + 6], rtol=1e-6)
            np.testing.assert_allclose(one.target[row], VALUES[at + 6:at + 8], rtol=1e-6)


def test_everything_is_learned_on_the_past_alone(tmp_path):
    prepare = ["standardize", {"scale_target": {"log": True}}]
    data = series(tmp_path, prepare=prepare, horizon=3)
    past = np.array(VALUES[:30])
    state = data.fitted.columns[0].steps[0]
    np.testing.assert_allclose([state["mean"], state["scale"]], [past.mean(), past.std()])
    assert data.fitted.target.steps[0]["mean"] == [np.log1p(past).mean()] * 3
    np.testing.assert_allclose(data.fitted.target.unscale(data.splits["test"].target[0][None])[0], VALUES[51:54],
                               rtol=1e-5)
    np.testing.assert_allclose(data.target.scale, [np.abs(past[12:] - past[:-12]).mean()] * 3)
    changed = series(tmp_path, lines(values=VALUES[:30] + [1e6] * 30), prepare=prepare, horizon=3)
    assert dump(changed.fitted.state()) == dump(data.fitted.state()) and changed.target.scale == data.target.scale


def test_several_targets_lie_side_by_side_for_each_step(tmp_path):
    data = series(tmp_path, target=["v", "u"], horizon=2, prepare=["scale_target"])
    found = data.fitted.target.unscale(data.splits["train"].target[:1].astype(np.float64))
    np.testing.assert_allclose(found, [[VALUES[6], -6, VALUES[7], -7]], atol=1e-5)


def test_naive_forecasts_read_the_past_across_the_border_of_a_split(tmp_path):
    data = series(tmp_path, horizon=14, split={"train": 0.5, "test": 0.5})
    past = data.splits["test"].past
    origin = 36
    assert past.origins[0] == origin and past.season == 12
    np.testing.assert_allclose(past.naive(1)[0], [VALUES[origin - 1]] * 14)
    np.testing.assert_allclose(past.naive(12)[0], VALUES[origin - 12:origin] + VALUES[origin - 12:origin - 10])
    assert np.isnan(data.splits["train"].past.naive(12)[0, 0])      # 6 steps are known, a season has 12
    assert series(tmp_path, season=5).splits["test"].past.season == 5


def test_the_calendar_and_named_inputs(tmp_path):
    data = series(tmp_path, inputs=["w", "u"], calendar=["month"])
    assert data.fitted.features == ["w=a", "w=b", "u", "month sine", "month cosine"]
    x = data.splits["train"].inputs["x"][0]
    np.testing.assert_allclose(x[3], [0, 1, -3, 1, 0], atol=1e-6)


def without(*rows):
    return [line for i, line in enumerate(lines()) if i not in rows]


@pytest.mark.parametrize("rows, where, problem", [
    (without(7, 8, 20), "a.csv:9", "3 steps of 1 month are missing, the first before this line: 2000-08, 2000-09 and "
                                   "1 more"),
    ([*lines()[:5], *lines()[4:]], "a.csv:7:1", "the time 2000-05 is there twice"),
    ([*lines()[10:], *lines()[:10]], "a.csv:52:1", "the time 2000-01 comes after 2004-12"),
    ([*lines()[:4], "2000-05,,1,a", *lines()[5:]], "a.csv:6:2", "column 'v' has no value at 2000-05"),
    ([*lines()[:4], "5/2000,1,1,a", *lines()[5:]], "a.csv:6:1", "'5/2000' is no time"),
    ([*lines(), "2005-01-15,1,1,a"], "a.csv:62:1", "lies between two steps")])
def test_gaps_and_times_that_do_not_fit_are_named(tmp_path, rows, where, problem):
    if "2005-01-15" in rows[-1]:
        rows = [row.replace(row.split(",")[0], f"2000-01-{i + 1:02}T00:00") for i, row in enumerate(rows[:20])]
        rows, where = [*rows, "2000-01-20T12:00,1,1,a"], "a.csv:22:1"
    with pytest.raises(DataError) as error:
        series(tmp_path, rows)
    assert error.value.where == where and problem in error.value.problem and error.value.hint


def test_gaps_split_or_fill(tmp_path):
    rows = [*without(7, 8)[:20], "2001-11,,-22,a", *without(7, 8)[21:]]       # steps 7 and 8, and the value of 22
    data = series(tmp_path, rows, gaps="split", split={"train": 1.0})
    assert data.rows == {"train": (7 - 6) + (13 - 6) + (37 - 6)}
    starts = [x[0, 1] for x in data.splits["train"].inputs["x"][:]]
    assert starts[0] == 0 and starts[1] == -9 and starts[8] == -23
    filled = series(tmp_path, rows, gaps="fill", split={"train": 1.0}).splits["train"]
    assert len(filled) == 60 - 6
    np.testing.assert_allclose(filled.target[:4][:, 0], np.float32([VALUES[6], VALUES[6], VALUES[6], VALUES[9]]))
    assert filled.target[22 - 6][0] == np.float32(VALUES[21])


def test_missing_inputs_wait_for_impute(tmp_path):
    rows = [*lines()[:4], f"2000-05,{VALUES[4]},,a", *lines()[5:]]
    with pytest.raises(DataError, match="column 'u' has no value at 2000-05"):
        series(tmp_path, rows)
    data = series(tmp_path, rows, prepare=["impute"])
    assert data.splits["train"].inputs["x"][0][4, 1] == np.median([-i for i in range(30) if i != 4])


def test_a_new_file_goes_on_where_it_ends(tmp_path):
    data = series(tmp_path, calendar=["month"], prepare=["standardize", "scale_target"], horizon=2)
    again = Data.of(parse(dump(data.state()), "state"))
    rows = prepare_new(str(tmp_path / "a.csv"), again)
    assert len(rows) == 1 and rows.past.times(int(rows.past.origins[0]), 2) == ["2005-01", "2005-02"]
    whole = prepare_new(str(tmp_path / "a.csv"), again, labelled=True)
    assert len(whole) == 60 - 7
    np.testing.assert_array_equal(whole.inputs["x"][45], data.splits["test"].inputs["x"][0])
    np.testing.assert_array_equal(rows.inputs["x"][0][:-2], whole.inputs["x"][-1][2:])
    assert again.target.scale == data.target.scale
    written(tmp_path, lines()[:5], "short.csv")
    with pytest.raises(DataError, match="has 5 steps, and the network reads 6"):
        prepare_new(str(tmp_path / "short.csv"), again)
    written(tmp_path, [line.replace("-", "-01-", 1) for line in lines()[:12]], "days.csv")
    with pytest.raises(DataError, match="trained on 1 month apart"):
        prepare_new(str(tmp_path / "days.csv"), again)


@pytest.mark.parametrize("options, where", [
    ({"target": "x"}, "target"), ({"inputs": ["v", "z"]}, "inputs.1"), ({"time": "when"}, "time"),
    ({"time": None, "calendar": ["month"]}, "calendar"), ({"inputs": ["t"]}, "inputs.0"),
    ({"target": ["v", "v"]}, "target.1"), ({"calendar": ["hour"]}, "calendar.0"),
    ({"time": None, "time_format": "%d.%m.%Y"}, "time_format")])
def test_options_that_do_not_fit(tmp_path, options, where):
    with pytest.raises((ConfigError, ConfigErrors)) as error:
        series(tmp_path, **options)
    found = error.value.problems[0] if isinstance(error.value, ConfigErrors) else error.value
    assert found.where == f"data.source.series.{where}"


def test_times_with_the_day_first(tmp_path):
    rows = [f"{1 + i // 12:02}.{i % 12 + 1:02}.2000," + line.split(",", 1)[1] for i, line in enumerate(lines()[:12])]
    rows += [row[:6] + "2001" + row[10:] for row in rows]
    data = series(tmp_path, rows, time_format="%d.%m.%Y", window=2, season=1)
    assert data.splits["test"].past.times(12, 2) == ["01.01.2001", "01.02.2001"]
    new = prepare_new(str(tmp_path / "a.csv"), Data.of(parse(dump(data.state()), "state")))
    assert new.past.times(int(new.past.origins[0]), 2) == ["01.01.2002", "01.02.2002"]
    with pytest.raises(DataError, match="'01.01.2000' is no time") as error:
        series(tmp_path, rows)
    assert 'such as "%d/%m/%Y"' in error.value.hint
    with pytest.raises(ValueError, match="has no year"):
        series(tmp_path, rows, time_format="%d.%m")


def test_a_part_that_is_too_short(tmp_path):
    with pytest.raises(DataError, match="has 15 steps behind each other, and a window needs 21") as error:
        series(tmp_path, window=20)
    assert error.value.where == "data.split.validation"
    with pytest.raises(DataError, match="no 41 steps") as error:
        series(tmp_path, season=40)


@pytest.mark.parametrize("path, value", [
    (("fitted", "window"), 7), (("fitted", "target", "horizon"), 3), (("fitted", "target", "names"), ["v", "u"]),
    (("fitted", "target", "season"), 0), (("fitted", "target", "unit"), "day"), (("target", "scale"), [1.0]),
    (("fitted", "target", "step"), "x"), (("target", "scale"), ["x", 1.0])])
def test_a_state_that_does_not_fit_is_refused(tmp_path, path, value):
    state = parse(dump(series(tmp_path, horizon=2).state()), "state")
    Data.of(parse(dump(state), "state"))
    place = state
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(FormError):
        Data.of(state)


def test_hints_name_options_of_this_source(tmp_path):
    for cell in ("n/a", "x", "1,5"):
        with pytest.raises(DataError, match="expected a number in column 'u'") as error:
            series(tmp_path, [*lines()[:9], f'2000-10,3,"{cell}",a', *lines()[10:]])
        assert error.value.where == "a.csv:11:3"
        assert "types" not in error.value.hint and "drop" not in error.value.hint
