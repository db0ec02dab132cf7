"""Results of the example configs: `python -m benchmarks.accuracy [CONFIG ...] [--json]`.

Each config is trained with seeds 1, 2 and 3, which also draw the splits, and evaluated on its test split, or on the
validation split if it has no other; the bar is for the mean. Those of `LONG`, if
one training takes more than five minutes, are trained with seed 1 only, and only if they are named. Nothing was chosen
by the test split: it is used once, at the end of each training. There are two exceptions: the first trials of
segmentation_unet were evaluated on canvases of MNIST's test digits, and cifar_alexnet was made wider and trained longer
after it had missed its bar. Seconds are those of reading the data and training. The files of ../shared/data are found
beside the repository, or where $DLCLI_DATA points.
"""

import argparse
import json
import os
import sys
import time
import warnings
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np  # noqa: E402

from dlcli.config import load  # noqa: E402
from dlcli.config.build import experiment  # noqa: E402
from dlcli.engine.blas import single_thread  # noqa: E402
from dlcli.engine.registry import find  # noqa: E402
from dlcli.storage.machine import cores  # noqa: E402
from dlcli.training.experiment import Experiment  # noqa: E402
from dlcli.training.loop import Trainer  # noqa: E402
from dlcli.training.scores import evaluate  # noqa: E402

ROOT = Path(__file__).parents[1]
SEEDS = (1, 2, 3)
BARS = {
    "digits_mlp": {"accuracy": 0.97},
    "mnist_mlp": {"accuracy": 0.983},
    "housing_mlp": {"r2": 0.81},
    "adding_problem": {"mse": 0.01},
    "churn_mlp": {"roc_auc": 0.84, "f1": 0.60},
    "adult_mlp": {"accuracy": 0.85},
    "mnist_lenet": {"accuracy": 0.991},
    "mnist_cnn": {"accuracy": 0.994},
    "segmentation_unet": {"mean_iou": 0.85},
    "cifar_resnet": {"accuracy": 0.85},
    "cifar_vgg": {"accuracy": 0.84},
    "cifar_alexnet": {"accuracy": 0.78},
    "sentiment_cnn": {"accuracy": 0.75},
    "sentiment_lstm": {"accuracy": 0.75},
    "shakespeare_lstm": {"loss": 1.58},
    "shakespeare_gru": {"loss": 1.60},
    "shakespeare_rnn": {},
    "speech_digits": {"accuracy": 0.97},
    "speech_speaker": {},
    "speech_ctc": {"token_error_rate": 0.10},
}
"""What the mean of each metric must reach: at least this much, or at most, if it is better the smaller it is."""
VARIANTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "speech_speaker": ("speech_digits", (
        "data.source.audio_folder.test={speaker: theo}",
        "data.source.audio_folder.validation={n: [5, 6, 7], speaker: [george, jackson, lucas, nicolas, yweweler]}")),
}
"""Configs that are measured a second time, with other values: (config, overrides) by name."""
LONG = ("cifar_resnet", "cifar_vgg", "cifar_alexnet")
FAILING = {"adding_problem": ("a plain recurrent layer", "network.memory={rnn: {units: 64, returns: last}}")}
"""A change with which a config must miss its bar: what it teaches. Trained with the same seeds."""
SECONDS = {"digits_mlp": 10.0, "adding_problem": 300.0, "mnist_mlp": 180.0, "mnist_lenet": 180.0, "mnist_cnn": 480.0,
           "cifar_resnet": 2400.0, "shakespeare_lstm": 480.0, "speech_digits": 300.0, "speech_ctc": 480.0}
"""Longest that one training may take on two cores."""


def run(name: str, seed: int, overrides: tuple[str, ...] = ()) -> tuple[dict, Experiment]:
    """One training: its seed, seconds, epochs, and metrics of the test split (of validation, if there is none) as
    {"test": {...}}; and what was trained."""
    start = time.perf_counter()
    name, varied = VARIANTS.get(name, (name, ()))
    config = load(ROOT / "configs" / f"{name}.yaml", [f"seed={seed}", *varied, *overrides])
    built = experiment(config, ROOT / "configs")
    trainer = Trainer(built, workers=cores())
    splits = built.data.splits
    test = trainer.network.add(splits["test"] if "test" in splits else splits["validation"])
    with trainer:
        if trainer.train() == "interrupted":
            raise KeyboardInterrupt
        seconds = time.perf_counter() - start
        scores = evaluate(trainer.network, test, trainer.scores)
        return {"seed": seed, "seconds": seconds, "epochs": trainer.progress.epoch, "test": scores}, built


def peer(built: Experiment, seed: int) -> dict:
    """scikit-learn's MLPRegressor with the same hidden layers on the same rows; its other settings are its defaults.

    Its inputs are those that dlcli's network reads, standardised, and so is its target. It takes the rows that it stops
    early by from what it is trained on, so it is given both splits, and takes as many rows as the validation split has.
    """
    from sklearn.neural_network import MLPRegressor
    from sklearn.preprocessing import StandardScaler

    train, validation, test = (built.data.splits[name] for name in ("train", "validation", "test"))
    x, t = (
        np.concatenate(parts)
        for parts in ((train.inputs["x"], validation.inputs["x"]), (train.target[:, 0], validation.target[:, 0]))
    )
    widths = tuple(node.layer.units for node in built.graph.nodes if node.layer.kind == "linear")[:-1]
    scaler = StandardScaler().fit(train.inputs["x"])
    model = MLPRegressor(hidden_layer_sizes=widths, early_stopping=True, validation_fraction=len(validation) / len(x),
                         random_state=seed)
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(scaler.transform(x), t)
    seconds = time.perf_counter() - start
    return {"seed": seed, "seconds": seconds, "epochs": model.n_iter_,
            "r2": model.score(scaler.transform(test.inputs["x"]), test.target[:, 0])}


def measure(name: str, seeds: tuple[int, ...] = SEEDS, with_peer: bool = True) -> dict:
    """All trainings of a config, the means of their metrics, and the bars."""
    found = [run(name, seed) for seed in seeds]
    runs = [row for row, _ in found]
    mean = means(runs)
    result = {
        "config": name,
        "runs": runs,
        "mean": mean,
        "bars": BARS[name],
        "seconds": max(r["seconds"] for r in runs),
    }
    if name == "housing_mlp" and with_peer:
        peers = [peer(built, row["seed"]) for row, built in found]
        result["peer"] = {
            "name": "scikit-learn MLPRegressor",
            "runs": peers,
            "r2": float(np.mean([p["r2"] for p in peers])),
        }
    if name in FAILING:
        changed, override = FAILING[name]
        others = [run(name, seed, (override,))[0] for seed in seeds]
        result["failing"] = {"name": changed, "runs": others, "mean": means(others)}
    return result | {"passed": passed(result)}


def means(runs: list[dict]) -> dict[str, float]:
    return {key: float(np.mean([r["test"][key] for r in runs])) for key in runs[0]["test"]}


def low(name: str) -> bool:
    """Whether a metric is better the smaller it is."""
    return name == "loss" or find("metrics", name).better == "min"


def reached(mean: dict, bars: dict) -> bool:
    """Whether each metric is as good as its bar."""
    return all(mean[key] <= bar if low(key) else mean[key] >= bar for key, bar in bars.items())


def passed(result: dict) -> bool:
    return (reached(result["mean"], result["bars"])
            and ("failing" not in result or not reached(result["failing"]["mean"], result["bars"]))
            and result["seconds"] <= SECONDS.get(result["config"], np.inf)
            and ("peer" not in result or result["mean"]["r2"] > result["peer"]["r2"]))


def show(result: dict) -> None:
    for r in result["runs"]:
        values = "  ".join(f"{key} {value:.4g}" for key, value in r["test"].items())
        print(f"{result['config']}  seed {r['seed']}  {values}  {r['epochs']} epochs in {r['seconds']:.1f} s")
    for key, bar in result["bars"].items():
        if "failing" in result:
            values = ", ".join(f"{r['test'][key]:.4g}" for r in result["failing"]["runs"])
            print(f"{result['config']}  {result['failing']['name']}: {key} {values}")
        least = "at most" if low(key) else "at least"
        print(f"{result['config']}  mean {key} {result['mean'][key]:.4f}, bar {least} {bar}")
    if "peer" in result:
        rows = ", ".join(f"{p['r2']:.4f} in {p['seconds']:.1f} s" for p in result["peer"]["runs"])
        print(f"{result['config']}  {result['peer']['name']}: mean r2 {result['peer']['r2']:.4f} ({rows})")
    print(f"{result['config']}  {'passed' if result['passed'] else 'MISSED'}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "configs", nargs="*", metavar="CONFIG", help=f"any of {', '.join(BARS)}; by default all but {', '.join(LONG)}"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document instead of lines")
    options = parser.parse_args()
    names = [Path(name).stem for name in options.configs] or [name for name in BARS if name not in LONG]
    if unknown := [name for name in names if name not in BARS]:
        parser.error(f"there is no bar for {', '.join(unknown)}; there are {', '.join(BARS)}")
    os.environ.setdefault("DLCLI_DATA", str(ROOT.parent / "shared" / "data"))
    single_thread()
    results = []
    for name in names:
        results.append(measure(name, SEEDS[:1] if name in LONG else SEEDS))
        if not options.json:
            show(results[-1])
    if options.json:
        print(json.dumps({"configs": results}))
    return 0 if all(result["passed"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
