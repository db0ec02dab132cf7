"""Numbers in another notation and dates are no categories; codes, sizes and ranges are."""

import re

import pytest
import yaml

from dlcli.data.text_kinds import DATE, NUMBER, QUANTITY, are_dates, numbers_in_another_notation
from dlcli.errors import DataError
from tests.data.rig import csv, loaded

SURE = ["11.1%", "5 %", ".5%", "$5", "$1,234.50", "-$5", "$-5", "\u20ac 5", "5 \u20ac", "EUR 5", "5 EUR", "US$ 5",
        "1 234",
        "1\u00a0234", "5'000", "5\u2019000", "1.234,56", "(123)", "($1,234)", "\u22125", "0x1F", "nan", "-inf",
        "1_000", "3,5"]
QUANTITIES = ["12 km", "70kg", "1.5x", "12:30", "12:30 PM", "9:05:10.5", "1/2", "1 1/2", "5 km/h", "3 m\u00b2",
              "23\u00b0C",
              "5'10\"", "10 years", "1.6L", "1e3 kg", "5 \u00b5g"]
CATEGORIES = ["A1", "5th", "1st", "13th", "5th grade", "10-19", "1-1", "<5", "5+", "2nd Floor", "2019Q1", "12 Main St",
              "4x4", "yes"]
DATES = ["2019-01-01", "2019/1/1", "01.02.2019", "1/2/19", "2019-01", "2019-01-01 12:30:00", "2019-01-01T12:30Z",
         "Jan 5, 2020",
         "5 Jan 2020", "05-Jan-20", "January 2020", "5. Sept 2020", "12/2019"]
NO_DATES = ["1.2.3", "192.168.0.1", "10-19", "12:30", "20190101", "1/2", "mar", "2001.5", "2019-Q1", "5 marbles 20"]


def test_kinds_of_texts():
    assert [text for text in SURE if not NUMBER.fullmatch(text)] == []
    assert [text for text in QUANTITIES if NUMBER.fullmatch(text) or not QUANTITY.fullmatch(text)] == []
    assert [text for text in CATEGORIES if NUMBER.fullmatch(text) or QUANTITY.fullmatch(text)] == []
    assert [text for text in DATES if not DATE.fullmatch(text)] == []
    assert [text for text in NO_DATES if DATE.fullmatch(text)] == []
    assert are_dates(DATES + ["unknown"]) and not are_dates(DATES + NO_DATES * 2)


def test_quantities_count_only_where_there_are_many_in_few_units():
    assert len(numbers_in_another_notation([f"{i} km" for i in range(11)])) == 11
    assert numbers_in_another_notation([f"{i} months" for i in (12, 24, 36, 60)]) == set()
    assert numbers_in_another_notation([f"{i}{letter}" for i in range(9) for letter in "ABCDEF"]) == set()
    assert numbers_in_another_notation([f"{i}th" for i in range(4, 21)]) == set()


@pytest.mark.parametrize("hostile", ["1" + " " * 9990 + "!", "1 " * 4990 + "!", "1" + "'" * 9990 + "!",
                                     "(1" + " " * 9990, "1e" * 4990,
                                     "1." * 4990 + "x_", "1/" * 4990, "12 jan" + " " * 9990])
def test_no_text_takes_time(hostile):
    """With two blanks or signs to divide between three parts of a pattern, ten thousand of them would take minutes."""
    assert not (NUMBER.fullmatch(hostile) or QUANTITY.fullmatch(hostile) or DATE.fullmatch(hostile))


def refused(folder, cells, **options) -> DataError:
    text = "c,a,y\n" + "".join(f'"{cell}",{i},{i % 2}\n' for i, cell in enumerate(cells))
    with pytest.raises(DataError) as caught:
        loaded(csv(folder, text, **options), folder)
    assert caught.value.where == "a.csv:2:1"
    return caught.value


COLUMNS = {
    "per cent": [f"{i}.5%" for i in range(5)] * 6, "money": [f"${i},000" for i in range(1, 5)] * 6,
    "euros": ["5 \u20ac", "7 \u20ac"] * 9,
    "km": [f"{i} km" for i in range(30)], "kg": [f"{50 + i % 15}kg" for i in range(90)],
    "brackets": ["(123)", "77"] * 4 + ["(5)"],
    "apostrophes": ["5'000", "12'000"] * 4, "blanks": ["1 234", "17 500"] * 4, "times": [f"{i}:30" for i in range(24)],
    "fractions": [f"{i}/16" for i in range(16)],
    "two units": [f"{i} g" for i in range(20)] + [f"{i}.5 kg" for i in range(20)],
    "numbers and amounts": ["$5"] * 4 + ["7"] * 3 + ["free"] * 2,
}


@pytest.mark.parametrize("cells", COLUMNS.values(), ids=COLUMNS)
def test_a_column_of_numbers_in_another_notation_is_refused(tmp_path, cells):
    found = refused(tmp_path, cells)
    assert found.problem == f"{cells[0]!r} in column 'c' looks like a number in another notation"
    assert found.hint.startswith("numbers are written as 1234.5") and "`types`" in found.hint
    assert "missing" not in found.hint
    assert loaded(csv(tmp_path, (tmp_path / "a.csv").read_text(), types={"c": "one_hot"}),
                  tmp_path).fitted.columns[0].categories
    assert "missing" not in refused(tmp_path, cells, types={"c": "numeric"}).hint


@pytest.mark.parametrize("cells", [["A1", "B2"] * 9, [f"{i}th grade" for i in range(1, 13)] * 2, ["0-9", "10-19",
                                                                                                  "20-29"] * 5,
                                   ["36 months", "60 months"] * 8, ["2WD", "4WD"] * 8, ["12:00", "18:00"] * 8,
                                   ["S", "M", "2XL", "3XL"] * 6,
                                   [f"{i}{letter}" for i in range(6) for letter in "ABCDEF"] * 2, ["<18", "18+"] * 8,
                                   [f"{i} years" for i in range(2, 10)] * 6 + ["< 1 year", "1 year", "10+ years"] * 6])
def test_real_categories_are_left_alone(tmp_path, cells):
    text = "c,a,y\n" + "".join(f'"{cell}",{i},{i % 2}\n' for i, cell in enumerate(cells))
    assert loaded(csv(tmp_path, text), tmp_path).fitted.columns[0].categories == sorted(set(cells))


def test_a_stray_value_in_a_column_of_numbers_is_never_called_missing(tmp_path):
    for cell in ("11.1%", "12 km", "<0.1", "5+", "7 (est.)", "10-20"):
        text = "c,y\n1,0\n2,1\n" + f"{cell},0\n" + "4,1\n"
        with pytest.raises(DataError, match="expected a number") as caught:
            loaded(csv(tmp_path, text), tmp_path)
        assert "missing" not in caught.value.hint and caught.value.where == "a.csv:4:1"
    with pytest.raises(DataError) as caught:
        loaded(csv(tmp_path, "c,y\n1,0\n2,1\nlow,0\n4,1\n"), tmp_path)
    assert "add it to `missing`" in caught.value.hint


def test_hints_for_dates_identifiers_and_the_target(tmp_path):
    dates = refused(tmp_path, [f"2020-{1 + i // 28:02}-{1 + i % 28:02}" for i in range(60)])
    assert "60 different dates" in dates.problem and "month and weekday" in dates.hint and "ordinal" not in dates.hint
    assert "dates" in refused(tmp_path, [f"{1 + i % 28}.{1 + i // 28}.2020" for i in range(60)]).problem
    names = refused(tmp_path, [f"name {i}" for i in range(60)])
    assert "`drop: [c]`" in names.hint and "ordinal" not in names.hint
    for title in ("Name, Full", "#", "true", "a: b", 'say "x"', "na\u00efve \U0001f600", "back\\slash"):
        quoted = title.replace('"', '""')
        text = f'"{quoted}",a,y\n' + "".join(f"name {i},{i},{i % 2}\n" for i in range(60))
        with pytest.raises(DataError) as caught:
            loaded(csv(tmp_path, text), tmp_path)
        (line,) = re.findall("`(drop: .*?)`", caught.value.hint)
        assert loaded(csv(tmp_path, text, **yaml.safe_load(line)), tmp_path).fitted.features == ["a"]
    for cells in ([f"w{i}" for i in range(60)], [f"{i} km" for i in range(60)], [f"{i % 4}%" for i in range(60)]):
        found = refused(tmp_path, cells, target="c")
        assert "`task: classification`" in found.hint and "`types`" not in found.hint and "`drop" not in found.hint
        text = (tmp_path / "a.csv").read_text()
        assert loaded(csv(tmp_path, text, target="c", task="classification"), tmp_path).labels == sorted(set(cells))
