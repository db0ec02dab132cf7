import numpy as np

from dlcli.metrics.formulas.likelihood import Likelihood


class Perplexity(Likelihood):
    """exp of the mean negative log-likelihood: of how many equally likely tokens each one is as hard to guess (Jelinek
    et al. 1977). 1 is perfect; the number of classes is what a network reaches that knows nothing."""

    def result(self):
        with np.errstate(over="ignore"):
            return float(np.exp(self.mean))
