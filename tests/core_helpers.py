"""What the tests of the core share: small layers, IDX files made by hand, and checks of a module.

A check takes the module to judge. The tests run it on mnist_core, and test_core_mutations.py runs
the same check on copies of mnist_core with one fault in each.
"""

import contextlib
import gzip
import itertools
import math
import struct
import tempfile
import types
from pathlib import Path

import numpy as np

import mnist_core

SOURCE = Path(mnist_core.__file__)
DATA = SOURCE.parent / "data"
FILES = [f"{part}-{kind}-ubyte.gz" for part in ("train", "t10k")
         for kind in ("images-idx3", "labels-idx1")]


# ---- layers for tests alone ----------------------------------------------------------------------

class Spying:
    """Passes everything on, and notes in which mode it ran. Mixed into the Layer of a module."""

    def __init__(self):
        self.seen = []

    def forward(self, x):
        self.seen.append(self.training)
        return x.copy()

    def backward(self, dout):
        return dout.copy()


class Spy(Spying, mnist_core.Layer):
    pass


class Frozen(np.random.Generator):
    """Draws the same numbers at each call, so that dropout keeps its mask."""

    def random(self, *arguments):
        return np.random.Generator(np.random.PCG64(1)).random(*arguments)


# ---- networks, files, slow truths ----------------------------------------------------------------

def network(core, rng, *sizes, dtype=np.float32):
    """Linear layers of these sizes with ReLU between, and no bias at zero: zeros hide faults."""
    layers = []
    for n_in, n_out in zip(sizes, sizes[1:], strict=False):
        linear = core.Linear(n_in, n_out, rng)
        linear.b[...] = rng.uniform(0.1, 1, n_out) * rng.choice([-1, 1], n_out)
        layers += [linear, core.ReLU()]
    return core.Sequential(*layers[:-1]).to(dtype)


def convolutional(core, rng, dtype=np.float32):
    """A network of images (N, 2, 5, 4), with no parameter at zero.

    Batch norm comes after the bend: right after a bias, it takes away all of that bias's gradient.
    """
    net = core.Sequential(core.Conv2D(2, 3, 3, rng, padding=1), core.ReLU(), core.BatchNorm(3),
                          core.MaxPool2D(2), core.Flatten(), core.Dropout(0.3, rng),
                          core.Linear(12, 5, rng), core.Tanh(), core.BatchNorm(5),
                          core.Linear(5, 3, rng))
    return disturbed(net, rng).to(dtype)


def disturbed(model, rng):
    """The model with its saved arrays nudged: zeros and ones hide faults. No variance below 0."""
    for array in model.state().values():
        array += rng.uniform(0.1, 0.4, array.shape).astype(array.dtype)
    return model


# Every layer: how it's made, and the shape of one example.
LAYERS = {
    "Linear": (lambda core, rng: core.Linear(4, 6, rng), (4,)),
    "ReLU": (lambda core, rng: core.ReLU(), (4,)),
    "Sigmoid": (lambda core, rng: core.Sigmoid(), (4,)),
    "Tanh": (lambda core, rng: core.Tanh(), (4,)),
    "Sequential(ReLU)": (lambda core, rng: core.Sequential(core.ReLU()), (4,)),
    "network": (lambda core, rng: network(core, rng, 4, 6, 5), (4,)),
    "nested": (lambda core, rng: core.Sequential(core.ReLU(), network(core, rng, 4, 6, 5),
                                                 core.ReLU()), (4,)),
    "Dropout": (lambda core, rng: core.Dropout(0.4, Frozen(rng.bit_generator)), (4, 3)),
    "Dropout, evaluating": (lambda core, rng: core.Dropout(0.4, rng).eval(), (4,)),
    "BatchNorm": (lambda core, rng: disturbed(core.BatchNorm(4), rng), (4,)),
    "BatchNorm, evaluating": (lambda core, rng: disturbed(core.BatchNorm(4), rng).eval(), (4,)),
    "BatchNorm of images": (lambda core, rng: disturbed(core.BatchNorm(2), rng), (2, 3, 4)),
    "Conv2D": (lambda core, rng: disturbed(core.Conv2D(2, 3, 2, rng), rng), (2, 3, 4)),
    "Conv2D, strided": (lambda core, rng: disturbed(
        core.Conv2D(2, 3, 3, rng, stride=2, padding=1), rng), (2, 6, 5)),
    "MaxPool2D": (lambda core, rng: core.MaxPool2D(2), (2, 5, 4)),
    "MaxPool2D of one": (lambda core, rng: core.MaxPool2D(1), (2, 3, 2)),
    "Flatten": (lambda core, rng: core.Flatten(), (2, 3, 4)),
    "RNN": (lambda core, rng: disturbed(core.RNN(3, 4, rng), rng), (2, 3)),
    "convolutional": (lambda core, rng: convolutional(core, Frozen(rng.bit_generator)), (2, 5, 4)),
}


def problem(rng, N=12, D=4, C=3, dtype=np.float32):
    """Random examples with random labels."""
    return rng.standard_normal((N, D)).astype(dtype), rng.integers(0, C, N)


def snapshot(model):
    """Copies of every saved array."""
    return {name: array.copy() for name, array in model.state().items()}


def restore(model, before):
    """Put these copies back into the model's arrays."""
    for name, array in model.state().items():
        array[...] = before[name]


def same_state(model, before):
    """Does the model hold these arrays bit for bit, each in its dtype?"""
    now = model.state()
    return now.keys() == before.keys() and all(
        now[name].dtype == before[name].dtype and now[name].tobytes() == before[name].tobytes()
        for name in before)


def idx_bytes(array):
    """An IDX file, written from its description and not with the code under test."""
    out = bytearray([0, 0, 8, array.ndim])
    for size in array.shape:
        out += struct.pack(">I", size)
    for entry in array.ravel().tolist():
        out.append(entry)
    return bytes(out)


def written(data, name="digits"):
    """The path of a new file that holds these bytes."""
    path = Path(tempfile.mkdtemp(dir=written.folder)) / name
    path.write_bytes(data)
    return path


written.folder = None  # set by a test to its tmp_path; None stands for the system's


def naive_loss(logits, y):
    """Cross-entropy of softmax, one example at a time, in plain Python."""
    losses = []
    for row, label in zip(logits.tolist(), y, strict=True):
        top = max(row)
        losses.append(math.log(math.fsum(math.exp(z - top) for z in row)) + top - row[label])
    return math.fsum(losses) / len(losses)


def mutant(old, new):
    """mnist_core with one piece of its text replaced, as a module of its own."""
    text = SOURCE.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the file, not once"
    module = types.ModuleType("mutant")
    module.__file__ = str(SOURCE)
    exec(compile(text.replace(old, new), "mutant", "exec"), vars(module))
    return module


def close(given, wanted, tolerance=1e-12):
    """Assert equal shapes and entries within a tolerance: no broadcasting, nan equals nothing."""
    given, wanted = np.asarray(given), np.asarray(wanted)
    assert given.shape == wanted.shape, f"shape {given.shape}, wanted {wanted.shape}"
    far = ~(abs(given - wanted) <= tolerance * np.maximum(1, abs(wanted)))
    assert not far.any(), f"{given[far]} differ from {wanted[far]}"


def refuses(call, *shown):
    """Call must raise a ValueError whose message shows what was given and what was wanted."""
    try:
        call()
    except ValueError as error:
        message = str(error)
    else:
        raise AssertionError("no ValueError")
    assert "given" in message and "wanted" in message, message
    for piece in shown:
        assert piece in message, message
    assert len(message) < 1000


# ---- checks of an implementation -----------------------------------------------------------------

def check_accuracy(core):
    logits = np.array([[1.0, 3, 2], [9, 1, 1], [0, 0, 5], [2, 7, 1]])
    for y, wanted in ([1, 0, 2, 1], 1.0), ([1, 0, 2, 0], 0.75), ([0, 1, 1, 2], 0.0):
        given = core.accuracy(logits, np.array(y))
        assert given == wanted and type(given) is float


def check_softmax(core):
    close(core.softmax([0, math.log(3)]), [0.25, 0.75])
    close(core.softmax(np.log([[1.0, 2, 5], [3, 3, 4]])), [[0.125, 0.25, 0.625], [0.3, 0.3, 0.4]])
    row = [1 / (1 + math.exp(-1)), 1 / (1 + math.e)]
    close(core.softmax(np.array([[1000, 999], [0, 1]])), [row, row[::-1]])
    with np.errstate(all="raise", under="ignore"):
        assert core.softmax(np.array([[1000.0, 0, -1000]])).tolist() == [[1, 0, 0]]
        big = core.softmax(np.array([[1e4, 0]], np.float32))
        # One maximum for the whole batch would leave 0 / 0 in the second row.
        far = core.softmax(np.array([[1000.0, 1000], [0, 0]]))
    assert big.tolist() == [[1, 0]] and big.dtype == np.float32
    close(far, np.full((2, 2), 0.5))


def check_loss(core):
    # p = (1/4, 3/4) and (1/2, 1/2); labels 0 and 1: the loss is (ln 4 + ln 2) / 2.
    logits = np.array([[0, math.log(3)], [2, 2]])
    loss, dlogits = core.softmax_cross_entropy(logits, np.array([0, 1]))
    assert type(loss) is float
    close(loss, 1.5 * math.log(2))
    close(dlogits, [[-0.375, 0.375], [0.25, -0.25]])
    # Even scores cost ln C whatever the label, and however many examples there are.
    for N, C in (1, 10), (4, 3), (7, 2):
        close(core.softmax_cross_entropy(np.full((N, C), 5.0), np.zeros(N, int))[0], math.log(C))
    with np.errstate(all="raise", under="ignore"):
        loss, dlogits = core.softmax_cross_entropy(np.array([[1000.0, 0], [0, 1000]]), [1, 1])
        # One maximum for the whole batch would leave ln 0 and 0 / 0 in the second row.
        far = core.softmax_cross_entropy(np.array([[1000.0, 1000], [0, 0]]), [0, 1])
    close(loss, 500)
    close(dlogits, [[0.5, -0.5], [0, 0]])
    close(far[0], math.log(2))
    rng = np.random.default_rng(1)
    for N, C in (4, 7), (5, 3), (3, 3):
        logits, y = 3 * rng.standard_normal((N, C)), rng.integers(0, C, N)
        loss, dlogits = core.softmax_cross_entropy(logits, y)
        close(loss, naive_loss(logits, y))
        close(dlogits.sum(axis=1), np.zeros(N))
        close(dlogits, mnist_core.numerical_gradient(lambda z, y=y: naive_loss(z, y), logits), 1e-8)


def check_linear(core):
    rng = np.random.default_rng(2)
    layer = core.Linear(3, 2, rng)
    # Worked by hand, with as many examples as outputs, so that a transposed product would fit.
    layer.W = np.array([[1.0, 2, 3], [4, 5, 6]])
    layer.b = np.array([10.0, 20])
    x, dout = np.array([[1.0, 0, 2], [0, 1, 1]]), np.array([[1.0, 3], [2, 0]])
    close(layer.forward(x), [[17, 36], [15, 31]])
    close(layer.backward(dout), [[13, 17, 21], [2, 4, 6]])
    close(layer.dW, [[1, 2, 4], [3, 0, 6]])
    close(layer.db, [3, 3])
    layer.gradients(2 * dout)  # sets anew, does not add up
    close(layer.dW, [[2, 4, 8], [6, 0, 12]])
    # A square layer: dx = dout W, not dout Wᵀ.
    square = core.Linear(2, 2, rng).to(np.float64)
    square.W[...] = [[1, 2], [3, 4]]
    square.forward(np.ones((1, 2)))
    close(square.backward(np.array([[1.0, 10]])), [[31, 42]])
    # With dout all 1/N every db is 1.
    for N in 1, 7, 64:
        layer.forward(rng.standard_normal((N, 3)))
        layer.gradients(np.full((N, 2), 1 / N))
        close(layer.db, [1, 1])
    for N, n_in, n_out in (4, 3, 5), (5, 3, 5), (3, 3, 3):
        layer = network(core, rng, n_in, n_out)
        assert mnist_core.gradient_check(layer, rng.standard_normal((N, n_in)), rng) < 1e-7


def check_relu(core):
    layer, x = core.ReLU(), np.array([[-1.0, 0, 2], [3, -4, 5]])
    close(layer.forward(x), [[0, 0, 2], [3, 0, 5]])
    close(layer.backward(np.array([[1.0, 1, 1], [7, 8, -9]])), [[0, 0, 1], [7, 0, -9]])
    rng = np.random.default_rng(3)
    assert mnist_core.gradient_check(core.ReLU(), rng.standard_normal((4, 7)), rng) < 1e-7
    x, dout = rng.standard_normal((2, 3, 4, 5))
    kept = x.copy(), dout.copy()
    layer.forward(x)
    layer.backward(dout)
    assert (x == kept[0]).all() and (dout == kept[1]).all()


def check_bend(layer, x, out, dx):
    """The values at x, the gradient for a dout of ones, and the gradient at random numbers."""
    close(layer.forward(x), out)
    close(layer.backward(np.ones_like(x)), dx)
    rng = np.random.default_rng(3)
    x, dout = rng.standard_normal((2, 3, 4))
    layer.forward(x)
    slope = layer.backward(np.ones_like(dout))
    close(layer.backward(dout), dout * slope)
    assert mnist_core.gradient_check(layer, x, rng) < 1e-7


def check_sigmoid(core):
    x = np.log([[1, 3, 1 / 9], [4, 1 / 3, 9]])  # odds p / (1 - p)
    p = np.array([[1 / 2, 3 / 4, 1 / 10], [4 / 5, 1 / 4, 9 / 10]])
    check_bend(core.Sigmoid(), x, p, [[1 / 4, 3 / 16, 9 / 100], [4 / 25, 3 / 16, 9 / 100]])
    assert core.Sigmoid().forward(np.array([-1e4])) == 0


def check_tanh(core):
    x = np.log([[1, 2, 1 / 2], [3, 4, 1 / 3]])
    check_bend(core.Tanh(), x, [[0, 3 / 5, -3 / 5], [4 / 5, 15 / 17, -4 / 5]],
               [[1, 16 / 25, 16 / 25], [9 / 25, 64 / 289, 9 / 25]])


def check_sequential(core):
    """Two layers by hand: out = 2 relu(3 x + 1) - 5 and its gradients, at x = 1 and x = -1."""
    rng = np.random.default_rng(4)
    net = core.Sequential(core.Linear(1, 1, rng), core.ReLU(), core.Linear(1, 1, rng))
    net.to(np.float64)
    for array, value in zip(net.state().values(), (3, 1, 2, -5), strict=True):
        array[...] = value
    close(net.forward(np.array([[1.0], [-1]])), [[3], [-5]])
    close(net.backward(np.array([[1.0], [10]])), [[6], [0]])
    wanted = 2, 2, 4, 11  # dW, db of the first layer, then of the last
    for (_, given), value in zip(net.parameters(), wanted, strict=True):
        close(np.ravel(given), [value])
    net.to(np.float64)
    net.forward(np.array([[1.0], [-1]]))
    net.gradients(np.array([[1.0], [10]]))
    for (_, given), value in zip(net.parameters(), wanted, strict=True):
        close(np.ravel(given), [value])
    net = network(core, rng, 3, 5, 7)
    assert mnist_core.gradient_check(net, rng.standard_normal((4, 3)), rng) < 1e-7


def check_numerical_gradient(core):
    x = np.array([[1.0, -2, 0.5], [3, 0.25, -1]])
    kept = x.copy()
    close(core.numerical_gradient(lambda x: (x ** 3).sum(), x), 3 * x ** 2, 1e-8)
    assert (x == kept).all()
    close(core.numerical_gradient(lambda x: x[0, 0] * x[1, 2], x), [[-1, 0, 0], [0, 0, 1]], 1e-8)
    # Large terms that cancel leave rounding errors, and no kink.
    given = core.numerical_gradient(lambda x: x[0] ** 2 - x[1] ** 2, np.array([1.3, 1.3]))
    close(given, [2.6, -2.6], 1e-8)
    # A kink within h of the point is told apart, one further off is not.
    given = core.numerical_gradient(lambda x: np.maximum(x, 0).sum(),
                                    np.array([0.0, 1e-7, -9e-6, 1e-4, -1e-4]))
    assert np.isnan(given).tolist() == [True, True, True, False, False]
    close(given[3:], [1, 0], 1e-8)
    close(core.numerical_gradient(lambda x: 5 * x.sum(), np.ones(2), h=1e-3), [5, 5], 1e-8)


def check_gradient_check(core):
    """It finds each fault of a Linear layer, and passes the right one."""
    class Faulty(core.Linear):
        fault = None

        def backward(self, dout):
            dx = super().backward(dout)
            if self.fault == "dW":
                self.dW = self.dW * 1.01
            if self.fault == "db":
                self.db = self.db / len(dout)
            return dx * 1.01 if self.fault == "dx" else dx

    rng = np.random.default_rng(5)
    for fault in None, "dW", "db", "dx":
        layer = Faulty(3, 5, rng)
        layer.fault = fault
        error = core.gradient_check(layer, rng.standard_normal((4, 3)), rng)
        assert type(error) is float and (error < 1e-7) == (fault is None), (fault, error)
        if fault in ("dW", "dx"):  # 1 % too large: |1.01 n - n| / |1.01 n|
            close(error, 0.01 / 1.01, 1e-6)
        assert layer.W.dtype == np.float32 and layer.dW is None


def check_minibatches(core):
    for N in 1, 10, 1000:
        X = np.stack([np.arange(N), np.arange(N) ** 2], axis=1).astype(np.float32)
        y = 3 * np.arange(N)
        for batch_size in 1, 7, N, 2 * N:
            batches = list(core.minibatches(X, y, batch_size, np.random.default_rng(N)))
            sizes = [len(y_batch) for _, y_batch in batches]
            whole, rest = divmod(N, batch_size)
            assert sizes == [batch_size] * whole + [rest] * (rest > 0)
            rows = np.concatenate([X_batch for X_batch, _ in batches])
            labels = np.concatenate([y_batch for _, y_batch in batches])
            assert (3 * rows[:, 0] == labels).all() and (rows[:, 0] ** 2 == rows[:, 1]).all()
            assert sorted(rows[:, 0].tolist()) == list(range(N))
            assert rows.dtype == X.dtype and labels.dtype == y.dtype
    passes = [np.concatenate([y for _, y in core.minibatches(X, y, 100, rng)])
              for rng in [np.random.default_rng(6)] for _ in range(2)]
    assert (passes[0] != y).any() and (passes[0] != passes[1]).any()


def check_sgd(core):
    rng = np.random.default_rng(7)
    net = network(core, rng, 3, 5, 4)
    x, y = problem(rng, 6, 3, 4)
    net.gradients(core.softmax_cross_entropy(net.forward(x), y)[1])
    arrays = [W for W, _ in net.parameters()]
    before = [(W.copy(), dW.copy()) for W, dW in net.parameters()]
    core.SGD(net, 0.25).step()
    for array, (W, dW), (now, _) in zip(arrays, before, net.parameters(), strict=True):
        assert now is array and now.dtype == np.float32
        assert dW.any() and (now != W).any()
        assert (now == W - np.float32(0.25) * dW).all()


def check_initialisers(core):
    rng = np.random.default_rng(8)
    for init, wanted in (core.xavier_normal, 0.04683), (core.he_normal, 0.05051):
        W = init((128, 784), rng)
        assert W.dtype == np.float32 and W.shape == (128, 784)
        assert abs(W.std() / wanted - 1) < 0.01 and abs(W.mean()) < 0.001
    # With the fans swapped, He on 784 -> 10 would give 0.447.
    assert abs(core.he_normal((10, 784), rng).std() / math.sqrt(2 / 784) - 1) < 0.03
    W = core.normal(3)((100, 100), rng)
    assert abs(W.std() - 3) < 0.1 and abs(W.mean()) < 0.1 and W.dtype == np.float32
    assert abs((W[0] * W[1]).mean()) < 4.5  # a row that is a copy of another gives 9
    W = core.zeros((4, 5), rng)
    assert W.shape == (4, 5) and not W.any() and W.dtype == np.float32
    layer = core.Linear(300, 200, rng)
    assert layer.W.shape == (200, 300) and abs(layer.W.std() / math.sqrt(2 / 300) - 1) < 0.02
    assert layer.b.shape == (200,) and not layer.b.any() and layer.b.dtype == np.float32


def check_fit(core):
    """Five rows in batches of two, two epochs: what each Record says, what the network learns."""
    rng = np.random.default_rng(9)
    net = network(core, rng, 4, 6, 3)
    X, y = problem(rng, 5)
    optimiser, rates = core.SGD(net, 99), []

    def schedule(step):
        rates.append(step)
        return 0.1 / (step + 1)

    by_hand = network(core, np.random.default_rng(9), 4, 6, 3)
    losses, steps = [], 0
    order = np.random.default_rng(10)
    for _ in range(2):
        for X_batch, y_batch in mnist_core.minibatches(X, y, 2, order):
            steps += 1
            loss, dlogits = mnist_core.softmax_cross_entropy(by_hand.forward(X_batch), y_batch)
            losses.append(loss)
            by_hand.backward(dlogits)
            for W, dW in by_hand.parameters():
                W -= 0.1 / steps * dW
    validation = problem(rng, 7)
    records = []
    for record in core.fit(net, optimiser, X, y, epochs=2, batch_size=2, schedule=schedule,
                           rng=np.random.default_rng(10), validation=validation, validate_every=4):
        records.append(record)
        if record.step == 4:
            logits = mnist_core.predict(net, validation[0])
            close(record.val_loss, naive_loss(logits.astype(np.float64), validation[1]), 1e-6)
            assert record.val_accuracy == (logits.argmax(axis=1) == validation[1]).mean()
    assert rates == [0, 1, 2, 3, 4, 5]
    assert [r.step for r in records] == [1, 2, 3, 4, 5, 6]
    assert [r.epoch for r in records] == [1, 1, 1, 2, 2, 2]
    close([r.lr for r in records], [0.1 / k for k in range(1, 7)])
    close([r.loss for r in records], losses, 1e-6)
    assert [r.val_loss is None for r in records] == [True, True, True, False, True, True]
    assert [r.val_accuracy is None for r in records] == [True, True, True, False, True, True]
    seconds = [r.seconds for r in records]
    assert 0 < seconds[0] and seconds == sorted(seconds)
    # Without validate_every, at the end of each epoch: its last batch is the short one.
    later = list(core.fit(net, core.SGD(net, 0), X, y, epochs=2, batch_size=2, rng=rng,
                          validation=validation))
    assert [r.val_loss is None for r in later] == [True, True, False] * 2
    assert all(type(number) is float for r in records for number in (r.loss, r.seconds))
    for given, wanted in zip(net.parameters(), by_hand.parameters(), strict=True):
        close(given[0], wanted[0], 1e-6)


def check_modes(core):
    """Training steps train, evaluation evaluates, and each layer is found as it was left."""
    class Seen(Spying, core.Layer):
        pass

    rng = np.random.default_rng(11)
    spy, still = Seen(), Seen()
    linear = core.Linear(4, 3, rng)
    net = core.Sequential(spy, linear, still)
    X, y = problem(rng, 6)
    still.training = False  # one layer frozen by hand, as in fine-tuning
    core.evaluate(net, X, y)
    core.predict(net, X)
    assert set(spy.seen) == set(still.seen) == {False}
    assert net.training and spy.training and not still.training
    run = core.fit(net, core.SGD(net, 0.1), X, y, epochs=2, batch_size=2, rng=rng,
                   validation=(X, y), validate_every=2)
    spy.seen.clear()
    for _ in run:
        assert spy.training and not still.training
    assert spy.seen.count(True) == 6
    assert [training for training, _ in itertools.groupby(spy.seen)] == [True, False] * 3
    assert net.training and spy.training and not still.training
    # An error in the middle, here a layer that does not fit, changes nothing of that.
    for call in (lambda: core.predict(net, X[:, :3]),
                 lambda: core.train_step(net, core.SGD(net, 0.1), X[:, :3], y)):
        with contextlib.suppress(ValueError):  # in whose words, is for the layer to say
            call()
        assert net.training and spy.training and not still.training


def check_predict(core):
    rng = np.random.default_rng(13)
    net = network(core, rng, 4, 5, 3)
    for N in 1, 999, 1000, 1001, 2500:
        X, y = problem(rng, N)
        logits = core.predict(net, X)
        close(logits, net.forward(X), 1e-5)
        loss, accuracy = core.evaluate(net, X, y)
        close(loss, naive_loss(logits.astype(np.float64), y), 1e-5)
        assert accuracy == (logits.argmax(axis=1) == y).mean()


def check_data_sets(core):
    X_train, y_train, X_test, y_test = core.load_mnist()
    assert [a.shape for a in (X_train, y_train, X_test, y_test)] == [
        (60000, 784), (60000,), (10000, 784), (10000,)]
    assert X_train.dtype == X_test.dtype == np.float32
    assert y_train.dtype == y_test.dtype == np.int64
    assert X_train.min() == X_test.min() == 0 and X_train.max() == X_test.max() == 1
    assert np.bincount(y_train).tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert y_train[:5].tolist() == [5, 0, 4, 1, 9] and y_test[:5].tolist() == [7, 2, 1, 0, 4]
    for X, part in (X_train, "train"), (X_test, "t10k"):
        data = gzip.decompress((DATA / f"{part}-images-idx3-ubyte.gz").read_bytes())
        assert (X[-1000:].ravel() * 255).round().astype(np.uint8).tobytes() == data[-784_000:]


def check_read_idx(core):
    for shape in (3,), (2, 3), (2, 3, 4), (1, 2, 3, 2):
        array = (np.arange(math.prod(shape)) * 37 % 256).astype(np.uint8).reshape(shape)
        given = core.read_idx(written(idx_bytes(array)))
        assert given.dtype == np.uint8 and given.shape == shape and (given == array).all()
        given[...] = 0  # the reader's own, not a view of the file


def check_schedules(core):
    close([core.step_decay(0.8, 3, 0.5)(k) for k in range(7)],
          [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2])
    close([core.linear_decay(0.8, 4)(k) for k in range(6)], [0.8, 0.6, 0.4, 0.2, 0, 0])
    close([core.exponential_decay(0.8, 2, 0.25)(k) for k in range(5)], [0.8, 0.4, 0.2, 0.1, 0.05])
    close([core.cosine_decay(0.8, 4)(k) for k in range(6)],
          [0.8, 0.4 * (1 + math.sqrt(0.5)), 0.4, 0.4 * (1 - math.sqrt(0.5)), 0, 0])
    ramp = core.warmup(lambda step: 10.0 + step, 4)
    close([ramp(k) for k in range(6)], [2.5, 5.5, 9, 13, 14, 15])


def check_save_load(core):
    rng = np.random.default_rng(12)
    with tempfile.TemporaryDirectory(dir=written.folder) as folder:
        path = Path(folder) / "w"
        for make, shape in (convolutional, (2, 5, 4)), (
                lambda core, rng: network(core, rng, 4, 6, 3), (4,)):
            net, other = (make(core, rng) for _ in range(2))
            x = rng.random((5, *shape), np.float32)
            net.forward(x)  # the running numbers of a batch norm move
            core.save(path, net)
            arrays = [W for W, _ in other.parameters()]
            core.load(path, other)
            assert same_state(other, snapshot(net)) and same_state(net, snapshot(other))
            assert all(W is array for (W, _), array in zip(other.parameters(), arrays, strict=True))
            assert (other.eval().forward(x) == net.eval().forward(x)).all()
            assert [file.name for file in Path(folder).iterdir()] == ["w"]


CHECKS = [check_accuracy, check_softmax, check_loss, check_linear, check_relu, check_sigmoid,
          check_tanh, check_sequential, check_numerical_gradient, check_gradient_check,
          check_minibatches, check_sgd, check_initialisers, check_fit, check_modes, check_predict,
          check_data_sets, check_read_idx, check_schedules, check_save_load]
