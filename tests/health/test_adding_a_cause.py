"""A cause of ill health is one file and one row in the table of cases: put into a copy of the project, it is found."""

import json
import subprocess
import sys

CAUSE = '''
from dlcli.health.cause import Cause
from dlcli.health.finding import Check, Remedy
from dlcli.health.gauge import Gauge


class Calls(Gauge):
    """How often an activation was called."""

    name = "calls"
    missing = "there is no activation"
    calls = 0

    @classmethod
    def fits(cls, layer):
        return layer.activation is not None

    def see(self, x, y):
        self.calls += 1

    def value(self):
        return float(self.calls)


class SingleRows(Check):
    """Does each step learn from a single row?

    Sources: none, this is for a test.
    """

    code = "B01"
    place = 25
    title = "rows of a batch"
    gauge = Calls

    def look(self, record):
        if record.experiment.batch_rows > 1:
            return None
        output = record.structure.output
        assert record.start.layers["tanh1"].gauged["calls"] == record.passes and not record.start.layers[output].gauged
        return self.finding(1, "lonely_rows", output, [output], record.start, says="each step sees a single row",
                            measure="rows of a batch", value=1.0, limit=1.0, healthy=(2.0, 64.0))


class LonelyRows(Cause):
    """Each step follows a single row, which may be an odd one."""

    words = "batches of a single row"
    explains = ("dead_units", "nothing_learned")
    checks = (SingleRows,)

    def remedy(self, record, finding, edits):
        return Remedy("take more rows at once", ["training.batch_size=16"])
'''
ROW = '''
    "batches of one row": Case(
        "B01",
        "lonely_rows",
        "linear3",
        "warning",
        config(layers(2, "tanh"), batch_size=1, optimizer=rate(0.001)),
        config(layers(2, "tanh"), batch_size=32, optimizer=rate(0.001)),
    ),
'''


def test_one_file_and_one_row_are_a_cause(copy):
    (copy / "dlcli/health/causes/lonely_rows.py").write_text(CAUSE.lstrip())
    tests = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "tests/health/test_checks.py",
             "-k", "one or complete or explains or says"]
    alone = subprocess.run(tests, cwd=copy, capture_output=True, text=True)
    assert alone.returncode == 1 and "test_table_is_complete" in alone.stdout, "without a row the suite must fail"

    cases = copy / "tests/health/cases.py"
    cases.write_text(cases.read_text().replace("CASES = {\n", f"CASES = {{{ROW}", 1))
    done = subprocess.run(tests, cwd=copy, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout

    show = "from tests.health.cases import CASES; from tests.health.networks import look; import json; " \
        "print(json.dumps(look(CASES['batches of one row'].sick)))"
    said = json.loads(subprocess.run([sys.executable, "-c", show], cwd=copy, capture_output=True, text=True).stdout)
    codes = [check["code"] for check in said["checks"]]
    assert codes[1:4] == ["D05", "B01", "S02"], "its place in causal order"
    assert said["findings"][0]["remedy"]["patch"] == ["training.batch_size=16"]
