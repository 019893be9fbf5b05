"""Exercises of chapter 01: digits as numbers."""

import numpy as np

from .judge import Check, Value, sizes

label_file_bytes = Value(
    10_008,
    {10_000: "Those are the labels. What stands before them?",
     10_016: "Images have three axes, so three sizes in the header. How many axes do labels have?",
     10_004: "The header also holds the size of the axis, in four bytes.",
     10_005: "A size takes four bytes, however small the number is.",
     60_008: "Those are the training labels. How many are there to test on?"},
    tolerance=1e-9)


def _with_bytes(attempt):
    """Judge the pixels and the bytes that each takes."""
    def judged(raw):
        pixels = attempt(raw)
        return None if pixels is None else (pixels, np.asarray(pixels).dtype.itemsize)
    return judged


def _bytes(rng, *shape):
    return rng.integers(0, 250, shape, dtype=np.uint8)


to_pixels = Check(
    lambda rng: {"raw": _bytes(rng, *sizes(rng, 3))},
    lambda raw: (raw.reshape(len(raw), -1) / np.float32(255), 4),
    {"The values are right, but each takes 8 bytes: bytes divided by a Python number are float64.":
         lambda raw: raw.reshape(len(raw), -1) / 255,
     "Those still go up to 255. Divide.":
         lambda raw: raw.reshape(len(raw), -1).astype(np.float32),
     "`//` rounds down: it leaves whole numbers, nearly all of them 0.":
         lambda raw: raw.reshape(len(raw), -1) // 255,
     "Full ink is 255, and has to become 1: divide by 255, not by 256.":
         lambda raw: raw.reshape(len(raw), -1) / np.float32(256),
     "Divide by 255, not by the darkest pixel at hand, or each set has a scale of its own.":
         lambda raw: raw.reshape(len(raw), -1) / np.float32(raw.max()),
     "The scale is right; each image is still a square. Return its row of pixels.":
         lambda raw: raw / np.float32(255)},
    parts=("the array of pixels", "the number of bytes a pixel"),
    adapt=_with_bytes)


def _byte_inputs(rng):
    N, D = sizes(rng, 2)
    return {"a": _bytes(rng, D), "B": _bytes(rng, N, D)}


byte_distances = Check(
    _byte_inputs,
    lambda a, B: np.abs(B.astype(int) - a).sum(axis=1),
    {"The difference of two bytes wraps round below 0. Widen the type before you subtract.":
         lambda a, B: np.abs(B - a).sum(axis=1),
     "a - B wraps round below 0, and abs comes too late. Widen the type before you subtract.":
         lambda a, B: np.abs(a - B).sum(axis=1),
     "Those are the squared distances. Here it is the absolute differences that add up.":
         lambda a, B: ((B.astype(int) - a) ** 2).sum(axis=1),
     "Those are signed differences: a pixel too dark makes up for one too pale. Where is the abs?":
         lambda a, B: (B.astype(int) - a).sum(axis=1),
     "Unsigned types wrap below 0 however wide they are. Take one with a sign.":
         lambda a, B: np.abs(B.astype(np.uint16) - a).sum(axis=1),
     "int8 holds -128 to 127 only: take int16 or wider.":
         lambda a, B: np.abs(B.astype(np.int8) - a.astype(np.int8)).sum(axis=1),
     "Those are means over the pixels, and the exercise asks for sums.":
         lambda a, B: np.abs(B.astype(int) - a).mean(axis=1),
     "That adds up the images, pixel by pixel. Add up the pixels of each image: axis=1.":
         lambda a, B: np.abs(B.astype(int) - a).sum(axis=0)},
    parts=("the distances",))


def _answers(rng):
    C = int(rng.integers(2, 7))
    N = 12 * C
    seen = int(rng.integers(1, C + 1))  # the last classes may be missing
    y = rng.integers(0, seen, N)
    return {"answers": np.where(rng.random(N) < 0.6, y, rng.integers(0, seen, N)), "y": y, "C": C}


def _counts(answers, y, C):
    return np.bincount(C * y + answers, minlength=C * C).reshape(C, C)


def _counts_at_most_one(answers, y, C):
    counts = np.zeros((C, C), int)
    counts[y, answers] += 1
    return counts


confusion_counts = Check(
    _answers,
    _counts,
    {"Each square holds at most 1: with a pair twice in the index, `+=` reads once and adds once. "
     "Try np.add.at, or number the pairs and let np.bincount count them.": _counts_at_most_one,
     "Rows and columns have changed places: the row is the true class, the column the answer.":
         lambda answers, y, C: _counts(answers, y, C).T,
     "Those are shares of a row; the exercise asks for counts.":
         lambda answers, y, C: _counts(answers, y, C)
         / np.maximum(1, np.bincount(y, minlength=C))[:, None],
     "It leans on the last class being there: `bincount` stops at the largest number it meets. "
     "Give it minlength.": lambda answers, y, C: np.bincount(C * y + answers).reshape(C, C)},
    parts=("the table",))


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
