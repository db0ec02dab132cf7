"""The operator cases of the `onnx` package (see onnx_cases.py): every one is run and passes, or is left out for a
reason."""

import re
from pathlib import Path

import pytest

onnx = pytest.importorskip("onnx")

from . import onnx_cases  # noqa: E402
from .onnx_operators import OPERATORS  # noqa: E402

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="session")        # the package makes its cases once in a process
def results():
    return onnx_cases.outcomes()


def test_every_case_that_is_run_passes(results):
    assert not [r for r in results if r.fault], onnx_cases.table(results)
    assert sum(not r.reason for r in results) >= 200


def test_no_case_is_dropped(results):
    """Found in the package's own list and folders, apart from what onnx_cases.py looks at."""
    import onnx.backend.test.case.node as node
    wanted = OPERATORS.keys() | onnx_cases.NO_LAYER
    made = {case.name for case in node._NodeTestCases if case.model.graph.node[0].op_type in wanted}
    models = Path(onnx.__file__).parent.glob("backend/test/data/pytorch-*/*/model.onnx")
    stored = {f"{path.parent.parent.name}/{path.parent.name}" for path in models
              if wanted & {n.op_type for n in onnx.load(path).graph.node}}
    names = [r.name for r in results]
    assert len(names) == len(set(names)) and made | stored <= set(names)
    assert len(stored) > 60 and len(made) > 200


def test_no_file_with_cases_of_these_operators_is_missing():
    wanted, listed = (
        OPERATORS.keys() | onnx_cases.NO_LAYER,
        {f for files in onnx_cases.MODULES.values() for f in files.split()},
    )
    for path in Path(onnx.__file__).parent.glob("backend/test/case/node/*.py"):
        made = set(re.findall(r'make_node\(\s*(?:op_type=)?"(\w+)"', path.read_text()))
        if path.stem == "flexattention":        # a tanh inside its own function
            made.discard("Tanh")
        assert path.stem in listed or not made & wanted, f"{path.name} has cases of {made & wanted}"


def test_counts_add_up(results):
    text = onnx_cases.table(results)
    rows = [[int(n) for n in re.findall(r"\d+", line)] for line in text.splitlines()[1:len(onnx_cases.MODULES) + 2]]
    *families, whole = rows
    assert [sum(column) for column in zip(*families)] == whole
    assert all(found == run + left and passed == run for found, run, passed, left in rows) and whole[0] == len(results)
