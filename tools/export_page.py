"""Write what the live pages read: a trained network, digits to train on, test images to try.

    python tools/export_page.py      # trains for some seconds, writes to book/_static/alive/

network.bin   the weights W of 784-128-10, a row after the other, 8 bits each: W[j, k] is the whole
              number at its place times the scale of row j
network.json  sizes, scales, biases, the accuracy on the test images with 32 bits and with 8, recipe
digits.bin    2,000 training digits, then 500 held-out ones: gzip of a label and 784 grey levels of
              4 bits, two a byte, for each
samples.bin   20 test images: a label and 784 grey levels of 8 bits for each

The recipe is chapter 11's, with 128 hidden units. Other processors round in other ways, so a second
machine finds other weights, about as good; on one machine two runs write the same files.
"""

import gzip
import json
import math
import os
import sys
from pathlib import Path

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # the same sums in the same order
import numpy as np  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from mnist_core import (  # noqa: E402
    SGD,
    Linear,
    ReLU,
    Sequential,
    evaluate,
    fit,
    linear_decay,
    load_mnist,
    predict,
    softmax,
)

OUT = ROOT / "book" / "_static" / "alive"
HIDDEN, RATE, BATCH_SIZE, EPOCHS, SEED = 128, 0.6, 64, 6, 0
RECIPE = (f"{HIDDEN} hidden units, {EPOCHS} epochs of 50,000 digits in batches of {BATCH_SIZE}, "
          f"the rate falling from {RATE} to 0 in a straight line")
TRAINING, HELD_OUT = 200, 50  # of each class, for the page that trains
LEVELS = 15  # the whitest of 4 bits


def new_net(*sizes, rng=None):
    """Linear layers of these sizes with ReLU between; zeros without an rng."""
    start = {"rng": rng} if rng else {"rng": None, "init": lambda shape, _: np.zeros(shape)}
    pairs = zip(sizes, sizes[1:])
    layers = [layer for pair in pairs for layer in (Linear(*pair, **start), ReLU())]
    return Sequential(*layers[:-1])


def linears(net):
    return [layer for layer in net.layers if isinstance(layer, Linear)]


def train(X, y):
    """Chapter 11's recipe, with 128 hidden units."""
    rng = np.random.default_rng(SEED)
    net = new_net(784, HIDDEN, 10, rng=rng)
    schedule = linear_decay(RATE, EPOCHS * math.ceil(len(X) / BATCH_SIZE))
    for _ in fit(net, SGD(net, RATE), X, y, epochs=EPOCHS, batch_size=BATCH_SIZE, rng=rng,
                 schedule=schedule):
        pass
    return net


# ---- the network in 8 bits


def few_digits(numbers):
    """The numbers as JSON shall hold them: seven digits are what 32 bits tell."""
    return [float(f"{number:.7g}") for number in numbers]


def quantise(W):
    """Whole numbers from -127 to 127 and a scale for each row: W is about their product."""
    largest = abs(W).max(axis=1)
    scales = np.array(few_digits(np.where(largest > 0, largest, 1) / 127))
    return np.rint(W / scales[:, None]).clip(-127, 127).astype(np.int8), scales


def restored(whole, scales, b):
    """The network of these lists, an entry a layer, in float64, as a page computes with it."""
    net = new_net(whole[0].shape[1], *map(len, b))
    for layer, part, scale, bias in zip(linears(net), whole, scales, b):
        layer.W[...], layer.b[...] = part * np.array(scale)[:, None], bias
    return net


def percent(net, X, y):
    X = X.astype(linears(net)[0].W.dtype)
    return round(100 * evaluate(net, X, y)[1], 2)


def write_network(net, X_test, y_test, folder=OUT):
    """Write the net in 8 bits, with what that costs; return the one that a page will have."""
    whole, scales = zip(*(quantise(layer.W) for layer in linears(net)))
    b = [few_digits(layer.b) for layer in linears(net)]
    stored = restored(whole, scales, b)
    about = {"sizes": [784, *map(len, b)], "scales": [list(scale) for scale in scales], "b": b,
             "float32": percent(net, X_test, y_test),
             "quantised": percent(stored, X_test, y_test), "recipe": RECIPE}
    (folder / "network.bin").write_bytes(b"".join(part.tobytes() for part in whole))
    (folder / "network.json").write_text(json.dumps(about) + "\n", encoding="utf-8")
    return stored


def read_network(folder=OUT):
    """The stored network as a page reads it, and network.json."""
    about = json.loads((folder / "network.json").read_text(encoding="utf-8"))
    numbers = np.frombuffer((folder / "network.bin").read_bytes(), np.int8)
    shapes = [(n_out, n_in) for n_in, n_out in zip(about["sizes"], about["sizes"][1:])]
    parts = np.split(numbers, np.cumsum([n_out * n_in for n_out, n_in in shapes])[:-1])
    whole = [part.reshape(shape) for part, shape in zip(parts, shapes)]
    return restored(whole, about["scales"], about["b"]), about


# ---- digits


def records(pixels, y):
    """A byte for the label, then the bytes of the pixels, for one image after the other."""
    return np.column_stack([y, pixels]).astype(np.uint8).tobytes()


def draw(y, each, rng):
    """Indices of `each` images of every class, shuffled."""
    chosen = [rng.choice(np.flatnonzero(y == c), each, replace=False) for c in range(10)]
    return rng.permutation(np.concatenate(chosen))


def digits(X, y, rng):
    """The bytes of digits.bin: training digits of the first 50,000, held-out ones of the rest."""
    chosen = [draw(y[:50_000], TRAINING, rng), 50_000 + draw(y[50_000:], HELD_OUT, rng)]
    rows = np.concatenate(chosen)
    levels = np.rint(X[rows] * LEVELS).astype(np.uint8)
    packed = levels[:, 0::2] << 4 | levels[:, 1::2]
    return gzip.compress(records(packed, y[rows]), 9, mtime=0)


def samples(net, X, y):
    """The bytes of samples.bin: of each digit the first that the net reads right, and the one
    that it is least sure of, where its largest probability is smallest."""
    p = softmax(predict(net, X.astype(np.float64)))
    right, sure = p.argmax(axis=1) == y, p.max(axis=1)
    rows = [n for c in range(10) for n in (np.flatnonzero(right & (y == c))[0],
                                           np.where(y == c, sure, 2).argmin())]
    return records(np.rint(255 * X[rows]), y[rows])


def main(folder=OUT):
    X, y, X_test, y_test = load_mnist()
    net = write_network(train(X[:50_000], y[:50_000]), X_test, y_test, folder)
    (folder / "digits.bin").write_bytes(digits(X, y, np.random.default_rng(SEED)))
    (folder / "samples.bin").write_bytes(samples(net, X_test, y_test))
    about = read_network(folder)[1]
    print(f"{about['float32']:.2f} % of the test images with 32 bits, "
          f"{about['quantised']:.2f} % with 8")
    for name in ("network.bin", "network.json", "digits.bin", "samples.bin"):
        data = (folder / name).read_bytes()
        print(f"{name}: {len(data) / 1000:.1f} KB, {len(gzip.compress(data)) / 1000:.1f} gzipped")


if __name__ == "__main__":
    main()
