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
         lambda x, W, b: W @ x.T + b[:, None],
     "The k of W stands last: transpose it, x @ W.T.": lambda x, W, b: x @ W + b,
     "b stands up as a column there, a number an image. As it is, (C,), it goes to each row.":
         lambda x, W, b: x @ W.T + b[:, None]},
    parts=("z",))

neuron_score = Value(
    -3,
    {1: "The bias is still to be added.",
     5: "The bias is -4: it is added as it stands, and takes 4 away.",
     7: "The second weight is negative: -1 times 5."})

neuron_bias = Value(
    -1,
    {1: "2 * 3 - 1 * 5 is 1. What must be added for z = 0?",
     3: "By that much the bias must rise. Which bias is it then?",
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


def _tested_with_bad_shapes(attempt):
    """Judge z, and whether fewer images are let in (0) and what has a wrong shape refused (1)."""
    def refuses(x, W, b):
        try:
            attempt(x, W, b)
        except ValueError:
            return 1
        return 0

    def judged(x, W, b):
        return (attempt(x, W, b), refuses(x[1:], W, b), refuses(x, W, b[:, None]),
                refuses(x, W, b[None]), refuses(x, W, b[:1]), refuses(x[0], W, b),
                refuses(x[None], W, b))
    return judged


def _as_many_images_as_classes(rng):
    D, C = sizes(rng, 2)
    return {"x": rng.standard_normal((C, D)), "W": rng.standard_normal((C, D)),
            "b": rng.standard_normal(C)}


def _linear_if(b_fits, x_fits=lambda x, W: x.ndim == 2):
    """Return a layer that raises ValueError unless b_fits(x, W, b) and x_fits(x, W)."""
    def layer(x, W, b):
        core.require(b_fits(x, W, b), "b", b, f"({len(W)},)")
        core.require(x_fits(x, W), "x", x, "(N, {})", W.shape[1])
        return x @ W.T + b
    return layer


guarded_linear = Check(
    _as_many_images_as_classes,
    lambda x, W, b: (x @ W.T + b, 0, 1, 1, 1, 1, 1),
    {"z is right. But a b of shape (C, 1) slips through, and so does one of shape (1,). Result and "
     "batch have the shapes you expect; look at the shape of b itself.":
         _linear_if(lambda x, W, b: (x @ W.T + b).shape == (len(x), len(W))),
     "A b of shape (1,) slips through: one number for all. Compare the whole shape, not the number "
     "of axes.": _linear_if(lambda x, W, b: b.ndim == 1),
     "A b of shape (C, 1) slips through: it has C entries too. Compare the whole shape.":
         _linear_if(lambda x, W, b: b.size == len(W)),
     "A b of shape (C, 1) slips through: its first axis is right. Compare the whole shape.":
         _linear_if(lambda x, W, b: b.shape[0] == len(W)),
     "A b of shape (1, C) slips through: its last axis is right. Compare the whole shape.":
         _linear_if(lambda x, W, b: b.shape[-1] == len(W)),
     "It compares b with the number of images, and refuses every batch that has not C of them. "
     "Compare with the rows of W.": _linear_if(lambda x, W, b: b.shape == (len(x),)),
     "b is well guarded. But a single image of shape (D,) slips through: this layer wants a batch.":
         _linear_if(lambda x, W, b: b.shape == (len(W),), lambda x, W: x.shape[-1] == W.shape[1]),
     "x is compared with the rows of W, which are outputs. Its features are W's columns.":
         _linear_if(lambda x, W, b: b.shape == (len(W),), lambda x, W: x.shape[-1] == len(W))},
    parts=("z", "whether it refuses a batch of fewer images", "whether it refuses b (C, 1)",
           "whether it refuses b (1, C)", "whether it refuses b (1,)",
           "whether it refuses one image (D,)", "whether it refuses x with three axes"),
    adapt=_tested_with_bad_shapes)


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
     "Half of lam. Both slopes have a factor 2, and it cancels in both.":
         lambda AtA, AtY, lam: np.linalg.solve(AtA + lam / 2 * np.eye(len(AtA)), AtY),
     "lam is a strength as it stands. It is the weights that are squared in the price.":
         lambda AtA, AtY, lam: np.linalg.solve(AtA + lam ** 2 * np.eye(len(AtA)), AtY),
     "The last weight goes free. Many let the bias off, but here k runs over all of V.":
         lambda AtA, AtY, lam: np.linalg.solve(
             AtA + lam * np.diag([1.0] * (len(AtA) - 1) + [0.0]), AtY),
     "That has a row for each digit. V has a row for each weight.":
         lambda AtA, AtY, lam: np.linalg.solve(AtA + lam * np.eye(len(AtA)), AtY).T},
    parts=("V",))
