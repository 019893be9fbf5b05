"""Exercises of chapter 11: the whole network."""

import numpy as np

import mnist_core as core

from .judge import Check, Value, sizes

steps_of_a_run = Value(7_820, {
    7_812: "7,812.5 rounded down. In each epoch the images left over make one more, smaller batch.",
    7_813: "7,812.5 rounded up, once for ten epochs. Each epoch has a smaller batch at its end.",
    7_810: "Each epoch ends with a batch that is smaller than 64. It is a step all the same.",
    782: "That is one epoch of the ten.",
    500_000: "So many images are seen. A step sees 64 of them."}, tolerance=1e-9)

images_to_tell = Value(78_400, {
    28_000: "2.8 times finer, yes. The error falls with the root of N: that takes 2.8² the images.",
    7.84: "0.05 points are 0.0005 as a fraction.",
    39.2: "That is q (1 - q) over the error. In the formula the error stands squared."})


def _shares(*axes):
    """Return a function of counts: the diagonal over the sums along each axis."""
    return lambda counts: tuple(np.diag(counts) / counts.sum(axis=axis) for axis in axes)


recall_precision = Check(
    lambda rng: {"counts": rng.integers(1, 50, (C := sizes(rng, 1)[0], C))},
    _shares(1, 0),
    {"The two are exchanged: recall divides by the row of a digit, precision by its column.":
         _shares(0, 1),
     "Precision divides by all that were given this answer: the sum of the column, axis=0.":
         _shares(1, 1),
     "Precision is divided by all images. Divide by those that were given this answer.":
         _shares(1, None)},
    parts=("recall", "precision"))


def _early_stop(accuracies, patience, keep=lambda best, now: best):
    """Return the place of the best validation once `patience` in a row have brought none better."""
    best = 0
    for now, reached in enumerate(accuracies):
        if reached > accuracies[best]:
            best = now
        elif now - best >= patience:
            return keep(best, now)
    return best


early_stop = Check(
    lambda rng: {"accuracies": rng.random(sizes(rng, 1)[0] + 4), "patience": rng.integers(1, 5)},
    _early_stop,
    {"That is where training stops. Keep the best validation before it.":
         lambda a, patience: _early_stop(a, patience, keep=lambda best, now: now),
     "That is the best of the whole list, but training had stopped before it came.":
         lambda a, patience: int(np.argmax(a)),
     "That is the accuracy itself. Wanted is its place in the list.":
         lambda a, patience: a[_early_stop(a, patience)]},
    parts=("the place",))


class _Network:
    """What the capstone asks for, of the book's own parts; the subclasses make a mistake each."""

    def __init__(self, n_in, n_hidden, n_out, rng):
        self.first = core.Linear(n_in, n_hidden, rng)
        self.second = core.Linear(n_hidden, n_out, rng)

    def forward(self, X):
        self.z = self.first.forward(X)
        return self.second.forward(np.maximum(self.z, 0))

    def backward(self, dlogits):
        self.first.backward(self.second.backward(dlogits) * (self.z > 0))

    def parameters(self):
        return self.first.parameters() + self.second.parameters()

    def train(self, X, y, epochs, batch_size, lr, rng, last=None):
        for _ in range(epochs):
            for X_batch, y_batch in list(core.minibatches(X, y, batch_size, rng))[:last]:
                self.backward(core.softmax_cross_entropy(self.forward(X_batch), y_batch)[1])
                for W, dW in self.parameters():
                    W -= lr * dW


class _WithoutBend(_Network):
    def forward(self, X):
        self.z = np.ones(len(self.first.W))
        return self.second.forward(self.first.forward(X))


class _WithoutMask(_Network):
    def backward(self, dlogits):
        self.first.backward(self.second.backward(dlogits))


class _DividedTwice(_Network):
    def backward(self, dlogits):
        super().backward(dlogits / len(dlogits))


class _Uphill(_Network):
    def train(self, X, y, epochs, batch_size, lr, rng):
        super().train(X, y, epochs, batch_size, -lr, rng)


class _OneEpoch(_Network):
    def train(self, X, y, epochs, batch_size, lr, rng):
        super().train(X, y, 1, batch_size, lr, rng)


class _WithoutTheRest(_Network):
    def train(self, X, y, epochs, batch_size, lr, rng):
        super().train(X, y, epochs, batch_size, lr, rng, last=len(X) // batch_size)


def _use_network(network_class):
    """Turn a reader's class into a function: logits, gradients, and the weights after training."""
    def run(X, y, W1, b1, W2, b2, batch_size):
        net = network_class(W1.shape[1], len(W1), len(W2), np.random.default_rng(0))
        pairs = net.parameters()
        if pairs is None:
            return None
        for (own, _), given in zip(pairs, (W1, b1, W2, b2), strict=True):
            own[...] = given
        logits = net.forward(X)
        if logits is None:
            return None
        net.backward(core.softmax_cross_entropy(logits, y)[1])
        gradients = [dW + 0 for _, dW in net.parameters()]
        X_same, y_same = X[:1].repeat(len(X), axis=0), y[:1].repeat(len(y))  # no order to shuffle
        net.train(X_same, y_same, 3, batch_size, 0.1, np.random.default_rng(0))
        return logits, *gradients, *(W for W, _ in net.parameters())

    return run


class Capstone(Check):
    """A Check of a network's class that, once it agrees, also trains it on MNIST past 97 %."""

    def judge(self, attempt):
        """Return (passed, sentence)."""
        passed, sentence = super().judge(attempt)
        if not passed:
            return passed, sentence
        X, y, _, _ = core.load_mnist()
        rng = np.random.default_rng(0)
        net = attempt(784, 128, 10, rng)
        net.train(X[:50_000], y[:50_000], 5, 32, 0.2, rng)
        reached = core.accuracy(net.forward(X[50_000:]), y[50_000:])
        if not reached > 0.97:
            return False, (f"Every part agrees, and after 5 epochs it reads {reached:.1%} of the "
                           f"validation images. Look at the first weights (he_normal), and at the "
                           f"shuffle: X and y together, afresh in each epoch.")
        return True, sentence + " Trained for 5 epochs, it passes 97 % on the validation images."


def _network_inputs(rng):
    N, D, H, C, batch_size = sizes(rng, 5)
    arrays = [rng.standard_normal(shape) for shape in ((N, D), (H, D), H, (C, H), C)]
    X, W1, b1, W2, b2 = (array.astype(np.float32) for array in arrays)
    return {"X": X, "y": rng.integers(0, C, N), "W1": W1, "b1": b1, "W2": W2, "b2": b2,
            "batch_size": int(batch_size)}


own_network = Capstone(
    _network_inputs,
    _use_network(_Network),
    {"Without a bend the two layers are one. The ReLU goes between them, forward and backward.":
         _WithoutBend,
     "backward leaves out the ReLU: where its input was 0 or less, nothing passes.": _WithoutMask,
     "The gradients are N times too small. The 1/N is in dlogits already.": _DividedTwice,
     "train climbs. The gradient points uphill: subtract it.": _Uphill,
     "train makes one epoch, whatever `epochs` says.": _OneEpoch,
     "train leaves out the last, smaller batch of each epoch.": _WithoutTheRest},
    parts=("logits", "dW1", "db1", "dW2", "db2", "W1 after training", "b1 after training",
           "W2 after training", "b2 after training"),
    adapt=_use_network, tolerance=1e-4)
