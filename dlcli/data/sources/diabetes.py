"""Progress of diabetes."""

from dlcli.data.embedded import embedded_table
from dlcli.data.files import Files
from dlcli.data.source import Source
from dlcli.data.table import Table


class Diabetes(Source):
    """442 patients: disease progression after a year, from ten measurements in their own units (Efron et al. 2004). Comes with dlcli."""

    def load(self, files: Files, seed: int) -> dict[str, Table]:
        return embedded_table("diabetes", "progression", "regression")
