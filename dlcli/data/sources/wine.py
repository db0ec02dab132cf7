"""Wines of three growers."""

from dlcli.data.files.find import Files
from dlcli.data.sources._embedded import embedded_table
from dlcli.data.sources._source import Source
from dlcli.data.table import Table


class Wine(Source):
    """178 wines of three growers in one region, told apart by 13 chemical measurements (Forina et al. 1988, UCI). Comes
    with dlcli."""

    def load(self, files: Files, seed: int) -> dict[str, Table]:
        return embedded_table("wine", "class", "classification")
