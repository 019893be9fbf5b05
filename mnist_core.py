"""A neural network in NumPy: every formula of the book as code.

N examples, D features, C classes; a batch stacks its examples as rows. `W`
has shape (n_out, n_in), and a gradient `dW` has the shape of its `W`. The
loss is the mean over the batch: the 1/N lives in `dlogits` and nowhere else.
Randomness is passed in, as `rng = np.random.default_rng(seed)`.
float32 trains, float64 checks.

    python mnist_core.py    # trains on MNIST, prints a line an epoch

The groups below come in the order of the chapters. Bad input gets a
ValueError that says what was given and what was wanted: the functions of the
first group, `require` and `check_...`, see to that.
"""

import copy
import gzip
import io
import math
import os
import time
from collections import namedtuple
from contextlib import contextmanager
from pathlib import Path

# One thread, unless you set another number: at the sizes of this book a second
# one gains little, and waits for ever where something else wants its core.
os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when NumPy is imported

import numpy as np

DATA = Path(__file__).resolve().parent / "data"


# ---- refusals ---------------------------------------------------------------

def require(condition, name, given, wanted, *details):
    """Raise ValueError unless the condition holds.

    An array is shown by its shape and type. `details` go into the {} of
    `wanted` only if needed, because formatting takes time in every step.
    """
    if not condition:
        given, wanted = (f"{value.shape} of {value.dtype}" if isinstance(
            value, np.ndarray) else value for value in (given, wanted))
        wanted = wanted.format(*details) if details else wanted
        raise ValueError(f"{name}: given {given!s:.300}, wanted {wanted}")


def check_sizes(**sizes):
    """Every size is an integer above 0."""
    for name, size in sizes.items():
        whole = isinstance(size, (int, np.integer))
        require(whole and size > 0, name, repr(size), "1, 2, 3, ...")


def check_labels(y, N, C=math.inf):
    """Return y as an array: N > 0 integers from 0 to C - 1."""
    y = np.asarray(y)
    fits = N > 0 and y.shape == (N,) and y.dtype.kind in "iu"
    require(fits, "labels", y, "({},) integers", N or "N > 0")
    low, high = int(y.min()), int(y.max())
    require(0 <= low and high < C, "labels", (low, high), "0 to {} - 1", C)
    return y


def check_scores(name, logits, y):
    """Return as arrays logits (N, C) and a label for each of their rows."""
    logits = np.asarray(logits) * 1.0  # whole numbers become float64
    require(logits.ndim == 2, name, logits, "logits (N, C)")
    return logits, check_labels(y, *logits.shape)


def check_data(model, X, y):
    """X holds finite examples that fit the model, y a label for each."""
    fits = isinstance(X, np.ndarray) and X.ndim > 1 and X.dtype.kind == "f"
    require(fits and X.size > 0, "X", X, "floating-point examples (N, ...)")
    finite = math.isfinite(X.min()) and math.isfinite(X.max())
    require(finite, "X", "nan or infinity", "finite numbers")
    with mode(model, training=False):
        check_labels(y, len(X), model.forward(X[:1]).shape[1])


def check_dout(layer, dout, x, tail):
    """The layer has seen an x, and dout is (N, *tail) of x's type."""
    require(x is not None, layer, "backward", "a forward before it")
    fits = dout.shape == (len(x), *tail) and dout.dtype == x.dtype
    require(fits, layer, dout, "dout {} of {}", (len(x), *tail), x.dtype)


def check_rng(rng):
    """Randomness comes from a NumPy Generator."""
    fits = isinstance(rng, np.random.Generator)
    require(fits, "rng", rng, "np.random.default_rng(seed)")


def check_rate(lr):
    """Return the learning rate as a float: finite, 0 or above."""
    fits = isinstance(lr, (int, float, np.number)) and 0 <= lr < math.inf
    require(fits, "rate", repr(lr), "a finite number, 0 or above")
    return float(lr)


def check_decay(lr, steps, factor=0):
    """lr and factor are finite, 0 or above; steps is 1, 2, 3, ..."""
    check_rate(lr)
    check_rate(factor)
    check_sizes(steps=steps)


def check_finite(name, numbers):
    """Raise FloatingPointError where a loss or logits are no longer finite."""
    if not np.isfinite(numbers).all():
        raise FloatingPointError(f"{name}: nan or infinity; the rate may be "
                                 "too large, or a weight is not finite")


IDX_TYPES = {8: "IDX of unsigned bytes", 9: "IDX of signed bytes",
             11: "IDX of 16-bit integers", 12: "IDX of 32-bit integers",
             13: "IDX of floats", 14: "IDX of doubles"}


def seems(data):
    """Say what the bytes of a file seem to be that is not IDX."""
    marks = {b"\x1f\x8b": "gzip in gzip", b"PK": "a zip file",
             b"\xfd7zXZ": "an xz file", b"<": "a web page",
             b"version https": "a Git LFS pointer, not the data"}
    start = data[:100].lstrip()
    found = [marks[m] for m in marks if start.startswith(m)]
    return f"{len(data)} bytes, {(found or ['neither gzip nor IDX'])[0]}"


def read_mnist(folder, name, shape, most=255):
    """Return the array in the file of this name: raw, .gz, with a dot."""
    stems = name, name.replace("-idx", ".idx")  # some programs unpack to a dot
    names = [n for s in stems for n in (s, f"{s}/{s}", f"{s}.gz")]
    files = [path for n in names if (path := Path(folder) / n).is_file()]
    there = sorted(path.name for path in Path(folder).glob("*"))
    require(files, folder, f"files {there}", f"one of {names}")
    array = read_idx(files[0])
    fits = array.shape == shape and array.max() <= most
    require(fits, files[0], f"{array.shape}, up to {array.max()}",
            f"{shape}, up to {most}")
    return array


# ---- 01 digits as numbers ---------------------------------------------------

def read_idx(path):
    """Return the uint8 array in an IDX file, raw or gzipped: told by bytes.

    Two zero bytes, the type (8: unsigned bytes), the number of axes; the size
    of each axis as a big-endian 32-bit integer; then the entries, row by row
    (LeCun, Cortes and Burges, "The MNIST database"). ValueError, with the
    file's name, for anything else, or a byte too few or too many.
    """
    require(not Path(path).is_dir(), path, "a folder", "a file")
    data = Path(path).read_bytes()
    if data[:2] == b"\x1f\x8b":  # the mark of gzip
        try:
            data = gzip.decompress(data)
        except Exception as error:  # of gzip's own three kinds
            kind = "cut short" if isinstance(error, EOFError) else "damaged"
            require(False, path, f"gzip {kind}", "a whole file, and no more")
    start = 4 + 4 * int.from_bytes(data[3:4])  # where the entries begin
    idx = data[:2] == b"\0\0" and 4 < start <= min(20, len(data))
    kind = IDX_TYPES.get(data[2], "unknown") if idx else seems(data)
    require(kind == IDX_TYPES[8], path, kind, IDX_TYPES[8])
    shape = tuple(np.frombuffer(data[4:start], ">u4").tolist())
    size = start + math.prod(shape)
    wanted = f"{size} bytes for shape {shape}, no axis of it 0"
    require(len(data) == size > start, path, f"{len(data)} bytes", wanted)
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape).copy()


def load_mnist(folder=DATA):
    """Return X_train, y_train, X_test, y_test: 60,000 and 10,000 digits.

    X (N, 784) of float32, from 0 (paper) to 1 (ink); y (N,) of int64, from
    0 to 9. Reads the four IDX files in `folder`, gzipped or not; ValueError,
    with the file's name, when one is missing or holds something else.
    """
    arrays = []
    for part, N in ("train", 60_000), ("t10k", 10_000):
        X = read_mnist(folder, f"{part}-images-idx3-ubyte", (N, 28, 28))
        y = read_mnist(folder, f"{part}-labels-idx1-ubyte", (N,), most=9)
        X = np.divide(X.reshape(N, 784), np.float32(255))
        arrays += [X, y.astype(np.int64)]
    return tuple(arrays)


def accuracy(logits, y):
    """Return the share of rows of logits (N, C) that are largest at y (N,)."""
    logits, y = check_scores("accuracy", logits, y)
    require(not np.isnan(logits).any(), "accuracy", "nan", "numbers")
    return float((logits.argmax(axis=1) == y).mean())


def paired(right, other):
    """Return (M, S): `other` mends M mistakes, spoils S right answers.

    right, other (N,) of bool say which of the same images each classifier
    reads right. No difference to speak of while |M - S| < 2 √(M + S), nor
    where M + S is below ten: McNemar (1947).
    """
    right, other = np.asarray(right), np.asarray(other)
    fits = right.dtype == other.dtype == bool and right.shape == other.shape
    require(fits and right.ndim == 1, "paired", other, f"bool {right.shape}")
    return int((other & ~right).sum()), int((right & ~other).sum())


# ---- 04 softmax -------------------------------------------------------------

def softmax(logits):
    """p[n, c] = exp(logits[n, c]) / Σ_k exp(logits[n, k]), the same shape.

    logits (N, C) or (C,). Subtracting a row's largest logit changes nothing,
    and keeps exp from overflowing.
    """
    logits = np.asarray(logits) * 1.0  # whole numbers become float64
    fits = logits.ndim in (1, 2) and logits.size > 0
    require(fits, "softmax", logits, "(N, C) or (C,)")
    odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)


# ---- 05 cross-entropy -------------------------------------------------------

def softmax_cross_entropy(logits, y):
    """Return loss and dlogits, of logits (N, C) and labels y (N,).

    With p = softmax(logits): loss = -(1/N) Σ_n ln p[n, y[n]], a float;
    dlogits = (p - onehot(y)) / N, (N, C).
    """
    logits, y = check_scores("softmax_cross_entropy", logits, y)
    N, rows = len(y), np.arange(len(y))
    shifted = logits - logits.max(axis=1, keepdims=True)  # (N, C)
    odds = np.exp(shifted)  # (N, C)
    total = odds.sum(axis=1, keepdims=True)  # (N, 1)
    loss = (np.log(total[:, 0]) - shifted[rows, y]).sum() / N
    dlogits = odds / total  # p, (N, C)
    dlogits[rows, y] -= 1
    return float(loss), dlogits / N


# ---- 07 backpropagation -----------------------------------------------------

class Layer:
    """out = forward(x); dx = backward(dout), given dout = ∂L/∂out.

    backward also sets the gradients of the parameters. A layer names its
    parameters in `names` ("W" has its gradient in `dW`), what else to save in
    `buffers`, and the layers inside it in `layers`. It changes neither x nor
    dout.
    """

    names = buffers = layers = ()
    training, x = True, None

    def gradients(self, dout):
        """Set the gradients alone, where dx is not needed."""
        self.backward(dout)

    def walk(self):
        """Yield this layer, then the layers inside it."""
        yield self
        for layer in self.layers:
            yield from layer.walk()

    def parameters(self):
        """Return [(W, dW), ...], the arrays; dW is None before backward."""
        return [(getattr(layer, name), getattr(layer, "d" + name))
                for layer in self.walk() for name in layer.names]

    def state(self):
        """Return {"0.W": array, "0.b": array, ...}: all that is saved."""
        state = {n: getattr(self, n) for n in self.names + self.buffers}
        for i, layer in enumerate(self.layers):
            state |= {f"{i}.{n}": a for n, a in layer.state().items()}
        return state

    def to(self, dtype):
        """Turn the arrays into this type, in place; return self.

        x and the gradients are forgotten.
        """
        require(np.dtype(dtype).kind == "f", "to", dtype, "a floating type")
        for layer in self.walk():
            for name in layer.names + layer.buffers:
                setattr(layer, name, getattr(layer, name).astype(dtype))
            for name in ("x", *("d" + name for name in layer.names)):
                setattr(layer, name, None)
        return self

    def train(self, training=True):
        """Switch to training, all the way down; return self."""
        for layer in self.walk():
            layer.training = training
        return self

    def eval(self):
        """Switch to evaluation, all the way down; return self."""
        return self.train(False)

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(map(repr, self.layers))})"


class Linear(Layer):
    """out = x Wᵀ + b;  dW = doutᵀ x,  db = Σ_n dout[n],  dx = dout W.

    x (N, n_in), W (n_out, n_in), b (n_out,), out (N, n_out). b starts at 0,
    W as init((n_out, n_in), rng): he_normal unless another is given.
    """

    names = ("W", "b")
    dW = db = None

    def __init__(self, n_in, n_out, rng, init=None):
        check_sizes(n_in=n_in, n_out=n_out)
        self.W = (init or he_normal)((n_out, n_in), rng)
        require(self.W.shape == (n_out, n_in), "init", self.W, (n_out, n_in))
        self.b = np.zeros(n_out, self.W.dtype)

    def forward(self, x):
        n_in, dtype = self.W.shape[1], self.W.dtype
        fits = x.shape[1:] == (n_in,) and len(x) > 0 and x.dtype == dtype
        require(fits, self, x, "x (N, {}) of {}", n_in, dtype)
        self.x = x
        return x @ self.W.T + self.b

    def gradients(self, dout):
        check_dout(self, dout, self.x, self.W.shape[:1])
        self.dW = dout.T @ self.x
        self.db = dout.sum(axis=0)

    def backward(self, dout):
        self.gradients(dout)
        return dout @ self.W

    def __repr__(self):
        return f"Linear({self.W.shape[1]}, {self.W.shape[0]})"


class ReLU(Layer):
    """out = max(x, 0);  dx = dout where x > 0, else 0. x has any shape."""

    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)

    def backward(self, dout):
        check_dout(self, dout, self.x, np.shape(self.x)[1:])
        return dout * (self.x > 0)


class Sequential(Layer):
    """Forward, a layer's out is the next one's x; backward, in reverse."""

    def __init__(self, *layers):
        fits = layers and all(isinstance(layer, Layer) for layer in layers)
        require(fits, "layers", layers, "Layers")
        self.layers = layers
        once = len(set(self.walk())) == len(list(self.walk()))
        require(once, "layers", "a layer twice", "each layer once")

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dout):
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        return dout

    def gradients(self, dout):
        for layer in reversed(self.layers[1:]):
            dout = layer.backward(dout)
        self.layers[0].gradients(dout)


# ---- 08 checking gradients --------------------------------------------------

def numerical_gradient(f, x, h=1e-5, rounding=None):
    """Return (f(x + h e) - f(x - h e)) / 2h for every entry e of x.

    float64, the shape of x. x is nudged in place and put back. An entry is
    nan where f has a kink within h: there, halving h changes the slope, or
    does not quarter the second difference, by more than a smooth f and
    `rounding`, the last digits of f, can explain.
    """
    fits = isinstance(x, np.ndarray) and x.dtype == np.float64
    require(fits, "x", x, "an array of float64")
    gradient, middle = np.empty_like(x), float(f(x))
    if rounding is None:
        rounding = (1e-12 + 100 * h**3) * max(1, abs(middle))
    for i in np.ndindex(x.shape):
        kept, around = x[i], {}
        try:
            for nudge in (h, -h, h / 2, -h / 2):
                x[i] = kept + nudge
                around[nudge] = float(f(x)) - middle
        finally:
            x[i] = kept
        slope, half_slope = (around[a] - around[-a] for a in (h, h / 2))
        bend, half_bend = (around[a] + around[-a] for a in (h, h / 2))
        change = max(abs(slope - 2 * half_slope), abs(bend - 4 * half_bend))
        gradient[i] = math.nan if change > rounding else slope / (2 * h)
    return gradient


def gradient_check(layer, x, rng):
    """Return the largest error of dx and of every dW, db.

    The error of an array is max |a - n| / max(|a|, |n|), both over all its
    entries: a is what backward says, n the numerical gradient of
    L = Σ out · dout, with dout drawn from rng. Works in float64 on copies, so
    that dropout draws the same mask each time and the layer stays as it was.
    Prints how many entries are skipped, at a kink, and which gradients are
    too small to judge, since rounding hides them. ValueError where that is
    so of all, or where a gradient is 0 or at a kink everywhere.
    """
    x, layer = np.array(x, np.float64), copy.deepcopy(layer).to(np.float64)
    taught = copy.deepcopy(layer)
    out = taught.forward(x)
    dout = rng.standard_normal(out.shape)
    gradients = [taught.backward(dout), *(dW for _, dW in taught.parameters())]
    arrays = [x, *(W for W, _ in layer.parameters())]
    given, wanted = ([np.shape(array) for array in group]
                     for group in (gradients, arrays))
    require(given == wanted, layer, f"gradients {given}", wanted)
    size, skipped, errors = max(np.linalg.norm(out * dout), 1e-300), 0, []

    def loss(_):
        return (copy.deepcopy(layer).forward(x) * dout).sum()

    for a, array in zip(gradients, arrays):
        change = size / (abs(a).max() or 1e-300)  # of an entry, to double L
        h = 1e-5 * min(max(1, abs(array).max()), change)
        n = numerical_gradient(loss, array, h, 1e-12 * size)
        smooth = ~np.isnan(n)
        skipped += n.size - smooth.sum()
        largest = np.maximum(abs(a), abs(n))[smooth].max(initial=0)
        require(largest != 0, layer, f"a gradient {a.shape} too small to "
                "judge: 0, or at a kink, everywhere", "another x")
        if largest < 1e-9 * size / h:
            print(f"gradient_check: gradient {a.shape} too small to judge")
        else:
            errors.append(abs(a - n)[smooth].max() / largest)
    total = sum(array.size for array in arrays)
    if skipped:
        print(f"gradient_check: skipped {skipped} of {total}, at a kink")
    require(errors, layer, "gradients too small to judge", "another x")
    return float(np.max(errors))


# ---- 09 descent and mini-batches --------------------------------------------

def minibatches(X, y, batch_size, rng):
    """Yield (X_batch, y_batch): one shuffled pass, each row with its label.

    The last batch is smaller where batch_size does not divide N.
    """
    y = check_labels(y, len(X))
    check_sizes(batch_size=batch_size)
    check_rng(rng)
    order = rng.permutation(len(X))
    parts = np.split(order, range(batch_size, len(X), batch_size))
    return ((X[part], y[part]) for part in parts)


class SGD:
    """W <- W - lr dW for every parameter. `lr` may be changed at any time."""

    def __init__(self, model, lr):
        self.model, self.lr = model, check_rate(lr)

    def step(self):
        lr = check_rate(self.lr)
        for W, dW in self.model.parameters():
            fits = np.shape(dW) == W.shape
            require(fits, "step", dW, "dW {}, by backward", W.shape)
            W -= lr * dW


# ---- 10 where to start ------------------------------------------------------

def zeros(shape, rng):
    """Return float32 zeros; rng, since every start is init(shape, rng)."""
    return np.zeros(shape, np.float32)


def normal(std):
    """Return an initialiser: normal, mean 0, standard deviation std."""
    require(0 <= std < math.inf, "std", std, "a finite number, 0 or above")

    def init(shape, rng):
        check_rng(rng)
        return rng.standard_normal(shape, np.float32) * np.float32(std)

    return init


def xavier_normal(shape, rng):
    """Draw W (n_out, n_in) with variance 2 / (n_in + n_out), for tanh.

    Glorot and Bengio (2010).
    """
    n_out, n_in = shape
    return normal(math.sqrt(2 / (n_in + n_out)))(shape, rng)


def he_normal(shape, rng):
    """Draw W (n_out, n_in) with variance 2 / n_in, for ReLU.

    He et al. (2015).
    """
    n_out, n_in = shape
    return normal(math.sqrt(2 / n_in))(shape, rng)


# ---- 11 the whole network ---------------------------------------------------

# One step of training. `seconds` counts training alone; None: not measured.
Record = namedtuple(
    "Record", "step epoch loss lr seconds val_loss val_accuracy")


@contextmanager
def mode(model, training):
    """Train or evaluate in a `with` block; then each layer is as it was.

    Overflow does not warn inside: the loss and the logits are looked at.
    """
    before = [(layer, layer.training) for layer in model.walk()]
    model.train(training)
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            yield
    finally:
        for layer, was in before:
            layer.training = was


def train_step(model, optimiser, X, y):
    """One step of learning: forward, loss, backward, step. Return the loss.

    FloatingPointError, before any weight moves, if the loss is not finite.
    """
    require(optimiser.model is model, "optimiser", "another's", "the model's")
    with mode(model, training=True):
        logits = model.forward(X)
        loss, dlogits = softmax_cross_entropy(logits, y)
        check_finite("loss", loss)
        model.gradients(dlogits)
        optimiser.step()
    return loss


def fit(model, optimiser, X, y, *, epochs, batch_size, rng,
        schedule=None, validation=None, validate_every=None):
    """Train, and yield a Record after each step.

    schedule(step), step from 0, sets the learning rate before each step.
    validation = (X, y) is evaluated every `validate_every` steps, or once an
    epoch. Closing the generator stops training. ValueError, at the call, for
    bad arguments; FloatingPointError, naming step and learning rate, when the
    loss of a batch, of the validation or after the last step is not finite.
    """
    check_data(model, X, y)
    check_rng(rng)
    check_sizes(epochs=epochs, batch_size=batch_size)
    per_epoch = math.ceil(len(X) / batch_size)
    every = per_epoch if validate_every is None else validate_every
    check_sizes(validate_every=every)
    require(optimiser.model is model, "optimiser", "another's", "the model's")
    fits = schedule is None or callable(schedule)
    require(fits, "schedule", schedule, "a function of the step")
    if validation is not None:
        check_data(model, *validation)

    def records():
        step, seconds, start = 0, 0.0, time.perf_counter()
        try:
            for epoch in range(1, epochs + 1):
                for batch in minibatches(X, y, batch_size, rng):
                    lr = schedule(step) if schedule else optimiser.lr
                    optimiser.lr = lr
                    step += 1
                    loss = train_step(model, optimiser, *batch)
                    seconds += time.perf_counter() - start
                    due = validation is not None and step % every == 0
                    val = evaluate(model, *validation) if due else (None, None)
                    yield Record(step, epoch, loss, lr, seconds, *val)
                    start = time.perf_counter()
            evaluate(model, *batch)  # no step follows to judge the last one
        except FloatingPointError as error:
            where = f"step {step}, lr {optimiser.lr:g}"
            raise FloatingPointError(f"{where}: {error}") from None

    return records()


def predict(model, X):
    """Return the logits (N, C) of X in evaluation mode.

    1,000 rows at a time, to spare memory. FloatingPointError if a logit is
    not finite.
    """
    require(len(X) > 0, "predict", "no examples", "one or more")
    with mode(model, training=False):
        parts = [X[i:i + 1000] for i in range(0, len(X), 1000)]
        logits = np.concatenate([model.forward(part) for part in parts])
    check_finite("logits", logits)
    return logits


def evaluate(model, X, y):
    """Return (loss, accuracy) on all of X, y."""
    check_data(model, X, y)
    logits = predict(model, X)
    loss, _ = softmax_cross_entropy(logits, y)
    check_finite("loss", loss)
    return loss, accuracy(logits, y)


def save(path, model):
    """Write the model's arrays as .npz: first beside `path`, then renamed."""
    for name, W in model.state().items():
        fits = isinstance(W, np.ndarray) and not W.dtype.hasobject
        require(fits, name, W, "an array of numbers")
    beside = Path(path).with_name(Path(path).name + ".partial")
    try:
        with beside.open("wb") as file:
            np.savez(file, model=repr(model), **model.state())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def load(path, model):
    """Fill the model, made as it was when saved.

    ValueError, and no change, if the file is damaged or does not fit.
    """
    data = io.BytesIO(Path(path).read_bytes())
    try:
        with np.load(data, allow_pickle=False) as file:
            saved = dict(file)
    except Exception as error:  # a damaged file raises a dozen kinds
        message = f"{path}: given a damaged file, wanted one by save: {error}"
        raise ValueError(message) from error
    architecture, state = str(saved.pop("model", "no model")), model.state()
    require(architecture == repr(model), path, architecture, model)
    require(saved.keys() == state.keys(), path, list(saved), list(state))
    for name, W in state.items():
        fits = saved[name].shape == W.shape and saved[name].dtype == W.dtype
        require(fits, f"{path}, {name}", saved[name], W)
    for name, W in state.items():
        W[...] = saved[name]


# ---- 12 learning-rate schedules ---------------------------------------------
# Each returns a function of the step, counted from 0, that gives its learning
# rate. They are closures, which pickle and process pools refuse.

def step_decay(lr, every, factor):
    """lr · factor^⌊step / every⌋: times `factor` at every `every`-th step."""
    check_decay(lr, every, factor)
    return lambda step: lr * factor ** (step // every)


def linear_decay(lr, steps):
    """lr · (1 - step / steps): in a straight line to 0 after `steps`."""
    check_decay(lr, steps)
    return lambda step: lr * max(0.0, 1 - step / steps)


def exponential_decay(lr, steps, factor):
    """lr · factor^(step / steps): the same ratio each step."""
    check_decay(lr, steps, factor)
    return lambda step: lr * factor ** (step / steps)


def cosine_decay(lr, steps):
    """lr · (1 + cos(π step / steps)) / 2. Loshchilov and Hutter (2017)."""
    check_decay(lr, steps)
    return lambda step: lr * (1 + math.cos(math.pi * min(1, step / steps))) / 2


def warmup(schedule, steps):
    """schedule(step) · min(1, (step + 1) / steps): a climb at the start."""
    check_sizes(steps=steps)
    return lambda step: schedule(step) * min(1.0, (step + 1) / steps)


# ---- 15 activations ---------------------------------------------------------

class Sigmoid(Layer):
    """out = 1 / (1 + exp(-x));  dx = dout · out (1 - out). Of any shape."""

    def forward(self, x):
        self.x = x
        small = np.exp(-abs(x))  # at most 1, where exp(-x) may overflow
        return np.where(x < 0, small, 1) / (1 + small)

    def backward(self, dout):
        check_dout(self, dout, self.x, np.shape(self.x)[1:])
        out = self.forward(self.x)  # the first may have been changed since
        return dout * out * (1 - out)


class Tanh(Layer):
    """out = tanh(x);  dx = dout · (1 - out²). Of any shape."""

    def forward(self, x):
        self.x = x
        return np.tanh(x)

    def backward(self, dout):
        check_dout(self, dout, self.x, np.shape(self.x)[1:])
        return dout * (1 - np.tanh(self.x)**2)


# ---- the whole program ------------------------------------------------------

def main(seed=0, epochs=5, batch_size=32, lr=0.25):
    """Train 784-128-10 on 50,000 digits; return the test accuracy."""
    X_train, y_train, X_test, y_test = load_mnist()
    X, y = X_train[:50_000], y_train[:50_000]
    rng = np.random.default_rng(seed)
    net = Sequential(Linear(784, 128, rng), ReLU(), Linear(128, 10, rng))
    schedule = linear_decay(lr, epochs * math.ceil(len(X) / batch_size))
    for r in fit(net, SGD(net, lr), X, y, epochs=epochs, rng=rng,
                 batch_size=batch_size, schedule=schedule,
                 validation=(X_train[50_000:], y_train[50_000:])):
        if r.val_loss is not None:
            print(f"epoch {r.epoch}  {r.seconds:.1f} s  "
                  f"validation accuracy {r.val_accuracy:.2%}")
    test_accuracy = evaluate(net, X_test, y_test)[1]
    print(f"test accuracy {test_accuracy:.2%}")
    return test_accuracy


if __name__ == "__main__":
    raise SystemExit(main() < 0.97)  # fails below 97 %
