"""Exercises of chapter 06: the chain rule."""

import numpy as np

from .judge import Check, Value, sizes

dearer_coffee = Value(
    90,
    {0.6: "Those are dollars. One edge is left, with 150 yen for each dollar.",
     75: "That goes straight from francs to yen. The way leads over dollars: 1.2 for each franc.",
     180: "That is the slope, for a whole franc. The coffee rises by half of one.",
     75.6: "Along a path slopes multiply: 1.2 times 150, not 1.2 plus 150.",
     990: "That is the new tag. By how much did it move?"})

weaker_franc = Value(
    -15,
    {15: "The franc falls. Which way does the tag move?",
     -3: "A nudge of the rate is multiplied by the 5 francs that stand beside it.",
     -0.1: "Those are dollars. One edge is left, with 150 yen for each dollar.",
     -18: "The edge from the rate to dollars has slope 5, the francs. You took 6, the dollars.",
     -3.6: "That path goes over the 1.2 itself. Nudge a rate, and dollars move by the francs.",
     885: "That is the new tag. By how much did it move?"})

_price = 1 / (1 + np.exp(-2))  # p[0], and so dz2[0]

sleeper_dx = Value(
    6 * _price,
    {5 * _price: "That lets unit 0 through as well. It sleeps: its ReLU has slope 0.",
     2 * _price: "That is the price of z1[1]. The edge from x[0] to it has the weight 3.",
     -4 * _price: "That is dx[1]. The edges that leave x[0] are column 0 of W1.",
     -6 * _price: "a1[1] goes into both scores: you took its path over z2[0] alone. Or a sign "
                  "went astray.",
     -_price: "That is the path over the unit that sleeps. The other path is the open one.",
     12 * _price: "a1[1] goes into both scores: you took its path over z2[1] alone."})

three_paths = Check(
    lambda rng: dict(zip("wx", rng.uniform(1, 3, 2))),
    lambda w, x: ((w + x) * w + w * x, (w + x) * x + w * x + 1),
    {"dw lacks the path that leads straight from w to L.":
         lambda w, x: ((w + x) * w + w * x, (w + x) * x + w * x),
     "dw has the path over u alone, and the straight one. v uses w too.":
         lambda w, x: ((w + x) * w + w * x, (w + x) * x + 1),
     "dw has the path over v alone, and the straight one. u uses w too.":
         lambda w, x: ((w + x) * w + w * x, w * x + 1),
     "dw has the path over u alone. There are two more.":
         lambda w, x: ((w + x) * w + w * x, (w + x) * x),
     "dw multiplies the paths. Along a path slopes multiply; paths add.":
         lambda w, x: ((w + x) * w + w * x, (w + x) * x * w * x),
     "In dw, the edge from w to u has the slope x, not w.":
         lambda w, x: ((w + x) * w + w * x, (w + x) * w + w * x + 1),
     "In dw, u and v have changed places: the edge from u to L has the slope v.":
         lambda w, x: ((w + x) * w + w * x, w * x * x + (w + x) + 1),
     "w goes straight to L with slope 1: it is added as it stands.":
         lambda w, x: ((w + x) * w + w * x, (w + x) * x + w * x + w),
     "dx and dw have changed places: dx is wanted first.":
         lambda w, x: ((w + x) * x + w * x + 1, (w + x) * w + w * x)},
    parts=("dx", "dw"))


def _one_example(rng):
    D, H, C = sizes(rng, 3)
    odds = rng.uniform(0.1, 1, C)
    z1 = rng.standard_normal(H)
    z1[:2] = 0.7, -0.4  # one unit awake, one asleep
    return {"x": rng.standard_normal(D), "z1": z1, "a1": np.maximum(0, z1), "p": odds / odds.sum(),
            "W2": rng.standard_normal((C, H)), "y": int(rng.integers(C))}


def _backward(first=lambda p, y: p - np.eye(len(p))[y],
              down=lambda delta2, z1, W2, y: (z1 > 0) * (W2.T @ delta2), outer=np.outer):
    """Return the way back with one part replaced."""
    def backward(x, z1, a1, p, W2, y):
        delta2 = first(p, y)
        delta1 = down(delta2, z1, W2, y)
        return outer(delta1, x), delta1, outer(delta2, a1), delta2
    return backward


one_example_backward = Check(
    _one_example,
    _backward(),
    {"dW2 is made with z1. W2 is multiplied with a1, so that is what a nudge of it meets.":
         lambda x, z1, a1, p, W2, y: _backward()(x, z1, z1, p, W2, y),
     "The first price is p - onehot(y); onehot(y) is still to be taken away.":
         _backward(first=lambda p, y: p),
     "The first price is p - onehot(y). Yours has the opposite sign.":
         _backward(first=lambda p, y: np.eye(len(p))[y] - p),
     "The second layer is right. The ReLU is missing, or its mask is always true, as a1 >= 0 is: a "
     "unit with z1 < 0 gets no price.":
         _backward(down=lambda delta2, z1, W2, y: W2.T @ delta2),
     "The second layer is right. A hidden unit has a path over every score: you took the one over "
     "the right class alone.":
         _backward(down=lambda delta2, z1, W2, y: (z1 > 0) * W2[y] * delta2[y]),
     "The second layer is right. The paths over the first scores are overwritten: you kept the "
     "last one. Add them up.":
         _backward(down=lambda delta2, z1, W2, y: (z1 > 0) * W2[-1] * delta2[-1]),
     "The second layer is right. The weights are added up without their prices.":
         _backward(down=lambda delta2, z1, W2, y: (z1 > 0) * W2.sum(axis=0)),
     "The second layer is right. The ReLU's slope is 1 or 0; you multiplied by a1.":
         _backward(down=lambda delta2, z1, W2, y: np.maximum(0, z1) * (W2.T @ delta2)),
     "The second layer is right. The sleepers have a price and the others none: turn the mask.":
         _backward(down=lambda delta2, z1, W2, y: (z1 < 0) * (W2.T @ delta2)),
     "dW1 and dW2 are lying on their side: dW[j, k] = delta[j] times what came in at k.":
         _backward(outer=lambda delta, x: np.outer(x, delta)),
     "z1 wants the sum over scores, the first index of W2: transpose it.":
         _backward(down=lambda delta2, z1, W2, y: (z1 > 0) * (W2 @ delta2))},
    parts=("dW1", "db1", "dW2", "db2"))
# The last two differ in shape, or stop: D, H and C are never equal.


def _shortcut(rng):
    D, H = sizes(rng, 2)
    x, W1 = rng.standard_normal(D), rng.standard_normal((H, D))
    W1[0] *= np.sign(W1[0] @ x)  # one unit awake, one asleep
    W1[1] *= -np.sign(W1[1] @ x)
    return {"dout": rng.standard_normal(D), "x": x, "W1": W1, "W2": rng.standard_normal((D, H))}


shortcut_backward = Check(
    _shortcut,
    lambda dout, x, W1, W2: dout + W1.T @ ((W1 @ x > 0) * (W2.T @ dout)),
    {"The paths over the hidden units are right. x also goes straight to out, with slope 1.":
         lambda dout, x, W1, W2: W1.T @ ((W1 @ x > 0) * (W2.T @ dout)),
     "That is the straight path alone. Others lead over the hidden units.":
         lambda dout, x, W1, W2: dout.copy(),
     "The straight path hands dout on. You added x in its place.":
         lambda dout, x, W1, W2: x + W1.T @ ((W1 @ x > 0) * (W2.T @ dout)),
     "The straight path has slope 1, times dout: you added 1.":
         lambda dout, x, W1, W2: 1 + W1.T @ ((W1 @ x > 0) * (W2.T @ dout)),
     "The ReLU is missing: a unit with z < 0 hands nothing down.":
         lambda dout, x, W1, W2: dout + W1.T @ (W2.T @ dout),
     "The two ways are multiplied. Paths add.":
         lambda dout, x, W1, W2: dout * (W1.T @ ((W1 @ x > 0) * (W2.T @ dout))),
     "From out down to z lead the edges of W2: dz = [z > 0] times W2.T @ dout. You took W1.":
         lambda dout, x, W1, W2: dout + W1.T @ ((W1 @ x > 0) * (W1 @ dout)),
     "The ReLU's slope is 1 or 0; you multiplied by its output.":
         lambda dout, x, W1, W2: dout + W1.T @ (np.maximum(0, W1 @ x) * (W2.T @ dout)),
     "Those are the weights of the way forward. Going back, the sums run over the other index: "
     "transpose.": lambda dout, x, W1, W2: dout + W2 @ ((W1 @ x > 0) * (W1 @ dout))},
    parts=("dx",))

paths_from_a_pixel = Value(
    81_920,
    {64_225_280: "That counts the paths from all 784 pixels. Start at one of them.",
     8_192: "That is the number of paths to one score. All ten lead on to the loss.",
     202: "A path goes through one unit of *each* layer: the choices multiply.",
     8_832: "That counts edges, 128 times 64 and 64 times 10. A path is a choice in each layer.",
     109_184: "Those are all the edges of the network. A path takes one edge of each layer.",
     640: "The first hidden layer is a choice too: 128 of them."})
