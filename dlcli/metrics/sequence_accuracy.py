"""Share of sequences that are entirely right."""

import numpy as np

from dlcli.metrics.formulas.whole import WholeRows


class SequenceAccuracy(WholeRows):
    """Share of rows whose tokens are all right, none missing and none too many: right / all, in 0 to 1.

    An output of loss ctc is decoded greedily: the best class of each step, repeats merged, then blanks dropped.
    """

    def count(self, found, wanted):
        return int(np.array_equal(found, wanted)), 1
