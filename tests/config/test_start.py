"""Reading a config is part of every command's start: it loads only what the config names, and ends soon."""

import subprocess
import sys

from dlcli.config import parse
from tests.config.rig import BASE, MUTATIONS
from tests.counting import lines_run

SCRIPT = """
import sys
from dlcli.config import load
load(sys.argv[1])
heavy = ("pydantic", "rich", "matplotlib")
print(*sorted(name for name in sys.modules if name.startswith("dlcli.") or name.partition(".")[0] in heavy))
"""


def test_only_what_is_named_is_imported():
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, MUTATIONS / "base.yaml"], capture_output=True, text=True, check=True
    )
    loaded = run.stdout.split()
    members = {
        name
        for name in loaded
        if name.startswith(("dlcli.layers.", "dlcli.losses.", "dlcli.optimizers.", "dlcli.initializers."))
    }
    kinds = {name for name in members if not name.rpartition(".")[2].startswith("_")}
    assert kinds == {
        "dlcli.layers.linear",
        "dlcli.layers.relu",
        "dlcli.layers.add",
        "dlcli.losses.cross_entropy",
        "dlcli.optimizers.adam",
        "dlcli.initializers.glorot",
        "dlcli.initializers.he",
        "dlcli.initializers.zeros",
    }
    assert not [
        name for name in loaded if name.startswith(("pydantic", "rich", "matplotlib", "dlcli.config.json_schema"))
    ]


def lines_for(layers: int) -> int:
    """Lines of Python that reading a network of so many layers runs."""
    lines = "\n".join("  - linear: {units: 64}\n  - relu" for _ in range(layers // 2))
    text = BASE[:BASE.index("network:")] + f"network:\n{lines}\n" + BASE[BASE.index("loss:"):]
    parsed = []
    count = lines_run(lambda: parsed.append(parse(text.encode(), "c.yaml")))
    assert len(parsed[0].entries) == layers
    return count


def test_the_work_of_reading_a_config_is_small_and_grows_with_its_size():
    parse(BASE.encode(), "c.yaml")          # what is imported once is not counted
    assert lines_run(lambda: parse(BASE.encode(), "c.yaml")) < 15_000       # some milliseconds
    assert lines_for(2000) < 10.5 * lines_for(200)
