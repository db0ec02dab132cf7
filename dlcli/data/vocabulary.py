"""The tokens that a run knows, learned of its training texts."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Self

import numpy as np

from dlcli.data.tokens._tokenizer import UNKNOWN, Learned, Tokenizer
from dlcli.engine.registry import create, kinds
from dlcli.storage.forms import FormError, each, maybe, record, refuse, text


@dataclass(kw_only=True, frozen=True)
class Vocabulary:
    """Tokens by id; id 0 is what is not known. Inputs and targets of one text share it, so that what is predicted can
    be read again.

    kind, options: the tokenizer. tokens: by id. model: as in `Learned`.
    """

    kind: str
    options: dict
    tokens: list[str]
    model: str | None = None

    @classmethod
    def learn(cls, tokenizer: Tokenizer, texts: Iterable[str]) -> Self:
        learned = tokenizer.learn(texts)
        options = {option.name: getattr(tokenizer, option.name) for option in fields(tokenizer)}
        return cls(kind=tokenizer.kind, options=options, tokens=learned.tokens, model=learned.model)

    @cached_property
    def tokenizer(self) -> Tokenizer:
        return create("data.tokens", {self.kind: self.options})

    @cached_property
    def learned(self) -> Learned:
        return Learned(self.tokens, self.model)

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, text: str) -> np.ndarray:
        """Ids (tokens,) int32 of a text."""
        return self.tokenizer.encode(text, self.learned)

    def encode_row(self, text: str) -> np.ndarray:
        """The same of a text that is a row by itself: one without a token is the unknown one."""
        ids = self.encode(text)
        return ids if len(ids) else np.zeros(1, np.int32)

    def unknown(self, text: str) -> list[str]:
        """What of a text it does not have."""
        return self.tokenizer.unknown(text, self.learned)

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids."""
        return self.tokenizer.decode([self.tokens[i] for i in ids], self.learned)

    def state(self) -> dict:
        """As JSON values."""
        return {"kind": self.kind, "options": self.options, "tokens": self.tokens, "model": self.model}


FORM = record(kind=text, options=lambda value, path: None, tokens=each(text, 1), model=maybe(text))


def vocabulary_of(state: dict, path: str = "vocabulary") -> Vocabulary:
    """What `Vocabulary.state` describes. FormError if it is none: it comes from a file."""
    FORM(state, path)
    if state["kind"] not in kinds("data.tokens"):
        refuse(f"{path}.kind", state["kind"], "a tokenizer")
    if state["tokens"][0] != UNKNOWN or len(set(state["tokens"])) < len(state["tokens"]):
        raise FormError(f"{path}.tokens", f"begins with {UNKNOWN}, and has no token twice")
    made = Vocabulary(**state)
    try:        # options and model are whatever the file says
        made.encode("a")
    except Exception as error:
        raise FormError(path, f"is none that can be used: {error}") from None
    return made
