"""requirements.lock has a version of each package that pyproject.toml names, within its bounds, for every Python and
system."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / "requirements.lock").read_text()
MACHINES = [
    {
        "python_full_version": f"3.{minor}.1",
        "python_version": f"3.{minor}",
        "sys_platform": system,
        "platform_machine": "x86_64",
    }
    for minor in (11, 12, 13, 14)
    for system in ("linux", "darwin")
]


def test_every_requirement_is_locked_within_its_bounds():
    locked = [Requirement(line) for line in LOCK.splitlines() if re.match("[a-z0-9]", line)]
    assert all(re.fullmatch(r"==[^*]+", str(requirement.specifier)) for requirement in locked)
    needed = PROJECT["project"]["dependencies"] + sum(PROJECT["project"]["optional-dependencies"].values(), [])
    for requirement in map(Requirement, needed + PROJECT["build-system"]["requires"]):
        for machine in MACHINES:
            versions = [next(iter(found.specifier)).version for found in locked
                        if canonicalize_name(found.name) == canonicalize_name(requirement.name)
                        and (found.marker is None or found.marker.evaluate(machine))]
            assert len(versions) == 1 and requirement.specifier.contains(versions[0]), (
                str(requirement),
                machine,
                versions,
            )


def test_the_lock_holds_the_build_and_names_no_place_of_a_registry():
    assert PROJECT["dependency-groups"]["build"] == PROJECT["build-system"]["requires"]
    assert "uv pip compile --universal --all-extras --group build" in LOCK and "://" not in LOCK
    assert "--upgrade pyproject.toml -o requirements.lock" in (ROOT / "docs" / "dependencies.md").read_text()
