"""Three kinds of iris."""

from dlcli.data.files.find import Files
from dlcli.data.sources._embedded import embedded_table
from dlcli.data.sources._source import Source
from dlcli.data.table import Table


class Iris(Source):
    """150 flowers of three kinds, told apart by four lengths in cm (Anderson 1936, Fisher 1936). Comes with dlcli."""

    labels: dict[str, str] | None = None
    """Other names for the kinds; the same name twice joins them: `{versicolor: other, virginica: other}`."""

    def load(self, files: Files, seed: int) -> dict[str, Table]:
        return embedded_table("iris", "class", "classification", self.labels)
