"""The contract of data sources."""

from typing import ClassVar

from dlcli.data.dataset import Data
from dlcli.data.files import Files
from dlcli.data.table import Table
from dlcli.engine.component import Component


class Source(Component):
    """Where rows come from.

    `load` returns a table per split that the source itself knows. "train" is always there: its rows are what
    `data.split` divides further; "validation" and "test" are there where the source brings them as such. `scan` returns
    the same tables for a look that trains nothing: targets and tables are read, but large arrays may be stand-ins of
    the right shape and type that take no memory. `specs` is for sources without rows.
    """

    family: ClassVar[str] = "data.sources"

    def load(self, files: Files, seed: int) -> dict[str, Table]:
        raise NotImplementedError

    def scan(self, files: Files, seed: int) -> dict[str, Table]:
        return self.load(files, seed)

    def specs(self) -> Data | None:
        """Shapes and classes, where a source has nothing else."""
        return None
