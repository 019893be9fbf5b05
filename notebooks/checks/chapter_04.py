"""Exercises of chapter 04: softmax."""

import numpy as np

import mnist_core as core

from .judge import Check, sizes


def _far_apart(rng):
    N, C = sizes(rng, 2)
    logits = rng.standard_normal((N, C)) + 1000 * rng.integers(-1, 2, (N, C))
    logits[0] -= 3000  # a whole row far below the others
    return {"logits": logits}


def _log_softmax(axis=1, keepdims=True, shift_by=lambda logits: logits.max(axis=1, keepdims=True),
                 last=lambda logits, shifted: shifted, summed=lambda logits, shifted: shifted):
    """Return a log-softmax with one step changed, that holds NumPy's warnings back."""
    def log_softmax(logits):
        with np.errstate(all="ignore"):
            shifted = logits - shift_by(logits)
            total = np.exp(summed(logits, shifted)).sum(axis=axis, keepdims=keepdims)
            return last(logits, shifted) - np.log(total)
    return log_softmax


def _log_of_softmax(logits, least=0):
    with np.errstate(all="ignore"):
        return np.log(core.softmax(logits) + least)


def _log_of_plain(logits):
    with np.errstate(all="ignore"):
        odds = np.exp(logits)
        return np.log(odds / odds.sum(axis=1, keepdims=True))


def _unmended(logits):
    with np.errstate(all="ignore"):
        odds = np.exp(logits - logits.max())
        return np.log(odds / odds.sum(axis=1, keepdims=True))


log_softmax = Check(
    _far_apart,
    _log_softmax(),
    {"It still has both faults. Make up a batch of two rows, and one of a single row, that show "
     "one each.": _unmended,
     "That is p itself. Wanted is its log.": core.softmax,
     "Where p underflows to 0, its log is -inf. Take the log on paper first: shifted logits, minus "
     "the log of the sum.": _log_of_softmax,
     "inf / inf is nan: exp of the logits themselves overflows. Shift each row first.":
         _log_of_plain,
     "Adding a little to p hides the 0, and log p stops at the log of that little. Take the log on "
     "paper first: shifted logits, minus the log of the sum.":
         lambda logits: _log_of_softmax(logits, least=1e-12),
     "The log of the sum is added. By (4.5) it is subtracted.":
         lambda logits: 2 * (logits - logits.max(axis=1, keepdims=True)) - _log_softmax()(logits),
     "That is the mean of each row. A logit far above it still overflows: subtract the maximum.":
         _log_softmax(shift_by=lambda logits: logits.mean(axis=1, keepdims=True)),
     "These are the shifted logits. The log of the sum is still to be subtracted.":
         lambda logits: logits - logits.max(axis=1, keepdims=True),
     "The sum runs down the columns, over the images. A row is an image: axis=1.":
         _log_softmax(axis=0),
     "The sum runs over the whole batch. Each row has a sum of its own: axis=1.":
         _log_softmax(axis=None),
     "The maximum is the whole batch's. A row far below it underflows, and log 0 is -inf. Each row "
     "needs its own maximum.": _log_softmax(shift_by=lambda logits: logits.max()),
     "That is the maximum of each column. Each row needs its own: axis=1.":
         _log_softmax(shift_by=lambda logits: logits.max(axis=0)),
     "The sum is that of the shifted logits, so subtract its log from the shifted ones, not from "
     "the logits themselves.": _log_softmax(last=lambda logits, shifted: logits),
     "exp of the logits themselves overflows. Sum the exps of the shifted ones.":
         _log_softmax(summed=lambda logits, shifted: logits),
     "Along axis 1, max and sum give shape (N,), which can't be lined up with (N, C): write "
     "keepdims=True.": _log_softmax(keepdims=False)},
    parts=("log p",))


second_of_two = Check(
    lambda rng: {"logits": rng.normal(0, 2, (sizes(rng, 1)[0], 2))},
    lambda logits: 1 / (1 + np.exp(logits[:, 0] - logits[:, 1])),
    {"That is the probability of the first class. Turn the difference round.":
         lambda logits: 1 / (1 + np.exp(logits[:, 1] - logits[:, 0])),
     "Those are the odds, z[1] against z[0]. Divide by their sum, 1 + odds.":
         lambda logits: np.exp(logits[:, 1] - logits[:, 0]),
     "The first logit doesn't come in. Only the difference of the two counts.":
         lambda logits: 1 / (1 + np.exp(-logits[:, 1])),
     "The logits are added. A quotient of exps is the exp of a difference.":
         lambda logits: 1 / (1 + np.exp(-logits[:, 0] - logits[:, 1])),
     "The numerator became 1, so the 1 belongs there; below stands 1 + exp, not 1 - exp.":
         lambda logits: 1 / (1 - np.exp(logits[:, 0] - logits[:, 1])),
     "Those are both probabilities, (N, 2). Wanted is the second, (N,).": core.softmax},
    parts=("p[:, 1]",))
