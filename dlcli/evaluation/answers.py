"""What a network answers, row by row: a value, a class with its probabilities, a class at each place, or tokens."""

import csv
import io
import re
from math import exp
from typing import TYPE_CHECKING

import numpy as np

from dlcli.kernels.ctc.beams import beams
from dlcli.kernels.ctc.greedy import runs
from dlcli.storage.strict_json import dump

if TYPE_CHECKING:
    from dlcli.data.dataset import Data

FORMULA = re.compile(r"\s*([=@\uff1d\uff20]|[+\-\uff0b\uff0d](?!(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z))|[\t\r]")
"""Texts that a spreadsheet works out as it opens a file: all that begin so and are no numbers."""


def answers(p: np.ndarray, data: "Data", lengths: np.ndarray | None = None, beam: int | None = None) -> list[dict]:
    """A dict per row: the value, or label and probabilities. Of a class at each place its id and its probability as
    arrays, since a picture has thousands of them, and the classes once; the same of the tokens that an output of loss
    ctc stands for. lengths: how many places of each row are real, if they are padded. beam: read tokens by a search
    of this width, which gives the probability of all of them together, instead of greedily.
    """
    if data.task == "regression":
        values = p.reshape(len(p), -1).tolist()
        return [{"value": row[0] if len(row) == 1 else row} for row in values]
    labels = data.labels or [str(i) for i in range(data.target.size)]
    p = p[..., None] if p.ndim == 1 + len(data.target) else p
    if len(data.target):
        rows = p if lengths is None else [row[:length] for row, length in zip(p, lengths.tolist(), strict=True)]
        if p.shape[-1] == data.target.size + 1:
            return [_tokens(labels, row) if beam is None else _searched(labels, row, beam) for row in rows]
        return [_places(labels, _shares(row, len(labels))) for row in rows]
    return [_one(labels, row) for row in _shares(p, len(labels)).tolist()]


def _shares(p, classes: int):
    """The share of each class, (..., classes); a binary network's single output is the share of class 1."""
    return np.concatenate([1 - p, p], -1) if p.shape[-1] == 1 and classes == 2 else p


def _places(labels: list[str], shares) -> dict:
    ids = shares.argmax(-1)
    probability = np.take_along_axis(shares, ids[..., None], -1)[..., 0]
    return {"classes": labels, "ids": ids.astype(np.min_scalar_type(len(labels))), "probability": probability}


def _tokens(labels: list[str], p) -> dict:
    """Of each token that is read greedily, the largest probability of the steps that say it."""
    path = p.argmax(-1)
    starts = runs(path)
    said = path[starts] < len(labels)
    ids = path[starts][said].astype(np.min_scalar_type(len(labels)))
    best = np.maximum.reduceat(p.max(-1), starts)[said] if len(starts) else np.zeros(0)
    return {"classes": labels, "ids": ids, "probability": best}


def _searched(labels: list[str], p, width: int) -> dict:
    """The most probable tokens, and the probability that all of them are right: of the paths that were kept."""
    with np.errstate(divide="ignore"):
        ids, best = beams(np.log(p), width)[0]
    return {"classes": labels, "ids": ids.astype(np.min_scalar_type(len(labels))), "sequence_probability": exp(best)}


def _one(labels: list[str], shares: list) -> dict:
    best = max(range(len(shares)), key=shares.__getitem__)
    return {"label": labels[best], "probability": shares[best], "probabilities": dict(zip(labels, shares))}


def json_lines(found: list[dict]) -> bytes:
    """A line of JSON for each answer."""
    return b"".join(dump(row, null=True) + b"\n" for row in found)


def csv_text(found: list[dict]) -> bytes:
    """A CSV file with a row for each answer, in which a spreadsheet works out nothing."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    rows = [_cells(row) for row in found]
    writer.writerow(map(harmless, rows[0] if rows else ["value"]))
    writer.writerows(map(harmless, row.values()) for row in rows)
    return text.getvalue().encode("utf-8", "replace")       # file names need not be Unicode


def harmless(cell):
    """A cell that a spreadsheet shows as it is: a text that it would work out as a formula gets an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell


def _cells(row: dict) -> dict:
    """A prediction as columns of a CSV file; of a picture's pixels the share of each class."""
    file = {name: row[name] for name in ("file", "text", "step", "time") if name in row}
    if "value" in row:
        quantiles = {f"quantile {q} ": value for q, value in row.get("quantiles", {}).items()}
        return file | _numbered("value", row["value"]) | {
            title.strip(): v for name, value in quantiles.items() for title, v in _numbered(name, value).items()}
    if "ids" in row and row["ids"].ndim == 1:
        return file | {"label": labels_of(row)}
    if "ids" in row:
        return file | {f"share of {name}": share for name, share in shares_of(row).items()}
    shares = {f"probability of {name}": share for name, share in row["probabilities"].items()}
    return file | {"label": row["label"], "probability": row["probability"]} | shares


def _numbered(name: str, value: float | list) -> dict:
    return {f"{name}{i + 1}": v for i, v in enumerate(value)} if isinstance(value, list) else {name: value}


def labels_of(row: dict) -> str:
    """The classes of a row of places, in words."""
    return " ".join(row["classes"][i] for i in row["ids"])


def shares_of(row: dict) -> dict[str, float]:
    """Which share of the places each class has."""
    counts = np.bincount(row["ids"].ravel(), minlength=len(row["classes"]))
    return dict(zip(row["classes"], (counts / row["ids"].size).tolist()))
