from math import log

from dlcli.metrics.formulas.likelihood import Likelihood


class BitsPerCharacter(Likelihood):
    """The mean negative log-likelihood in bits: what a text would be compressed to, per token; of `tokens: characters`
    per character (Graves 2013)."""

    def result(self):
        return float(self.mean / log(2))
