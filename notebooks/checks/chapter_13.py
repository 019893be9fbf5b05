"""Exercises of chapter 13: looking inside."""

import numpy as np

from .judge import Check, sizes


def _slope_inputs(rng):
    D, H = sizes(rng, 2)
    normal = rng.standard_normal
    return {"x": normal(D), "W1": normal((H + 5, D)), "b1": normal(H + 5), "w": normal(H + 5)}


score_slope = Check(
    _slope_inputs,
    lambda x, W1, b1, w: (w * (W1 @ x + b1 > 0)) @ W1,
    {"Units that are off hand nothing on: multiply w by the mask [z1 > 0] first.":
         lambda x, W1, b1, w: w @ W1,
     "You multiply by the output of each unit. The slope of a ReLU is 1 or 0, not its value.":
         lambda x, W1, b1, w: (w * np.maximum(0, W1 @ x + b1)) @ W1,
     "It disagrees with a nudge. Nudge one pixel of a network whose biases are not 0, compare "
     "the change of the score with your slope, and find the unit that makes the difference.":
         lambda x, W1, b1, w: (w * (W1 @ x > 0)) @ W1,
     "The mask is upside down: it passes the units that are off.":
         lambda x, W1, b1, w: (w * (W1 @ x + b1 < 0)) @ W1,
     "w is missing: each portrait counts as strongly as the score wants its unit.":
         lambda x, W1, b1, w: (W1 @ x + b1 > 0) @ W1,
     "That is the score itself, or its parts. The slope has an entry for each pixel.":
         lambda x, W1, b1, w: w @ np.maximum(0, W1 @ x + b1),
     "That is slope times x, what each pixel brings in. Leave out x: a nudge moves z1 by W1 ε.":
         lambda x, W1, b1, w: (w * (W1 @ x + b1 > 0)) @ W1 * x},
    parts=("the slope",))
