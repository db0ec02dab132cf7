"""Handwritten digits, 8x8."""

from hashlib import sha256

from dlcli.data.files.find import Files
from dlcli.data.formats.array_table import Layout, array_column, array_table
from dlcli.data.formats.idx import read_idx
from dlcli.data.sources._embedded import embedded
from dlcli.data.sources._source import Source
from dlcli.data.table import Table


class Digits(Source):
    """1,797 handwritten digits as 8x8 pictures of ink from 0 to 16, in ten classes (Alpaydin and Kaynak 1998, UCI).
    Comes with dlcli."""

    layout: Layout = "flat"
    """`flat`: 64 values; `stored`: 8x8; `channel`: 8x8x1, as convolutions want it."""

    def load(self, files: Files, seed: int) -> dict[str, Table]:
        data = embedded("digits-images.idx.gz")
        images = read_idx(data, "digits")
        labels = read_idx(embedded("digits-labels.idx.gz"), "digits")
        table = array_table({"x": array_column(images, self.layout, top=16)}, labels, "digits")
        table.origin = sha256(data).hexdigest
        return {"train": table}
