"""The questions that are asked of a training, by what they look at.

Their places are in causal order. At the start: 10 to 29 the data, 30 the initial weights, 40 to 59 units, 60 to 79 the
error signal. In training: 80 numbers, 90 to 109 units, 110 the error signal. From 120 on: what came of a run.
"""
