"""Exercises of chapter 03: the bend."""

import numpy as np

from .judge import Check, sizes


def _one_score(rng):
    N, D, H = sizes(rng, 3)
    normal = rng.standard_normal
    return {"x": normal((N, D)), "W1": normal((H, D)), "b1": normal(H), "W2": normal(H)}


def _active(x, W1, b1):
    return x @ W1.T + b1 > 0


input_slopes = Check(
    _one_score,
    lambda x, W1, b1, W2: (_active(x, W1, b1) * W2) @ W1,
    {"Every unit counts as active. Is the mask `>= 0` on the output? No output is below 0.":
         lambda x, W1, b1, W2: np.tile(W2 @ W1, (len(x), 1)),
     "That is the slope of the two linear layers without the bend, and one row for all examples.":
         lambda x, W1, b1, W2: W2 @ W1,
     "The mask asks for z < 0. A unit is active where z > 0.":
         lambda x, W1, b1, W2: (~_active(x, W1, b1) * W2) @ W1,
     "It multiplies by the activation. The slope of an active unit is 1, however large its output.":
         lambda x, W1, b1, W2: (np.maximum(x @ W1.T + b1, 0) * W2) @ W1,
     "The mask leaves out b1: the bias decides too who is active.":
         lambda x, W1, b1, W2: (_active(x, W1, 0) * W2) @ W1,
     "W2 is still to come in: a nudge to a[j] moves the score by W2[j] times as much.":
         lambda x, W1, b1, W2: 1.0 * _active(x, W1, b1) @ W1,
     "That stops at the hidden units, (N, H). A nudge to x[k] moves z1[j] by W1[j, k]: go on to x.":
         lambda x, W1, b1, W2: _active(x, W1, b1) * W2,
     "That has a row for each input. A batch keeps its examples as rows.":
         lambda x, W1, b1, W2: ((_active(x, W1, b1) * W2) @ W1).T},
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


def _hinges(D, changes, first=0):
    return np.ones((D, D)), -np.arange(D) - first, np.array(changes(D), float), 0


def _zigzag(D):
    return np.diff((-1.0) ** np.arange(D), prepend=0)


parity_network = Check(
    _bits,
    lambda x: x.sum(axis=1) % 2,
    {"Those are the slopes 1, -1, 1, ... At a corner the slope changes from 1 to -1: by 2.":
         lambda D: _hinges(D, lambda D: (-1.0) ** np.arange(D)),
     "That is a zigzag upside down: the first piece must climb from 0 to 1.":
         lambda D: _hinges(D, lambda D: -_zigzag(D)),
     "The hinges are one place too far right: the first at 0, the last at D - 1.":
         lambda D: _hinges(D, _zigzag, first=1),
     "The first change is from 0 to 1. Only the later ones are by 2.":
         lambda D: _hinges(D, lambda D: 2 * (-1.0) ** np.arange(D)),
     "That is one tent: right for two bits. With three 1s the curve has to climb again.":
         lambda D: _hinges(D, lambda D: [1, -2, 1, *[0] * D][:D]),
     "The first corner is right, but later the curve only falls: -2, then +2, in turns.":
         lambda D: _hinges(D, lambda D: [1, *[-2] * (D - 1)]),
     "The hinges are to the left of 0: with b = +j. A hinge at j has the bias -j.":
         lambda D: (np.ones((D, D)), np.arange(D), _zigzag(D), 0),
     "With all changes 1 the curve only gets steeper. It has to come down again: -2, then +2.":
         lambda D: _hinges(D, lambda D: [1] * D),
     "That curve has no corner after 0, as if b1 were all 0. Hinge j belongs at the sum j.":
         lambda D: (np.ones((D, D)), np.zeros(D), _zigzag(D), 0)},
    parts=("the parity",),
    adapt=_run_network)
