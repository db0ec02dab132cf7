"""The contract of tokenizers."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Le

from dlcli.engine.component import Component

UNKNOWN = "<unk>"
"""The token with the id 0: whatever the training texts do not have, or too seldom."""
Most = Annotated[int, Ge(1), Le(1_000_000)]
"""Tokens of a vocabulary."""


@dataclass(frozen=True)
class Learned:
    """What is learned of the training texts. tokens: by id, that of id 0 is `UNKNOWN`. model: what else is needed to
    cut a text, as text; None if nothing is."""

    tokens: list[str]
    model: str | None = None

    @cached_property
    def ids(self) -> dict[str, int]:
        """The id of each known token."""
        return {token: i for i, token in enumerate(self.tokens) if i}


class Tokenizer(Component):
    """Cuts texts into tokens, and puts them together again.

    `learn` sees the training texts alone. `encode` gives the ids (tokens,) int32 of a text, 0 for what is not known;
    `unknown` what these are; `decode` the text of tokens.
    """

    family: ClassVar[str] = "data.tokens"
    unit: ClassVar[str] = "token"
    """What one is called, for people."""

    def learn(self, texts: Iterable[str]) -> Learned:
        raise NotImplementedError

    def encode(self, text: str, learned: Learned) -> np.ndarray:
        raise NotImplementedError

    def unknown(self, text: str, learned: Learned) -> list[str]:
        return []

    def decode(self, tokens: list[str], learned: Learned) -> str:
        raise NotImplementedError


def bounded(counts: Counter, most: int | None, least: int) -> list[str]:
    """The tokens that occur at least so often, at most so many: the most frequent first, equals by their text."""
    found = sorted((token for token, times in counts.items() if times >= least),
                   key=lambda token: (-counts[token], token))
    return [UNKNOWN, *found[:most]]


def ids_of(pieces: list[str], learned: Learned) -> np.ndarray:
    """The id of each piece, 0 for one that is not known."""
    known = learned.ids
    return np.fromiter((known.get(piece, 0) for piece in pieces), np.int32, len(pieces))
