"""Exercises of chapter 12: learning-rate schedules."""

import numpy as np

from .judge import Check


def _long_run(rng):
    climb = int(rng.integers(5, 20))
    brake = climb + int(rng.integers(10, 40))
    steps = brake + int(rng.integers(10, 40))
    return {"lr": rng.uniform(0.1, 1), "climb": climb, "brake": brake, "steps": steps}


def _schedule(t, lr, climb, brake, steps, first=1, joined=True, stops=True, shrinks=False):
    if t < climb:
        return lr * (t + first) / climb
    if t < brake:
        return lr
    sinks = (steps - t) / (steps - brake) if joined else 1 - t / steps
    if shrinks:
        sinks = 1 - (t - brake) / steps
    return lr * (max(0, sinks) if stops else sinks)


def _all_steps(schedule):
    """The rates from step 0 to a little after the end; None where one is missing."""
    def rates(lr, climb, brake, steps):
        found = [schedule(t, lr, climb, brake, steps) for t in range(steps + 10)]
        return None if any(rate is None for rate in found) else np.array(found)

    return rates


def _wrong(**faults):
    return lambda *run: _schedule(*run, **faults)


climb_hold_brake = Check(
    _long_run,
    _all_steps(_schedule),
    {"It still has all three faults.": _wrong(first=0, joined=False, stops=False),
     "The first step is right now. Two faults are left.": _wrong(joined=False, stops=False),
     "The brake is right now. Two faults are left.": _wrong(first=0, stops=False),
     "The end is right now. Two faults are left.": _wrong(first=0, joined=False),
     "In the climb: step 0 has the rate 0, so the first batch is computed for nothing.":
         _wrong(first=0),
     "At the brake the rate jumps: the line should begin at lr in step `brake`.":
         _wrong(joined=False),
     "After the end the rate is below 0, and training climbs the loss.": _wrong(stops=False),
     "The line begins well, but it is too flat: it has steps - brake steps to reach 0.":
         _wrong(shrinks=True)},
    parts=("the rates",),
    adapt=_all_steps)
