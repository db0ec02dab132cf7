"""Training speed beside PyTorch and scikit-learn:
`python -m benchmarks.speed [ROW ...] [--json] [--plot FILE] [--no-memory]`.

Each row is the same work on both sides, checked first to give the same losses, then timed in turn; ratio is the peer's
time over dlcli's, so above 1 dlcli is faster. Memory is the peak of the whole process tree, each side in a process of
its own.
"""

import argparse
import json
import os
import sys
import tempfile

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

FLOORS = {
    "mlp-64": 3.0,
    "tabular": 3.0,
    "mlp-512": 0.8,
    "mlp-2048": 0.8,
    "cnn": 1.2,
    "lenet": 1.0,
    "resnet20": 0.5,
    "lstm": 0.9,
    "gru": 0.9,
    "rnn": 0.9,
    "lstm-padded": 0.9,
    "generate": 0.9,
    "conv-64": 0.9,
    "conv-128": 1.0,
    "conv-16": 0.45,
    "first-step": 8.0,
    "sklearn-digits": 3.0,
}
PARTS = ("first-step", "sklearn-digits", "conv-64", "conv-128", "conv-16")
"""Rows whose memory says nothing about training."""
NETWORKS = ("cnn", "lenet", "resnet20")
RECURRENT = ("lstm", "gru", "rnn", "lstm-padded")
SAMPLES = 11


def row(name: str, samples: int = SAMPLES, one_core: bool = False) -> dict:
    if name == "first-step":
        from benchmarks.first_step import measure
        with tempfile.TemporaryDirectory() as folder:
            return measure(samples, folder)
    if name == "sklearn-digits":
        from benchmarks.sklearn_digits import measure
        return measure(samples)
    if name in NETWORKS:
        from benchmarks.cnn import measure
        return measure(name, samples, one_core)
    if name in RECURRENT:
        from benchmarks.recurrent import measure
        return measure(name, samples, one_core)
    if name == "generate":
        from benchmarks.generate import measure
        return measure(samples, one_core)
    if name.startswith("conv-"):
        from benchmarks.conv import measure
        return measure(name, samples, one_core)
    from benchmarks.mlp import measure
    return measure(name, samples)


def alone(name: str, side: str) -> None:
    """One side of a row by itself, for its memory."""
    if name in NETWORKS:
        from benchmarks.cnn import alone as run
    elif name in RECURRENT:
        from benchmarks.recurrent import alone as run
    elif name == "generate":
        from benchmarks.generate import alone as run
    else:
        from benchmarks.mlp import alone as run
    run(name, side)


def memory(name: str) -> dict:
    from benchmarks.memory import peak

    sides = [peak([sys.executable, "-m", "benchmarks.speed", name, "--alone", side]) for side in ("dlcli", "peer")]
    return {"dlcli_bytes": sides[0], "peer_bytes": sides[1]}


def table(rows: list[dict]) -> None:
    from rich.console import Console
    from rich.table import Table

    view = Table("row", "dlcli ms", "peer ms", "ratio", "floor", "", "memory MB", "peer MB",
                 title="training steps, ratio above 1: dlcli is faster")
    for r in rows:
        floor = FLOORS[r["id"]]
        view.add_row(r["id"], f"{r['dlcli_ms']:.3f}", f"{r['peer_ms']:.3f}", f"{r['ratio']:.2f}", f"{floor:.2f}",
                     "ok" if r["ratio"] >= floor else "MISSED",
                     *(f"{r[key] / 1e6:.0f}" if key in r else "" for key in ("dlcli_bytes", "peer_bytes")))
    Console().print(view)


def plot(rows: list[dict], path: str) -> None:
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 0.6 * len(rows) + 1.2), layout="constrained")
    names, ratios = [r["id"] for r in rows], [r["ratio"] for r in rows]
    bars = axes.barh(names, ratios, color=["#0072b2" if r >= 1 else "#d55e00" for r in ratios])
    axes.bar_label(bars, [f"{r:.2f}" for r in ratios], padding=4)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log")
    axes.invert_yaxis()
    axes.set_xlabel("peer's time / dlcli's time (right of the line: dlcli is faster)")
    figure.savefig(path, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("rows", nargs="*", choices=[*FLOORS, []], help="rows to measure; all by default")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--plot", metavar="FILE")
    parser.add_argument("--no-memory", action="store_true")
    parser.add_argument("--samples", type=int, default=SAMPLES)
    parser.add_argument(
        "--one-core", action="store_true",
        help="convolutional and recurrent rows: one core each, processor time; fair on a busy machine"
    )
    parser.add_argument("--alone", choices=["dlcli", "peer"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        return alone(options.rows[0], options.alone)
    rows = []
    for name in options.rows or FLOORS:
        print(f"measuring {name} ...", file=sys.stderr)
        measured = {} if options.no_memory or name in PARTS else memory(name)
        rows.append(row(name, options.samples, options.one_core) | measured)
    if options.plot:
        plot(rows, options.plot)
    if options.json:
        print(json.dumps({"rows": rows}))
    else:
        table(rows)


if __name__ == "__main__":
    main()
