"""The document of `compare` for people."""

from dlcli.terminal.screen import say, table
from dlcli.text import number


def show(document: dict) -> None:
    """The runs under letters, then a line for each option and metric that differs."""
    heads = titles(document)
    for title, name, status in zip(heads, document["runs"], document.get("status", ["completed"] * len(heads))):
        say(f"{title}  {name}" + ("" if status == "completed" else f" ({status})"))
    say()
    if document["config"]:
        table(["config", *heads], [[path, *map(_value, values)] for path, values in document["config"].items()],
              whole=True)
    else:
        say("The configs are the same.")
    say()
    positive = [["positive class", *map(number, document["positive"])]] if any(document.get("positive", ())) else []
    table(["metric", *heads],
          positive + [[name, *map(number, values)] for name, values in document["metrics"].items()])


def titles(document: dict) -> list[str]:
    """A letter for each run, or a number if they are many."""
    runs = len(document["runs"])
    return [chr(ord("A") + i) if runs <= 26 else str(i + 1) for i in range(runs)]


def _value(value) -> str:
    """A value as a config would write it."""
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, bool):
        return str(value).lower()
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
