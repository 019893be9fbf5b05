"""Exercises of chapter 17: three sick programs to cure."""

import numpy as np

from .judge import Check, sizes


def _scores(rng):
    N, C = sizes(rng, 2)
    return {"logits": rng.normal(0, 2, (N, C)), "y": rng.integers(0, C, N)}


def _loss(axis=1, loss_mean=True, dlogits_mean=True):
    """A loss whose softmax runs along this axis, with means or sums over the batch."""
    def judged(logits, y):
        p = np.exp(logits - logits.max())
        p = p / p.sum(axis=axis, keepdims=True)
        rows = np.arange(len(y))
        losses, dlogits = -np.log(p[rows, y]), p.copy()
        dlogits[rows, y] -= 1
        return (losses.mean() if loss_mean else losses.sum(),
                dlogits / len(y) if dlogits_mean else dlogits)
    return judged


cured_loss = Check(
    _scores,
    _loss(),
    {"Both faults are still there.": _loss(0, False, False),
     "The softmax is cured. But copy a batch behind itself, and loss and gradient double.":
         _loss(1, False, False),
     "The batch size is cured. But the softmax runs down the batch, not along the ten scores.":
         _loss(0),
     "The softmax is cured and the loss is a mean, but dlogits is still a sum: divide it by N too.":
         _loss(1, True, False),
     "The softmax is cured and dlogits is a mean, but the loss itself is still a sum.":
         _loss(1, False, True)},
    parts=("the loss", "dlogits"))


def _images(rng):
    N, D, batch_size = (int(n) for n in rng.permutation([17, 6, 4]))
    N, batch_size = N * 10 + int(rng.integers(1, 4)), batch_size + 3
    return {"X": rng.standard_normal((N, D)), "y": np.arange(N), "batch_size": batch_size,
            "seed": int(rng.integers(1000))}


def _batches(attempt):
    """Judge a pass: sizes, whether labels fit, who is seen, whether rng mixes the order."""
    def judged(X, y, batch_size, seed):
        first, again, other = (attempt(X, y, batch_size, np.random.default_rng(s))
                               for s in (seed, seed, seed + 1))
        if first is None:
            return None
        first, again, other = list(first), list(again), list(other)
        orders = [np.concatenate([labels for _, labels in run]) for run in (first, again, other)]
        images = np.concatenate([batch for batch, _ in first])
        fits = float(np.array_equal(images, X[orders[0]]))
        by_rng = np.array_equal(orders[0], orders[1]) and not np.array_equal(orders[0], orders[2])
        return (np.array([len(labels) for _, labels in first]), fits, np.sort(orders[0]),
                float(by_rng))
    return judged


def _deal(together=True, whole=True, shuffled=True):
    def deal(X, y, batch_size, rng):
        order = rng.permutation(len(X)) if shuffled else np.arange(len(X))
        labels = y[order if together else rng.permutation(len(X))]
        starts = range(0, len(X) if whole else len(X) - batch_size, batch_size)
        return [(X[order[i:i + batch_size]], labels[i:i + batch_size]) for i in starts]
    return deal


cured_batches = Check(
    _images,
    _batches(_deal()),
    {"The labels fit their images now. But count the images of a pass: some are never dealt.":
         _deal(whole=False),
     "Every image is dealt now. But the labels still belong to other images.":
         _deal(together=False),
     "The labels fit, because nothing is shuffled any more. Draw one order, and use it for both.":
         _deal(shuffled=False)},
    parts=("the sizes of the batches", "whether the labels fit", "the images of a pass, sorted,",
           "whether rng draws a new order"),
    adapt=_batches)


def _sheets(rng):
    return {"sheets": rng.integers(0, 256, (int(rng.integers(2, 30)), 28, 28)).astype(np.uint8)}


def _typed(attempt):
    """The pixels as prepared, and whether they are float32."""
    def judged(sheets):
        X = attempt(sheets)
        return None if X is None else (X, float(np.asarray(X).dtype == np.float32))
    return judged


def _flat(X, dtype=np.float32):
    return X.reshape(-1, 784).astype(dtype)


cured_sheets = Check(
    _sheets,
    _typed(lambda sheets: _flat(1 - sheets / 255)),
    {"Both faults are still there: print the mean pixel, and the different values.":
         lambda sheets: _flat(sheets // 255),
     "The greys are back. But ink is still 0 and paper 1.":
         lambda sheets: _flat(sheets / 255),
     "Ink is 1 now. But the greys are lost, because // keeps whole numbers only.":
         lambda sheets: _flat(1 - sheets // 255),
     "Ink is high now. But the greys are lost: // keeps whole numbers, and only pure ink is 1.":
         lambda sheets: _flat((255 - sheets) // 255),
     "uint8 can't hold a minus: -sheets wraps round, and pure ink stays 0.":
         lambda sheets: _flat(-sheets / 255),
     "Ink is high, but the pixels still go up to 255.": lambda sheets: _flat(255 - sheets),
     "The numbers are right, but their type is float64, which Linear refuses: astype.":
         lambda sheets: _flat(1 - sheets / 255, np.float64)},
    parts=("X", "whether it is float32"),
    adapt=_typed)
