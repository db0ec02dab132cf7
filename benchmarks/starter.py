"""The pictures starter against logistic regression on the same rows: `python -m benchmarks.starter [SET ...] [--json]`.

Of `dlcli init images` only the source and the number of classes are changed, as its comments say. Each set is trained
with seeds 1, 2 and 3, which also draw the splits. scikit-learn's LogisticRegression is fitted to the standardised
pixels of the training and validation rows together, with C = 1 and with C = 0.01; the better one on the test rows
counts. A SET is one of those below or a folder of pictures by class. --config judges another file than the starter.
Sets of MNIST and CIFAR-10 need the files of ../shared/data, beside the repository or where $DLCLI_DATA points.
"""

import argparse
import io
import json
import os
import sys
import tempfile
import time
import warnings
import zipfile
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np  # noqa: E402

from dlcli.config import load  # noqa: E402
from dlcli.config.build import experiment  # noqa: E402
from dlcli.engine.blas import single_thread  # noqa: E402
from dlcli.training.loop import Trainer  # noqa: E402
from dlcli.training.scores import evaluate  # noqa: E402

ROOT = Path(__file__).parents[1]
STARTER = ROOT / "dlcli" / "api" / "starters" / "images.yaml"
SEEDS = (1, 2, 3)
LETTERS = "ABCDEFGHIJ"
FONTS = ("DejaVu", "STIXGeneral", "cmb", "cmmi", "cmr", "cmss", "cmti", "cmtt")
"""Families with letters; the others hold signs of formulas."""
ANIMALS = ("cat", "dog")


def placed_digits(rng) -> tuple[list, list]:
    """1,000 embedded digits, twice as large, anywhere on 24 x 24: a linear model cannot follow them."""
    from dlcli.data.formats.idx import read_idx
    from dlcli.data.sources._embedded import embedded

    images, names = (read_idx(embedded(f"digits-{what}.idx.gz"), what) for what in ("images", "labels"))
    digits, pictures = (images * 15).repeat(2, 1).repeat(2, 2), np.zeros((1000, 24, 24), np.uint8)
    for picture, digit, (row, column) in zip(pictures, digits, rng.integers(0, 9, (1000, 2))):
        picture[row:row + 16, column:column + 16] = digit
    return list(pictures), names[:1000].tolist()


def letters(rng) -> tuple[list, list]:
    """A to J in 22 fonts that matplotlib brings along, coloured, turned a little: 32 x 32, four of each."""
    import matplotlib
    from PIL import Image, ImageDraw, ImageFont

    pictures, names = [], []
    paths = sorted(Path(matplotlib.get_data_path(), "fonts", "ttf").glob("*.ttf"))
    for path in (path for path in paths if path.name.startswith(FONTS) and "Display" not in path.name):
        font = ImageFont.truetype(str(path), 24)
        for letter in LETTERS:
            left, top, right, bottom = font.getbbox(letter)
            for _ in range(4):
                paper, ink = rng.integers(120, 256, 3), rng.integers(0, 121, 3)
                image = Image.new("RGB", (32, 32), tuple(paper.tolist()))
                place = 16 - (left + right) / 2 + rng.uniform(-3, 3), 16 - (top + bottom) / 2 + rng.uniform(-3, 3)
                ImageDraw.Draw(image).text(place, letter, tuple(ink.tolist()), font)
                turned = image.rotate(rng.uniform(-20, 20), Image.Resampling.BILINEAR, fillcolor=tuple(paper.tolist()))
                pictures.append(np.asarray(turned))
                names.append(letter)
    return pictures, names


def mnist(rng, rows: int) -> tuple[list, list]:
    from dlcli.data.formats.idx import read_idx

    folder = Path(os.environ["DLCLI_DATA"]) / "mnist"
    x, y = (read_idx((folder / f"train-{name}-ubyte.gz").read_bytes(), name) for name in ("images-idx3", "labels-idx1"))
    chosen = rng.permutation(len(x))[:rows]
    return list(x[chosen]), y[chosen].tolist()


def cifar(rng, rows: int, size: int = 32, classes: tuple = ()) -> tuple[list, list]:
    """As many of each class, made smaller or larger."""
    from PIL import Image

    with zipfile.ZipFile(Path(os.environ["DLCLI_DATA"]) / "cifar10_train.zip") as archive:
        paths = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
        wanted = classes or sorted({Path(path).parent.name for path in paths})
        pictures, names = [], []
        for name in wanted:
            own = [path for path in paths if Path(path).parent.name == name]
            for path in rng.permutation(own)[:rows // len(wanted)]:
                image = Image.open(io.BytesIO(archive.read(path))).convert("RGB")
                pictures.append(np.asarray(image.resize((size, size), Image.Resampling.BILINEAR)))
                names.append(name)
    return pictures, names


SETS = {
    "digits": None,
    "placed-digits": placed_digits,
    "letters": letters,
    "mnist-500": lambda rng: mnist(rng, 500),
    "mnist-2000": lambda rng: mnist(rng, 2000),
    "cifar-16": lambda rng: cifar(rng, 2000, 16),
    "cifar-2000": lambda rng: cifar(rng, 2000),
    "cifar-5000": lambda rng: cifar(rng, 5000),
    "cats-dogs": lambda rng: cifar(rng, 2000, 32, ANIMALS),
    "planes-ships-64": lambda rng: cifar(rng, 1000, 64, ("airplane", "ship")),
}
"""What makes each set, given a generator: pictures and the names of their classes; None for what comes with dlcli."""


def written(name: str, folder: Path) -> Path:
    """The folder of a set, its pictures in one folder per class as PNG files; a SET that is none is a folder
    already."""
    from PIL import Image

    if name not in SETS:
        return Path(name).absolute()
    for i, (picture, label) in enumerate(zip(*SETS[name](np.random.default_rng(0)))):
        place = folder / str(label)
        place.mkdir(exist_ok=True)
        Image.fromarray(picture).save(place / f"{i:05}.png")
    return folder


def starter(config: Path, folder: Path | None, seed: int) -> tuple[float, float, dict]:
    """Accuracy on the test rows, seconds, and all splits. folder: of the pictures; None: the starter's own."""
    overrides = [f"seed={seed}"]
    if folder is not None:
        classes = sum(place.is_dir() for place in folder.iterdir())
        overrides += [f"data.source={{image_folder: {{path: {json.dumps(str(folder))}}}}}",
                      f"network.linear1.linear.units={classes}"]
    start = time.perf_counter()
    trainer = Trainer(experiment(load(config, overrides)))
    splits = trainer.experiment.data.splits
    test = trainer.network.add(splits["test"])
    with trainer:
        if trainer.train() == "interrupted":
            raise KeyboardInterrupt
        return evaluate(trainer.network, test, trainer.scores)["accuracy"], time.perf_counter() - start, splits


def regression(splits: dict) -> float:
    """Accuracy of logistic regression on the same rows."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    def rows(*names) -> tuple[np.ndarray, np.ndarray]:
        x = [np.asarray(splits[name].inputs["x"]).reshape(len(splits[name]), -1) for name in names]
        return np.concatenate(x), np.concatenate([splits[name].target for name in names])

    (x, y), (test, truth) = rows("train", "validation"), rows("test")
    scaler = StandardScaler().fit(x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")         # that it has not converged wholly after so many steps
        models = [LogisticRegression(C=c, max_iter=200).fit(scaler.transform(x), y) for c in (1, 0.01)]
    return max(float(model.score(scaler.transform(test), truth)) for model in models)


def measure(name: str, seeds: tuple[int, ...] = SEEDS, config: Path = STARTER) -> dict:
    """Both on one set: accuracy for each seed, and the means."""
    with tempfile.TemporaryDirectory() as folder:
        place = None if SETS.get(name, "") is None else written(name, Path(folder))
        runs = []
        for seed in seeds:
            accuracy, seconds, splits = starter(config, place, seed)
            runs.append({"seed": seed, "starter": accuracy, "regression": regression(splits), "seconds": seconds,
                         "rows": sum(map(len, splits.values())), "shape": list(splits["train"].inputs["x"].shape[1:])})
    mean = {key: float(np.mean([run[key] for run in runs])) for key in ("starter", "regression", "seconds")}
    return {"set": name, "runs": runs, **mean, "passed": mean["starter"] > mean["regression"]}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.starter", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "sets", nargs="*", metavar="SET", help=f"any of {', '.join(SETS)}, or a folder; by default all of these"
    )
    parser.add_argument("--config", type=Path, default=STARTER, help="another config than the starter")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS, metavar="SEED", help="by default 1 2 3")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of lines")
    options = parser.parse_args()
    os.environ.setdefault("DLCLI_DATA", str(ROOT.parent / "shared" / "data"))
    single_thread()
    results = []
    for name in options.sets or SETS:
        results.append(found := measure(name, tuple(options.seeds), options.config))
        if not options.json:
            run, verdict = found["runs"][0], "passed" if found["passed"] else "MISSED"
            print(f"{name}: {run['rows']:,} of {'x'.join(map(str, run['shape']))}: starter {found['starter']:.3f}, "
                  f"regression {found['regression']:.3f}, {found['seconds']:.0f} s: {verdict}", flush=True)
    if options.json:
        print(json.dumps({"sets": results}))
    return 0 if all(result["passed"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
