"""Exercises of chapter 11: the whole network."""

import copy
import functools
import importlib.util
import traceback
from pathlib import Path
from unittest import mock

import numpy as np

import mnist_core as core

from .judge import Check, Value, sizes

images_to_tell = Value(60_000, {
    24_495: "The gap grows with the images, and what the rule asks for grows too, with their root.",
    6: "Six times the images it is. How many images are that?",
    147_000: "The gap grows with the images, not with their root.",
    50_000: "So many more than the 10,000. How many in all?"})


def _watched(attempt):
    """Hand over a run that changes its net at each step; judge the network that is returned."""
    def judged(accuracies):
        net = core.Linear(1, 1, np.random.default_rng(0))

        def run():
            for step in range(1, 2 * len(accuracies) + 2):
                net.W[...] = step
                reached = None if step % 2 else float(accuracies[step // 2 - 1])
                yield core.Record(step, 1, 1.0, 0.1, 0.0, reached, reached)

        kept = attempt(run(), net)
        return None if kept is None else float(kept.W[0, 0])

    return judged


def _keep_best(run, net, keep=copy.deepcopy, better=lambda reached, best: reached > best):
    """Return the net at its best validation."""
    best, kept = 0, None
    for record in run:
        if record.val_accuracy is not None and better(record.val_accuracy, best):
            best, kept = record.val_accuracy, keep(net)
    return kept


keep_best = Check(
    lambda rng: {"accuracies": np.append(rng.uniform(0.2, 0.8, sizes(rng, 1)[0]),
                                         [0.9, *rng.uniform(0.2, 0.8, 3)])},
    _watched(_keep_best),
    {"What it returns has the weights of its last step, not those of the best validation.":
         lambda run, net: _keep_best(run, net, keep=lambda net: net),
     "It keeps the network of the last validation, however good that was.":
         lambda run, net: _keep_best(run, net, better=lambda reached, best: True),
     "It keeps the first validation and never a better one.":
         lambda run, net: _keep_best(run, net, better=lambda reached, best: not best)},
    parts=("the weights of the returned network",), adapt=_watched)


# The parts of the network that the capstone replaces, by their names in mnist_core.
PARTS = ("softmax_cross_entropy", "Linear", "ReLU", "Sequential", "minibatches", "SGD", "he_normal")


def _book(**changed):
    """Return a class that holds copies of the book's own parts, some of them changed."""
    copies = {name: type(name, (part,), {}) if isinstance(part, type) else functools.partial(part)
              for name, part in vars(core).items() if name in PARTS}
    return type("Book", (), copies | changed)


def _unguarded(**changed):
    """The same, without the core's guards: then a mistake stops where a reader's own code stops."""
    def let_pass(*arguments):
        """Guard nothing."""

    return _book(require=let_pass, check_dout=let_pass, **changed)


def _in_place(parts):
    """A `with` block in which mnist_core holds these parts in place of its own."""
    names = [name for name in dir(parts) if hasattr(core, name) and not name.startswith("_")]
    return mock.patch.multiple(core, **{name: getattr(parts, name) for name in names})


def _use_parts(parts):
    """Turn a class of parts into a function: loss, logits, gradients, weights after training."""
    def run(X, y, W1, b1, W2, b2, batch_size):
        with _in_place(parts):
            rng = np.random.default_rng(0)
            net = core.Sequential(core.Linear(W1.shape[1], len(W1), rng), core.ReLU(),
                                  core.Linear(len(W1), len(W2), rng))
            for own, given in zip(net.state().values(), (W1, b1, W2, b2), strict=True):
                own[...] = given
            logits = net.forward(X)
            loss, dlogits = core.softmax_cross_entropy(logits, y)
            net.gradients(dlogits)
            gradients = [dW + 0 for _, dW in net.parameters()]
            X_same, y_same = X[:1].repeat(len(X), axis=0), y[:1].repeat(len(y))  # in any order
            for _ in core.fit(net, core.SGD(net, 0.1), X_same, y_same, epochs=2,
                              batch_size=batch_size, rng=rng):
                pass
        return loss, logits, *gradients, *net.state().values()

    return run


def _book_tests():
    """Return the checks in tests/core_helpers.py, which take a module; none where it is missing."""
    path = Path(core.__file__).parent / "tests" / "core_helpers.py"
    if not path.exists():
        return []
    spec = importlib.util.spec_from_file_location("core_helpers_of_the_capstone", path)
    helpers = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(helpers)
    return helpers.CHECKS


def _failed_test(tests):
    """Return the first of the tests that mnist_core fails as it now stands, in words, or None."""
    for test in tests:
        try:
            test(core)
        except Exception as error:  # whatever the reader's code does, say it in words
            steps = traceback.extract_tb(error.__traceback__)
            line = next(step.line for step in steps if step.name == test.__name__)
            why = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
            return f"The book's {test.__name__} stops at `{line}` {why}{error}".strip()[:400]
    return None


class Capstone(Check):
    """Judges a class of parts: trials with sentences, the book's own tests, a run on MNIST."""

    def judge(self, attempt):
        """Return (passed, sentence)."""
        if callable(attempt):
            missing = [name for name in PARTS if getattr(attempt, name, None) in (None, ...)]
            borrowed = [name for name in PARTS if getattr(attempt, name, None) is vars(core)[name]]
            if missing:
                return False, f"These parts are still to be put in: {', '.join(missing)}."
            if borrowed:
                return False, f"These parts are the book's, not your own: {', '.join(borrowed)}."
        passed, sentence = super().judge(attempt)
        if not passed:
            return passed, sentence
        X, y, _, _ = core.load_mnist()
        tests = _book_tests()
        with _in_place(attempt):
            fault = _failed_test(tests)
            if fault:
                return False, f"{sentence} But: {fault}"
            reached = self.train(X[:50_000], y[:50_000], X[50_000:], y[50_000:])
        if not reached > 0.97:
            return False, (f"The tests pass, and yet it reads only {100 * reached:.1f} % "
                           f"after three epochs.")
        return True, (f"{sentence} It passes {len(tests)} of the book's {len(tests)} tests, and "
                      f"after three epochs 97 % on the validation images.")

    @staticmethod
    def train(X, y, X_val, y_val):
        """Return the validation accuracy of 784-128-10, made of what mnist_core now holds."""
        rng = np.random.default_rng(0)
        net = core.Sequential(core.Linear(784, 128, rng), core.ReLU(), core.Linear(128, 10, rng))
        steps = 3 * -(-len(X) // 32)
        for _ in core.fit(net, core.SGD(net, 0.3), X, y, epochs=3, batch_size=32, rng=rng,
                          schedule=core.linear_decay(0.3, steps)):
            pass
        return core.evaluate(net, X_val, y_val)[1]


def _network_inputs(rng):
    N, D, H, C, batch_size = sizes(rng, 5)
    arrays = [rng.standard_normal(shape) for shape in ((N, D), (H, D), H, (C, H), C)]
    X, W1, b1, W2, b2 = (array.astype(np.float32) for array in arrays)
    return {"X": X, "y": rng.integers(0, C, N), "W1": W1, "b1": b1, "W2": W2, "b2": b2,
            "batch_size": int(batch_size)}


class _NoBend(core.ReLU):
    def forward(self, x):
        self.x = x
        return x + 0

    def backward(self, dout):
        return dout + 0


class _NoMask(core.ReLU):
    def backward(self, dout):
        return dout * (np.maximum(self.x, 0) >= 0)


class _MeanBias(core.Linear):
    def gradients(self, dout):
        super().gradients(dout)
        self.db = dout.mean(axis=0)


class _NoBias(core.Linear):
    def forward(self, x):
        self.x = x
        return x @ self.W.T


class _AddsUp(core.Linear):
    def gradients(self, dout):
        before = (self.dW, self.db) if self.dW is not None else (0, 0)
        super().gradients(dout)
        self.dW, self.db = self.dW + before[0], self.db + before[1]


def _loss(change):
    """Return a softmax_cross_entropy with change(loss, dlogits) behind it."""
    own = core.softmax_cross_entropy
    return lambda logits, y: change(*own(logits, y), len(y))


class _Transposed(core.Linear):
    def gradients(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)


class _ReturnsNothing(core.Linear):
    def backward(self, dout):
        self.gradients(dout)


class _Forwards(core.Sequential):
    def backward(self, dout):
        for layer in self.layers:
            dout = layer.backward(dout)
        return dout

    gradients = backward


class _Stale(core.SGD):
    def __init__(self, model, lr):
        super().__init__(model, lr)
        self.pairs = model.parameters()

    def step(self):
        for W, dW in self.pairs:
            W -= np.float32(self.lr) * dW


class _Uphill(core.SGD):
    def step(self):
        for W, dW in self.model.parameters():
            W += np.float32(self.lr) * dW


class _OnlyWeights(core.SGD):
    def step(self):
        for W, dW in self.model.parameters():
            W -= np.float32(self.lr) * dW * (W.ndim > 1)


class _NewArrays(core.SGD):
    def step(self):
        for W, dW in self.model.parameters():
            W = W - np.float32(self.lr) * dW


def _without_the_rest(X, y, batch_size, rng, own=core.minibatches):
    return (batch for batch in own(X, y, batch_size, rng) if len(batch[1]) == batch_size)


own_core = Capstone(
    _network_inputs,
    _use_parts(_book()),
    {"Your ReLU lets everything through, and without a bend the two layers are one.":
         _book(ReLU=_NoBend),
     "Your ReLU's backward lets every gradient through: its mask is x > 0, of the input. No output "
     "is ever below 0.": _book(ReLU=_NoMask),
     "Your Linear's db is a mean. The 1/N is in dlogits already: sum.": _book(Linear=_MeanBias),
     "Your Linear's forward leaves out b.": _book(Linear=_NoBias),
     "The first gradients are right. From the second step on they pile up: set dW and db afresh.":
         _book(Linear=_AddsUp),
     "Your Linear's dW is transposed: it has the shape of W, (n_out, n_in).":
         _unguarded(Linear=_Transposed),
     "Your Linear's backward returns nothing. The layer before it waits for dx.":
         _unguarded(Linear=_ReturnsNothing),
     "Your Sequential goes backward through its layers in the order of forward. Reverse it.":
         _unguarded(Sequential=_Forwards),
     "Your loss is a sum over the batch, wanted the mean; dlogits is right.":
         _book(softmax_cross_entropy=_loss(lambda loss, dlogits, N: (N * loss, dlogits))),
     "The loss is a mean, but your dlogits is the gradient of the sum: divide it by N.":
         _book(softmax_cross_entropy=_loss(lambda loss, dlogits, N: (loss, N * dlogits))),
     "The gradients are N times too small: your dlogits is divided by N twice.":
         _book(softmax_cross_entropy=_loss(lambda loss, dlogits, N: (loss, dlogits / N))),
     "Your dlogits has the wrong sign: it is p - onehot(y).":
         _book(softmax_cross_entropy=_loss(lambda loss, dlogits, N: (loss, -dlogits))),
     "Your SGD climbs. The gradient points uphill: subtract it.": _book(SGD=_Uphill),
     "Your SGD leaves the biases where they were.": _book(SGD=_OnlyWeights),
     "Your SGD keeps the gradients of the moment it was made. Ask for model.parameters() in each "
     "step.": _book(SGD=_Stale),
     "Your SGD moves nothing: `W = W - ...` makes a new array, and the layer keeps the old one. "
     "Write `W -= ...`.": _book(SGD=_NewArrays),
     "Your minibatches leaves out the last, smaller batch.":
         _book(minibatches=_without_the_rest)},
    parts=("the loss", "logits", "dW1", "db1", "dW2", "db2", "W1 after training",
           "b1 after training", "W2 after training", "b2 after training"),
    adapt=_use_parts, tolerance=1e-4)
