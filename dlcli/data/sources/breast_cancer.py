"""Breast tumours."""

from dlcli.data.files.find import Files
from dlcli.data.sources._embedded import embedded_table
from dlcli.data.sources._source import Source
from dlcli.data.table import Table


class BreastCancer(Source):
    """569 breast tumours, malignant or benign, by 30 measurements of cell nuclei (Street, Wolberg and Mangasarian 1993,
    UCI). Comes with dlcli."""

    def load(self, files: Files, seed: int) -> dict[str, Table]:
        return embedded_table("breast_cancer", "class", "classification")
