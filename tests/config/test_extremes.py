"""Every number that a config can hold, set to the ends of what numbers are: refused, or checked in bounded work.

The count grows with the registry. Data sources are left to the tests of data: their numbers are rows.
"""

import signal
import tracemalloc

import pytest

from dlcli.config import ConfigErrors, parse
from dlcli.config.build import outline
from dlcli.config.schema.fields import Field, fields
from dlcli.config.schema.sections import sections
from dlcli.config.wording.types import expected
from dlcli.engine import registry
from dlcli.errors import DataError
from dlcli.training.footprint import memory

WHOLE = ("0", "-1", "1000000000", "9223372036854775807", "1" + 30 * "0")
REAL = ("0", "-1", "1e-300", "1e308", "1e9", "1e30")
MOST = 100 << 20
"""Bytes that looking at a small network may take."""
LONGEST = 30
"""Seconds after which one case counts as hanging; each takes some milliseconds."""
PICTURES, ROWS = "{digits: {layout: channel}}", "{moons: {n: 40}}"
SECTIONS = {"losses": "loss", "optimizers": "optimizer", "schedules": "schedule", "metrics": "metrics"}
BESIDE = {"groups": "1", "padding": "1", "shape": "[2]", "gamma": "0.5", "every": "1", "value": "1.0"}
"""Values of options that a component needs beside the one that is looked at."""


def around(family: str, kind: str, options: str) -> str:
    """A config in which this component stands, with data that suit it."""
    part, source, parts = f"{{{kind}: {options}}}", ROWS, {"loss": "cross_entropy", "optimizer": "adam"}
    layers = "{linear: {units: 2}}"
    if family == "layers":
        flat = kind in ("linear", "dropout", "elu", "leaky_relu", "prelu", "layer_norm", "batch_norm", "embedding")
        sequence = kind.endswith("1d")
        source = ROWS if flat else "{digits: {layout: stored}}" if sequence else PICTURES
        layers = f"{part}, flatten, {{linear: {{units: {2 if flat else 10}}}}}"
    elif family == "losses":
        source = {"dice": "{digit_canvases: {size: 16}}", "huber": "diabetes"}.get(kind, source)
        layers = {"dice": "{conv2d: {filters: 11, kernel: 1}}", "huber": "{linear: {units: 1}}"}.get(kind, layers)
    elif family == "initializers":
        layers = f"{{linear: {{units: 2, init: {part}}}}}"
    if family in SECTIONS:
        parts[SECTIONS[family]] = part
    data = f"source: {source}, split: {{train: 0.5, test: 0.5}}"
    data += f", {family[5:]}: {part}" if family.startswith("data.") else ""
    return f"data: {{{data}}}\nnetwork: [{layers}]\n" + "".join(f"{name}: {value}\n" for name, value in parts.items())


def mapping(options: dict[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in options.items()) + "}"


def in_section(path: str, option: str, value: str) -> str:
    text = f"{option}: {value}"
    for name in reversed(path.split(".") if path else []):
        beside = ", epsilon: 0.1" if name == "adversarial" and option != "epsilon" else ""
        beside += f", source: {ROWS}" if name == "data" else ""
        text = f"{name}: {{{text}{beside}}}"
    data = "" if path.startswith("data") else f"data: {{source: {ROWS}}}\n"
    return f"{data}{text}\nnetwork: [{{linear: {{units: 2}}}}]\nloss: cross_entropy\noptimizer: adam\n"


def forms(field: Field) -> list[str]:
    """What to write: numbers, and lists of two where the option takes lists."""
    words = expected(field.annotation)
    if "number" not in words or field.family or field.section or field.named or field.entries:
        return []
    values = WHOLE if "whole" in words else REAL
    lists = [f"[{value}, {value}]" for value in values] if "list of" in words else []
    return [*values, *lists]


def cases():
    for family in registry.FAMILIES:
        for kind in registry.kinds(family) if family != "data.sources" else ():
            known = fields(registry.find(family, kind))
            needed = {name: BESIDE.get(name, "2") for name, field in known.items() if field.required}
            texts = [around(family, kind, mapping(needed | {name: form}))
                     for name, field in known.items() for form in forms(field)]
            if texts:
                yield pytest.param(family, texts, id=f"{family}.{kind}")
    for path, cls in sections().items():
        texts = [in_section(path, name, form) for name, field in fields(cls).items() for form in forms(field)]
        if texts:
            yield pytest.param("sections", texts, id=f"section {path}")


def hang(*_):
    raise AssertionError("no end")


@pytest.mark.parametrize("family, texts", list(cases()))
def test_extreme_numbers_are_refused_or_checked_in_bounded_work(family, texts):
    before = signal.signal(signal.SIGALRM, hang)
    if family == "layers":          # what allocates by its numbers; watching costs as much again as looking
        tracemalloc.start()
    try:
        for text in texts:
            tracemalloc.reset_peak()
            start = tracemalloc.get_traced_memory()[0]
            signal.alarm(LONGEST)
            try:
                memory(outline(parse(text.encode(), "c.yaml")))
            except (ConfigErrors, DataError) as error:
                assert 0 < len(str(error)) < 2000, text
            except BaseException as error:
                raise AssertionError(text) from error
            signal.alarm(0)
            assert tracemalloc.get_traced_memory()[1] - start < MOST, text
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        tracemalloc.stop()
