"""The data sets that come with dlcli; docs/data.md tells where they are from."""

from hashlib import sha256
from pathlib import Path

from dlcli.data.formats.gunzip import gunzip
from dlcli.data.table import Table
from dlcli.engine.registry import create


def embedded(file: str) -> bytes:
    """Unpacked bytes of a packaged file."""
    return gunzip((Path(__file__).parents[1] / "embedded" / file).read_bytes(), file)


def embedded_table(name: str, target: str, task: str, labels: dict[str, str] | None = None) -> dict[str, Table]:
    """A packaged CSV file with a header; `labels` gives the target's texts other names."""
    from dlcli.data.formats.csv.table import read_table
    from dlcli.data.formats.csv.target import Labels

    renamed = Labels(labels)
    options = create(
        "data.sources", {"csv": {"file": name, "target": target, "header": True, "task": task, "labels": labels}}
    )
    data = embedded(f"{name}.csv.gz")
    table = read_table(options.text(data, name), options, labels=renamed)
    table.origin = sha256(data).hexdigest
    renamed.check(f"data.source.{name}.labels")
    return {"train": table}
