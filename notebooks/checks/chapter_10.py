"""Exercises of chapter 10: where to start."""

import math

import numpy as np

from .judge import Check, Value

std_of_z = Value(
    2,
    {4: "That is the variance. Its root is the standard deviation.",
     20: "The weights come in by their variance, 0.2 squared, and the whole needs a root.",
     0.02: "One input does that. There are 200, and the whole needs a root.",
     math.sqrt(20): "0.2 is the standard deviation of a weight. (10.1) wants its variance.",
     8: "The inputs come in too: their mean square is 0.5. And the whole needs a root.",
     math.sqrt(8): "The inputs come in too: their mean square is 0.5.",
     math.sqrt(2): "0.5 is the mean square already. It isn't squared again."})


def _layers(rng):
    return {"std": rng.uniform(0.05, 0.4), "width": int(rng.integers(20, 200)),
            "layers": int(rng.integers(3, 9))}


growth = Check(
    _layers,
    lambda std, width, layers: (width * std**2 / 2) ** (layers / 2),
    {"ReLU is missing: it keeps half of the mean square. And the size is the root of that.":
         lambda std, width, layers: (width * std**2) ** layers,
     "That is the factor of the mean square. The size is its root.":
         lambda std, width, layers: (width * std**2 / 2) ** layers,
     "The root is right, but ReLU keeps half of the mean square at every layer.":
         lambda std, width, layers: (width * std**2) ** (layers / 2),
     "ReLU halves the mean square, not the size: divide by 2 before you take the root.":
         lambda std, width, layers: (width * std**2) ** (layers / 2) / 2**layers,
     "The half is lost at every layer, not once: it belongs inside the power.":
         lambda std, width, layers: math.sqrt((width * std**2) ** layers / 2),
     "The half belongs inside the power, at every layer, and under the root.":
         lambda std, width, layers: math.sqrt((width * std**2) ** layers) / 2,
     "The weights come in by their variance, std squared.":
         lambda std, width, layers: (width * std / 2) ** (layers / 2),
     "Layers follow one another: their factors multiply. `layers` is a power.":
         lambda std, width, layers: layers * math.sqrt(width * std**2 / 2)},
    parts=("the factor",))


def _leaky(rng):
    return {"n_in": int(rng.integers(10, 900)), "leak": rng.uniform(0.1, 0.7)}


leaky_std = Check(
    _leaky,
    lambda n_in, leak: math.sqrt(2 / (n_in * (1 + leak**2))),
    {"That is the variance. Its root is the standard deviation.":
         lambda n_in, leak: 2 / (n_in * (1 + leak**2)),
     "That is He's, for a leak of 0. The negative half passes something now.":
         lambda n_in, leak: math.sqrt(2 / n_in),
     "It is z² that is averaged, so the leak comes in by its square.":
         lambda n_in, leak: math.sqrt(2 / (n_in * (1 + leak))),
     "The leak adds to what is kept: 1 + leak², not 1 - leak². So less is to be made up for.":
         lambda n_in, leak: math.sqrt(2 / (n_in * (1 - leak**2))),
     "More passes, so the weights should be smaller: what is kept stands below.":
         lambda n_in, leak: math.sqrt(2 * (1 + leak**2) / n_in),
     "The root goes over all of it: (1 + leak²) too.":
         lambda n_in, leak: math.sqrt(2 / n_in) / (1 + leak**2),
     "Each half of z is squared by itself: 1 + leak², not (1 + leak)².":
         lambda n_in, leak: math.sqrt(2 / n_in) / (1 + leak),
     "At a leak of 1 nothing is lost, and 1 / n_in should come out. Each half counts for half.":
         lambda n_in, leak: math.sqrt(1 / (n_in * (1 + leak**2)))},
    parts=("the standard deviation",))


def _shape(rng):
    return {"n_out": int(rng.integers(200, 400)), "n_in": int(rng.integers(401, 800)),
            "seed": int(rng.integers(100))}


def _drawn(attempt):
    """Judge what is drawn: shape, type, whether by rng, its rows, spread, mean and largest."""
    def judged(n_out, n_in, seed):
        W, again, other = (attempt((n_out, n_in), np.random.default_rng(s))
                           for s in (seed, seed, seed + 1))
        if W is None:
            return None
        by_rng = np.array_equal(W, again) and not np.array_equal(W, other)
        root, rows = math.sqrt(n_in), len(np.unique(W, axis=0))
        return (np.array(np.shape(W)), float(np.asarray(W).dtype == np.float32), float(by_rng),
                float(rows == len(W)), float(np.std(W)) * root, float(np.abs(np.mean(W))),
                float(np.max(W)) * root)
    return judged


def _uniform(limit, low=-1, dtype=np.float32):
    return lambda shape, rng: (limit(shape) * rng.uniform(low, 1, shape)).astype(dtype)


he_uniform = Check(
    _shape,
    lambda n_out, n_in, seed: (np.array([n_out, n_in]), 1.0, 1.0, 1.0,
                               math.sqrt(2), 0.0, math.sqrt(6)),
    {"The numbers are right, but their type isn't float32: astype.":
         _uniform(lambda shape: math.sqrt(6 / shape[1]), dtype=np.float64),
     "The variance is a third of He's: limit² / 3 should be 2 / n_in, so the limit is larger.":
         _uniform(lambda shape: math.sqrt(2 / shape[1])),
     "The root is missing: limit² / 3 should be 2 / n_in.":
         _uniform(lambda shape: 6 / shape[1]),
     "shape is (n_out, n_in): that counts the outputs. The inputs stand last.":
         _uniform(lambda shape: math.sqrt(6 / shape[0])),
     "The numbers are right, but not drawn from the rng given: one seed should give one W.":
         lambda shape, rng: _uniform(lambda s: math.sqrt(6 / s[1]))(shape, np.random.default_rng()),
     "All rows are equal: these units are twins. Draw the whole shape.":
         lambda shape, rng: np.tile(_uniform(lambda s: math.sqrt(6 / s[1]))((1, shape[1]), rng),
                                    (shape[0], 1)),
     "That is Xavier's variance, with both counts. He's has the inputs alone.":
         _uniform(lambda shape: math.sqrt(6 / sum(shape))),
     "That is half of He's variance: ReLU's factor 2 is still to come in.":
         _uniform(lambda shape: math.sqrt(3 / shape[1])),
     "They are all positive: draw between -limit and limit, so that the mean is 0.":
         _uniform(lambda shape: math.sqrt(6 / shape[1]), low=0),
     "The variance is right, but these are normally distributed. Draw with rng.uniform.":
         lambda shape, rng: (math.sqrt(2 / shape[1]) * rng.standard_normal(shape)
                             ).astype(np.float32)},
    parts=("the shape", "whether it is float32", "whether rng draws it", "whether all rows differ",
           "the standard deviation times √n_in",
           "the mean", "the largest weight times √n_in"),
    adapt=_drawn, tolerance=0.03)
