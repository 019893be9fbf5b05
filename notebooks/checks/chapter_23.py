"""Exercises of chapter 23: a tiny autograd."""

import numpy as np

from .judge import Check, sizes


def _two_shapes(rng):
    N, n = sizes(rng, 2)
    shapes = [((N, n), (n,)), ((N, n), (N, 1)), ((N, 1), (n,)), ((n,), (N, n))]
    left, right = shapes[rng.integers(len(shapes))]
    g = rng.standard_normal((N, n))
    scale = 400 if rng.random() < 0.3 else 1
    return {"g": g, "a": scale * rng.standard_normal(left), "b": scale * rng.standard_normal(right)}


def _back(g, shape):
    for _ in range(g.ndim - len(shape)):
        g = g.sum(axis=0)
    ones = tuple(i for i, n in enumerate(shape) if n == 1)
    return g.sum(axis=ones, keepdims=True)


def _logaddexp(g, a, b, back=_back, swap=False, handed=True, safe=True):
    out = np.logaddexp(a, b)
    with np.errstate(all="ignore"):
        if safe:
            da, db = np.exp(a - out), np.exp(b - out)
        else:
            da, db = (np.exp(x) / (np.exp(a) + np.exp(b)) for x in (a, b))
    if swap:
        da, db = db, da
    if handed:
        da, db = g * da, g * db
    return back(da, a.shape), back(db, b.shape)


def _reshaped(g, shape):
    return g.reshape(-1, *shape).sum(axis=0)


def _plain(d, shape):
    return d


logaddexp_vjp = Check(
    _two_shapes,
    _logaddexp,
    {"The values are right, but they have the shape of out: sum each over the axes along which "
     "its operand was copied.": lambda g, a, b: _logaddexp(g, a, b, back=_plain),
     "da and db have each other's slope: a rise of the larger one counts for more.":
         lambda g, a, b: _logaddexp(g, a, b, swap=True),
     "These are the slopes alone. Multiply by g before you sum.":
         lambda g, a, b: _logaddexp(g, a, b, handed=False),
     "The shapes are right and so are the totals, but reshape has mixed the entries of a column: "
     "sum over the axis of size 1.": lambda g, a, b: _logaddexp(g, a, b, back=_reshaped),
     "For large numbers exp overflows and nan comes out: write the slope as exp(a - out).":
         lambda g, a, b: _logaddexp(g, a, b, safe=False)},
    parts=("da", "db"))


def _images_and_prototypes(rng):
    N, M, D = sizes(rng, 3)
    return {"g": rng.standard_normal((N, M)), "x": rng.standard_normal((N, D)),
            "q": rng.standard_normal((M, D))}


def _distances(g, x, q, axes=(1, 0), factor=2, sign=-1):
    d = factor * g[:, :, None] * (x[:, None] - q)
    return d.sum(axis=axes[0]), sign * d.sum(axis=axes[1])


def _as_given(g, x, q):
    d = 2 * g[:, :, None] * (x[:, None] - q)
    return d, -d


distances_vjp = Check(
    _images_and_prototypes,
    _distances,
    {"Both still have the shape (N, M, D): each image was copied for every prototype, and each "
     "prototype for every image.": _as_given,
     "dx and dq are summed over each other's axis: x was copied along axis 1, q along axis 0.":
         lambda g, x, q: _distances(g, x, q, axes=(0, 1)),
     "Both are summed over axis 0, as the engine would. For x that adds up the images.":
         lambda g, x, q: _distances(g, x, q, axes=(0, 0)),
     "dq has the wrong sign: q is subtracted.": lambda g, x, q: _distances(g, x, q, sign=1),
     "The 2 of the square is missing.": lambda g, x, q: _distances(g, x, q, factor=1)},
    parts=("dx", "dq"))
