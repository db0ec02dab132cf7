"""The default tests against the newest releases that the registry gives, in an environment of their own.

Run by the Python of an environment that was installed from requirements.lock. If the tests break, each package that is
newer than in the lock is put back alone, until what failed passes: that package is named. Arguments are handed on to
pytest.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".venv-newest" / "bin" / "python"


def pip(python: Path | str, *arguments: str, capture: bool = False) -> str:
    done = subprocess.run(
        [python, "-m", "pip", *arguments],
        check=True,
        text=True,
        stdout=subprocess.PIPE if capture else None,
        stderr=subprocess.DEVNULL if capture else None,
    )
    return done.stdout


def versions(python: Path | str) -> dict[str, str]:
    """Version of each package of an environment, by its name."""
    packages = json.loads(pip(python, "list", "--format", "json", capture=True))
    return {package["name"].lower().replace("_", "-"): package["version"] for package in packages}


def passes(*arguments: str) -> bool:
    return subprocess.run([PYTHON, "-m", "pytest", "-q", *arguments], cwd=ROOT).returncode == 0


def culprit(newer: dict[str, tuple[str, str]]) -> str | None:
    """The one package without whose newer release the failed tests pass; None if no single one explains it."""
    for name, (locked, newest) in newer.items():
        pip(PYTHON, "install", "-q", "--no-deps", f"{name}=={locked}")
        if passes("--last-failed", "--last-failed-no-failures", "none"):
            return name
        pip(PYTHON, "install", "-q", "--no-deps", f"{name}=={newest}")
    return None


def main() -> int:
    subprocess.run([sys.executable, "-m", "venv", "--clear", PYTHON.parents[1]], check=True)
    pip(PYTHON, "install", "-q", f"{ROOT}[test]")
    locked, newest = versions(sys.executable), versions(PYTHON)
    newer = {name: (locked[name], version) for name, version in newest.items() if locked.get(name, version) != version}
    said = ", ".join(f"{name} {version} (in the lock {old})" for name, (old, version) in newer.items())
    added = ", ".join(name for name in newest if name not in locked)
    print(f"newer than the lock: {said or 'nothing'}" + (f"; not in it: {added}" if added else ""), flush=True)
    if passes(*sys.argv[1:]):
        return 0
    name = culprit(newer)
    print(f"\nBROKEN BY {name}: {' -> '.join(newer[name])}" if name else
          f"\nBROKEN with the newest releases, by no single one of: {said or 'none is newer, so look at the tests'}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
