"""What a config can name."""

from dlcli.api import _arguments


def explain(name: str | None = None) -> dict:
    """What a layer, a loss, an option or a section does and takes; without a name, all that a config can name.

    Returns {"name", "found": [...]}, a dict for each meaning of the name. UsageError if it has none.
    """
    from dlcli.config.explain import explain

    name = _arguments.text("name", name)
    return {"name": name, "found": explain(name)}


def schema() -> dict:
    """The JSON Schema of configs, from which editors complete and check them."""
    from dlcli.config.json_schema import json_schema

    return json_schema()
