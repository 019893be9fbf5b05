"""Exercises of chapter 16: the learning rate."""

import copy

import numpy as np

from .judge import Check


def _test(rng):
    """A bowl with a floor and a little noise, and rates that pass its bound, or stop before it."""
    curvatures = rng.uniform(0.5, 1, 3) * [1, 3, 10]
    last = rng.choice([40, 60, 80, 0.5]) / curvatures.max()

    def step(net, lr):
        loss = 0.2 + 0.5 * curvatures @ net**2 + 0.03 * np.sin(1e4 * lr)
        net *= 1 - lr * curvatures
        return loss

    return {"net": rng.uniform(1, 2, 3), "step": step,
            "rates": np.geomspace(last / 1000, last, int(rng.integers(60, 90)))}


def _range_test(net, step, rates, apart=True, memory=0.9, weighed=True, cliff=True, share=4):
    net = copy.deepcopy(net) if apart else net
    total, weight, means = 0, 0 if weighed else 1 / (1 - memory), []
    for lr in rates:
        total = memory * total + step(net, lr)
        weight = memory * weight + 1
        means.append(total / weight)
        if cliff and means[-1] > 4 * min(means):
            break
    return (lr if cliff else rates[np.argmin(means)]) / share


def _watched(attempt):
    """The rate, and whether the network that was handed in has moved."""
    def judged(net, step, rates):
        own = net.copy()
        rate = attempt(own, step, rates)
        return None if rate is None else (float(rate), float(not np.array_equal(own, net)))

    return judged


def _wrong(**faults):
    return lambda *given: _range_test(*given, **faults)


_NETWORK = {"apart": False}
_MEAN = {"memory": 0.99, "weighed": False}
_READING = {"cliff": False, "share": 1}

range_test = Check(
    _test,
    _watched(_range_test),
    {"It still has all three faults.": _wrong(**_NETWORK, **_MEAN, **_READING),
     "The network is safe now. Two faults are left.": _wrong(**_MEAN, **_READING),
     "The mean is right now. Two faults are left.": _wrong(**_NETWORK, **_READING),
     "The reading is right now. Two faults are left.": _wrong(**_NETWORK, **_MEAN),
     "One fault is left: the network that was handed in is trained by the test.":
         _wrong(**_NETWORK),
     "One fault is left: the mean. How far does it look back, and what does it start from?":
         _wrong(**_MEAN),
     "The mean still remembers a hundred steps.": _wrong(memory=0.99),
     "One fault is left: that is the rate of the lowest mean, and not below it.":
         _wrong(**_READING),
     "That is a quarter of the rate at the lowest mean, where the cliff was wanted.":
         _wrong(cliff=False),
     "That is the cliff itself. Train at a quarter of it.": _wrong(share=1)},
    parts=("the rate", "whether the network has moved"),
    adapt=_watched)
