"""Exercises of chapter 12: learning-rate schedules."""

import math

from .judge import Check, Value

halfway = Value(
    0.2,
    {0.8: "That is the start. After half of the steps a straight line has lost half of it.",
     0.4: "That is halfway. After three quarters one quarter of 0.8 is left.",
     0.6: "That is what is gone. What is left?"})


def _steps(rng):
    steps = int(rng.integers(50, 500))
    return {"t": int(rng.integers(steps // 5, steps)), "lr": rng.uniform(0.1, 1), "steps": steps}


cosine = Check(
    _steps,
    lambda t, lr, steps: lr * (1 + math.cos(math.pi * t / steps)) / 2,
    {"It stays at lr: the angle has to grow with t, from 0 to π.":
         lambda t, lr, steps: lr,
     "The cosine wants its angle in radians: half a wave is π, not 180.":
         lambda t, lr, steps: lr * (1 + math.cos(180 * t / steps)) / 2,
     "It starts at twice lr: 1 + cos(0) is 2. Halve it.":
         lambda t, lr, steps: lr * (1 + math.cos(math.pi * t / steps)),
     "It rises: the cosine comes with a minus sign.":
         lambda t, lr, steps: lr * (1 - math.cos(math.pi * t / steps)) / 2,
     "It comes back up: over the whole run the angle should grow to π, half a wave, not to 2π.":
         lambda t, lr, steps: lr * (1 + math.cos(2 * math.pi * t / steps)) / 2,
     "It ends halfway: the angle should reach π at the last step, not π/2.":
         lambda t, lr, steps: lr * (1 + math.cos(math.pi / 2 * t / steps)) / 2,
     "That falls below 0, and a negative rate climbs. Add 1 to the cosine before you halve.":
         lambda t, lr, steps: lr * math.cos(math.pi * t / steps)},
    parts=("the rate",))


def _floor(rng):
    return {"lr": rng.uniform(0.05, 1.5), "std": rng.uniform(0.2, 3)}


floor = Check(
    _floor,
    lambda lr, std: std * math.sqrt(lr / (2 - lr)),
    {"That is the variance. Its root has the units of w.":
         lambda lr, std: lr * std**2 / (2 - lr),
     "The noise is there twice: the root of its variance is std.":
         lambda lr, std: std**2 * math.sqrt(lr / (2 - lr)),
     "That is what one step's noise adds. It adds up, and shrinks, at every step.":
         lambda lr, std: lr * std,
     "That is the floor for small rates only. Keep the lr in the denominator.":
         lambda lr, std: std * math.sqrt(lr / 2)},
    parts=("the spread",))


def _restarts(rng):
    period = int(rng.integers(5, 60))
    return {"t": int(rng.integers(1, 6) * period + rng.integers(1, period)),
            "lr": rng.uniform(0.1, 1), "period": period}


restarts = Check(
    _restarts,
    lambda t, lr, period: lr * (1 + math.cos(math.pi * (t % period) / period)) / 2,
    {"After the first period it stays at 0: begin again, with the remainder t % period.":
         lambda t, lr, period: lr * (1 + math.cos(math.pi * min(1, t / period))) / 2,
     "It swings back up as softly as it sank. A restart jumps: use the remainder t % period.":
         lambda t, lr, period: lr * (1 + math.cos(math.pi * t / period)) / 2,
     "t // period counts the periods that are over. How far into this one are you?":
         lambda t, lr, period: lr * (1 + math.cos(math.pi * (t // period) / period)) / 2,
     "Each period should end near 0: divide the remainder by the period.":
         lambda t, lr, period: lr * (1 + math.cos(math.pi * (t % period) / t)) / 2},
    parts=("the rate",))
