"""Words as tokens."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Annotated

import numpy as np
from annotated_types import Ge

from dlcli.data.tokens._tokenizer import Learned, Most, Tokenizer, bounded, ids_of

PIECE = re.compile(r"\w+(?:['\u2019]\w+)*|\n|[^\w\s]")
"""A word with the apostrophes in it, the end of a line, or any other sign by itself."""
BEFORE, BEHIND = re.compile(r" ([.,;:!?%)\]}\u2019'\u2026])"), re.compile(r"([(\[{$#@]) | ?(\n) ?")


class Words(Tokenizer):
    """Words, signs and ends of lines are tokens; blanks are not kept. What is rare is unknown."""

    unit = "word"

    most: Most | None = 20_000
    """At most so many, the most frequent."""
    least: Annotated[int, Ge(1)] = 1
    """How often a word must occur in the training texts; a rarer one is unknown."""
    lower: bool = True
    """Whether capital letters are read as small ones."""

    def learn(self, texts: Iterable[str]) -> Learned:
        counts = Counter()
        for text in texts:
            counts.update(self._pieces(text))
        return Learned(bounded(counts, self.most, self.least))

    def encode(self, text: str, learned: Learned) -> np.ndarray:
        return ids_of(self._pieces(text), learned)

    def unknown(self, text: str, learned: Learned) -> list[str]:
        return [piece for piece in self._pieces(text) if piece not in learned.ids]

    def decode(self, tokens: list[str], learned: Learned) -> str:
        """With blanks between words, and none before a full stop: not always the text that was cut."""
        return BEHIND.sub(lambda found: found[1] or found[2], BEFORE.sub(r"\1", " ".join(tokens)))

    def _pieces(self, text: str) -> list[str]:
        return PIECE.findall(text.lower() if self.lower else text)
