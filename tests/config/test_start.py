"""Reading a config is part of every command's start: it loads only what the config names, and ends soon."""

import subprocess
import sys
import time

from dlcli.config import parse
from tests.config.rig import BASE, MUTATIONS

SCRIPT = """
import sys
from dlcli.config import load
load(sys.argv[1])
print(*sorted(name for name in sys.modules if name.startswith("dlcli.") or name.partition(".")[0] in ("pydantic", "rich", "matplotlib")))
"""


def test_only_what_is_named_is_imported():
    run = subprocess.run([sys.executable, "-c", SCRIPT, MUTATIONS / "base.yaml"], capture_output=True, text=True, check=True)
    loaded = run.stdout.split()
    members = {name for name in loaded if name.startswith(("dlcli.layers.", "dlcli.losses.", "dlcli.optimizers.", "dlcli.initializers."))}
    kinds = {name for name in members if not name.rpartition(".")[2].startswith("_")}
    assert kinds == {"dlcli.layers.linear", "dlcli.layers.relu", "dlcli.layers.add", "dlcli.losses.cross_entropy", "dlcli.optimizers.adam",
                     "dlcli.initializers.glorot", "dlcli.initializers.he", "dlcli.initializers.zeros"}
    assert not [name for name in loaded if name.startswith(("pydantic", "rich", "matplotlib", "dlcli.config.json_schema"))]


def test_a_config_is_read_in_milliseconds():
    best = 1.0
    for _ in range(5):
        start = time.process_time()
        parse(BASE.encode(), "c.yaml")
        best = min(best, time.process_time() - start)
    assert best < 0.02


def test_a_large_network_is_read_soon():
    lines = "\n".join("  - linear: {units: 64}\n  - relu" for _ in range(1000))
    text = BASE[:BASE.index("network:")] + f"network:\n{lines}\n" + BASE[BASE.index("loss:"):]
    start = time.process_time()
    assert len(parse(text.encode(), "c.yaml").entries) == 2000
    assert time.process_time() - start < 3
