"""Exercises of chapter 19: momentum and Adam."""

import numpy as np

from .judge import Check, sizes


def _steps(rng):
    T, n = sizes(rng, 2)
    return {"w": rng.uniform(1, 2, n), "gradients": rng.standard_normal((T, n)),
            "lr": rng.uniform(0.01, 0.1), "l2": rng.uniform(0.5, 1)}


def _adam(pull=1, power="each", square="gradient", decoupled=False):
    """Return Adam with the penalty of L2, with some of its faults."""
    def divisor(beta, t):
        return {"each": 1 - beta**t, "left out": 1 - beta, "times": 1 / (1 - beta**t),
                "none": 1, "from 0": 1 - beta ** (t + 1)}[power]

    def function(w, gradients, lr, l2):
        m, v = np.zeros_like(w), np.zeros_like(w)
        for t, dw in enumerate(gradients, start=1):
            g = dw if decoupled else dw + pull * l2 * w
            w = w * (1 - lr * l2) if decoupled else w
            m = 0.9 * m + 0.1 * g
            v = 0.999 * v + 0.001 * (g * g if square == "gradient" else m * m)
            w = w - lr * m / divisor(0.9, t) / (np.sqrt(v / divisor(0.999, t)) + 1e-8)
        return w

    return function


adam_with_l2 = Check(
    _steps,
    _adam(),
    {"It still has all three faults.": _adam(-1, "left out", "mean"),
     "The penalty is right now. Two faults are left.": _adam(1, "left out", "mean"),
     "The correction is right now. Two faults are left.": _adam(-1, "each", "mean"),
     "The second average is right now. Two faults are left.": _adam(-1, "left out"),
     "One fault is left: with gradients of 0 the weights grow.": _adam(-1),
     "One fault is left: the first step is right, the others are not.": _adam(1, "left out"),
     "One fault is left: of what is the second average?": _adam(1, "each", "mean"),
     "The correction multiplies, where it should divide.": _adam(1, "times"),
     "The correction is gone altogether, so the first steps are too long.": _adam(1, "none"),
     "The correction counts from the second step: t is 1 in the first.": _adam(1, "from 0"),
     "That is decoupled weight decay. Here the penalty joins the gradient.":
         _adam(decoupled=True)},
    parts=("w",))
