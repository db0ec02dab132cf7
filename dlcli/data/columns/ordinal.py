"""Texts as a single number: their place in order."""

from dataclasses import dataclass

from dlcli.data.columns._categories import Categories
from dlcli.data.number_text import is_number
from dlcli.data.prepare._step import Step


@dataclass(kw_only=True)
class Ordinal(Categories):
    """The place of the row's category, from 1. Categories are ordered by value if all are numbers."""

    spec = None

    @classmethod
    def ordered(cls, texts: set[str]) -> list[str]:
        if all(map(is_number, texts)):
            return sorted(texts, key=lambda text: (float(text), text))
        return sorted(texts)

    @property
    def features(self) -> list[str]:
        return [self.name]

    @classmethod
    def takes(cls, step: Step, named: bool) -> bool:
        return step.kind != "impute"
