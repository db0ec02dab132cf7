"""How many tokens of a sequence are wrong."""

from typing import ClassVar

from dlcli.metrics.formulas.edit_distance import edit_distance
from dlcli.metrics.formulas.whole import WholeRows


class TokenErrorRate(WholeRows):
    """Insertions, deletions and substitutions that make the targets of the outputs, per token of the targets: the word
    error rate if tokens are words, the character error rate if they are characters.

    The fewest edits of each row (Levenshtein 1966) are summed over all rows, and divided by all their target tokens. 0
    is perfect; it can be above 1. Not defined without target tokens. An output of loss ctc is decoded greedily: the
    best class of each step, repeats merged, then blanks dropped.
    """

    better: ClassVar[str] = "min"

    def count(self, found, wanted):
        return edit_distance(found, wanted), len(wanted)
