"""The most probable tokens, all their paths together: prefix beam search."""

import numpy as np


def beams(scores: np.ndarray, width: int) -> list[tuple[np.ndarray, float]]:
    """The best tokens for an output and their log probabilities, best first: at most `width` (Graves 2012; Hannun et
    al. 2014).

    scores (steps, C + 1): log probabilities of each step; the blank is the last class. After each step the `width` most
    probable beginnings are kept. If none is ever dropped the answer is exact; otherwise the log probabilities are
    lower bounds, since paths through a dropped beginning are lost.
    """
    scores = np.asarray(scores, np.float64)
    known = _Prefixes()
    prefixes, blank, token = np.zeros(1, np.int64), np.zeros(1), np.full(1, -np.inf)
    for step in scores:
        prefixes, blank, token = _advance(known, prefixes, blank, token, step, width)
    total = np.logaddexp(blank, token)
    order = np.argsort(-total, kind="stable")
    return [(known.tokens(prefixes[i]), float(total[i])) for i in order]


class _Prefixes:
    """Beginnings as numbers: 0 is the empty one, each other one is a shorter one and a token."""

    def __init__(self):
        self.parents, self.last, self._numbers = [-1], [-1], {}

    def longer(self, prefix: int, token: int) -> int:
        """The number of a beginning with one token more."""
        number = self._numbers.setdefault((prefix, token), len(self.parents))
        if number == len(self.parents):
            self.parents.append(prefix)
            self.last.append(token)
        return number

    def tokens(self, prefix: int) -> np.ndarray:
        found = []
        while prefix:
            found.append(self.last[prefix])
            prefix = self.parents[prefix]
        return np.array(found[::-1], np.int64)


def _advance(known: _Prefixes, prefixes, blank, token, step, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The most probable beginnings after one step more: their numbers, and the log probabilities of their paths that
    end in the blank and in their last token."""
    total, classes = np.logaddexp(blank, token), len(step) - 1
    last = np.array([known.last[prefix] for prefix in prefixes])
    longer = total[:, None] + step[:-1]
    some = last >= 0
    # the last token once more makes the beginning longer only behind a blank; else the two are merged
    longer[some, last[some]] = blank[some] + step[last[some]]
    stays = np.where(some, token + step[last], -np.inf)
    places = {prefix: i for i, prefix in enumerate(prefixes.tolist())}
    for i, prefix in enumerate(prefixes.tolist()):
        parent = places.get(known.parents[prefix])
        if parent is not None:          # what makes its parent longer by this token is the same beginning
            stays[i] = np.logaddexp(stays[i], longer[parent, last[i]])
            longer[parent, last[i]] = -np.inf
    ends = np.concatenate([np.stack([total + step[-1], stays]),
                           np.stack([np.full(longer.size, -np.inf), longer.ravel()])], 1)
    each = np.logaddexp(*ends)
    best = np.argsort(-each, kind="stable")[:width]
    best = best[each[best] > -np.inf]
    numbers = [int(prefixes[i]) if i < len(prefixes)
               else known.longer(int(prefixes[(i - len(prefixes)) // classes]), int((i - len(prefixes)) % classes))
               for i in best]
    return np.array(numbers, np.int64), *ends[:, best]
