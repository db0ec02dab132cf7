"""Peak memory of a process and its children, seen from outside."""

import subprocess
import time
from pathlib import Path


def peak(command: list[str], interval: float = 0.02) -> int:
    """Run a command to its end and return the largest sum of proportional set sizes (bytes) of its process tree.

    Proportional: memory that forked workers share is counted once. Linux only; sampled, so very short peaks can be
    missed.
    """
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    most = 0
    while process.poll() is None:
        most = max(most, sum(map(_size, _tree(process.pid))))
        time.sleep(interval)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with status {process.returncode}")
    return most


def _tree(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        try:
            found += map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())
        except OSError:
            pass        # it ended meanwhile
    return found


def _size(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0
