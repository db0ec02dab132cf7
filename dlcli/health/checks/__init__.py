"""The questions that are asked of a training, by what they look at.

Their places in causal order: 10 to 29 the data, 30 the initial weights, 40 to 59 units at the start, 60 to 79 the error
signal at the start, 80 numbers in training, 90 to 109 units in training, 110 the error signal in training, from 120 on
what came of a run.
"""
