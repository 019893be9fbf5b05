"""Exercises of chapter 01: digits as numbers."""

import numpy as np

from .judge import Check, sizes


def _means(rng):
    C, D = sizes(rng, 2)
    return {"means": rng.random((C, D))}


def _from_the_first(b):
    """The differences b - b[0]: one number added to all of b changes no answer."""
    b = np.asarray(b)
    return b - b[0] if b.ndim and b.dtype.kind in "biuf" else b


def _up_to_a_constant(attempt):
    def judged(means):
        b = attempt(means)
        return None if b is None else _from_the_first(b)
    return judged


mean_bias = Check(
    _means,
    lambda means: _from_the_first(-(means ** 2).sum(axis=1) / 2),
    {"That goes with the templates 2 m: where m stands alone, b is half as large.":
         lambda means: -(means ** 2).sum(axis=1),
     "The sign: a mean with much ink is far from an image with little, so b must lower its score.":
         lambda means: (means ** 2).sum(axis=1) / 2,
     "The sign, and the half: write out -|x - m|² once more.":
         lambda means: (means ** 2).sum(axis=1),
     "Under the sum stand squares; no root is taken of it.":
         lambda means: -np.sqrt((means ** 2).sum(axis=1)) / 2,
     "That sums the pixels themselves: in |m|² each is squared first.":
         lambda means: -means.sum(axis=1) / 2,
     "Those are means over the pixels. |m|² is a sum.":
         lambda means: -(means ** 2).mean(axis=1) / 2,
     "That sums over the digits, one number a pixel. Sum over the pixels: axis=1.":
         lambda means: -(means ** 2).sum(axis=0) / 2,
     "That is the same number for all: it changes no answer. Each mean needs its own.":
         lambda means: np.full(len(means), -(means ** 2).sum() / 2)},
    parts=("(b - b[0])",),
    adapt=_up_to_a_constant)
