"""Exercises of chapter 03: the bend."""

import numpy as np

from .judge import Check, Value, sizes

merged_weight = Value(-8, {
    8: "The first weight is negative: 4 times -2.",
    2: "That is the sum of the weights. 4 (-2x + 3): the 4 multiplies.",
    -2: "That is the first layer's weight. The second layer multiplies it by 4.",
    4: "That is the second layer's weight. It multiplies what the first one says."})

merged_bias = Value(7, {
    -2: "The second weight multiplies the first bias too: 4 times 3, then -5.",
    12: "4 times 3 is 12. The second bias is still to be added.",
    17: "The second bias is -5: it takes 5 away.",
    -5: "That is the second bias alone. The first one arrives too, multiplied by 4.",
    -8: "That is the new weight. The bias is what is left at x = 0."})

five_creases = Value(16, {
    32: "2 to the 5 counts all patterns of five units. Not all of them have a place in the plane.",
    15: "1 + 2 + 3 + 4 + 5 regions are added. There was one to begin with.",
    6: "Parallel creases make 6. Let each cross all the others.",
    11: "The fifth crease crosses four others: it is cut into 5 stretches, and adds 5 regions.",
    10: "Five creases that wheel round one point make 10. Let no three meet in a point."})


def _two_layers(rng):
    D, H, C = sizes(rng, 3)
    normal = rng.standard_normal
    return {"W1": normal((H, D)), "b1": normal(H), "W2": normal((C, H)), "b2": normal(C)}


merge_layers = Check(
    _two_layers,
    lambda W1, b1, W2, b2: (W2 @ W1, W2 @ b1 + b2),
    {"W1 acts first, so it stands next to x, on the right: W2 @ W1.":
         lambda W1, b1, W2, b2: (W1 @ W2, W2 @ b1 + b2),
     "W is right. b1 goes through the second layer as well: W2 @ b1.":
         lambda W1, b1, W2, b2: (W2 @ W1, b2),
     "W is right. b1 has H entries and b2 has C: bring b1 through the second layer first.":
         lambda W1, b1, W2, b2: (W2 @ W1, b1 + b2),
     "W is right. The second layer adds a bias of its own, b2.":
         lambda W1, b1, W2, b2: (W2 @ W1, W2 @ b1),
     "b is right. That is the transpose of W: a row for each output, (C, D).":
         lambda W1, b1, W2, b2: ((W2 @ W1).T, W2 @ b1 + b2)},
    parts=("W", "b"))


def _points(rng):
    (K,) = sizes(rng, 1)
    K = int(K) + 2
    return {"x": np.cumsum(rng.uniform(0.3, 2, K)), "f": rng.standard_normal(K)}


def _heights(x, f):
    return np.diff(np.diff(f) / np.diff(x), prepend=0)


draw_through = Check(
    _points,
    lambda x, f: (_heights(x, f), f[0]),
    {"Those are the slopes of the pieces. A height is by how much the slope changes at a hinge.":
         lambda x, f: (np.diff(f) / np.diff(x), f[0]),
     "Those are differences of f. The points aren't evenly spaced: divide by the gaps in x.":
         lambda x, f: (np.diff(np.diff(f), prepend=0), f[0]),
     "The first hinge is missing: it turns the slope from 0 to that of the first piece.":
         lambda x, f: (np.diff(np.diff(f) / np.diff(x)), f[0]),
     "The heights are right. Left of all hinges the sum is b2, and there it must be f[0].":
         lambda x, f: (_heights(x, f), 0.0),
     "The heights are right. b2 is the height of the curve at the start, not a place: f[0].":
         lambda x, f: (_heights(x, f), -x[0]),
     "The signs are turned round: new slope minus old slope.":
         lambda x, f: (-_heights(x, f), f[0]),
     "A slope is the step in f divided by the step in x, not the other way round.":
         lambda x, f: (np.diff(np.diff(x) / np.diff(f), prepend=0), f[0]),
     "The heights are right. Return b2 too: (heights, b2).": _heights},
    parts=("heights", "b2"))


def _one_score(rng):
    N, D, H = sizes(rng, 3)
    normal = rng.standard_normal
    return {"x": normal((N, D)), "W1": normal((H, D)), "b1": normal(H), "W2": normal(H)}


def _awake(x, W1, b1):
    return x @ W1.T + b1 > 0


input_slopes = Check(
    _one_score,
    lambda x, W1, b1, W2: (_awake(x, W1, b1) * W2) @ W1,
    {"Every unit counts as awake. Is the mask `>= 0` on the output? No output is below 0.":
         lambda x, W1, b1, W2: np.tile(W2 @ W1, (len(x), 1)),
     "That is the slope of the two linear layers without the bend, and one row for all examples.":
         lambda x, W1, b1, W2: W2 @ W1,
     "The mask asks for z < 0. A unit is awake where z > 0.":
         lambda x, W1, b1, W2: (~_awake(x, W1, b1) * W2) @ W1,
     "It multiplies by the activation. The slope of an awake unit is 1, however large its output.":
         lambda x, W1, b1, W2: (np.maximum(x @ W1.T + b1, 0) * W2) @ W1,
     "The mask leaves out b1: the bias decides too who is awake.":
         lambda x, W1, b1, W2: (_awake(x, W1, 0) * W2) @ W1,
     "W2 is still to come in: a nudge to a[j] moves the score by W2[j] times as much.":
         lambda x, W1, b1, W2: 1.0 * _awake(x, W1, b1) @ W1,
     "That stops at the hidden units, (N, H). A nudge to x[k] moves z1[j] by W1[j, k]: go on to x.":
         lambda x, W1, b1, W2: _awake(x, W1, b1) * W2,
     "That has a row for each input. A batch keeps its examples as rows.":
         lambda x, W1, b1, W2: ((_awake(x, W1, b1) * W2) @ W1).T},
    parts=("slopes",))


def _bits(rng):
    N, D = sizes(rng, 2)
    return {"x": rng.integers(0, 2, (5 * N, D)).astype(float)}


def _run_network(network):
    """Turn a reader's function of D into one of bits: build the network, then run it."""
    def run(x):
        built = network(x.shape[1])
        if built is None:
            return None
        W1, b1, W2, b2 = built
        D = x.shape[1]
        for name, part, shape in ("W1", W1, (D, D)), ("b1", b1, (D,)), ("W2", W2, (D,)):
            if np.shape(part) != shape:
                raise ValueError(f"for D = {D}, {name} has shape {np.shape(part)}, wanted {shape}")
        return np.maximum(x @ np.transpose(W1) + b1, 0) @ W2 + b2

    return run


def _hinges(D, heights, first=0):
    return np.ones((D, D)), -np.arange(D) - first, np.array(heights(D), float), 0


def _zigzag(D):
    return np.diff((-1.0) ** np.arange(D), prepend=0)


parity_network = Check(
    _bits,
    lambda x: x.sum(axis=1) % 2,
    {"Those heights are the slopes 1, -1, 1, ... At a corner the slope changes from 1 to -1: by 2.":
         lambda D: _hinges(D, lambda D: (-1.0) ** np.arange(D)),
     "That is a zigzag upside down: the first piece must climb from 0 to 1.":
         lambda D: _hinges(D, lambda D: -_zigzag(D)),
     "The hinges stand one place too far right: the first at 0, the last at D - 1.":
         lambda D: _hinges(D, _zigzag, first=1),
     "The first height has to turn the slope from 0 to 1. The later ones turn it by 2.":
         lambda D: _hinges(D, lambda D: 2 * (-1.0) ** np.arange(D)),
     "That is one tent: right for two bits. With three 1s the curve has to climb again.":
         lambda D: _hinges(D, lambda D: [1, -2, 1, *[0] * D][:D]),
     "The first corner is right, but later the curve only falls: -2, then +2, in turns.":
         lambda D: _hinges(D, lambda D: [1, *[-2] * (D - 1)]),
     "The hinges stand to the left of 0: with b = +j. A hinge at j has the bias -j.":
         lambda D: (np.ones((D, D)), np.arange(D), _zigzag(D), 0)},
    parts=("the parity",),
    adapt=_run_network)
