"""Exercises of chapter 13: looking inside."""

import numpy as np

from .judge import Check, Value, sizes

rise = Value(
    0.07,
    {-0.01: "You added the slopes with their signs. Each pixel moves by its sign: all terms add.",
     0.7: "That is the sum of the sizes. The step has length ε in each pixel, not 1.",
     0.1 * 0.21**0.5: "That is ε times the length of dx. Each pixel has an allowance of its own: "
                      "add the sizes.",
     0.03: "Those are the pixels with a positive slope. The one at -0.4 can move down.",
     0.04: "That is the largest pixel alone. All of them may move at once."})


def _slope_inputs(rng):
    D, H = sizes(rng, 2)
    normal = rng.standard_normal
    return {"x": normal(D), "W1": normal((H + 5, D)), "b1": normal(H + 5), "w": normal(H + 5)}


score_slope = Check(
    _slope_inputs,
    lambda x, W1, b1, w: (w * (W1 @ x + b1 > 0)) @ W1,
    {"Units that are asleep hand nothing on: multiply w by the mask [z1 > 0] first.":
         lambda x, W1, b1, w: w @ W1,
     "You multiply by how strongly each unit fires. The slope of a ReLU is 1 or 0, not its value.":
         lambda x, W1, b1, w: (w * np.maximum(0, W1 @ x + b1)) @ W1,
     "The mask forgets the bias: a unit is awake where W1 @ x + b1 is positive.":
         lambda x, W1, b1, w: (w * (W1 @ x > 0)) @ W1,
     "The mask is upside down: it passes the units that are asleep.":
         lambda x, W1, b1, w: (w * (W1 @ x + b1 < 0)) @ W1,
     "w is missing: each portrait counts as strongly as the score wants its unit.":
         lambda x, W1, b1, w: (W1 @ x + b1 > 0) @ W1,
     "That is the score itself, or its parts. The slope has an entry for each pixel.":
         lambda x, W1, b1, w: w @ np.maximum(0, W1 @ x + b1),
     "That is slope times x, what each pixel brings in. Leave out x: a nudge moves z1 by W1 ε.":
         lambda x, W1, b1, w: (w * (W1 @ x + b1 > 0)) @ W1 * x},
    parts=("the slope",))


def _step_inputs(rng):
    N, D = sizes(rng, 2)
    low = rng.choice([0, 0.05])  # some images have neither a 0 nor a 1
    X = np.clip(rng.uniform(-0.5, 1.5, (N, D)), low, 1 - low)
    dx = rng.standard_normal((N, D)) * (rng.random((N, D)) < 0.8)
    return {"X": X, "dx": dx, "eps": rng.uniform(0.1, 0.4)}


sign_step = Check(
    _step_inputs,
    lambda X, dx, eps: np.clip(X + eps * np.sign(dx), 0, 1),
    {"Some pixels are below 0 or above 1: no ink is less than none. Clip.":
         lambda X, dx, eps: X + eps * np.sign(dx),
     "It goes down. To raise the loss, go along the slope: plus.":
         lambda X, dx, eps: np.clip(X - eps * np.sign(dx), 0, 1),
     "You step by the slope, not by its sign: every pixel is to use up its allowance.":
         lambda X, dx, eps: np.clip(X + eps * dx, 0, 1),
     "You divide by the length of dx. The limit here is on each pixel: take the sign.":
         lambda X, dx, eps: np.clip(
             X + eps * dx / np.linalg.norm(dx, axis=1, keepdims=True), 0, 1),
     "You divide by the length of all of dx. The limit here is on each pixel: take the sign.":
         lambda X, dx, eps: np.clip(X + eps * dx / np.linalg.norm(dx), 0, 1),
     "You move only the pixels with a positive slope. Where it is negative, less ink costs more.":
         lambda X, dx, eps: np.clip(X + eps * (dx > 0), 0, 1),
     "Where the slope is 0 no direction is better: leave the pixel. np.sign(0) is 0.":
         lambda X, dx, eps: np.clip(X + eps * np.where(dx > 0, 1, -1), 0, 1),
     "You clip the step and not the image: X plus the step can still leave 0 to 1.":
         lambda X, dx, eps: X + np.clip(eps * np.sign(dx), 0, 1)},
    parts=("the image",))


def _image_inputs(rng):
    h, w = sizes(rng, 2) + 3
    return {"image": rng.random((h, w)) * (rng.random((h, w)) < 0.4)}


def _weighed(image, ink):
    rows, columns = np.indices(np.shape(image))
    return (rows * image).sum() / ink, (columns * image).sum() / ink


def _as_pair(attempt):
    """Return the attempt, with an array of two numbers taken for a pair."""
    def pair(image):
        found = attempt(image)
        return tuple(found) if isinstance(found, np.ndarray) and found.shape == (2,) else found
    return pair


def _middle_of_the_box(image):
    rows, columns = np.nonzero(image)
    return (rows.min() + rows.max()) / 2, (columns.min() + columns.max()) / 2


centre_of_mass = Check(
    _image_inputs,
    lambda image: _weighed(image, image.sum()),
    {"Row and column have changed places: the row first.":
         lambda image: _weighed(image, image.sum())[::-1],
     "Every pixel with ink counts the same. Weigh each by its ink.":
         lambda image: _weighed(image > 0, (image > 0).sum()),
     "That is the middle of the box around the ink. A digit's mass need not be in its middle.":
         _middle_of_the_box,
     "You divide by the number of pixels. Divide by the ink.":
         lambda image: _weighed(image, image.size),
     "You count rows and columns from 1. The first is 0.":
         lambda image: tuple(1 + place for place in _weighed(image, image.sum())),
     "You divide by the number of pixels with ink. Divide by the ink itself.":
         lambda image: _weighed(image, (image > 0).sum()),
     "The weights are still to be divided out: the sum of row times ink, over the sum of the ink.":
         lambda image: _weighed(image, 1)},
    parts=("row", "column"), adapt=_as_pair)
