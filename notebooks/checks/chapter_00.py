"""Exercises of chapter 00: a network in a minute."""

import numpy as np

from .judge import Check, Value, sizes

count_parameters = Value(
    101_770,
    {100_480: "That is the first layer alone. The second has weights and biases too.",
     101_632: "Those are the weights of both layers. Each output has a bias besides.",
     101_760: "All but the last ten: the second layer has a bias for each digit."},
    tolerance=1e-9)

centre = Check(
    lambda rng: {"X": rng.standard_normal(sizes(rng, 2))},
    lambda X: X - X.mean(axis=0),
    {"That takes one mean of the whole array. Each column has a mean of its own: axis=0.":
         lambda X: X - X.mean(),
     "That is the mean of each row. Summing away the rows is axis=0.":
         lambda X: X - X.mean(axis=1, keepdims=True),
     "That returns the means. Take them from X.": lambda X: X.mean(axis=0)})

def _rows_and_labels(rng):
    N, C = sizes(rng, 2)
    return {"p": rng.random((N, C)), "y": rng.integers(0, C, N)}


picked = Check(
    _rows_and_labels,
    lambda p, y: p[np.arange(len(y)), y],
    {"p[:, y] takes all those columns for every row. Name the rows too: np.arange(len(y)).":
         lambda p, y: p[:, y],
     "The numbers are right, one by one and in a list. One index does it for all rows: give p two "
     "arrays, the rows and the columns.": lambda p, y: [p[n, y[n]] for n in range(len(y))],
     "That is the largest entry of each row. Wanted is the one at the label.":
         lambda p, y: p.max(axis=1)})

slope_of_square = Check(
    lambda rng: dict(zip("wxb", rng.standard_normal(3).tolist())),
    lambda w, x, b: 2 * (w * x + b) * x,
    {"That is the slope of L in z. Times the slope of z in w, which is x.":
         lambda w, x, b: 2 * (w * x + b),
     "The slope of z ** 2 is 2 * z, and z is w * x + b, the bias with it.":
         lambda w, x, b: 2 * w * x * x,
     "That is the rise over a whole unit of w, and L curves on the way. Wanted is the slope at w.":
         lambda w, x, b: ((w + 1) * x + b) ** 2 - (w * x + b) ** 2,
     "That is the loss itself. Wanted is how fast it rises with w.":
         lambda w, x, b: (w * x + b) ** 2})
