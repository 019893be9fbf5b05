"""Exercises of chapter 09: descent and mini-batches."""

import numpy as np

from .judge import Check, Value, sizes

three_steps = Value(
    -0.25,
    {0.25: "The size is right. A negative number multiplied in three times stays negative.",
     -1: "That is after one step.",
     0.5: "That is after two steps.",
     -6.75: "Each step multiplies by 1 - 0.3 · 5, not by -0.3 · 5.",
     31.25: "The step goes against the slope: multiply by 1 - 0.3 · 5, not by 1 + 0.3 · 5.",
     -2.5: "Three times the first step. The slope changes on the way: take it anew at each place.",
     -7: "Three times the first step. The slope changes on the way: take it anew at each place."})

tenth_smaller = Value(
    9_501,
    {50_000 - 0.9 * 49_999: "That makes the variance smaller by a tenth. The spread is its root.",
     50_000 - 0.01 * 49_999: "That takes nine tenths away. Wanted: nine tenths left.",
     0.81 * 49_999: "That is N - B. How many is B?"})


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
    {"The rows come in the order of the file. Draw a permutation of the row numbers first.":
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


class _Model:
    """A model with two parameters, as an optimiser sees it."""

    def __init__(self, *pairs):
        self.pairs = pairs

    def parameters(self):
        return list(self.pairs)


def _steps_of(attempt):
    """Turn a class of optimisers into a function: two steps, as in training.

    Before the second one the rate is halved, and backward has made new gradients, twice as large.
    """
    def stepped(W, dW, b, db, lr):
        W, b = W.copy(), b.copy()
        model = _Model((W, dW), (b, db))
        optimiser = attempt(model, lr)
        optimiser.step()
        model.pairs = (W, 2 * dW), (b, 2 * db)
        optimiser.lr = lr / 2
        optimiser.step()
        return W, b
    return stepped


def _arrays(rng):
    n_out, n_in = sizes(rng, 2)
    shapes = {"W": (n_out, n_in), "dW": (n_out, n_in), "b": (n_out,), "db": (n_out,)}
    return {**{name: rng.standard_normal(shape) for name, shape in shapes.items()},
            "lr": rng.uniform(0.05, 0.9)}


class _Plain:
    """SGD as it should be; each mistake changes one thing."""

    def __init__(self, model, lr):
        self.model, self.lr, self.first = model, lr, lr

    def step(self):
        for W, dW in self.model.parameters():
            W -= self.lr * dW


class _Uphill(_Plain):
    def step(self):
        for W, dW in self.model.parameters():
            W += self.lr * dW


class _Rebinding(_Plain):
    def step(self):
        for W, dW in self.model.parameters():
            W = W - self.lr * dW


class _Rateless(_Plain):
    def step(self):
        for W, dW in self.model.parameters():
            W -= dW


class _Frozen(_Plain):
    def step(self):
        for W, dW in self.model.parameters():
            W -= self.first * dW


class _Stale(_Plain):
    def __init__(self, model, lr):
        self.pairs, self.lr = model.parameters(), lr

    def step(self):
        for W, dW in self.pairs:
            W -= self.lr * dW


class _FirstOnly(_Plain):
    def step(self):
        W, dW = self.model.parameters()[0]
        W -= self.lr * dW


class _Averaging(_Plain):
    def step(self):
        for W, dW in self.model.parameters():
            W -= self.lr * dW / len(dW)


class _Shrinking(_Plain):
    def step(self):
        for W, _ in self.model.parameters():
            W -= self.lr * W


sgd = Check(
    _arrays,
    lambda W, dW, b, db, lr: (W - 2 * lr * dW, b - 2 * lr * db),
    {"It steps uphill: subtract.": _Uphill,
     "The arrays are as they came. Is step still to be written? If not: `W = W - ...` makes a new "
     "array and leaves the model's as it was; write W -= ...": _Rebinding,
     "The learning rate doesn't come in: W -= lr * dW.": _Rateless,
     "The rate was changed between two steps, and the second one didn't notice. Let step read "
     "self.lr.": _Frozen,
     "The second step used the gradients of the first. Every backward makes new ones: keep the "
     "model, and ask it for its parameters in step.": _Stale,
     "Only the first parameter moved. Loop over all pairs.": _FirstOnly,
     "It divides by a size. The 1/N of the mean is in dW already.": _Averaging,
     "It subtracts a part of W. Subtract lr times dW.": _Shrinking},
    parts=("W", "b"), adapt=_steps_of)


def _two(low, high):
    return 2 / (low + high), (high - low) / (high + low)


def _at(rate):
    """Answer with this rate, and with what is then left of the slowest direction."""
    return lambda c: (rate(c), np.abs(1 - rate(c) * c).max())


best_rate = Check(
    lambda rng: {"curvatures": rng.uniform(0.5, 20, sizes(rng, 1)[0])},
    lambda c: _two(c.min(), c.max()),
    {"That is the bound: there the steepest direction swings for ever.": _at(lambda c: 2 / c.max()),
     "At 1/max the steepest direction lands at once, but the flattest can do with a higher rate.":
         _at(lambda c: 1 / c.max()),
     "The rate of the flattest direction alone: the steepest diverges.": _at(lambda c: 1 / c.min()),
     "Only the smallest and the largest curvature matter, not the mean of all.":
         _at(lambda c: 1 / c.mean()),
     "Only the smallest and the largest curvature matter, not the sum of all.":
         _at(lambda c: 2 / c.sum()),
     "Half of the best rate: the V's cross at 2 / (min + max).":
         _at(lambda c: 1 / (c.min() + c.max())),
     "The rate is right. The steepest direction's number comes out negative: take its size.":
         lambda c: (_two(c.min(), c.max())[0], 1 - _two(c.min(), c.max())[0] * c.max()),
     "The rate is right. The second number is what is lost in a step; wanted is what is left.":
         lambda c: (_two(c.min(), c.max())[0], 1 - _two(c.min(), c.max())[1]),
     "The two results are exchanged: first the rate, then the number.":
         lambda c: _two(c.min(), c.max())[::-1]},
    parts=("the rate", "the number"))

