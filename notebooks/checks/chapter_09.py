"""Exercises of chapter 09: descent and mini-batches."""

import numpy as np

from .judge import Check


def _pass(rng):
    N = int(rng.integers(25, 60))
    return {"X": np.arange(N)[:, np.newaxis] * np.ones(3), "y": 10 * np.arange(N),
            "batch_size": int(rng.choice([4, 7, 9, 70])), "seed": int(rng.integers(1_000))}


def _dealt(X, y, batch_size, seed):
    """What a pass must be: sizes, rows seen, how many have their label, and three times yes."""
    N = len(X)
    ends = [*range(batch_size, N, batch_size), N]
    return np.diff([0, *ends]), np.arange(N), N, 1, 1, 1


def _deal(attempt):
    """Turn a generator of batches into a function that reports on its pass."""
    def report(X, y, batch_size, seed):
        batches = attempt(X, y, batch_size, np.random.default_rng(seed))
        if batches is None:
            return None
        batches = list(batches)
        if not batches:
            return np.array([], int), np.array([]), 0, 0, 0, 0
        pieces = [X_batch[:, 0] for X_batch, _ in batches]
        rows = np.concatenate(pieces)
        labels = np.concatenate([y_batch for _, y_batch in batches])
        kept = int(np.sum(labels == 10 * rows)) if len(labels) == len(rows) else -1
        shuffled = not np.array_equal(rows, np.sort(rows))
        mixed = len(pieces) == 1 or any(np.ptp(piece) >= len(piece) for piece in pieces)
        again, other = (
            np.concatenate([X_batch[:, 0] for X_batch, _ in
                            attempt(X, y, batch_size, np.random.default_rng(s))])
            for s in (seed, seed + 1))
        obeys = np.array_equal(rows, again) and not np.array_equal(rows, other)
        return (np.array([len(piece) for piece in pieces]), np.sort(rows), kept,
                int(shuffled), int(mixed), int(obeys))
    return report


def _batches(order, X, y, batch_size, y_order=None):
    for start in range(0, len(order), batch_size):
        rows = slice(start, start + batch_size)
        yield X[order[rows]], y[(order if y_order is None else y_order)[rows]]


def _without_the_rest(X, y, batch_size, rng):
    order = rng.permutation(len(X))
    return _batches(order[:len(X) - len(X) % batch_size], X, y, batch_size)


def _overlapping(X, y, batch_size, rng):
    order = rng.permutation(len(X))
    return ((X[order[i:i + batch_size]], y[order[i:i + batch_size]]) for i in range(len(X)))


def _redrawn(X, y, batch_size, rng):
    for start in range(0, len(X), batch_size):
        rows = rng.permutation(len(X))[start:start + batch_size]
        yield X[rows], y[rows]


def _as_given(X, y, batch_size, rng):
    """The exercise as it stands: its own order for each batch, from its own rng, whole batches."""
    rng = np.random.default_rng(0)
    for start in range(0, len(X) - batch_size + 1, batch_size):
        rows = rng.permutation(len(X))[start:start + batch_size]
        yield X[rows], y[rows]


def _same_rows_always(X, y, batch_size, rng):
    order = rng.permutation(len(X))
    for start in range(0, len(X), batch_size):
        rows = order[:min(batch_size, len(X) - start)]
        yield X[rows], y[rows]


def _inside_only(X, y, batch_size, rng):
    for start in range(0, len(X), batch_size):
        rows = start + rng.permutation(min(batch_size, len(X) - start))
        yield X[rows], y[rows]


one_pass = Check(
    _pass, _dealt,
    {"All three faults are still in it. Print the rows of two passes over ten rows.": _as_given,
     "The rows come in the order of the file. Draw a permutation of the row numbers first.":
         lambda X, y, B, rng: _batches(np.arange(len(X)), X, y, B),
     "The shuffle doesn't come from rng, so a seed cannot repeat it. Draw from the rng you are "
     "given.":
         lambda X, y, B, rng: _batches(np.random.default_rng(5).permutation(len(X)), X, y, B),
     "Each batch is a block of neighbours in the file. Shuffle all row numbers, then cut.":
         _inside_only,
     "X and y are shuffled apart: each image has another's label. One list of rows serves both.":
         lambda X, y, B, rng: _batches(rng.permutation(len(X)), X, y, B, rng.permutation(len(X))),
     "X is shuffled and y is not: each image has another's label. Index both by the same rows.":
         lambda X, y, B, rng: _batches(rng.permutation(len(X)), X, y, B, np.arange(len(X))),
     "The last, short batch is missing. Its images wait for ever.": _without_the_rest,
     "The batches overlap: let start move on by batch_size, not by 1.": _overlapping,
     "Each batch shuffles anew, so some rows come twice and others never. One permutation a pass.":
         _redrawn,
     "Every batch holds the same rows. Cut the order from start to start + batch_size.":
         _same_rows_always},
    parts=("the list of batch sizes", "the sorted list of rows seen",
           "the number of rows with their own label", "shuffled (1) or not (0)",
           "mixed across batches (1) or not (0)", "drawn from rng (1) or not (0)"), adapt=_deal)
