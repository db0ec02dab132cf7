"""The contract of data sources."""

from typing import Annotated, ClassVar

from annotated_types import Ge, Le

from dlcli.data.dataset import Data, Dataset
from dlcli.data.files.find import Files
from dlcli.data.settings import DataSettings
from dlcli.data.table import Table
from dlcli.engine.component import Component

MOST_ROWS = 10_000_000
"""Most rows of a source that makes its rows itself."""
Drawn = Annotated[int, Ge(2), Le(MOST_ROWS)]
"""Number of rows that are drawn."""
Classes = Annotated[int, Ge(2), Le(1_000_000)]
"""Number of classes that are declared; each has a name in the checkpoint."""
Noise = Annotated[float, Ge(0), Le(1e6)]
"""Standard deviation of what is added to numbers of about 1."""
Clouds = Annotated[int, Ge(2), Le(1_000)]
"""Number of classes that are drawn; of whole numbers, more are taken for values."""


class Source(Component):
    """Where rows come from.

    `load` returns a table per split that the source itself knows. "train" is always there: its rows are what
    `data.split` divides further; "validation" and "test" are there if the source brings them as such. `scan` returns
    the same tables for a look that trains nothing: targets and tables are read, but large arrays may be stand-ins of
    the right shape and type that take no memory. `specs` is for sources without rows.
    """

    family: ClassVar[str] = "data.sources"

    def load(self, files: Files, seed: int) -> dict[str, Table]:
        raise NotImplementedError

    def scan(self, files: Files, seed: int) -> dict[str, Table]:
        return self.load(files, seed)

    def memory_hint(self) -> str:
        """What to do if the rows do not fit into memory."""
        return "fewer rows need less"

    def running(self, settings: DataSettings, files: Files, seed: int, dtype: str) -> Data | None:
        """All splits of a source of one long row (a text, a time series), which is divided before it is cut into
        windows; None for a source of rows."""
        return None

    def follow(self, paths: list[str], data: Data, labelled: bool) -> Dataset:
        """New rows of a source of one long row, by what a run has learned (`data`). labelled: with their targets."""
        raise NotImplementedError

    def specs(self) -> Data | None:
        """Shapes and classes, if a source has nothing else."""
        return None
