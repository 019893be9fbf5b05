"""Exercises of chapter 05: cross-entropy and its gradient."""

import numpy as np

import mnist_core as core

from .judge import Check, sizes


def _scores(rng):
    N, C = sizes(rng, 2)
    return {"logits": 3 * rng.standard_normal((N, C)), "y": rng.integers(0, C, N)}


def _mend(loss=None, gradient=None):
    """Return a loss with one of its two results changed; by default both are right."""
    def mended(logits, y):
        N, p = len(y), core.softmax(logits)
        truth = np.eye(p.shape[1])[y]
        right = -np.log(p[np.arange(N), y]).mean(), (p - truth) / N
        return (right[0] if loss is None else loss(p, y),
                right[1] if gradient is None else gradient(p, truth))
    return mended


def _columns(p, y):
    return -np.log(p[:, y]).mean()


def _over_all(p, truth):
    return (p - truth) / p.size


mended_loss = Check(
    _scores,
    _mend(),
    {"Neither is right yet. Work out the loss of two different images by hand, then try them as "
     "a batch.": _mend(_columns, _over_all),
     "The loss is right. A nudge finds each entry of dlogits C times as large as yours: p.size "
     "counts the classes too.": _mend(gradient=_over_all),
     "dlogits is right. In the loss, p[:, y] takes the columns of all labels from every row. Each "
     "row n wants its own y[n]: p[np.arange(len(y)), y].": _mend(_columns),
     "The loss is right. dlogits is not divided at all: the loss is a mean, so divide by N.":
         _mend(gradient=lambda p, truth: p - truth),
     "The loss is right. dlogits is divided by C, the number of classes; the mean is over the N "
     "examples.": _mend(gradient=lambda p, truth: (p - truth) / p.shape[1]),
     "The loss is right. In dlogits 1/N is in twice.":
         _mend(gradient=lambda p, truth: (p - truth) / len(p) ** 2),
     "The loss is right. dlogits has its sign turned round.":
         _mend(gradient=lambda p, truth: (truth - p) / len(p)),
     "dlogits is right. The loss is the sum over the batch, wanted its mean.":
         _mend(lambda p, y: -np.log(p[np.arange(len(y)), y]).sum()),
     "dlogits is right. The loss is the log of the mean probability, wanted the mean of the logs.":
         _mend(lambda p, y: -np.log(p[np.arange(len(y)), y].mean()))},
    parts=("the loss", "dlogits"))


def _soft_inputs(rng):
    logits, _ = _scores(rng).values()
    return {"logits": logits, "q": core.softmax(2 * rng.standard_normal(logits.shape))}


def _soft(loss=lambda p, q: -(q * np.log(p)).sum() / len(q),
          gradient=lambda p, q: (p - q) / len(q)):
    """Return the soft cross-entropy with its loss or its gradient changed."""
    def soft(logits, q):
        p = core.softmax(logits)
        return loss(p, q), gradient(p, q)
    return soft


soft_labels = Check(
    _soft_inputs,
    _soft(),
    {"The loss is right. dlogits is the right one times N: the mean divides it as well.":
         _soft(gradient=lambda p, q: p - q),
     "The loss is right. In dlogits 1/N is in twice.":
         _soft(gradient=lambda p, q: (p - q) / len(q) ** 2),
     "The loss is right. dlogits has its sign turned round.":
         _soft(gradient=lambda p, q: (q - p) / len(q)),
     "The loss is right. dlogits follows q[c] log p[c] alone. Each score moves all the "
     "probabilities: sum over them.": _soft(gradient=lambda p, q: q * (p - 1) / len(q)),
     "The loss is right. That is its slope in p. It must still go through softmax.":
         _soft(gradient=lambda p, q: -q / p / len(q)),
     "The loss is right. dlogits takes the likeliest class of q for the label, and the rest is "
     "lost.": _soft(gradient=lambda p, q: (p - np.eye(q.shape[1])[q.argmax(axis=1)]) / len(q)),
     "dlogits is right. The loss is a mean over N times C entries: sum over the classes, then take "
     "the mean over the examples.": _soft(loss=lambda p, q: -(q * np.log(p)).mean()),
     "Both are summed over the batch. The loss is a mean: divide both by N.":
         _soft(lambda p, q: -(q * np.log(p)).sum(), lambda p, q: p - q),
     "dlogits is right. The loss has its sign turned round: minus Σ q log p.":
         _soft(loss=lambda p, q: (q * np.log(p)).sum() / len(q)),
     "dlogits is right. The loss is the sum over the batch, wanted its mean.":
         _soft(loss=lambda p, q: -(q * np.log(p)).sum()),
     "dlogits is right. In the loss p and q have changed places: -Σ q log p.":
         _soft(loss=lambda p, q: -(p * np.log(q)).sum() / len(q))},
    parts=("the loss", "dlogits"))
