"""Running text, of which every next token is to be predicted."""

from typing import Annotated, Literal

from annotated_types import Ge, Le, Len

from dlcli.data.dataset import Data, Dataset
from dlcli.data.files.find import Files
from dlcli.data.settings import DataSettings
from dlcli.data.sources._parts import Part
from dlcli.data.sources._source import Source
from dlcli.data.text_file import Encoding
from dlcli.engine.component import Family

Written = str | Annotated[list[str], Len(1)]


class Text(Source):
    """Text files, cut into windows of tokens; the target of each place is the token behind it.

    The text is divided by its order, the first share for training; no window crosses a border, or goes from one file
    to the next. The vocabulary is that of the training part: what it does not have is unknown, id 0.
    """

    file: Written | dict[Part, Written]
    """Path of a text file, or several; or those of each split: `{train: a.txt, validation: b.txt}`."""
    window: Annotated[int, Ge(1), Le(1 << 16)] = 64
    """Tokens of a row."""
    tokens: Annotated[object, Family("data.tokens")] = "characters"
    """What is a token: `characters`, `words`, `byte_pair`."""
    places: Literal["in_order", "random"] = "in_order"
    """Where training windows begin. `in_order`: each where the one before it ends, as layers with `carry` need it.
    `random`: anywhere, drawn anew in each epoch. Validation and test are always read in order."""
    encoding: Encoding = "utf-8"
    """How the files' bytes are text."""

    def memory_hint(self) -> str:
        return "a shorter text needs less"

    def running(self, settings: DataSettings, files: Files, seed: int, dtype: str) -> Data:
        from dlcli.data.running_text import load_text

        return load_text(self, settings, files, seed, dtype)

    def follow(self, paths: list[str], data: Data, labelled: bool) -> Dataset:
        from dlcli.data.running_text import new_text

        return new_text(self, paths, data, labelled)
