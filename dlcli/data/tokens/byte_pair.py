"""Byte pairs as tokens, by the package `tokenizers`."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated

import numpy as np
from annotated_types import Ge, Le

from dlcli.data.tokens._tokenizer import UNKNOWN, Learned, Tokenizer
from dlcli.errors import UsageError


class BytePair(Tokenizer):
    """Frequent stretches of bytes are tokens (Sennrich et al. 2016; Radford et al. 2019): frequent words whole, rare
    ones in parts, and nothing is unknown. Needs the extra `text`."""

    size: Annotated[int, Ge(258), Le(1_000_000)] = 8_000
    """Tokens of the vocabulary: 256 bytes, and what they are put together to."""
    least: Annotated[int, Ge(1)] = 2
    """How often two parts must stand side by side in the training texts to become one."""

    def learn(self, texts: Iterable[str]) -> Learned:
        package = _package()
        tokenizer = package.Tokenizer(package.models.BPE(unk_token=UNKNOWN))
        tokenizer.pre_tokenizer = package.pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = package.decoders.ByteLevel()
        trainer = package.trainers.BpeTrainer(
            vocab_size=self.size, min_frequency=self.least, special_tokens=[UNKNOWN], show_progress=False,
            initial_alphabet=sorted(package.pre_tokenizers.ByteLevel.alphabet()))
        tokenizer.train_from_iterator(texts, trainer)
        ids = tokenizer.get_vocab()
        return Learned(sorted(ids, key=ids.__getitem__), tokenizer.to_str())

    def encode(self, text: str, learned: Learned) -> np.ndarray:
        return np.array(_made(learned.model).encode(text, add_special_tokens=False).ids, np.int32)

    def decode(self, tokens: list[str], learned: Learned) -> str:
        made = _made(learned.model)
        ids = (made.token_to_id(token) for token in tokens)
        return made.decode([i for i in ids if i is not None], skip_special_tokens=False)


@lru_cache(8)
def _made(model: str):
    return _package().Tokenizer.from_str(model)


def _package():
    try:
        import tokenizers
        import tokenizers.decoders
        import tokenizers.models
        import tokenizers.pre_tokenizers
        import tokenizers.trainers
    except ImportError:
        raise UsageError("byte_pair", "needs the package `tokenizers`, which is not installed",
                         "pip install 'dlcli[text]'") from None
    return tokenizers
