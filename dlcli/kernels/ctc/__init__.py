"""Connectionist temporal classification (Graves et al. 2006): what a sequence of tokens costs if nobody says at which
step each of them stands, and which tokens an output stands for.

An output has, at each step, a score for each of C tokens and, last, for the blank. A path is one choice at each step;
it stands for the tokens that are left once repeats are merged and blanks then dropped.
"""
