"""How many of those called positive are."""

from dlcli.metrics.formulas.confusion import Average, Confusion


class Precision(Confusion):
    """Share of the rows called positive that are: TP / (TP + FP), in 0 to 1.

    Of two classes, that of the positive class (`data.positive`); of more, the average over classes. 0 if it would be
    a division by zero, as in scikit-learn.
    """

    average: Average = "macro"
    """How more than two classes become one number. `macro`: mean over the classes that occur in targets or predictions;
    `weighted`: mean weighted by each class's number of targets; `micro`: the formula on the sums over classes."""
