"""Characters as tokens."""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated

import numpy as np
from annotated_types import Ge

from dlcli.data.tokens._tokenizer import UNKNOWN, Learned, Most, Tokenizer, bounded


class Characters(Tokenizer):
    """Each character is a token: no word is unknown, and sequences are long."""

    unit = "character"

    most: Most | None = None
    """At most so many, the most frequent. Default: all."""
    least: Annotated[int, Ge(1)] = 1
    """How often a character must occur in the training texts; a rarer one is unknown."""

    def learn(self, texts: Iterable[str]) -> Learned:
        counts = Counter()
        for text in texts:
            counts.update(text)
        return Learned([UNKNOWN, *sorted(bounded(counts, self.most, self.least)[1:])])

    def encode(self, text: str, learned: Learned) -> np.ndarray:
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
        known = np.array([ord(token) for token in learned.tokens[1:]], np.uint32)     # in ascending order
        place = np.searchsorted(known, codes)
        found = known.take(place, mode="clip") == codes
        return np.where(found, place + 1, 0).astype(np.int32)

    def unknown(self, text: str, learned: Learned) -> list[str]:
        return [character for character in text if character not in learned.ids]

    def decode(self, tokens: list[str], learned: Learned) -> str:
        return "".join(tokens)
