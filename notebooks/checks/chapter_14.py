"""Exercises of chapter 14: capacity and overfitting."""

import numpy as np

from .judge import Check, sizes


def _nearest(images, labels):
    """A pupil who learns by heart: the answer of the nearest image."""
    def answers(X):
        gaps = ((X[:, None] - images[None]) ** 2).sum(axis=2)
        return labels[gaps.argmin(axis=1)]

    return answers


def _images(rng):
    """Two classes that overlap, in fifths of different sizes."""
    total = 5 * int(rng.integers(12, 30))
    y = rng.integers(0, 3, total)
    X = rng.standard_normal((total, 2)) + 0.8 * y[:, None]
    return {"X": X, "y": y, "N": int(rng.integers(total // 2, total * 4 // 5))}


def _point(X, y, N, learn, clean=True, own=True, shares=True):
    split = len(X) * 4 // 5
    seen = (X[:N], y[:N]) if clean else (X[-N:], y[-N:])
    answers = learn(*seen)
    asked = seen if own else (X[:split], y[:split])
    wrong = [answers(part) != wanted for part, wanted in (asked, (X[split:], y[split:]))]
    return tuple(float(each.mean() if shares else each.sum()) for each in wrong)


def _with_pupil(curve_point):
    """The same function without its last argument: the pupil is always the same."""
    def judged(X, y, N):
        return curve_point(X, y, N, _nearest)

    return judged


def _wrong(**faults):
    return lambda X, y, N, learn: _point(X, y, N, learn, **faults)


curve_point = Check(
    _images,
    _with_pupil(_point),
    {"Both faults are still there.": _wrong(clean=False, own=False),
     "The pupil still learns from images of the last fifth, which it is then asked about.":
         _wrong(clean=False),
     "The training error is still measured on images that were not all learned.":
         _wrong(own=False),
     "These are numbers of mistakes; an error is their share.": _wrong(shares=False)},
    parts=("the training error", "the validation error"),
    adapt=_with_pupil)


def _labelled(rng):
    count, features = sorted(int(size) for size in sizes(rng, 2))
    return {"images": rng.random((5 * count, 5 * features)),
            "labels": rng.integers(0, 10, 5 * count)}


def _scores(two_units):
    """Which labels a network of these two matrices gives: the answers, not the weights, count."""
    def judged(images, labels):
        given = two_units(images, labels)
        if given is None:
            return None
        W1, W2 = (np.asarray(W) for W in given)
        if W1.shape != (2, images.shape[1]) or W2.shape != (10, 2):
            raise ValueError(f"W1 has shape {W1.shape} and W2 {W2.shape}, wanted "
                             f"(2, {images.shape[1]}) and (10, 2)")
        return (np.maximum(images @ W1.T, 0) @ W2.T).argmax(axis=1)

    return judged


def _places(first, last):
    angle = np.linspace(first, last, 10)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _by_hand(places):
    return lambda images, labels: (np.linalg.lstsq(images, places[labels], rcond=None)[0].T, places)


_LINE = np.stack([np.arange(10.0), np.arange(10.0)], axis=1)

two_units = Check(
    _labelled,
    lambda images, labels: labels,
    {"Your ten places go round a whole circle, and the ReLU sets what is below 0 to 0. "
     "Only a quarter of the circle has both numbers at 0 or above.":
         _by_hand(_places(0, 2 * np.pi * 9 / 10)),
     "Your ten places are on one line, where the outermost always has the largest score. "
     "Bend the line.": _by_hand(_LINE)},
    parts=("the answers",),
    adapt=_scores)
