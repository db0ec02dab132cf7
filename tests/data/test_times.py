"""Times of a series: reading, spacing, what comes next, and the calendar's features."""

import numpy as np
import pytest

from dlcli.data.times import NoTime, calendar, clock_of, like, read_times


def clock(*texts):
    times = read_times(texts)
    return clock_of(times), times


@pytest.mark.parametrize("texts, spacing, season, following", [
    (("1949-01", "1949-02", "1949-03"), "1 month", 12, "1949-04"),
    (("2020-01-31", "2020-02-29", "2020-03-31"), "1 month", 12, "2020-04-30"),
    (("2020-11-15", "2020-12-15", "2021-01-15"), "1 month", 12, "2021-02-15"),
    (("2020-01", "2020-04", "2020-07"), "3 months", 4, "2020-10"),
    (("2019-12-31", "2020-12-31", "2021-12-31"), "1 year", 1, "2022-12-31"),
    (("2020-02-27", "2020-02-28", "2020-02-29"), "1 day", 7, "2020-03-01"),
    (("2020-02-01", "2020-02-08", "2020-02-15"), "1 week", 52, "2020-02-22"),
    (("2020/2/1", "2020/2/2", "2020/2/4"), "1 day", 7, "2020-02-05"),
    (("2020-01-01 22:30", "2020-01-01 23:00", "2020-01-01 23:30"), "30 minutes", 48, "2020-01-02 00:00"),
    (("2020-01-01T22:00:00Z", "2020-01-01T23:00:00Z"), "1 hour", 24, "2020-01-02T00:00:00Z"),
    (("1749", "1750", "1751"), "1", 1, "1752"),
])
def test_the_spacing_its_season_and_the_next_time(texts, spacing, season, following):
    found, times = clock(*texts)
    assert (found.spacing, found.season) == (spacing, season)
    assert found.text(found.after(int(times.values[-1]), 1)) == following
    assert [found.text(int(v)) for v in times.values][0] == texts[0] or "/" in texts[0]


@pytest.mark.parametrize("texts, form, spacing, following", [
    (("01/11/2020", "01/12/2020", "01/01/2021"), "%d/%m/%Y", "1 month", "01/02/2021"),
    (("11/30/20 23:00", "12/01/20 00:00"), "%m/%d/%y %H:%M", "1 hour", "12/01/20 01:00"),
    (("Jan 1999", "Feb 1999"), "%b %Y", "1 month", "Mar 1999")])
def test_times_that_are_written_otherwise(texts, form, spacing, following):
    times = read_times(texts, form)
    found = clock_of(times)
    assert found.spacing == spacing and found.text(found.after(int(times.values[-1]), 1)) == following
    with pytest.raises(NoTime, match="'31.1.2020' is not written as"):
        read_times([*texts, "31.1.2020"], form)


def test_a_later_file_may_be_written_in_another_way_but_not_have_numbers_for_dates():
    found, _ = clock("2020-01", "2020-02", "2020-03")
    other = like(found, read_times(["2021-05-01"]))
    assert other.text(other.after(int(read_times(["2021-05-01"]).values[0]), 2)) == "2021-07-01"
    assert like(found, read_times(["5", "6"])) is None


@pytest.mark.parametrize("texts, index", [
    (("2020-01-01", "x"), 1), (("31.1.2020",), 0), (("2020-02-30",), 0), (("1", "2.5"), 1), (("",), 0),
    (("2020-01-01T00:00", "2020-01-01T01:00Z"), 1)])
def test_what_is_no_time_is_named(texts, index):
    with pytest.raises(NoTime) as error:
        read_times(texts)
    assert error.value.index == index


def test_the_calendar():
    times = read_times(["2024-02-29 18:30", "2023-12-31 00:15"]).values
    found = {name: calendar(name, times).tolist()
             for name in ("month", "day_of_year", "day_of_month", "weekday", "hour", "minute")}
    assert found == {"month": [1, 11], "day_of_year": [59, 364], "day_of_month": [28, 30], "weekday": [3, 6],
                     "hour": [18.5, 0.25], "minute": [30, 15]}
    assert calendar("weekday", np.array([-86400])).tolist() == [2]      # 1969-12-31 was a Wednesday
