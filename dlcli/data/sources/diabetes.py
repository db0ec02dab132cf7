"""Progress of diabetes."""

from dlcli.data.files.find import Files
from dlcli.data.sources._embedded import embedded_table
from dlcli.data.sources._source import Source
from dlcli.data.table import Table


class Diabetes(Source):
    """442 patients: disease progression after a year, from ten measurements in their own units (Efron et al. 2004).
    Comes with dlcli."""

    def load(self, files: Files, seed: int) -> dict[str, Table]:
        return embedded_table("diabetes", "progression", "regression")
