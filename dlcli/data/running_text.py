"""A running text as windows of tokens, each with the tokens behind it as its target."""

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dlcli.data.columns.tokens import Tokens
from dlcli.data.dataset import Data, Dataset
from dlcli.data.files.find import Files
from dlcli.data.fitted import Fitted
from dlcli.data.running import Stretch, divide
from dlcli.data.settings import DataSettings
from dlcli.data.sources._parts import written
from dlcli.data.split import Division
from dlcli.data.target.next_token import NextToken
from dlcli.data.text_file import read_text
from dlcli.data.trace import Trace
from dlcli.data.vocabulary import Vocabulary
from dlcli.data.windows import Anywhere, Stretches, Windows
from dlcli.engine.registry import create
from dlcli.engine.spec import Spec
from dlcli.errors import ConfigError, DataError
from dlcli.notices import info
from dlcli.storage.strict_json import as_read
from dlcli.text import listed

if TYPE_CHECKING:
    from dlcli.data.sources.text import Text

PLACE = 64
"""Characters of a text that go by one number in a trace."""


class Part(NamedTuple):
    """One split of a text. ids: of all its tokens (tokens,). spans: which of them are of one stretch. unknown: how many
    the vocabulary does not have."""

    ids: np.ndarray
    spans: list[tuple[int, int]]
    unknown: int


def load_text(source: "Text", settings: DataSettings, files: Files, seed: int, dtype: str) -> Data:
    """All splits. DataError for a text that is too short, or that cannot be read."""
    if settings.prepare:
        raise ConfigError("data.prepare.0", "is for numbers, and a text has tokens", "take it out")
    if settings.positive is not None:
        raise ConfigError("data.positive", "is for two classes, and here they are the tokens", "take it out")
    names = {split: [one] if isinstance(one, str) else one for split, one in _files(source).items()}
    texts = {split: [read_text(files, name, source.encoding) for name in own] for split, own in names.items()}
    stretches = divide(settings, {split: [len(text) for text in own] for split, own in texts.items()})
    cut = {split: _cut(texts.get(split, texts["train"]), own) for split, own in stretches.items()}
    vocabulary = Vocabulary.learn(create("data.tokens", source.tokens), cut["train"])
    if len(vocabulary) < 3:
        raise DataError(names["train"][0], f"the training part has a single {vocabulary.tokenizer.unit}: there is "
                        "nothing to predict")
    data, splits = _described(source, vocabulary, dtype), {}
    for split, own in cut.items():
        part = _encoded(vocabulary, own)
        anywhere = split == "train" and source.places == "random"
        splits[split] = _windows(source, part, f"data.split.{split}", seed if anywhere else None, vocabulary)
        _tell(split, part, vocabulary)
        if split == "train":
            data.target.counts = tuple(np.bincount(part.ids, minlength=len(vocabulary)).tolist())
    data.splits, data.rows = splits, {split: len(one) for split, one in splits.items()}
    data.traces = _traces(files, names, texts, stretches)
    data.division = Division(data.rows["train"], None, {split: data.rows[split] for split in names if split != "train"})
    data.files, data.bytes = files.records, sum(one.inputs["x"].nbytes for one in splits.values())
    data.about = [_about(vocabulary, cut)]
    data.unseen = {split: {} for split in splits if split != "train"}
    return data


def new_text(source: "Text", paths: list[str], data: Data, labelled: bool) -> Dataset:
    """The windows of new texts, read in order."""
    if not labelled:
        raise DataError(paths[0], "no rows are predicted by a run that was trained on running text",
                        "`dlcli generate RUN --prompt TEXT` goes on with a text; `dlcli evaluate RUN --data FILE` says "
                        "how likely a file is")
    files, vocabulary = Files(Path()), data.columns[0].vocabulary
    texts = [read_text(files, name, source.encoding, trained=True) for name in paths]
    part, place = _encoded(vocabulary, texts), listed(paths)
    found = _windows(source, part, place, None, vocabulary)
    _tell(place, part, vocabulary)
    stretches = {"train": [Stretch(i, 0, len(text)) for i, text in enumerate(texts)]}
    found.trace = _traces(files, {"train": paths}, {"train": texts}, stretches)["train"]
    return found


def _files(source: "Text") -> dict:
    if isinstance(source.file, list):
        return {"train": source.file}
    return written(source.file, "data.source.text.file")


def _cut(texts: list[str], stretches: list[Stretch]) -> list[str]:
    return [texts[s.file][s.first:s.last] for s in stretches]


def _encoded(vocabulary: Vocabulary, texts: list[str]) -> Part:
    ids = [vocabulary.encode(text) for text in texts]
    ends = np.cumsum([0, *map(len, ids)]).tolist()
    whole = np.concatenate(ids)
    return Part(whole, list(zip(ends, ends[1:])), int((whole == 0).sum()))


def _described(source: "Text", vocabulary: Vocabulary, dtype: str) -> Data:
    """The data without rows."""
    column = Tokens(name="text", shape=[source.window], vocabulary=vocabulary, longest=source.window, running=True,
                    field="x")
    target = NextToken(name="next", shape=[source.window], labels=vocabulary.tokens)
    spec = Spec((source.window,), "int", len(vocabulary))
    fitted = Fitted(dtype=dtype, source={source.kind: as_read(vars(source))}, target=target, columns=[column],
                    inputs={"x": spec}, features=[], order=None)
    return Data({}, {"x": spec}, Spec(spec, "int", len(vocabulary)), "classification", vocabulary.tokens,
                target_name="next", fitted=fitted, streams=source.places == "in_order")


def _windows(source: "Text", part: Part, place: str, seed: int | None, vocabulary: Vocabulary) -> Dataset:
    """One split, a window to a row. place: of it, in the user's terms. seed: of windows from anywhere; None: they are
    read in order."""
    stretches = Stretches(part.spans, source.window + 1, source.window)
    hint = "a smaller `window`, or a longer text" if place.startswith("data.") else "a longer text"
    if not len(stretches):
        there = f"{len(part.ids):,} {vocabulary.tokenizer.unit}s"
        raise DataError(place, f"has {there}, and a window needs {source.window + 1:,}: "
                        f"{source.window:,} and the one behind them", hint)
    anywhere = None if seed is None else Anywhere(stretches, seed)
    x, t = (Windows(part.ids, stretches.starts, source.window, np.int64, anywhere, offset) for offset in (0, 1))
    return Dataset({"x": x}, t, begins=stretches.begins)


def _traces(files: Files, names: dict[str, list[str]], texts: dict[str, list[str]],
            stretches: dict[str, list[Stretch]]) -> dict[str, Trace]:
    """Which places of the files each split is made of: one that lies across a border belongs to the part before it."""
    found = {}
    for split, own in stretches.items():
        group = split if split in names else "train"
        origin = sha256("".join(map(files.digest, names[group])).encode()).hexdigest()
        before = np.cumsum([0, *(-(-len(text) // PLACE) for text in texts[group])])
        blocks = [np.arange(-(-s.first // PLACE), -(-s.last // PLACE)) + before[s.file] for s in own]
        found[split] = Trace.placed(origin, int(before[-1]), np.concatenate(blocks),
                                    f"piece of {PLACE} characters")
    return found


def _tell(split: str, part: Part, vocabulary: Vocabulary) -> None:
    """Say how much of a split is unknown."""
    if part.unknown and split != "train":
        info(f"{split}: {part.unknown:,} of {len(part.ids):,} {vocabulary.tokenizer.unit}s "
             f"({part.unknown / len(part.ids):.2%}) are unknown, since the training part does not have them")


def _about(vocabulary: Vocabulary, cut: dict[str, list[str]]) -> str:
    size, unit = sum(len(text) for own in cut.values() for text in own), vocabulary.tokenizer.unit
    return f"{size:,} characters; {len(vocabulary):,} different {unit}s, one of them for unknown ones"
