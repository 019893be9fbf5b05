"""Exercises of chapter 05: cross-entropy and its gradient."""

import numpy as np

import mnist_core as core

from .judge import Check, Value, sizes

batch_loss = Value(1.5 * np.log(2), {
    3 * np.log(2): "That is the sum of the two losses. A batch pays the mean.",
    1.5: "That is in base 2. The book's logarithm is the natural one, np.log.",
    1.5 * np.log10(2): "That is in base 10. The book's logarithm is the natural one, np.log.",
    2 * np.log(2): "That is the second image's loss alone. A batch pays the mean of both.",
    -1.5 * np.log(2): "The sign: a loss is minus the logarithm, and never negative.",
    np.log(2): "The second image pays for its likeliest class here. What was its label given?",
    -np.log(0.375): "That is the log of the mean probability. Take the mean of the logs."})

dlogits_entry = Value(-0.375, {
    -0.75: "Right for one image alone. The loss is a mean over two.",
    0.125: "Class 1 is the label of image 1: subtract 1 from its probability first.",
    0.375: "The sign: what you said minus what was so, p - 1.",
    -0.1875: "That is divided by N twice.",
    -0.25: "Wanted: row 1, column 1, so image 1 and its label. And divide by the two images, "
           "not by the three classes."})

softmax_twice_floor = Value(np.log(np.e + 9) - 1, {
    0: "So it would be with scores that may grow without end. These stop at 1.",
    np.log(10): "That is ten equal guesses. Give the label probability 1, and the other nine 0.",
    np.log(np.e + 9): "That is the log-sum-exp. The label's own score, 1, is to be subtracted.",
    np.log(np.e + 10) - 1: "There are nine other classes, not ten."})


def _scores(rng):
    N, C = sizes(rng, 2)
    return {"logits": 3 * rng.standard_normal((N, C)), "y": rng.integers(0, C, N)}


def _large_scores(rng):
    """Rows thousands apart, and one label thousands below the rest: softmax gives it exactly 0."""
    logits, y = _scores(rng).values()
    logits += 3000 * np.arange(1, len(y) + 1)[:, None]
    logits[0, y[0]] -= 2000
    return {"logits": logits, "y": y}


def _surprises(logits, y):
    """The loss of each example, (N,)."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(y)), y]


def _unshifted(logits, y):
    with np.errstate(all="ignore"):
        odds = np.exp(logits)
        return -np.log(odds[np.arange(len(y)), y] / odds.sum(axis=1)).mean()


def _plain(logits, y):
    with np.errstate(all="ignore"):
        return -np.log(core.softmax(logits)[np.arange(len(y)), y]).mean()


def _one_maximum(logits, y):
    shifted = logits - logits.max()
    with np.errstate(all="ignore"):
        return (np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(y)), y]).mean()


def _half_shifted(logits, y):
    shifted = logits - logits.max(axis=1, keepdims=True)
    return (np.log(np.exp(shifted).sum(axis=1)) - logits[np.arange(len(y)), y]).mean()


def _columns(logits, y):
    shifted = logits - logits.max(axis=1, keepdims=True)
    return (np.log(np.exp(shifted).sum(axis=1))[:, None] - shifted[:, y]).mean()


cross_entropy_loss = Check(
    _large_scores,
    lambda logits, y: _surprises(logits, y).mean(),
    {"It is the sum over the batch. The loss is the mean.":
         lambda logits, y: _surprises(logits, y).sum(),
     "Each example has its own loss here, (N,). One number is wanted: their mean.": _surprises,
     "The sign is turned round: log-sum-exp minus the score of the label.":
         lambda logits, y: -_surprises(logits, y).mean(),
     "It is divided by N times C. The mean is over the examples alone.":
         lambda logits, y: _surprises(logits, y).mean() / logits.shape[1],
     "That is nan: exp overflows on scores in the thousands. Take it of shifted.": _unshifted,
     "That is infinite. Does exp meet scores in the thousands, or log a probability that softmax "
     "made 0? Shift first, then (5.3): no probability is left in it.": _plain,
     "That is minus infinity: a maximum taken over other rows as well can lie far above this one. "
     "Each row subtracts its own, axis=1.": _one_maximum,
     "The log-sum-exp is of the shifted scores, the label's score is not. Take both from shifted.":
         _half_shifted,
     "shifted[:, y] takes the columns of all labels from every row. Each row n wants its own y[n]: "
     "shifted[np.arange(len(y)), y].": _columns,
     "That is the log-sum-exp. The score of the label is still to be subtracted.":
         lambda logits, y: np.log(np.exp(logits - logits.max(axis=1, keepdims=True)).sum(axis=1)
                                  ).mean()},
    parts=("the loss",))


def _gradient(logits, y, onehot=None):
    """p - onehot(y), not yet divided by N."""
    return core.softmax(logits) - (np.eye(logits.shape[1])[y] if onehot is None else onehot)


def _all_columns(logits, y):
    p = core.softmax(logits)
    p[:, y] -= 1
    return p / len(y)


def _only_label(logits, y):
    return _gradient(logits, y) * np.eye(logits.shape[1])[y] / len(y)


def _slope_in_p(logits, y):
    return -np.eye(logits.shape[1])[y] / core.softmax(logits) / len(y)


cross_entropy_gradient = Check(
    _scores,
    lambda logits, y: _gradient(logits, y) / len(y),
    {"Those are the right values times N. The loss is a mean: divide by N.": _gradient,
     "Those are the right values divided by N: is 1/N in twice?":
         lambda logits, y: _gradient(logits, y) / len(y) ** 2,
     "It is divided by N times C, as a mean over all entries. The mean is over the examples.":
         lambda logits, y: _gradient(logits, y) / logits.size,
     "Only onehot(y) is divided by N here. The whole difference is: mind the brackets.":
         lambda logits, y: core.softmax(logits) - np.eye(logits.shape[1])[y] / len(y),
     "That is the slope in p, -1 / p[y]. It must still go through softmax.": _slope_in_p,
     "The sign is turned round: what you said minus what was so.":
         lambda logits, y: -_gradient(logits, y) / len(y),
     "Those are the probabilities over N. Subtract 1 at each label first.":
         lambda logits, y: core.softmax(logits) / len(y),
     "1 is subtracted in every class. Only the label's entry loses 1.":
         lambda logits, y: (core.softmax(logits) - 1) / len(y),
     "p[:, y] takes the columns of all labels in every row. Each row n loses 1 at its own y[n]: "
     "p[np.arange(len(y)), y].": _all_columns,
     "The label's entry is right; the others are 0 and should be p / N. Every score moves p[y].":
         _only_label,
     "Those are the scores minus onehot(y). The scores must go through softmax first.":
         lambda logits, y: (logits - np.eye(logits.shape[1])[y]) / len(y),
     "That is p (1 - p), softmax's slope in its own score alone, put in for all of its Jacobian.":
         lambda logits, y: (core.softmax(logits) * (1 - core.softmax(logits))
                            * _gradient(logits, y) / len(y))},
    parts=("dlogits",))


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
