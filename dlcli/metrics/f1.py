"""Precision and recall in one number."""

from dlcli.metrics.formulas.confusion import Average, Confusion


class F1(Confusion):
    """Harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN), in 0 to 1.

    Of two classes, that of the positive class (`data.positive`); of more, the average over classes. 0 if it would be
    a division by zero, as in scikit-learn.
    """

    average: Average = "macro"
    """How more than two classes become one number. `macro`: mean over the classes that occur in targets or predictions;
    `weighted`: mean weighted by each class's number of targets; `micro`: the formula on the sums over classes."""
