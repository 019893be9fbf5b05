"""Exercises of chapter 02: the linear layer."""

import numpy as np

from .judge import Check, sizes


def _two_digits(rng):
    D, C = sizes(rng, 2)
    i, j = rng.choice(C, 2, replace=False)
    return {"W": rng.standard_normal((C, D)), "b": rng.standard_normal(C), "i": i, "j": j}


one_neuron = Check(
    _two_digits,
    lambda W, b, i, j: (W[i] - W[j], b[i] - b[j]),
    {"That neuron is positive where j wins. Turn the differences round.":
         lambda W, b, i, j: (W[j] - W[i], b[j] - b[i]),
     "w is right. The bias of j is subtracted like its weights.":
         lambda W, b, i, j: (W[i] - W[j], b[i]),
     "w is right. The two biases make a difference too.":
         lambda W, b, i, j: (W[i] - W[j], 0.0),
     "Those are sums. z[i] > z[j] means z[i] - z[j] > 0.":
         lambda W, b, i, j: (W[i] + W[j], b[i] + b[j])},
    parts=("w", "b"))


def _a_fit(rng):
    D, C = sizes(rng, 2)
    return {"A": rng.standard_normal((30, D)), "Y": rng.standard_normal((30, C)),
            "strength": rng.uniform(2, 5)}


def _fit_with(images, wanted=0.0):
    """Return a fit to the rows given and to images(D, strength), all wanted at `wanted`."""
    def fit(A, Y, strength):
        rows = images(A.shape[1], strength)
        more = np.full((len(rows), Y.shape[1]), wanted)
        return np.linalg.lstsq(np.vstack([A, rows]), np.vstack([Y, more]))[0]
    return fit


held_down = Check(
    _a_fit,
    _fit_with(lambda D, strength: strength * np.eye(D)),
    {"That is least squares as it was: your rows are still to come in.":
         lambda A, Y, strength: np.linalg.lstsq(A, Y)[0],
     "The strength is missing: each invented image has ink of 1.":
         _fit_with(lambda D, strength: np.eye(D)),
     "The strength comes in squared. It is squared again in the sum: put it in as it is.":
         _fit_with(lambda D, strength: strength**2 * np.eye(D)),
     "The strength comes in as a root. The term is (strength * V[k, c])**2.":
         _fit_with(lambda D, strength: np.sqrt(strength) * np.eye(D)),
     "The invented images want scores of 1, which pulls the weights away from 0.":
         _fit_with(lambda D, strength: strength * np.eye(D), wanted=1.0),
     "Each invented image has ink everywhere, and holds down the sum of the weights alone. Give "
     "each ink at one place.": _fit_with(lambda D, strength: np.full((D, D), strength)),
     "Adding the strength to A changes the images. Leave A as it is, and put rows below it.":
         lambda A, Y, strength: np.linalg.lstsq(A + strength, Y)[0],
     "The last row of V goes free. It holds the biases, and here they are held down too.":
         _fit_with(lambda D, strength: strength * np.eye(D)[:-1]),
     "That has a row for each digit. V has a row for each weight.":
         lambda A, Y, strength: _fit_with(lambda D, s: s * np.eye(D))(A, Y, strength).T},
    parts=("V",))
