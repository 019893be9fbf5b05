"""Exercises of chapter 02: the linear layer."""

import numpy as np

import mnist_core as core

from .judge import Check, Value, sizes


def _linear_inputs(rng):
    N, D, C = sizes(rng, 3)
    normal = rng.standard_normal
    return {"x": normal((N, D)), "W": normal((C, D)), "b": normal(C)}


linear_forward = Check(
    _linear_inputs,
    lambda x, W, b: x @ W.T + b,
    {"The products are right; the bias b is still to be added.": lambda x, W, b: x @ W.T,
     "The bias comes in with a minus sign.": lambda x, W, b: x @ W.T - b,
     "Each row is an output here. A batch keeps its examples as rows: turn the result over.":
         lambda x, W, b: W @ x.T + b[:, None]},
    parts=("z",))

neuron_score = Value(
    -3,
    {1: "The bias is still to be added.",
     5: "The bias is -4: it is added as it stands, and takes 4 away.",
     7: "The second weight is negative: -1 times 5."})

neuron_bias = Value(
    -1,
    {1: "2 * 3 - 1 * 5 is 1. What must be added for z = 0?",
     -4: "That is the old bias, with which z is not 0.",
     -11: "The second weight is negative: -1 times 5."})


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


def _tested_with_bad_biases(attempt):
    """Judge z, and whether a column and a bias of one entry are refused (1) or not (0)."""
    def refuses(x, W, b):
        try:
            attempt(x, W, b)
        except ValueError:
            return 1
        return 0

    def judged(x, W, b):
        return attempt(x, W, b), refuses(x, W, b[:, None]), refuses(x, W, b[:1])
    return judged


def _as_many_images_as_classes(rng):
    D, C = sizes(rng, 2)
    return {"x": rng.standard_normal((C, D)), "W": rng.standard_normal((C, D)),
            "b": rng.standard_normal(C)}


def _linear_if(fits):
    """Return a layer that raises ValueError unless fits(x, W, b)."""
    def layer(x, W, b):
        core.require(fits(x, W, b), "b", b, f"({len(W)},)")
        return x @ W.T + b
    return layer


guarded_linear = Check(
    _as_many_images_as_classes,
    lambda x, W, b: (x @ W.T + b, 1, 1),
    {"z is right. But a b of shape (C, 1) slips through, and so does one of shape (1,). Result and "
     "batch have the shapes you expect; look at the shape of b itself.":
         _linear_if(lambda x, W, b: (x @ W.T + b).shape == (len(x), len(W))),
     "A b of shape (1,) slips through: one number for all. Compare the whole shape, not the number "
     "of axes.": _linear_if(lambda x, W, b: b.ndim == 1),
     "A b of shape (C, 1) slips through: it has C entries too. Compare the whole shape.":
         _linear_if(lambda x, W, b: b.size == len(W))},
    parts=("z", "whether it refuses b (C, 1)", "whether it refuses b (1,)"),
    adapt=_tested_with_bad_biases)


def _normal_equations(rng):
    D, C = sizes(rng, 2)
    A = rng.standard_normal((30, D))
    return {"AtA": A.T @ A, "AtY": rng.standard_normal((D, C)), "lam": rng.uniform(1, 9)}


ridge = Check(
    _normal_equations,
    lambda AtA, AtY, lam: np.linalg.solve(AtA + lam * np.eye(len(AtA)), AtY),
    {"AtA + lam adds lam to every entry: it broadcasts. lam belongs on the diagonal.":
         lambda AtA, AtY, lam: np.linalg.solve(AtA + lam, AtY),
     "These are the normal equations as they were: lam is still to come in.":
         lambda AtA, AtY, lam: np.linalg.solve(AtA, AtY),
     "lam comes in with a minus sign, and makes the weights larger.":
         lambda AtA, AtY, lam: np.linalg.solve(AtA - lam * np.eye(len(AtA)), AtY),
     "lam comes in twice. Both slopes have a factor 2, and it cancels in both.":
         lambda AtA, AtY, lam: np.linalg.solve(AtA + 2 * lam * np.eye(len(AtA)), AtY),
     "That has a row for each digit. V has a row for each weight.":
         lambda AtA, AtY, lam: np.linalg.solve(AtA + lam * np.eye(len(AtA)), AtY).T},
    parts=("V",))
