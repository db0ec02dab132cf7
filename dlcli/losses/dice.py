"""Soft Dice loss."""

from typing import Annotated

import numpy as np
from annotated_types import Gt

from dlcli.engine.loss import Loss
from dlcli.losses import _softmax


class Dice(Loss):
    """One minus the overlap of prediction and truth (Milletari et al. 2016), 1 - mean over classes of
    (2 sum(p g) + smooth) / (sum(p) + sum(g) + smooth).

    p are the probabilities of a class at the pixels of one picture, g is 1 at the pixels of that class, else 0. Each
    class counts the same however few pixels it has, so a small object is not drowned by the background. Output (..., C)
    and target (...) of class ids, p by softmax; or for two classes an output (..., 1), p by sigmoid, and class 1 alone
    counts. The overlap is taken per picture and the loss of a batch is the mean over its pictures: each then has its
    own loss, which depends neither on the rest of the batch nor on how the batch is divided. `predict` gives the
    probabilities, (n, ..., C), or of class 1 alone, (n, ...).
    """

    prediction_layer = ("softmax", "sigmoid")

    smooth: Annotated[float, Gt(0)] = 1.0
    """Added to both sides of the fraction, in pixels: a class that is neither there nor predicted is then met
    exactly."""
    background: bool = True
    """Whether class 0 counts in the mean. With one output it never does."""

    def build(self, y, t):
        if t.lengths:
            raise ValueError("dice reads whole pictures, and the rows of the target are padded")
        if not t:
            raise ValueError(
                "dice compares areas, and the target has a single class per row; it needs one for each position or "
                "pixel"
            )
        _softmax.build(self, y, t, single=True)
        self.first = 0 if self.background and not self.single else 1
        self.keep("near", (1, t.size))          # the loss falls by this for each p at a pixel of the class ...
        self.keep("far", (2, t.size))           # ... and grows by this anywhere (row 0)
        self.temp("truth", (self.per_row, t.size), rows=False)
        self.temp("sides", (self.per_row, 2))
        if self.single:
            self.temp("dpair", (*t, 2))

    def weight(self, t):
        return float(len(t))

    def forward(self, y, t):
        if y is not self.bound:
            _softmax.bind(self, y)
            self.pixels = np.ones((1, self.per_row), y.dtype)
        exps, sums, place, _, picked = self.views
        _softmax.shift(self, y, t)
        _softmax.likelihoods(self)
        exps /= self.sums.reshape(-1, 1)
        exps.reshape(-1).take(place, None, picked, "clip")
        rows, classes = len(y), exps.shape[-1]
        np.matmul(self.pixels, exps.reshape(rows, -1, classes), self.near)
        total = 0.0
        for i, (ids, inside) in enumerate(zip(t.reshape(rows, -1), picked.reshape(rows, -1), strict=True)):
            self.truth.fill(0)
            self.truth.reshape(-1)[self.starts[:self.per_row] + ids] = 1
            overlap, count = inside.dot(self.truth), self.pixels[0].dot(self.truth)
            area = self.near[i, 0] + count + self.smooth
            share = (2 * overlap + self.smooth) / area
            total += 1 - float(share[self.first:].mean())
            area *= classes - self.first
            area[:self.first] = np.inf
            self.near[i] = 2 / area
            self.far[i, 0] = share / area
        return total

    # A class has the share (2 sum(p g) + smooth) / area, whose slope by p at one pixel is 2 g / area - share / area:
    # the loss falls by `near` g and grows by `far`.
    def backward(self, y, t, dy, scale):
        exps, _, place, near, picked = self.views
        d, rows = self.dpair if self.single else dy, len(y)
        p, sides = exps.reshape(rows, self.per_row, -1), self.sides
        for i, ids in enumerate(t.reshape(rows, -1)):
            self.near[i, 0].take(ids, None, near.reshape(rows, -1)[i], "clip")
        exps.reshape(-1).take(place, None, picked, "clip")
        picked *= near
        picked *= scale
        # dp is far - near g, and d = p (dp - sum(p dp)): as a product of thin matrices, since numpy is slow over few
        # classes
        self.far[:, 1] = -1
        np.matmul(p, self.far[:, 0, :, None], sides[..., 1:])
        sides[..., 1] *= scale
        sides[..., 1] -= picked.reshape(rows, -1)
        sides[..., 0] = scale
        np.matmul(sides, self.far, d.reshape(p.shape))
        d.reshape(exps.shape)[...] *= exps
        flat = d.reshape(-1)
        flat.take(place, None, near, "clip")
        near -= picked
        flat[place] = near
        if self.single:
            np.copyto(dy[..., 0], d[..., 1])

    def predict(self, y):
        return _softmax.predict(y, self.single)
