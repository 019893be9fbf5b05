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
import math
import os
import time
import warnings
import zipfile
from collections import namedtuple
from contextlib import contextmanager
from functools import reduce
from pathlib import Path

# One thread, unless you set another number: at the sizes of this book a second
# one gains little, and waits for ever where something else wants its core.
os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when NumPy is imported

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

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


def check_sizes(least=1, /, **sizes):
    """Every size is an integer, and none is below the least."""
    for name, size in sizes.items():
        whole = isinstance(size, (int, np.integer))
        wanted = ", ".join(map(str, range(least, least + 3)))
        require(whole and size >= least, name, repr(size), f"{wanted}, ...")


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


def check_x(layer, x, *shape):
    """x is (N, *shape), none of it 0, of the type of the layer's weights.

    A letter in shape, as "H", fits any size.
    """
    dtype = (layer.b if hasattr(layer, "b") else layer.beta).dtype
    known = [isinstance(n, str) or n == size for n, size in zip(
        ("N", *shape), x.shape)]
    fits = x.ndim == len(shape) + 1 == sum(known) and x.size > 0
    wanted = ", ".join(map(str, ("N", *shape)))
    require(fits and x.dtype == dtype, layer, x, "x ({}) of {}, no size 0",
            wanted, dtype)


def check_images(layer, x, k, padding=0):
    """x is (N, C, H, W), with images no smaller than a k x k window."""
    fits = x.ndim == 4 and x.size > 0
    fits = fits and min(x.shape[2:]) + 2 * padding >= k
    require(fits, layer, x, "images (N, C, H, W) of {0} x {0} or more, with "
            "padding", k)


def check_dout(layer, dout):
    """The layer has seen an x, and dout is (N, *tail) of x's type."""
    x, tail = layer.x, layer.tail
    require(x is not None, layer, "backward", "a forward before it")
    shape = x.shape if tail is None else (len(x), *tail)
    fits = dout.shape == shape and dout.dtype == x.dtype
    require(fits, layer, dout, "dout {} of {}", shape, x.dtype)


def check_gradients(model, shapes=None):
    """Return model.parameters(), each gradient of its parameter's shape.

    shapes  those the optimiser was made for, if it keeps arrays of them
    """
    pairs = model.parameters()
    for W, dW in pairs:
        require(np.shape(dW) == W.shape, "step", dW, "dW {}, by backward",
                W.shape)
    now = [W.shape for W, _ in pairs]
    require(shapes in (None, now), "optimiser", f"parameters {now}", shapes)
    return pairs


def check_rng(rng):
    """Randomness comes from a NumPy Generator."""
    fits = isinstance(rng, np.random.Generator)
    require(fits, "rng", rng, "np.random.default_rng(seed)")


def check_rate(lr, name="rate"):
    """Return a learning rate as a float: finite, 0 or above."""
    fits = isinstance(lr, (int, float, np.number)) and 0 <= lr < math.inf
    require(fits, name, repr(lr), "a finite number, 0 or above")
    return float(lr)


def check_share(share, name):
    """Return a share as a float: from 0 to below 1."""
    share = check_rate(share, name)
    require(share < 1, name, share, "a number from 0 to below 1")
    return share


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
    """Say what a file that begins with these bytes seems to be; not IDX."""
    marks = {b"\x1f\x8b": "gzip in gzip", b"PK": "a zip file",
             b"\xfd7zXZ": "an xz file", b"<": "a web page",
             b"version https": "a Git LFS pointer, not the data"}
    found = [marks[m] for m in marks if data.lstrip().startswith(m)]
    return (found or ["neither gzip nor IDX" if data else "0 bytes"])[0]


@contextmanager
def whole(path):
    """Whatever goes wrong in reading this file, or warns, is a ValueError."""
    try:
        with warnings.catch_warnings(action="error"):
            yield
    except Exception as error:  # a damaged file raises a dozen kinds
        ours = type(error) is ValueError and str(error).startswith(str(path))
        kind = "cut short" if isinstance(error, EOFError) else "damaged"
        require(ours, path, f"a file {kind}", "a whole one of its kind")
        raise


def first_bytes(path, n):
    """Return the first n bytes of a file, unpacked if gzip packed it.

    Refuses n bytes that such a file cannot hold: gzip packs no more than 1032
    into one ("Maximum Compression Factor", zlib.org/zlib_tech.html).
    """
    size = os.path.getsize(path)
    require(n <= 100 + 1032 * size, path, f"{size} bytes", f"room for {n - 1}")
    with open(path, "rb") as file, whole(path):
        packed = file.peek(2)[:2] == b"\x1f\x8b"  # the mark of gzip
        return gzip.open(file).read(n) if packed else file.read(min(n, size))


def read_mnist(folder, name, shape, most=255):
    """Return the array in the file of this name: raw, .gz, with a dot."""
    stems = name, name.replace("-idx", ".idx")  # some programs unpack to a dot
    names = [n for s in stems for n in (s, f"{s}/{s}", f"{s}.gz")]
    files = [path for n in names if (path := Path(folder) / n).is_file()]
    there = sorted(path.name for path in Path(folder).glob("*"))
    require(files, folder, f"files {there}", f"one of {names}")
    array = read_idx(files[0], shape)
    require(array.max() <= most, files[0], array.max(), f"{most} at most")
    return array


def read_array(file, name, W=None):
    """Return the array of this name in a .npz, if it is like W, or a text.

    The header is compared before anything is read or made of its size.
    """
    item = file.getinfo(f"{name}.npy")  # of bzip2, a read has no limit
    require(item.compress_type in (0, 8), file.filename, "packed", "as saved")
    with file.open(item) as member:
        np.lib.format.read_magic(member)
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(member)
        text = shape == () and dtype.kind == "U" and 0 < dtype.itemsize < 2**20
        fits = text if W is None else (shape, dtype) == (W.shape, W.dtype)
        require(fits, f"{file.filename}, {name}", f"{shape} of {dtype}",
                "text" if W is None else W)
        data = member.read(math.prod(shape) * dtype.itemsize + 1)
    return np.frombuffer(data, dtype).reshape(shape, order="CF"[fortran])


# ---- 01 digits as numbers ---------------------------------------------------

def read_idx(path, wanted=None):
    """Return the uint8 array in an IDX file, raw or gzipped: told by bytes.

    Two zero bytes, the type (8: unsigned bytes), the number of axes; the size
    of each axis as a big-endian 32-bit integer; then the entries, row by row
    (LeCun, Cortes and Burges, "The MNIST database"). ValueError, with the
    file's name, for anything else, a byte too few or too many, or a shape
    other than the wanted one, if given.
    """
    require(not Path(path).is_dir(), path, "a folder", "a file")
    data = first_bytes(path, 100)  # enough for the header
    start = 4 + 4 * int.from_bytes(data[3:4])  # where the entries begin
    idx = data[:2] == b"\0\0" and 4 < start <= min(20, len(data))
    kind = IDX_TYPES.get(data[2], "unknown") if idx else seems(data)
    require(kind == IDX_TYPES[8], path, kind, IDX_TYPES[8])
    shape = tuple(np.frombuffer(data[4:start], ">u4").tolist())
    require(wanted in (None, shape), path, shape, wanted)
    size = start + math.prod(shape)
    data = first_bytes(path, size + 1)
    given = f"{len(data)} bytes" if len(data) <= size else "more"
    require(len(data) == size > start, path, given,
            f"{size} bytes for shape {shape}, no axis of it 0")
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
    `buffers`, the layers inside it in `layers`, what it was made with in
    `sizes`, and in `tail` the shape of out[n], where x[n] has another. It
    changes neither x nor dout.
    """

    names = buffers = layers = sizes = ()
    training, x, tail = True, None, None

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
        parts = map(str, (*self.sizes, *self.layers))
        return f"{type(self).__name__}({', '.join(parts)})"


class Linear(Layer):
    """out = x Wᵀ + b;  dW = doutᵀ x,  db = Σ_n dout[n],  dx = dout W.

    x (N, n_in), W (n_out, n_in), b (n_out,), out (N, n_out). b starts at 0,
    W as init((n_out, n_in), rng): he_normal unless another is given.
    """

    names = ("W", "b")
    dW = db = None

    def __init__(self, n_in, n_out, rng, init=None):
        check_sizes(n_in=n_in, n_out=n_out)
        self.sizes, self.tail = (n_in, n_out), (n_out,)
        self.W = (init or he_normal)((n_out, n_in), rng)
        require(self.W.shape == (n_out, n_in), "init", self.W, (n_out, n_in))
        self.b = np.zeros(n_out, self.W.dtype)

    def forward(self, x):
        check_x(self, x, self.W.shape[1])
        self.x = x
        return x @ self.W.T + self.b

    def gradients(self, dout):
        check_dout(self, dout)
        self.dW = dout.T @ self.x
        self.db = dout.sum(axis=0)

    def backward(self, dout):
        self.gradients(dout)
        return dout @ self.W


class ReLU(Layer):
    """out = max(x, 0);  dx = dout where x > 0, else 0. x has any shape."""

    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)

    def backward(self, dout):
        check_dout(self, dout)
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
        for W, dW in check_gradients(self.model):
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
    state = model.state()
    with open(path, "rb") as raw, whole(path), zipfile.ZipFile(raw) as file:
        architecture = str(read_array(file, "model"))
        require(architecture == repr(model), path, architecture, model)
        names = sorted(f"{name}.npy" for name in ("model", *state))
        require(sorted(file.namelist()) == names, path, file.namelist(), names)
        saved = {name: read_array(file, name, W) for name, W in state.items()}
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
        check_dout(self, dout)
        out = self.forward(self.x)  # the first may have been changed since
        return dout * out * (1 - out)


class Tanh(Layer):
    """out = tanh(x);  dx = dout · (1 - out²). Of any shape."""

    def forward(self, x):
        self.x = x
        return np.tanh(x)

    def backward(self, dout):
        check_dout(self, dout)
        return dout * (1 - np.tanh(self.x)**2)


# ---- 19 momentum and Adam ---------------------------------------------------

class Momentum(SGD):
    """v <- μ v + g,  W <- W - lr v,  where g = dW + l2 W and v begins at 0.

    μ is `momentum`. There are two ways to pull weights towards 0, both off at
    0: `l2` is the penalty l2/2 ΣW², whose gradient joins dW; `weight_decay`,
    called decoupled, takes lr · weight_decay · W off W beside the step.
    Polyak (1964); Loshchilov and Hutter (2019).
    """

    def __init__(self, model, lr, momentum=0.9, l2=0.0, weight_decay=0.0):
        super().__init__(model, lr)
        self.momentum = check_share(momentum, "momentum")
        self.l2 = check_rate(l2, "l2")
        self.weight_decay = check_rate(weight_decay, "weight_decay")
        self.v = [np.zeros_like(W) for W, _ in model.parameters()]

    def pulled(self):
        """Decay each W; return [(W, g), ...]."""
        lr = check_rate(self.lr)
        pairs = check_gradients(self.model, [v.shape for v in self.v])
        for W, _ in pairs if self.weight_decay else ():
            W *= 1 - lr * self.weight_decay
        return [(W, dW + self.l2 * W if self.l2 else dW) for W, dW in pairs]

    def step(self):
        for i, (W, g) in enumerate(self.pulled()):
            self.v[i] = self.momentum * self.v[i] + g
            W -= self.lr * self.v[i]


class Adam(Momentum):
    """W <- W - lr m̂ / (√v̂ + eps), with two averages of the gradient g.

    m <- β1 m + (1 - β1) g and v <- β2 v + (1 - β2) g² begin at 0; step t
    takes their bias away: m̂ = m / (1 - β1^t), v̂ = v / (1 - β2^t). β1 is
    `momentum`. `l2` and `weight_decay` as in Momentum; with the second it is
    AdamW. Kingma and Ba (2015).
    """

    def __init__(self, model, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8,
                 l2=0.0, weight_decay=0.0):
        super().__init__(model, lr, beta1, l2, weight_decay)
        self.beta2, self.t = check_share(beta2, "beta2"), 0
        self.eps, self.m = check_rate(eps, "eps"), self.v.copy()

    def step(self):
        pairs, beta1, beta2 = self.pulled(), self.momentum, self.beta2
        self.t += 1
        for i, (W, g) in enumerate(pairs):
            self.m[i] = beta1 * self.m[i] + (1 - beta1) * g
            self.v[i] = beta2 * self.v[i] + (1 - beta2) * g * g
            m_hat = self.m[i] / (1 - beta1**self.t)
            v_hat = self.v[i] / (1 - beta2**self.t)
            W -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


# ---- 20 regularisation ------------------------------------------------------

class Dropout(Layer):
    """Training: out = x · keep / (1 - p);  dx = dout · keep / (1 - p).

    p is the probability that an entry is dropped: keep, drawn from rng at
    each forward, is then 0, else 1. Evaluation: out = x, dx = dout.
    Srivastava et al. (2014).
    """

    def __init__(self, p, rng):
        check_rng(rng)
        self.p, self.rng = check_share(p, "p"), rng
        self.sizes = (p,)

    def forward(self, x):
        require(x.dtype.kind == "f", self, x, "floating-point numbers")
        self.x, self.scale = x, x.dtype.type(1)
        if self.training:
            keep = self.rng.random(x.shape, np.float32) >= self.p
            self.scale = keep / x.dtype.type(1 - self.p)
        return x * self.scale

    def backward(self, dout):
        check_dout(self, dout)
        return dout * self.scale


class BatchNorm(Layer):
    """out = gamma x̂ + beta,  x̂ = (x - mean) / std,  std = √(var + eps).

    x (N, n), or (N, n, H, W) with one mean and variance a channel. Training
    takes them from the batch, and moves the running `mean` and `var` (the
    unbiased one, as in PyTorch) towards them by the share `momentum`;
    evaluation takes the running ones. Over the M entries of a feature,
    dbeta = Σ dout and dgamma = Σ dout x̂; in training
    dx = gamma / std · (dout - (dbeta + x̂ dgamma) / M), in evaluation
    gamma / std · dout. Ioffe and Szegedy (2015).
    """

    names, buffers = ("gamma", "beta"), ("mean", "var")
    dgamma = dbeta = None

    def __init__(self, n, momentum=0.1, eps=1e-5):
        check_sizes(n=n)
        self.sizes, self.eps = (n,), check_rate(eps, "eps")
        self.momentum = check_share(momentum, "momentum")
        self.gamma, self.var = np.ones((2, n), np.float32)
        self.beta, self.mean = np.zeros((2, n), np.float32)

    def forward(self, x):
        check_x(self, x, *self.sizes, *"HW"[:x.ndim - 2])
        fits = len(x) > 1 or not self.training
        require(fits, self, x, "a batch of two or more, to train")
        self.x, x = x, np.moveaxis(x, 1, -1)  # (N, n) or (N, H, W, n)
        self.axes, self.M = tuple(range(x.ndim - 1)), math.inf
        mean, var = self.mean, self.var
        if self.training:
            mean, var = x.mean(self.axes), x.var(self.axes)
            self.M = x.size // len(mean)
            self.mean += self.momentum * (mean - self.mean)
            unbiased = var * (self.M / (self.M - 1))
            self.var += self.momentum * (unbiased - self.var)
        self.std = np.sqrt(var + self.eps)
        self.x_hat = (x - mean) / self.std
        return np.moveaxis(self.gamma * self.x_hat + self.beta, -1, 1)

    def backward(self, dout):
        check_dout(self, dout)
        dout = np.moveaxis(dout, 1, -1)
        self.dbeta = dout.sum(self.axes)
        self.dgamma = (dout * self.x_hat).sum(self.axes)
        shared = (self.dbeta + self.x_hat * self.dgamma) / self.M
        return np.moveaxis(self.gamma / self.std * (dout - shared), -1, 1)


# ---- 21 convolution ---------------------------------------------------------

def im2col(x, k, stride=1, padding=0):
    """Return the k x k windows of x (N, C, H, W) as columns, in matrices.

    cols (H_out, k k C, W_out N): cols[h] holds the windows of row h of out.
    Only the k shifts along a row are copied. Since the rows then lie one
    after the other, k of them are already the windows of a row of out: cols
    is a view of them, read-only.
    """
    pad = (padding, padding)
    rows = np.pad(x.transpose(2, 1, 3, 0), [pad, (0, 0), pad, (0, 0)])
    W_out = (rows.shape[2] - k) // stride + 1
    rows = np.stack([rows[:, :, j::stride][:, :, :W_out] for j in range(k)],
                    axis=1)  # (H, k, C, W_out, N)
    rows = rows.reshape(len(rows), -1, W_out * len(x))
    windows = sliding_window_view(rows, k, axis=0)[::stride]
    windows = windows.transpose(0, 3, 1, 2)  # (H_out, k, k C, W_out N)
    return windows.reshape(len(windows), -1, W_out * len(x))


def col2im(cols, shape, k, stride=1, padding=0):
    """Return x (N, C, H, W) of this shape: each entry the sum of its copies.

    The transpose of im2col: it takes the gradient of cols back to x.
    """
    N, C, H, W = shape
    H_out, W_out = len(cols), cols.shape[2] // N
    cols = cols.reshape(H_out, k, k * C, W_out * N)
    rows = np.zeros((H + 2 * padding, k * C, W_out * N), cols.dtype)
    for i in range(k):
        rows[i::stride][:H_out] += cols[:, i]
    rows = rows.reshape(len(rows), k, C, W_out, N)
    x = np.zeros((len(rows), C, W + 2 * padding, N), cols.dtype)
    for j in range(k):
        x[:, :, j::stride][:, :, :W_out] += rows[:, j]
    x = x[padding:padding + H, :, padding:padding + W]
    return x.transpose(3, 1, 0, 2)


class Conv2D(Linear):
    """out[n, o, h, w] = b[o] + Σ_cij W[o, c, i, j] x[n, c, s h + i, s w + j].

    x (N, n_in, H, W), with `padding` rows and columns of zeros round it;
    W (n_out, n_in, k, k), b (n_out,), s = stride;
    out (N, n_out, H_out, W_out), H_out = ⌊(H + 2 padding - k) / s⌋ + 1. In
    matrices: out = W cols + b, dWᵀ = cols doutᵀ, dcols = Wᵀ dout.
    """

    def __init__(self, n_in, n_out, k, rng, stride=1, padding=0, init=None):
        check_sizes(n_in=n_in, k=k, stride=stride)
        check_sizes(0, padding=padding)
        super().__init__(n_in * k * k, n_out, rng, init)
        self.W = self.W.reshape(n_out, n_in, k, k)
        self.window = k, stride, padding
        self.sizes = n_in, n_out, k, f"stride={stride}", f"padding={padding}"

    def rows(self):
        """W as (n_out, k k n_in), in the order of cols."""
        return self.W.transpose(0, 2, 3, 1).reshape(len(self.W), -1)

    def forward(self, x):
        check_x(self, x, self.W.shape[1], "H", "W")
        check_images(self, x, self.window[0], self.window[2])
        self.x, self.cols = x, im2col(x, *self.window)
        out = self.rows() @ self.cols + self.b[:, None]
        out = out.reshape(*out.shape[:2], -1, len(x)).transpose(3, 1, 0, 2)
        self.tail = out.shape[1:]
        return out

    def gradients(self, dout):
        check_dout(self, dout)
        n_out, n_in, k, _ = self.W.shape
        dout = dout.transpose(2, 1, 3, 0).reshape(len(self.cols), n_out, -1)
        dW = (self.cols @ dout.transpose(0, 2, 1)).sum(axis=0)
        self.dW = dW.reshape(k, k, n_in, n_out).transpose(3, 2, 0, 1)
        self.db = dout.sum(axis=(0, 2))
        return dout

    def backward(self, dout):
        dcols = self.rows().T @ self.gradients(dout)
        return col2im(dcols, self.x.shape, *self.window)


class MaxPool2D(Layer):
    """out: the largest entry of each k x k window; windows do not overlap.

    x (N, C, H, W), out (N, C, ⌊H / k⌋, ⌊W / k⌋): what is left over at the
    right and at the bottom is not read. dx: dout where the largest entry was,
    the first of ties, row by row, as in PyTorch; 0 elsewhere.
    """

    def __init__(self, k):
        check_sizes(k=k)
        self.sizes = (k,)

    def entries(self, x):
        """Return k k views of x: entry i, j of every window."""
        (k,), (H, W) = self.sizes, x.shape[2:]
        return [x[:, :, i:H - H % k:k, j:W - W % k:k]
                for i in range(k) for j in range(k)]

    def forward(self, x):
        check_images(self, x, *self.sizes)
        out = reduce(np.maximum, self.entries(x), -math.inf)
        self.x, self.tail = x, out.shape[1:]
        return out

    def backward(self, dout):
        check_dout(self, dout)
        out, dx = self.forward(self.x), np.zeros_like(self.x)
        for entry, dentry in zip(self.entries(self.x), self.entries(dx)):
            np.multiply(dout, entry == out, out=dentry)
            dout = dout - dentry  # what one entry took, no later one gets
        return dx


class Flatten(Layer):
    """out (N, C H W): each image x[n] (C, H, W) as one row; dx like x."""

    def forward(self, x):
        check_images(self, x, 1)
        self.x, self.tail = x, (x[0].size,)
        return np.array(x, order="C").reshape(len(x), *self.tail)

    def backward(self, dout):
        check_dout(self, dout)
        dx = np.empty_like(self.x)  # in the order in memory of x
        dx[...] = dout.reshape(dx.shape)
        return dx


# ---- 22 recurrence ----------------------------------------------------------

class RNN(Linear):
    """h[t] = tanh(W [x[t], h[t - 1]] + b),  t = 1 ... T;  out holds them all.

    x (N, T, n_in), W (n, n_in + n), b (n,), out (N, T, n). h[0] is `h0` (n,):
    zeros at first, and learnt like a bias. From the last step to the first,
    dz = (dout[t] + dh) (1 - h[t]²) and [dx[t], dh] = dz W: each step hands
    its dh to the step before it. dW and db are sums over the steps.
    """

    names, dh0 = ("W", "b", "h0"), None
    gradients = Layer.gradients

    def __init__(self, n_in, n, rng, init=None):
        check_sizes(n_in=n_in, n=n)
        super().__init__(n_in + n, n, rng, init or xavier_normal)
        self.sizes, self.h0 = (n_in, n), np.zeros_like(self.b)

    def forward(self, x):
        check_x(self, x, "T", self.sizes[0])
        self.x, self.seen, self.tail = x, [], (x.shape[1], len(self.b))
        h = np.tile(self.h0, (len(x), 1))
        for t in range(x.shape[1]):
            x_h = np.concatenate([x[:, t], h], axis=1)  # (N, n_in + n)
            h = np.tanh(x_h @ self.W.T + self.b)  # (N, n)
            self.seen.append((x_h, h))
        return np.stack([h for _, h in self.seen], axis=1)

    def backward(self, dout):
        check_dout(self, dout)
        n_in = self.sizes[0]
        self.dW, self.db, dh, dx = 0, 0, 0, np.empty_like(self.x)
        for t, (x_h, h) in reversed(list(enumerate(self.seen))):
            dz = (dout[:, t] + dh) * (1 - h * h)  # (N, n)
            self.dW = self.dW + dz.T @ x_h
            self.db = self.db + dz.sum(axis=0)
            dx_h = dz @ self.W  # (N, n_in + n)
            dx[:, t], dh = dx_h[:, :n_in], dx_h[:, n_in:]
        self.dh0 = dh.sum(axis=0)
        return dx


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
