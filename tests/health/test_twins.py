"""Health knows no layer by name: a copy of one under a new name gets the verdict and the patch of its original."""

import json
import subprocess
import sys

import pytest

ASK = """
import json, sys
from tests.health.networks import ADAM, config, layers, look
from tests.health.cases import rate

def documents(kind):
    yield look(config(layers(8, kind, init={"normal": {"std": 0.02}})))
    yield look(config(layers(14, kind, 16), optimizer=rate(0.01), batch_size=4))
    yield look(config(layers(2, kind, 16), optimizer=rate(30.0)))
    yield look(config(layers(4, kind, bias_init={"constant": {"value": -12.0}}), optimizer=ADAM))

print(json.dumps([list(documents(kind)) for kind in sys.argv[1:]]))
"""


@pytest.mark.parametrize("kind", ["silu", "softplus", "tanh", "sigmoid", "leaky_relu", "layer_norm"])
def test_a_copy_under_a_new_name_is_judged_alike(copy, kind):
    source = (copy / f"dlcli/layers/{kind}.py").read_text()
    (copy / "dlcli/layers/bent.py").write_text(source.replace(f"class {kind.title().replace('_', '')}(", "class Bent("))
    done = subprocess.run([sys.executable, "-c", ASK, kind, "bent"], cwd=copy, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    original, twin = json.loads(done.stdout)
    assert any(document["findings"] for document in original)
    assert json.loads(json.dumps(twin).replace("bent", kind)) == original
