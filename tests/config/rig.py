"""The config that the tests change, and short ways to read it."""

from pathlib import Path

from dlcli.config import Config, ConfigErrors, parse

MUTATIONS = Path(__file__).parent / "mutations"
BASE = (MUTATIONS / "base.yaml").read_text()


def config(text: str = BASE, overrides: list[str] | tuple = ()) -> Config:
    return parse(text.encode(), "c.yaml", overrides)


def problems(text: str | bytes, overrides: list[str] | tuple = ()) -> list:
    """The problems of a text, in order; an empty list where it is valid."""
    try:
        parse(text.encode() if isinstance(text, str) else text, "c.yaml", overrides)
    except ConfigErrors as error:
        return error.problems
    return []


def network(lines: str, overrides: list[str] | tuple = ()) -> Config:
    """A valid config around these lines of a network."""
    return config(around(lines), overrides)


def around(lines: str) -> str:
    """A config with these lines as its network, which begins on line 2."""
    return (
        f"network:\n{lines.rstrip()}\ndata: {{source: iris}}\nloss: mse\noptimizer: {{sgd: {{learning_rate: 0.1}}}}\n"
    )
