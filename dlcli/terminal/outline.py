"""The document of `check` for people: data, layers, memory, work."""

from dlcli.notices import Notice
from dlcli.terminal import columns
from dlcli.terminal.listener import stderr
from dlcli.terminal.screen import say, table, warn
from dlcli.text import count, listed, size, split_rows


def heard(notice: Notice) -> None:
    """Each warning with an empty line behind it: several of them are several paragraphs."""
    stderr(notice)
    if notice.kind == "warning":
        warn("")


def show(document: dict) -> None:
    """The document of a config without errors."""
    data, target, notes = document["data"], document["target"], document["notes"]
    inputs = ", ".join(f"{name} {_shape(shape)}" for name, shape in document["inputs"].items())
    answer = f"{target['classes']} classes" if data["task"] == "classification" else count(target["shape"][0], "value")
    rows = split_rows(data["rows"]) if data["rows"] else "declared data"
    say(f"{document['name']}: {data['task']}, {rows}; {inputs}, {answer}")
    columns.show(data, target["shape"])
    say()
    _layers(document["layers"])
    say()
    say(f"{document['parameters']:,} parameters, about {size(document['memory_bytes'])} of memory: "
        + ", ".join(f"{name} {size(taken)}" for name, taken in document["memory"].items() if taken))
    say(f"{document['flops_per_sample']:,} floating-point operations per sample, forward")
    idle = f": {notes['idle_cores']}" if notes["idle_cores"] else ""
    say(f"{count(document['batch_rows'], 'row')} per batch in {count(document['shards'], 'shard')}{idle}")
    _buckets(document["buckets"])
    if notes["joined_row"]:
        say(notes["joined_row"])
    say("The config is valid.")


def _buckets(buckets: list[dict]) -> None:
    """How rows of different length are divided."""
    if len(buckets) < 2:
        return
    steps, rows = ([f"{bucket[key]:,}" for bucket in buckets] for key in ("steps", "batch_rows"))
    each = f", {listed(rows)} per batch" if len(set(rows)) > 1 else ""
    say(f"rows of up to {listed(steps)} steps are computed apart{each}")


def _layers(layers: list[dict]) -> None:
    rows = [[layer["name"], layer["kind"], _shape(layer["output"]),
             f"{layer['parameters']:,}" if layer["parameters"] else ""] for layer in layers]
    table(["layer", "kind", "output", "parameters"], rows, left=3, spare="kind")


def _shape(shape) -> str:
    return " x ".join(map(str, shape)) or "1"
