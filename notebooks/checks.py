"""Exercises that check themselves: `checks.linear_forward(my_forward)` prints a verdict in words.

A Check tries the reader's function on random inputs of many shapes, all sizes different, and compares
it with the right answer. Each mistake worth a sentence is written as the code that makes it: when the
reader's numbers equal those, the sentence is the verdict. Nothing here raises: "Run all" goes through.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

import mnist_core as core

TRIALS = 12


@dataclass
class Check:
    """Judge a function: `answer` on `inputs(rng)` is right; `mistakes` maps sentences to wrong answers."""

    inputs: Callable  # rng -> the arguments, as a dict by name
    answer: Callable  # the arguments, by position -> the right result, or a tuple of results
    mistakes: dict = field(default_factory=dict)  # sentence -> a function that makes this mistake
    parts: tuple = ("the result",)  # what the results are called
    adapt: Callable = staticmethod(lambda attempt: attempt)  # turns a class into a function to judge
    tolerance: float = 1e-6

    def __call__(self, attempt):
        """Print the verdict on the reader's own function, or class."""
        passed, sentence = self.judge(attempt)
        print(("Right. " if passed else "Not yet. ") + sentence)

    def judge(self, attempt):
        """Return (passed, sentence)."""
        if not callable(attempt):
            return False, (f"This check wants your function itself, by its name and without brackets; "
                           f"it was given {_describe(attempt)}.")
        for trial in range(TRIALS):
            fault = self._fault(attempt, np.random.default_rng(trial))
            if fault:
                return False, fault
        return True, f"It agrees on {TRIALS} random inputs of different shapes."

    def _fault(self, attempt, rng):
        """Return what is wrong with the attempt on one random input, or None."""
        arguments = self.inputs(rng)
        given = copy.deepcopy(arguments)
        try:
            result = self.adapt(attempt)(*given.values())
        except Exception as error:  # whatever the reader's code does, say it in words
            return f"It stopped with {type(error).__name__}: {error} (given {_shapes(arguments)})."
        if result is None or isinstance(result, tuple) and any(part is None for part in result):
            return "It returns None: is the body still to be written, or the `return` missing?"
        for name, before in arguments.items():
            if not _same(given[name], before, 0):
                return f"It changes its argument {name}. Work on a new array, and leave {name} as it came."
        wanted = self.answer(*copy.deepcopy(arguments).values())
        if _same(result, wanted, self.tolerance):
            return None
        for sentence, mistake in self.mistakes.items():
            if _same(result, self.adapt(mistake)(*copy.deepcopy(arguments).values()), self.tolerance):
                return sentence
        return f"{self._difference(result, wanted)} (given {_shapes(arguments)})."

    def _difference(self, result, wanted):
        """Return in words where the results first differ."""
        results, wants = (r if isinstance(r, tuple) else (r,) for r in (result, wanted))
        if len(results) != len(wants):
            return f"It returns {len(results)} results, wanted {len(wants)}: {', '.join(self.parts)}"
        for name, given, want in zip(self.parts, results, wants):
            if _same(given, want, self.tolerance):
                continue
            if np.shape(given) != np.shape(want):
                return f"{name} has shape {np.shape(given)}, wanted {np.shape(want)}"
            try:
                gaps = np.abs(np.asarray(given, float) - want)
            except (TypeError, ValueError):
                return f"{name} is {_describe(given)}, wanted numbers"
            where = np.unravel_index(np.argmax(np.nan_to_num(gaps, nan=np.inf)), np.shape(want))
            place = f"[{', '.join(map(str, where))}]" if where else ""
            return (f"{name}{place} is {np.asarray(given)[where]:.6g}, "
                    f"wanted {np.asarray(want)[where]:.6g}")


@dataclass
class Value:
    """Judge a number the reader has worked out: `hints` maps tempting wrong numbers to sentences."""

    answer: float
    hints: dict = field(default_factory=dict)
    tolerance: float = 1e-3  # relative

    def __call__(self, attempt):
        """Print the verdict on the reader's number."""
        passed, sentence = self.judge(attempt)
        print(("Right. " if passed else "Not yet. ") + sentence)

    def judge(self, attempt):
        """Return (passed, sentence)."""
        if attempt is None or attempt is ...:
            return False, "Put your number in the place of the dots, then run the cell again."
        try:
            number = float(attempt)
        except (TypeError, ValueError):
            return False, f"This check wants one number; it was given {_describe(attempt)}."
        if np.isclose(number, self.answer, rtol=self.tolerance, atol=1e-12):
            return True, f"{self.answer:,g} it is."
        for wrong, sentence in self.hints.items():
            if np.isclose(number, wrong, rtol=self.tolerance, atol=1e-12):
                return False, sentence
        return False, f"{number:,g} is too {'large' if number > self.answer else 'small'}."


def _same(a, b, tolerance):
    """Return whether a and b are equal in shape and, to the relative tolerance, in value."""
    if isinstance(a, (tuple, list)) or isinstance(b, (tuple, list)):
        pair = isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)) and len(a) == len(b)
        return pair and all(_same(x, y, tolerance) for x, y in zip(a, b))
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.kind not in "biuf" or b.dtype.kind not in "biuf":
        return a is b or a.shape == b.shape and bool(np.all(a == b))
    return a.shape == b.shape and np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)


def _describe(thing):
    """Return a few words for an object of the wrong kind."""
    if isinstance(thing, np.ndarray):
        return f"an array of shape {thing.shape}"
    return f"{type(thing).__name__} {thing!r:.40}" if thing is not None else "None"


def _shapes(arguments):
    """Return the arguments in a few words: arrays by shape, numbers by value."""
    return ", ".join(f"{name} {np.shape(value) if np.ndim(value) else value}"
                     for name, value in arguments.items())


def _sizes(rng, count):
    """Return `count` different sizes from 2 to 9: equal sizes let transposed matrices pass."""
    return rng.choice(np.arange(2, 10), count, replace=False)


# ---- 00 a network in a minute ------------------------------------------------------------------

count_parameters = Value(
    101_770,
    {100_480: "That is the first layer alone. The second has weights and biases too.",
     101_632: "Those are the weights of both layers. Each output has a bias besides.",
     101_760: "All but the last ten: the second layer has a bias for each digit."},
    tolerance=1e-9)

centre = Check(
    lambda rng: {"X": rng.standard_normal(_sizes(rng, 2))},
    lambda X: X - X.mean(axis=0),
    {"That takes one mean of the whole array. Each column has a mean of its own: axis=0.":
         lambda X: X - X.mean(),
     "That is the mean of each row. Summing away the rows is axis=0.":
         lambda X: X - X.mean(axis=1, keepdims=True),
     "That returns the means. Take them from X.": lambda X: X.mean(axis=0)})

picked = Check(
    lambda rng: (lambda N, C: {"p": rng.random((N, C)), "y": rng.integers(0, C, N)})(*_sizes(rng, 2)),
    lambda p, y: p[np.arange(len(y)), y],
    {"p[:, y] takes all those columns for every row. Name the rows too: np.arange(len(y)).":
         lambda p, y: p[:, y],
     "That is the largest entry of each row. Wanted is the one at the label.":
         lambda p, y: p.max(axis=1)})

slope_of_square = Check(
    lambda rng: {"w": rng.standard_normal(_sizes(rng, 1)), "x": rng.standard_normal(),
                 "b": rng.standard_normal()},
    lambda w, x, b: 2 * (w * x + b) * x,
    {"That is the slope of L in z. Times the slope of z in w, which is x.":
         lambda w, x, b: 2 * (w * x + b),
     "The slope of z ** 2 is 2 * z, and z is w * x + b, the bias with it.":
         lambda w, x, b: 2 * w * x * x,
     "That is the loss itself. Wanted is how fast it rises with w.":
         lambda w, x, b: (w * x + b) ** 2})


# ---- 01 digits as numbers ------------------------------------------------------------------------

label_file_bytes = Value(
    10_008,
    {10_000: "Those are the labels. What stands before them?",
     10_016: "Images have three axes, so three sizes in the header. How many axes do labels have?",
     10_004: "The header also holds the size of the axis, in four bytes.",
     10_005: "A size takes four bytes, however small the number is."},
    tolerance=1e-9)


def _with_bytes(attempt):
    """Judge the pixels and the bytes that each takes."""
    def judged(raw):
        pixels = attempt(raw)
        return None if pixels is None else (pixels, np.asarray(pixels).dtype.itemsize)
    return judged


def _bytes(rng, *shape):
    return rng.integers(0, 250, shape, dtype=np.uint8)


to_pixels = Check(
    lambda rng: {"raw": _bytes(rng, *_sizes(rng, 3))},
    lambda raw: (raw.reshape(len(raw), -1) / np.float32(255), 4),
    {"The values are right, but each takes 8 bytes: bytes divided by a Python number are float64.":
         lambda raw: raw.reshape(len(raw), -1) / 255,
     "`//` rounds down: it leaves whole numbers, nearly all of them 0.":
         lambda raw: raw.reshape(len(raw), -1) // 255,
     "Full ink is 255, and has to become 1: divide by 255, not by 256.":
         lambda raw: raw.reshape(len(raw), -1) / np.float32(256),
     "Divide by 255, not by the darkest pixel at hand, or each set has a scale of its own.":
         lambda raw: raw.reshape(len(raw), -1) / np.float32(raw.max()),
     "The scale is right; each image is still a square. Return its row of pixels.":
         lambda raw: raw / np.float32(255)},
    parts=("the array of pixels", "the number of bytes a pixel"),
    adapt=_with_bytes)


def _byte_inputs(rng):
    N, D = _sizes(rng, 2)
    return {"a": _bytes(rng, D), "B": _bytes(rng, N, D)}


byte_distances = Check(
    _byte_inputs,
    lambda a, B: np.abs(B.astype(int) - a).sum(axis=1),
    {"The difference of two bytes wraps round below 0. Widen the type before you subtract.":
         lambda a, B: np.abs(B - a).sum(axis=1),
     "a - B wraps round below 0, and abs comes too late. Widen the type before you subtract.":
         lambda a, B: np.abs(a - B).sum(axis=1),
     "Those are the squared distances. Here it is the absolute differences that add up.":
         lambda a, B: ((B.astype(int) - a) ** 2).sum(axis=1),
     "Those are signed differences: a pixel too dark makes up for one too pale. Where is the abs?":
         lambda a, B: (B.astype(int) - a).sum(axis=1),
     "Those are means over the pixels, and the exercise asks for sums.":
         lambda a, B: np.abs(B.astype(int) - a).mean(axis=1)},
    parts=("the distances",))


def _answers(rng):
    C = int(rng.integers(2, 7))
    N = 12 * C
    y = rng.integers(0, C, N)
    return {"answers": np.where(rng.random(N) < 0.6, y, rng.integers(0, C, N)), "y": y, "C": C}


def _counts(answers, y, C):
    return np.bincount(C * y + answers, minlength=C * C).reshape(C, C)


def _counts_at_most_one(answers, y, C):
    counts = np.zeros((C, C), int)
    counts[y, answers] += 1
    return counts


confusion_counts = Check(
    _answers,
    _counts,
    {"Each square holds at most 1: with a pair twice in the index, `+=` reads once and adds once. "
     "Try np.add.at, or number the pairs and let np.bincount count them.": _counts_at_most_one,
     "Rows and columns have changed places: the row is the true class, the column the answer.":
         lambda answers, y, C: _counts(answers, y, C).T,
     "Those are shares of a row; the exercise asks for counts.":
         lambda answers, y, C: _counts(answers, y, C) / np.bincount(y, minlength=C)[:, None]},
    parts=("the table",))


def _means(rng):
    C, D = _sizes(rng, 2)
    return {"means": rng.random((C, D))}


mean_bias = Check(
    _means,
    lambda means: -(means ** 2).sum(axis=1) / 2,
    {"That goes with the templates 2 m: where m stands alone, b is half as large.":
         lambda means: -(means ** 2).sum(axis=1),
     "The sign: a mean with much ink is far from an image with little, so b must lower its score.":
         lambda means: (means ** 2).sum(axis=1) / 2,
     "The sign, and the half: write out -|x - m|² once more.":
         lambda means: (means ** 2).sum(axis=1),
     "Under the sum stand squares; no root is taken of it.":
         lambda means: -np.sqrt((means ** 2).sum(axis=1)) / 2},
    parts=("b",))


# ---- 02 the linear layer -------------------------------------------------------------------------

def _linear_inputs(rng):
    N, D, C = _sizes(rng, 3)
    normal = rng.standard_normal
    return {"x": normal((N, D)), "W": normal((C, D)), "b": normal(C)}


linear_forward = Check(
    _linear_inputs,
    lambda x, W, b: x @ W.T + b,
    {"The products are right; the bias b is still to be added.": lambda x, W, b: x @ W.T,
     "The bias comes in with a minus sign.": lambda x, W, b: x @ W.T - b,
     "Each row is an output here. A batch keeps its examples as rows: turn the result over.":
         lambda x, W, b: W @ x.T + b[:, None]},
    parts=("z",))

neuron_score = Value(
    -3,
    {1: "The bias is still to be added.",
     5: "The bias is -4: it is added as it stands, and takes 4 away.",
     7: "The second weight is negative: -1 times 5."})

neuron_bias = Value(
    -1,
    {1: "2 * 3 - 1 * 5 is 1. What must be added for z = 0?",
     -4: "That is the old bias, with which z is not 0.",
     -11: "The second weight is negative: -1 times 5."})


def _two_digits(rng):
    D, C = _sizes(rng, 2)
    i, j = rng.choice(C, 2, replace=False)
    return {"W": rng.standard_normal((C, D)), "b": rng.standard_normal(C), "i": i, "j": j}


one_neuron = Check(
    _two_digits,
    lambda W, b, i, j: (W[i] - W[j], b[i] - b[j]),
    {"That neuron is positive where j wins. Turn the differences round.":
         lambda W, b, i, j: (W[j] - W[i], b[j] - b[i]),
     "w is right. The bias of j is subtracted like its weights.":
         lambda W, b, i, j: (W[i] - W[j], b[i]),
     "w is right. The two biases make a difference too.":
         lambda W, b, i, j: (W[i] - W[j], 0.0),
     "Those are sums. z[i] > z[j] means z[i] - z[j] > 0.":
         lambda W, b, i, j: (W[i] + W[j], b[i] + b[j])},
    parts=("w", "b"))


def _tested_with_bad_biases(attempt):
    """Judge z, and whether a column and a bias of one entry are refused (1) or not (0)."""
    def refuses(x, W, b):
        try:
            attempt(x, W, b)
        except ValueError:
            return 1
        return 0

    def judged(x, W, b):
        return attempt(x, W, b), refuses(x, W, b[:, None]), refuses(x, W, b[:1])
    return judged


def _as_many_images_as_classes(rng):
    D, C = _sizes(rng, 2)
    return {"x": rng.standard_normal((C, D)), "W": rng.standard_normal((C, D)),
            "b": rng.standard_normal(C)}


def _linear_if(fits):
    """Return a layer that raises ValueError unless fits(x, W, b)."""
    def layer(x, W, b):
        core.require(fits(x, W, b), "b", b, f"({len(W)},)")
        return x @ W.T + b
    return layer


guarded_linear = Check(
    _as_many_images_as_classes,
    lambda x, W, b: (x @ W.T + b, 1, 1),
    {"z is right. But a b of shape (C, 1) slips through, and so does one of shape (1,). Result and "
     "batch have the shapes you expect; look at the shape of b itself.":
         _linear_if(lambda x, W, b: (x @ W.T + b).shape == (len(x), len(W))),
     "A b of shape (1,) slips through: one number for all. Compare the whole shape, not the number "
     "of axes.": _linear_if(lambda x, W, b: b.ndim == 1),
     "A b of shape (C, 1) slips through: it has C entries too. Compare the whole shape.":
         _linear_if(lambda x, W, b: b.size == len(W))},
    parts=("z", "whether it refuses b (C, 1)", "whether it refuses b (1,)"),
    adapt=_tested_with_bad_biases)


def _normal_equations(rng):
    D, C = _sizes(rng, 2)
    A = rng.standard_normal((30, D))
    return {"AtA": A.T @ A, "AtY": rng.standard_normal((D, C)), "lam": rng.uniform(1, 9)}


ridge = Check(
    _normal_equations,
    lambda AtA, AtY, lam: np.linalg.solve(AtA + lam * np.eye(len(AtA)), AtY),
    {"AtA + lam adds lam to every entry: it broadcasts. lam belongs on the diagonal.":
         lambda AtA, AtY, lam: np.linalg.solve(AtA + lam, AtY),
     "These are the normal equations as they were: lam is still to come in.":
         lambda AtA, AtY, lam: np.linalg.solve(AtA, AtY),
     "lam comes in with a minus sign, and makes the weights larger.":
         lambda AtA, AtY, lam: np.linalg.solve(AtA - lam * np.eye(len(AtA)), AtY),
     "lam comes in twice. Both slopes have a factor 2, and it cancels in both.":
         lambda AtA, AtY, lam: np.linalg.solve(AtA + 2 * lam * np.eye(len(AtA)), AtY),
     "That has a row for each digit. V has a row for each weight.":
         lambda AtA, AtY, lam: np.linalg.solve(AtA + lam * np.eye(len(AtA)), AtY).T},
    parts=("V",))


# ---- 07 backpropagation --------------------------------------------------------------------------

step_multiplications = Value(204_544, {
    101_632: "That is forward alone. Backward multiplies too.",
    102_912: "That is backward alone. Forward comes before it.",
    203_264: "Forward and dW are in. Add the second layer's dx: the ReLU waits for it.",
    304_896: "That includes the first layer's dx, which `gradients` leaves out."})


def _backward_inputs(rng):
    N, n_in, n_out = _sizes(rng, 3)
    normal = rng.standard_normal
    return {"dout": normal((N, n_out)), "x": normal((N, n_in)), "W": normal((n_out, n_in))}


linear_backward = Check(
    _backward_inputs,
    lambda dout, x, W: (dout.T @ x, dout.sum(axis=0), dout @ W),
    {"db is the mean over the examples. The 1/N is in dout already: sum.":
         lambda dout, x, W: (dout.T @ x, dout.mean(axis=0), dout @ W),
     "db still has a row for each example. They share one b, and paths add: sum over the rows.":
         lambda dout, x, W: (dout.T @ x, dout, dout @ W),
     "db is summed along axis 1, over the outputs. The examples are the rows: axis 0.":
         lambda dout, x, W: (dout.T @ x, dout.sum(axis=1), dout @ W),
     "db is one number. Each output has a bias of its own: sum over the examples alone.":
         lambda dout, x, W: (dout.T @ x, dout.sum(), dout @ W),
     "db has shape (1, n_out), and b has (n_out,): without keepdims.":
         lambda dout, x, W: (dout.T @ x, dout.sum(axis=0, keepdims=True), dout @ W)},
    parts=("dW", "db", "dx"))


def _scale_inputs(rng):
    N, D = _sizes(rng, 2)
    normal = rng.standard_normal
    return {"dout": normal((N, D)), "x": normal((N, D)), "s": normal(D)}


scale_backward = Check(
    _scale_inputs,
    lambda dout, x, s: (dout * s, (dout * x).sum(axis=0)),
    {"ds still has a row for each example. One s serves them all: N paths, and they add.":
         lambda dout, x, s: (dout * s, dout * x),
     "ds is the mean over the examples. The 1/N is in dout already: sum.":
         lambda dout, x, s: (dout * s, (dout * x).mean(axis=0)),
     "ds is summed along axis 1, over the features. The examples are the rows: axis 0.":
         lambda dout, x, s: (dout * s, (dout * x).sum(axis=1)),
     "ds leaves out x: a nudge ε to s[k] moves out[n, k] by x[n, k] ε.":
         lambda dout, x, s: (dout * s, dout.sum(axis=0)),
     "dx is multiplied by x: a nudge ε to x[n, k] moves out[n, k] by s[k] ε.":
         lambda dout, x, s: (dout * x, (dout * x).sum(axis=0)),
     "Both are right, but they come in the other order: dx first, then ds.":
         lambda dout, x, s: ((dout * x).sum(axis=0), dout * s)},
    parts=("dx", "ds"))


def _use_layer(layer_class):
    """Turn a reader's class into a function that runs it forward once and backward twice."""
    def run(x, W, b, dout):
        layer = layer_class(W.shape[1], W.shape[0], np.random.default_rng(0))
        layer.W, layer.b = W, b
        out = layer.forward(x)
        layer.backward(dout)
        return out, layer.backward(dout), layer.dW, layer.db

    return run


def _linear_class(out=lambda x, W, b: x @ W.T + b, dx=lambda dout, W: dout @ W,
                  dW=lambda dout, x: dout.T @ x, db=lambda dout: dout.sum(axis=0), keep=0):
    """Return a linear layer's class with one formula changed; keep=1 adds gradients to the last."""
    class Attempt:
        def __init__(self, n_in, n_out, rng):
            self.dW = self.db = 0

        def forward(self, x):
            self.x = x
            return out(x, self.W, self.b)

        def backward(self, dout):
            self.dW = keep * self.dW + dW(dout, self.x)
            self.db = keep * self.db + db(dout)
            return dx(dout, self.W)

    return Attempt


def _layer_inputs(rng):
    dout, x, W = _backward_inputs(rng).values()
    return {"x": x, "W": W, "b": rng.standard_normal(len(W)), "dout": dout}


linear_layer = Check(
    _layer_inputs,
    lambda x, W, b, dout: (x @ W.T + b, dout @ W, dout.T @ x, dout.sum(axis=0)),
    {"forward leaves out the bias b.": _linear_class(out=lambda x, W, b: x @ W.T),
     "db is the mean over the examples. The 1/N is in dout already: sum.":
         _linear_class(db=lambda dout: dout.mean(axis=0)),
     "db still has a row for each example: sum over the rows.": _linear_class(db=lambda dout: dout),
     "dW is transposed. It has the shape of W, (n_out, n_in).":
         _linear_class(dW=lambda dout, x: x.T @ dout),
     "dW and db are the right values divided by N. The 1/N is in dout already: is it in twice?":
         _linear_class(dW=lambda dout, x: dout.T @ x / len(x), db=lambda dout: dout.mean(axis=0)),
     "After a second backward dW and db have doubled: set them afresh, don't add to the old.":
         _linear_class(keep=1)},
    parts=("out", "dx", "dW", "db"), adapt=_use_layer)


def _gate_inputs(rng):
    given = _backward_inputs(rng)
    A = given.pop("W")
    return {**given, "A": A, "B": rng.standard_normal(A.shape)}


def _gate(dx=lambda du, dv, A, B: du @ A + dv @ B, factors=lambda u, v: (v, u)):
    """Return the backward of out = u v, u = x Aᵀ, v = x Bᵀ, with one step changed."""
    def backward(dout, x, A, B):
        du, dv = (dout * factor for factor in factors(x @ A.T, x @ B.T))
        return dx(du, dv, A, B), du.T @ x, dv.T @ x

    return backward


gate_backward = Check(
    _gate_inputs,
    _gate(),
    {"dx follows the path through A alone. Another leads through B, and paths add.":
         _gate(dx=lambda du, dv, A, B: du @ A),
     "dx follows the path through B alone. Another leads through A, and paths add.":
         _gate(dx=lambda du, dv, A, B: dv @ B),
     "In dx the two paths are multiplied. Along a path slopes multiply; paths add.":
         _gate(dx=lambda du, dv, A, B: (du @ A) * (dv @ B)),
     "Each branch is multiplied by itself. Nudge u, and u v moves by v times as much.":
         _gate(factors=lambda u, v: (u, v)),
     "Both branches take dout as it came. So it is for a sum; here u is worth dout times v.":
         _gate(factors=lambda u, v: (1, 1))},
    parts=("dx", "dA", "dB"))


# ---- 11 the whole network ------------------------------------------------------------------------

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
    lambda rng: {"counts": rng.integers(1, 50, (C := _sizes(rng, 1)[0], C))},
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
    lambda rng: {"accuracies": rng.random(_sizes(rng, 1)[0] + 4), "patience": rng.integers(1, 5)},
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
    N, D, H, C, batch_size = _sizes(rng, 5)
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
