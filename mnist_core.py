"""A neural network in NumPy: every formula of the book as code, in the order of its chapters.

N examples, D features, C classes; a batch stacks its examples as rows. `W` has shape (n_out, n_in),
and a gradient `dW` has the shape of its `W`. The loss is the mean over the batch: the 1/N lives in
`dlogits` and nowhere else. Randomness is passed in, as `rng = np.random.default_rng(seed)`.
float32 trains, float64 checks.

    python mnist_core.py        # trains on MNIST, prints a line an epoch, fails below 97 %
"""

import copy
import io
import math
import time
import zlib
from collections import namedtuple
from contextlib import contextmanager
from pathlib import Path

import numpy as np

DATA = Path(__file__).resolve().parent / "data"


# ---- 01 digits as numbers ------------------------------------------------------------------------

def require(condition, name, given, wanted, *details):
    """Raise ValueError unless the condition holds; an array is shown by its shape and type.

    `details` go into the {} of `wanted`, and only if needed: formatting costs time in every step.
    """
    if not condition:
        if isinstance(given, np.ndarray):
            given = f"{given.shape} of {given.dtype}"
        wanted = wanted.format(*details) if details else wanted
        raise ValueError(f"{name}: given {given!s:.300}, wanted {wanted}")


def read_idx(path):
    """Return the uint8 array in an IDX file, gzipped or raw: told by its bytes, not by its name.

    Two zero bytes, the type (8: unsigned bytes), the number of axes; the size of each axis as a
    big-endian 32-bit integer; then the entries, row by row (LeCun, Cortes and Burges, "The MNIST
    database"). ValueError, with the file's name, for anything else, or a byte too few or too many.
    """
    data = Path(path).read_bytes()
    if data[:2] == b"\x1f\x8b":  # the mark of gzip
        unzip = zlib.decompressobj(wbits=31)  # 31: a gzip header, and a checksum that must be right
        try:
            data = unzip.decompress(data)
        except zlib.error as error:
            raise ValueError(f"{path}: given bad gzip ({error}), wanted a whole file") from error
        require(unzip.eof, path, f"gzip cut short, {len(data)} bytes in it", "a whole file")
        require(not unzip.unused_data, path, f"{len(unzip.unused_data)} bytes too many", "none")
    start = 4 + 4 * int.from_bytes(data[3:4])  # where the entries begin, after 1 to 4 axes
    require(data[:3] == b"\0\0\x08" and 4 < start <= min(20, len(data)), path, data[:40], "IDX")
    shape = tuple(np.frombuffer(data[4:start], ">u4").tolist())
    size = start + math.prod(shape)
    require(len(data) == size > start, path, f"{len(data)} bytes", f"{size} for shape {shape}")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape).copy()


def load_mnist(folder=DATA):
    """Return X_train (60000, 784), y_train (60000,), X_test (10000, 784), y_test (10000,).

    Pixels are float32 from 0 (paper) to 1 (ink), labels int64 from 0 to 9. Reads the four IDX files
    in `folder`, gzipped or not; ValueError, with the file's name, when one holds something else.
    """
    arrays = []
    for part, N in ("train", 60_000), ("t10k", 10_000):
        for kind, shape in ("images-idx3-ubyte", (N, 28, 28)), ("labels-idx1-ubyte", (N,)):
            raw = Path(folder) / f"{part}-{kind}"
            path = raw if raw.exists() else raw.with_suffix(".gz")
            array = read_idx(path)
            require(array.shape == shape, path, array, shape)
            if kind.startswith("labels"):
                require(array.max() < 10, path, f"a label {array.max()}", "0 to 9")
                arrays.append(array.astype(np.int64))
            else:
                arrays.append(np.divide(array.reshape(N, 784), np.float32(255)))
    return tuple(arrays)


def check_labels(y, N, C=math.inf):
    """Return y as an array; ValueError unless it holds N > 0 integers from 0 to C - 1."""
    y = np.asarray(y)
    fits = N > 0 and y.shape == (N,) and np.issubdtype(y.dtype, np.integer)
    require(fits, "labels", y, "({},) integers", N or "N > 0")
    low, high = int(y.min()), int(y.max())
    require(0 <= low and high < C, "labels", (low, high), "0 to {} - 1", C)
    return y


def accuracy(logits, y):
    """Return the fraction of rows of logits (N, C) whose largest entry is at the label, y (N,)."""
    logits = np.asarray(logits)
    require(logits.ndim == 2, "accuracy", logits, "logits (N, C)")
    y = check_labels(y, *logits.shape)
    return float((logits.argmax(axis=1) == y).mean())


# ---- 04 softmax ----------------------------------------------------------------------------------

def softmax(logits):
    """p[n, c] = exp(logits[n, c]) / Σ_k exp(logits[n, k]): (N, C) -> (N, C), or (C,) -> (C,).

    Subtracting a row's largest logit changes nothing, and keeps exp from overflowing.
    """
    logits = np.asarray(logits) * 1.0  # whole numbers become float64
    require(logits.ndim in (1, 2) and logits.size > 0, "softmax", logits, "(N, C) or (C,)")
    odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)


# ---- 05 cross-entropy ----------------------------------------------------------------------------

def softmax_cross_entropy(logits, y):
    """With p = softmax(logits): loss = -(1/N) Σ_n ln p[n, y[n]];  dlogits = (p - onehot(y)) / N.

    logits (N, C), y (N,) integers from 0 to C - 1; the loss is a float, dlogits is (N, C).
    """
    logits = np.asarray(logits) * 1.0  # whole numbers become float64
    require(logits.ndim == 2, "softmax_cross_entropy", logits, "logits (N, C)")
    y = check_labels(y, *logits.shape)
    N, rows = len(y), np.arange(len(y))
    shifted = logits - logits.max(axis=1, keepdims=True)  # (N, C)
    odds = np.exp(shifted)  # (N, C)
    total = odds.sum(axis=1, keepdims=True)  # (N, 1)
    loss = (np.log(total[:, 0]) - shifted[rows, y]).sum() / N
    dlogits = odds / total  # p, (N, C)
    dlogits[rows, y] -= 1
    return float(loss), dlogits / N


# ---- 07 backpropagation --------------------------------------------------------------------------

class Layer:
    """out = forward(x); dx = backward(dout), given dout = ∂L/∂out, sets the gradients on the way.

    A layer names its parameters in `names` ("W" has its gradient in `dW`), what else to save in
    `buffers`, and the layers inside it in `layers`. It never changes x or dout.
    """

    names = buffers = layers = ()
    training, x = True, None

    def gradients(self, dout):
        """Set the gradients of the parameters alone: the first layer's dx is read by nobody."""
        self.backward(dout)

    def walk(self):
        """Yield this layer, then the layers inside it."""
        yield self
        for layer in self.layers:
            yield from layer.walk()

    def parameters(self):
        """Return [(W, dW), ...], the arrays themselves; dW is None before the first backward."""
        owners = [(layer, name) for layer in self.walk() for name in layer.names]
        return [(getattr(layer, name), getattr(layer, "d" + name)) for layer, name in owners]

    def state(self):
        """Return {name: array} of all that is to be saved, the arrays themselves: "0.W", "0.b"."""
        state = {name: getattr(self, name) for name in self.names + self.buffers}
        for i, layer in enumerate(self.layers):
            state |= {f"{i}.{name}": array for name, array in layer.state().items()}
        return state

    def astype(self, dtype):
        """Turn every array into this floating-point type; forget x and gradients; return self."""
        require(np.issubdtype(dtype, np.floating), "astype", dtype, "a floating-point type")
        for layer in self.walk():
            for name in layer.names + layer.buffers:
                setattr(layer, name, getattr(layer, name).astype(dtype))
            vars(layer).update({"x": None} | {"d" + name: None for name in layer.names})
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

    x (N, n_in), W (n_out, n_in), b (n_out,), out (N, n_out). W = init((n_out, n_in), rng), b = 0;
    init is he_normal unless another is given.
    """

    names = ("W", "b")
    dW = db = None

    def __init__(self, n_in, n_out, rng, init=None):
        check_sizes(n_in=n_in, n_out=n_out)
        self.W = (init or he_normal)((n_out, n_in), rng)
        require(self.W.shape == (n_out, n_in), "init", self.W, (n_out, n_in))
        self.b = np.zeros(n_out, self.W.dtype)

    def forward(self, x):
        fits = x.shape[1:] == self.W.shape[1:] and len(x) > 0 and x.dtype == self.W.dtype
        require(fits, self, x, "x (N, {}) of {}", self.W.shape[1], self.W.dtype)
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
    """out = max(x, 0);  dx = dout where x > 0, else 0, at the kink too. x has any shape."""

    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)

    def backward(self, dout):
        check_dout(self, dout, self.x, np.shape(self.x)[1:])
        return dout * (self.x > 0)


class Sequential(Layer):
    """Forward, a layer's out is the next one's x; backward, its dx is the last one's dout."""

    def __init__(self, *layers):
        require(layers and all(isinstance(x, Layer) for x in layers), "layers", layers, "Layers")
        inner = [inner for layer in layers for inner in layer.walk()]
        require(len(set(inner)) == len(inner), "layers", "a layer twice", "each layer once")
        self.layers = layers

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


def check_sizes(**sizes):
    """Raise ValueError, with the name, unless every size is an integer above 0."""
    for name, size in sizes.items():
        require(isinstance(size, (int, np.integer)) and size > 0, name, repr(size), "1, 2, 3, ...")


def check_dout(layer, dout, x, tail):
    """Raise ValueError unless the layer has seen an x and dout is (N, *tail) of x's type."""
    require(x is not None, layer, "backward", "a forward before it")
    fits = dout.shape == (len(x), *tail) and dout.dtype == x.dtype
    require(fits, layer, dout, "dout {} of {}", (len(x), *tail), x.dtype)


# ---- 08 checking gradients -----------------------------------------------------------------------

def numerical_gradient(f, x, h=1e-5):
    """Return (f(x + h e) - f(x - h e)) / 2h for every entry e of x: the shape of x, float64.

    x is nudged in place and put back, so f may read it from anywhere. An entry is nan where f has a
    kink within h: there halving h does not divide the second difference by 4, as in a smooth f.
    """
    require(isinstance(x, np.ndarray) and x.dtype == np.float64, "x", x, "an array of float64")
    gradient, middle = np.empty_like(x), float(f(x))
    for i in np.ndindex(x.shape):
        kept, around = x[i], {}
        try:
            for nudge in (h, -h, h / 2, -h / 2):
                x[i] = kept + nudge
                around[nudge] = float(f(x))
        finally:
            x[i] = kept
        whole, half = (around[a] - 2 * middle + around[-a] for a in (h, h / 2))
        kink = abs(whole - 4 * half) > (1e-12 + h**3) * max(1, abs(middle))
        gradient[i] = math.nan if kink else (around[h] - around[-h]) / (2 * h)
    return gradient


def gradient_check(layer, x, rng):
    """Return the largest relative error |a - n| / max(|a|, |n|, 0.001) of dx and of every dW, db.

    a is what backward says, n the numerical gradient of L = Σ out · dout, with dout drawn from rng.
    Works in float64 on copies, so dropout draws the same mask each time and the layer is left as it
    was. Skips the entries at a kink and prints their number; ValueError if it is more than half.
    """
    x, layer = np.array(x, np.float64), copy.deepcopy(layer).astype(np.float64)
    taught = copy.deepcopy(layer)
    dout = rng.standard_normal(taught.forward(x).shape)
    gradients = [taught.backward(dout)] + [dW for _, dW in taught.parameters()]
    arrays = [x] + [W for W, _ in layer.parameters()]
    shapes = [[np.shape(array) for array in group] for group in (gradients, arrays)]
    require(shapes[0] == shapes[1], layer, f"gradients {shapes[0]}", shapes[1])

    def loss(_):
        return (copy.deepcopy(layer).forward(x) * dout).sum()

    a = np.concatenate([gradient.ravel() for gradient in gradients])
    n = np.concatenate([numerical_gradient(loss, array).ravel() for array in arrays])
    smooth = ~np.isnan(n)
    if not smooth.all():
        print(f"gradient_check: skipped {(~smooth).sum()} of {n.size} entries, at a kink")
    require(2 * smooth.sum() >= n.size, layer, "an x with most entries at a kink", "another x")
    errors = abs(a - n) / np.maximum(np.maximum(abs(a), abs(n)), 1e-3)
    return float(errors[smooth].max())


# ---- 09 descent and mini-batches -----------------------------------------------------------------

def minibatches(X, y, batch_size, rng):
    """Yield (X_batch, y_batch) in one shuffled pass: every row once, with its label.

    The last batch is smaller where batch_size does not divide N.
    """
    y = check_labels(y, len(X))
    check_sizes(batch_size=batch_size)
    check_rng(rng)
    order = rng.permutation(len(X))
    return ((X[i], y[i]) for i in np.split(order, range(batch_size, len(X), batch_size)))


class SGD:
    """W <- W - lr · dW for every parameter of the model. `lr` may be changed at any time."""

    def __init__(self, model, lr):
        self.model, self.lr = model, check_rate(lr)

    def step(self):
        lr = check_rate(self.lr)
        for W, dW in self.model.parameters():
            require(np.shape(dW) == W.shape, "step", dW, "a gradient {}, by backward", W.shape)
            W -= lr * dW


def check_rate(lr):
    """Return the learning rate as a float; ValueError unless it is a finite number, 0 or above."""
    fits = isinstance(lr, (int, float, np.number)) and 0 <= lr < math.inf
    require(fits, "rate", repr(lr), "a finite number, 0 or above")
    return float(lr)


def check_rng(rng):
    """Raise ValueError unless rng is a NumPy Generator."""
    require(isinstance(rng, np.random.Generator), "rng", rng, "np.random.default_rng(seed)")


# ---- 10 where to start ---------------------------------------------------------------------------

def zeros(shape, rng):
    """Return float32 zeros; rng is there since every initialiser is called init(shape, rng)."""
    return np.zeros(shape, np.float32)


def normal(std):
    """Return an initialiser: normally distributed, mean 0, standard deviation std."""
    require(0 <= std < math.inf, "std", std, "a finite number, 0 or above")

    def init(shape, rng):
        check_rng(rng)
        return rng.standard_normal(shape, dtype=np.float32) * np.float32(std)

    return init


def fans(shape):
    """Return (n_in, n_out) of W (n_out, n_in), or of kernels (n_out, channels, height, width)."""
    return math.prod(shape[1:]), shape[0] * math.prod(shape[2:])


def xavier_normal(shape, rng):
    """Draw with variance 2 / (n_in + n_out), for tanh: Glorot and Bengio (2010)."""
    return normal(math.sqrt(2 / sum(fans(shape))))(shape, rng)


def he_normal(shape, rng):
    """Draw with variance 2 / n_in, for ReLU: He et al. (2015)."""
    return normal(math.sqrt(2 / fans(shape)[0]))(shape, rng)


# ---- 11 the whole network ------------------------------------------------------------------------

# One step of training. `seconds` counts training alone; None stands for not measured.
Record = namedtuple("Record", "step epoch loss lr seconds val_loss val_accuracy")


@contextmanager
def mode(model, training):
    """Train (True) or evaluate (False) for a `with` block, then put each layer back as it was."""
    before = [(layer, layer.training) for layer in model.walk()]
    for layer, _ in before:
        layer.training = training
    try:
        yield
    finally:
        for layer, was in before:
            layer.training = was


def train_step(model, optimiser, X, y):
    """One step of learning: forward, loss, backward, step. Return the loss before the step."""
    with mode(model, training=True), np.errstate(over="ignore", invalid="ignore"):
        logits = model.forward(X)
        loss, dlogits = softmax_cross_entropy(logits, y)
        model.gradients(dlogits)
        optimiser.step()
    return loss


def fit(model, optimiser, X, y, *, epochs, batch_size, rng,
        schedule=None, validation=None, validate_every=None):
    """Train, and yield a Record after each step: `for record in fit(...)`, or `list(fit(...))`.

    schedule(step), step from 0, sets the learning rate before each step. validation = (X, y) is
    evaluated every `validate_every` steps, or once an epoch. Closing the generator stops training.
    ValueError, at the call, for bad arguments; FloatingPointError, naming step and learning rate,
    when the loss is no longer finite.
    """
    check_data(model, X, y)
    check_rng(rng)
    check_sizes(epochs=epochs, batch_size=batch_size)
    every = math.ceil(len(X) / batch_size) if validate_every is None else validate_every
    check_sizes(validate_every=every)
    require(optimiser.model is model, "fit", "an optimiser of another model", "one of this model")
    require(schedule is None or callable(schedule), "schedule", schedule, "a function of the step")
    if validation is not None:
        check_data(model, *validation)

    def records():
        step, seconds, start = 0, 0.0, time.perf_counter()
        for epoch in range(1, epochs + 1):
            for X_batch, y_batch in minibatches(X, y, batch_size, rng):
                optimiser.lr = schedule(step) if schedule else optimiser.lr
                loss, step = train_step(model, optimiser, X_batch, y_batch), step + 1
                if not math.isfinite(loss):
                    raise FloatingPointError(f"loss {loss} at step {step}, lr {optimiser.lr:g}")
                seconds += time.perf_counter() - start
                due = validation is not None and step % every == 0
                measured = evaluate(model, *validation) if due else (None, None)
                yield Record(step, epoch, loss, optimiser.lr, seconds, *measured)
                start = time.perf_counter()

    return records()


def predict(model, X):
    """Return the logits (N, C) of X in evaluation mode, 1,000 rows at a time to spare memory."""
    require(len(X) > 0, "predict", "no examples", "one or more")
    with mode(model, training=False):
        return np.concatenate([model.forward(X[i:i + 1000]) for i in range(0, len(X), 1000)])


def evaluate(model, X, y):
    """Return (loss, accuracy) on all of X, y."""
    check_data(model, X, y)
    logits = predict(model, X)
    return softmax_cross_entropy(logits, y)[0], accuracy(logits, y)


def check_data(model, X, y):
    """Raise ValueError unless X holds finite examples that fit the model, y a label for each."""
    fits = isinstance(X, np.ndarray) and X.ndim > 1 and X.dtype.kind == "f"
    require(fits, "X", X, "floating-point examples (N, ...)")
    require(np.isfinite(X).all(), "X", "nan or infinity", "finite numbers")
    check_labels(y, len(X), predict(model, X[:1]).shape[1])


def save(path, model):
    """Write the model's arrays as .npz, without pickle: first beside `path`, then renamed."""
    beside = Path(path).with_name(Path(path).name + ".partial")
    try:
        with beside.open("wb") as file:
            np.savez(file, allow_pickle=False, model=repr(model), **model.state())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def load(path, model):
    """Fill the model, made as it was when saved; ValueError, and no change, if it doesn't fit."""
    data = io.BytesIO(Path(path).read_bytes())
    try:
        with np.lib.npyio.NpzFile(data) as file:
            saved = dict(file)
    except Exception as error:  # a damaged zip file raises errors of a dozen kinds
        raise ValueError(f"{path}: given a damaged file ({error}), wanted one by save") from error
    architecture = str(saved.pop("model", "no model"))
    require(architecture == repr(model), path, architecture, model)
    given, wanted = ({name: f"{a.shape} of {a.dtype}" for name, a in arrays.items()}
                     for arrays in (saved, model.state()))
    require(given == wanted, path, given, wanted)
    for name, array in model.state().items():
        array[...] = saved[name]


# ---- 12 learning-rate schedules ------------------------------------------------------------------
# Each returns a function of the step, counted from 0, that gives the learning rate of that step.

def step_decay(lr, every, factor):
    """lr · factor^⌊step / every⌋: times `factor` at every `every`-th step."""
    check_decay(lr, every, factor)
    return lambda step: lr * factor ** (step // every)


def linear_decay(lr, steps):
    """lr · (1 - step / steps): in a straight line to 0 after `steps` steps."""
    check_decay(lr, steps)
    return lambda step: lr * max(0.0, 1 - step / steps)


def exponential_decay(lr, steps, factor):
    """lr · factor^(step / steps): the same ratio each step, `factor` in all after `steps`."""
    check_decay(lr, steps, factor)
    return lambda step: lr * factor ** (step / steps)


def cosine_decay(lr, steps):
    """lr · (1 + cos(π step / steps)) / 2: half a wave down to 0. Loshchilov and Hutter (2017)."""
    check_decay(lr, steps)
    return lambda step: lr * (1 + math.cos(math.pi * min(1.0, step / steps))) / 2


def warmup(schedule, steps):
    """schedule(step) · min(1, (step + 1) / steps): a straight climb at the start."""
    check_sizes(steps=steps)
    return lambda step: schedule(step) * min(1.0, (step + 1) / steps)


def check_decay(lr, steps, factor=0):
    """Raise ValueError unless lr and factor are finite, 0 or above, and steps is 1, 2, 3, ..."""
    check_rate(lr)
    check_rate(factor)
    check_sizes(steps=steps)


# ---- the whole program ---------------------------------------------------------------------------

def main(seed=0, epochs=5, batch_size=32, lr=0.25):
    """Train 784-128-10 on the first 50,000 digits, a line an epoch; return the test accuracy."""
    X_train, y_train, X_test, y_test = load_mnist()
    X, y, validation = X_train[:50_000], y_train[:50_000], (X_train[50_000:], y_train[50_000:])
    rng = np.random.default_rng(seed)
    net = Sequential(Linear(784, 128, rng), ReLU(), Linear(128, 10, rng))
    schedule = linear_decay(lr, epochs * math.ceil(len(X) / batch_size))
    for r in fit(net, SGD(net, lr), X, y, epochs=epochs, batch_size=batch_size, rng=rng,
                 schedule=schedule, validation=validation):
        if r.val_loss is not None:
            print(f"epoch {r.epoch}  {r.seconds:.1f} s  validation accuracy {r.val_accuracy:.2%}")
    test_accuracy = evaluate(net, X_test, y_test)[1]
    print(f"test accuracy {test_accuracy:.2%}")
    return test_accuracy


if __name__ == "__main__":
    raise SystemExit(main() < 0.97)
