"""Time series, of which the next steps are to be predicted."""

import re
from typing import Annotated, Literal

from annotated_types import Ge, Le, Len

from dlcli.data.dataset import Data, Dataset
from dlcli.data.files.find import Files
from dlcli.data.settings import DataSettings
from dlcli.data.sources._parts import Part
from dlcli.data.sources._source import Source

Columns = str | Annotated[list[str], Len(1)]


class Series(Source):
    """A CSV file with a row per step of time, cut into windows: the network reads the last `window` steps, and the
    target is the next `horizon` steps of one column or several, those of one step side by side: (horizon * targets,).

    The series is divided by its order, the first share for training, and no window crosses a border: a part of n steps
    has n - window - horizon + 1 windows, and the first `window` steps of validation and test are read only. All that is
    learned (`standardize`, `scale_target`, the scale of `mase`) is learned on the training part, the past.
    """

    file: str | dict[Part, str]
    """Path of a CSV file with a header, or one per split: `{train: a.csv, test: b.csv}`. May be gzipped, or the only
    file of a .zip file."""
    target: Columns
    """The column to predict, or several."""
    time: str | None = None
    """The column of times (1949-01, 1949-01-31, 1949-01-31 12:30, or whole numbers), in ascending order. Left out, the
    rows are equally spaced. Times on the same day of each month, or on its last day, are counted in months."""
    time_format: str | None = None
    """How times are written, if in another way, by the codes of C's strftime: `"%d/%m/%Y"`, `"%m/%d/%y %H:%M"`, `"%b
    %Y"`. It must have a year."""
    inputs: Annotated[list[str], Len(1)] | None = None
    """The columns that the network reads; texts are categories (one_hot). Default: every column of numbers, the targets
    among them."""
    window: Annotated[int, Ge(1), Le(1 << 16)]
    """Past steps that the network reads."""
    horizon: Annotated[int, Ge(1), Le(1 << 12)] = 1
    """Steps to predict."""
    calendar: list[Literal["month", "day_of_year", "day_of_month", "weekday", "hour", "minute"]] = ()
    """Features of each step's time. Each is a pair, the sine and the cosine of 2 pi place / period, so that December
    lies beside January: `month` (12), `day_of_year` (365.2425), `day_of_month` (31), `weekday` (7), `hour` (24, with
    its minutes), `minute` (60)."""
    season: Annotated[int, Ge(1)] | None = None
    """Steps of a season, for the seasonal naive forecast and the scale of `mase`; 1: none. Default by the spacing: a
    year for months, quarters and weeks, a week for days, a day for what is shorter, else none."""
    gaps: Literal["refuse", "split", "fill"] = "refuse"
    """What becomes of missing steps and values. `split`: a new stretch begins behind them, and no window crosses.
    `fill`: they hold what the step before them held, targets as well, and their number is said. Input columns that
    `impute` of `prepare` is for keep their missing values until then."""
    missing: list[str] = ("",)
    """Cells that mean that the value is not known, such as `["", "?"]`."""
    delimiter: Annotated[str, Len(1, 1)] = ","
    """What stands between two cells."""
    encoding: Literal["utf-8", "latin-1", "windows-1252", "utf-16"] = "utf-8"
    """How the file's bytes are text."""

    def __post_init__(self):
        if self.time_format is not None and not {"%Y", "%y", "%c", "%x"} & set(re.findall("%.", self.time_format)):
            raise ValueError(f"time_format {self.time_format!r} has no year: %Y is one of four digits, %y of two")

    @property
    def targets(self) -> list[str]:
        return [self.target] if isinstance(self.target, str) else list(self.target)

    def memory_hint(self) -> str:
        return "fewer steps need less"

    def running(self, settings: DataSettings, files: Files, seed: int, dtype: str) -> Data:
        from dlcli.data.running_series import load_series

        return load_series(self, settings, files, dtype)

    def follow(self, paths: list[str], data: Data, labelled: bool) -> Dataset:
        from dlcli.data.running_series import new_series

        return new_series(self, paths, data, labelled)
