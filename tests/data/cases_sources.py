"""One row for each data source: its options, the files that it reads, and how many rows and what task it makes."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.data import pictures, recordings
from tests.data.rig import idx


@dataclass
class Case:
    """files: writes what it reads into a folder. drawn: whether the seed decides what the rows are. needs: a package
    of an extra."""

    kind: str
    rows: int
    task: str = "classification"
    options: dict = field(default_factory=dict)
    files: Callable[[Path], object] = lambda folder: None
    drawn: bool = False
    needs: str | None = None

    def __str__(self):
        return "-".join([self.kind, *self.options])


X, Y = np.arange(24, dtype=np.uint8).reshape(6, 4), np.array([0, 1, 2, 0, 1, 2], np.uint8)


def npz() -> bytes:
    file = io.BytesIO()
    np.savez(file, x=X, y=Y)
    return file.getvalue()


def npy(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


def files(**made: Callable[[], bytes]) -> Callable[[Path], object]:
    return lambda folder: [(folder / name.replace("_", ".")).write_bytes(data()) for name, data in made.items()]


digits = files(
    x_idx=lambda: idx(np.full((30, 8, 8), 255, np.uint8)), y_idx=lambda: idx(np.arange(30, dtype=np.uint8) % 10)
)

CASES = [
    Case("adding_problem", 20, "regression", options={"n": 20, "length": 6}, drawn=True),
    Case("audio_folder", 6, options={"path": "set"}, files=recordings.written(recordings.two_classes),
         needs="soundfile"),
    Case("audio_folder", 12, files=recordings.written(recordings.named), drawn=True, needs="soundfile", options={
        "path": "set", "label": recordings.PATTERN, "test": {"n": "<1"}, "join": {"least": 1, "most": 3, "gap": 20}}),
    Case("blobs", 20, options={"n": 20, "noise": 0.5}, drawn=True),
    Case("breast_cancer", 569),
    Case("csv", 6, options={"file": "a.csv", "target": "y"}, files=files(a_csv=lambda: b"a,y\n" + b"1,u\n2,v\n" * 3)),
    Case("diabetes", 442, "regression"),
    Case("digit_canvases", 12, drawn=True, files=digits, options={
        "images": "x.idx", "labels": "y.idx", "train": 6, "validation": 2, "test": 4, "size": 32}),
    Case("digits", 1797),
    Case("idx", 6, options={"images": "x.idx", "labels": "y.idx"},
         files=files(x_idx=lambda: idx(X.reshape(6, 2, 2)), y_idx=lambda: idx(Y))),
    Case("image_folder", 6, options={"path": "set"},
         files=lambda folder: pictures.folder(folder / "set", pictures.two_classes())),
    Case("iris", 150),
    Case("jsonl", 6, options={"file": "a.jsonl", "target": "y"},
         files=files(a_jsonl=lambda: b'{"a": 1, "y": "u"}\n{"y": "v", "a": 2.5}\n' * 3)),
    Case("moons", 20, options={"n": 20}, drawn=True),
    Case("npy", 6, options={"inputs": "x.npy", "target": "y.npy"},
         files=files(x_npy=lambda: npy(X), y_npy=lambda: npy(Y))),
    Case("npz", 6, options={"file": "a.npz", "inputs": "x", "target": "y"}, files=files(a_npz=npz)),
    Case("spirals", 20, options={"n": 20}, drawn=True),
    Case("text_files", 8, options={"files": {"pos": "a.txt", "neg": "b.txt"}},
         files=files(a_txt=lambda: b"good\n\nvery good\nfine\nso fine\n", b_txt=lambda: b"bad\nso bad\nno\nnever\n")),
    Case("wine", 178),
    Case("xor", 8, options={"n": 8, "noise": 0.1}, drawn=True),
]
