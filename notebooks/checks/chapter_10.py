"""Exercises of chapter 10: where to start."""

import math

import numpy as np

from .judge import Check


def _shape(rng):
    return {"n_out": int(rng.integers(200, 400)), "n_in": int(rng.integers(401, 800)),
            "seed": int(rng.integers(100))}


def _drawn(attempt):
    """Judge what is drawn: shape, type, whether by rng, its rows, its spread, its mean."""
    def judged(n_out, n_in, seed):
        W, again, other = (attempt((n_out, n_in), np.random.default_rng(s))
                           for s in (seed, seed, seed + 1))
        if W is None:
            return None
        by_rng = np.array_equal(W, again) and not np.array_equal(W, other)
        rows = len(np.unique(W, axis=0))
        return (np.array(np.shape(W)), float(np.asarray(W).dtype == np.float32), float(by_rng),
                float(rows == len(W)), float(np.std(W)) * math.sqrt(n_in),
                float(np.abs(np.mean(W))))
    return judged


def _normal(std, dtype=np.float32):
    """An initialiser whose standard deviation is std(n_out, n_in)."""
    return lambda shape, rng: rng.normal(0, std(*shape), shape).astype(dtype)


mended_init = Check(
    _shape,
    lambda n_out, n_in, seed: (np.array([n_out, n_in]), 1.0, 1.0, 1.0, math.sqrt(2), 0.0),
    {"Neither fault is mended. Measure the standard deviation of what it returns, for two shapes.":
         _normal(lambda n_out, n_in: 2 / n_out),
     "The numbers are right, but their type isn't float32: astype.":
         _normal(lambda n_out, n_in: math.sqrt(2 / n_in), np.float64),
     "That is the variance where NumPy wants the standard deviation: the root is missing.":
         _normal(lambda n_out, n_in: 2 / n_in),
     "shape is (n_out, n_in): that counts the outputs. The inputs stand last.":
         _normal(lambda n_out, n_in: math.sqrt(2 / n_out)),
     "That is Xavier's variance, with both counts. He's has the inputs alone.":
         _normal(lambda n_out, n_in: math.sqrt(2 / (n_in + n_out))),
     "That is half of He's variance: ReLU's factor 2 is still to come in.":
         _normal(lambda n_out, n_in: math.sqrt(1 / n_in)),
     "The numbers are right, but not drawn from the rng given: one seed should give one W.":
         lambda shape, rng: _normal(lambda n_out, n_in: math.sqrt(2 / n_in))(
             shape, np.random.default_rng())},
    parts=("the shape", "whether it is float32", "whether rng draws it", "whether all rows differ",
           "the standard deviation times √n_in", "the mean"),
    adapt=_drawn, tolerance=0.03)
