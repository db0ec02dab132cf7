"""Functions that NumPy lacks, or has only in a slow form. They write to `out` and allocate nothing the size of x."""

from math import sqrt

import numpy as np

ZERO = np.zeros((), np.float32)
"""For ufuncs in hot places: a 0-d array is 0.2 us cheaper there than the number 0."""

BLOCK = 32768
"""Elements that are worked on at a time, so that all passes over them run in the cache."""

CENTRE = 3.75
FLOAT64 = (
    -6.327302061053339e-08,
    6.375299005080321e-09,
    7.547519673382812e-07,
    -5.446728176570285e-07,
    -5.5901619353022205e-06,
    1.1249306718045725e-05,
    2.5735017484151978e-05,
    -0.00014511194239178344,
    0.00014689503065953212,
    0.0008778260664993694,
    -0.004873299788905354,
    0.014181135768529897,
    -0.029346697779768872,
    0.04615216093944766,
    -0.05440196518775395,
    0.041138369225022293,
    0.001792707746238671,
    -0.07012029929244405,
    0.6187563154188964,
)
FLOAT32 = (
    -0.0001120583734,
    0.0001981538065,
    0.000837956109,
    -0.00492224743,
    0.01420462618,
    -0.02932342937,
    0.0461453848,
    -0.05440713507,
    0.04113920999,
    0.001793135197,
    -0.07012032916,
    0.6187563096,
)
"""(1 + 2v) exp(v^2) erfc(v) / 2 as a polynomial in t = (v - CENTRE) / (v + CENTRE), highest power first: the Chebyshev
series of that function, cut after degree 18 and 11 (relative error 6e-14 and 2e-8)."""


def positive_part(x, out) -> None:
    """max(x, 0)."""
    out.fill(0)
    np.maximum(x, out, out=out)         # two to three times faster than against a single 0


def negative_part(x, out) -> None:
    """min(x, 0)."""
    out.fill(0)
    np.minimum(x, out, out=out)


def sigmoid(x, out) -> None:
    """1 / (1 + exp(-x)), through tanh: never overflows, and is the fastest form."""
    np.multiply(x, 0.5, out)
    np.tanh(out, out)
    np.multiply(out, 0.5, out)
    np.add(out, 0.5, out)


def normal_cdf(x, out, work) -> None:
    """Distribution function of the standard normal, (1 + erf(x / sqrt 2)) / 2, accurate relative to itself down to the
    last tail.

    x and out: C-contiguous and equal in shape; work: (2, BLOCK) of their type. Source: Shepherd and Laframboise,
    Chebyshev approximation of (1+2x) exp(x^2) erfc(x) in 0 <= x < inf, Math. Comp. 36 (1981); one expression for all x,
    so no branches.
    """
    series = FLOAT32 if x.dtype == np.float32 else FLOAT64
    x, out = x.reshape(-1), out.reshape(-1)
    for start in range(0, x.size, BLOCK):
        stop = start + BLOCK
        here, tail = x[start:stop], out[start:stop]
        v, t = work[:, :here.size]
        np.abs(here, v)
        t.fill(40)                          # beyond, the tail is 0 in any float type; keeps inf out of the quotient
        np.minimum(v, t, out=v)
        v *= sqrt(0.5)
        np.add(v, CENTRE, t)
        np.subtract(v, CENTRE, tail)
        np.divide(tail, t, t)
        np.multiply(t, series[0], tail)
        for coefficient in series[1:-1]:
            tail += coefficient
            tail *= t
        tail += series[-1]
        np.multiply(v, v, t)
        np.negative(t, t)
        np.exp(t, t)
        tail *= t
        v *= 2
        v += 1
        tail /= v                           # the mass beyond |x|
        np.greater_equal(here, ZERO, v)
        np.subtract(v, tail, tail)
        np.abs(tail, tail)
