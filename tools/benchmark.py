"""Time an epoch of 784-128-10 at batch size 128 against its bare matrix products.

    python tools/benchmark.py [rounds]

The products are those that nothing can save: forward and backward, without the dx of the first
layer, which nobody reads. Both sides run in turn and their fastest rounds are compared: on a busy
machine seconds mean little, and a ratio of minima from one run means something.
"""

import math
import platform
import sys
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mnist_core import SGD, Linear, ReLU, Sequential, fit, load_mnist

N_IN, N_HIDDEN, N_OUT, BATCH = 784, 128, 10, 128


def seconds(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def one_epoch(X, y, rounds):
    """A function that runs one more epoch of a long training, every step of it through `fit`.

    The call of `fit`, which looks at all of X once, is over before the first of them.
    """
    rng = np.random.default_rng(0)
    net = Sequential(Linear(N_IN, N_HIDDEN, rng), ReLU(), Linear(N_HIDDEN, N_OUT, rng))
    records = fit(net, SGD(net, lr=0.1), X, y, epochs=rounds, batch_size=BATCH, rng=rng)
    steps = math.ceil(len(X) / BATCH)

    def run():
        for _ in range(steps):
            next(records)

    return run


def one_epoch_of_products(N):
    """A function that runs the five matrix products of each step into arrays made beforehand."""
    rng = np.random.default_rng(0)
    sizes = [BATCH] * (N // BATCH) + [N % BATCH] * (N % BATCH > 0)

    def array(*shape):
        return rng.standard_normal(shape, dtype=np.float32)

    x, h, logits = array(BATCH, N_IN), array(BATCH, N_HIDDEN), array(BATCH, N_OUT)
    W1, dW1 = array(N_HIDDEN, N_IN), array(N_HIDDEN, N_IN)
    W2, dW2 = array(N_OUT, N_HIDDEN), array(N_OUT, N_HIDDEN)
    z, dh, dlogits = array(BATCH, N_HIDDEN), array(BATCH, N_HIDDEN), array(BATCH, N_OUT)

    def run():
        for n in sizes:
            np.matmul(x[:n], W1.T, out=z[:n])
            np.matmul(h[:n], W2.T, out=logits[:n])
            np.matmul(dlogits[:n].T, h[:n], out=dW2)
            np.matmul(dlogits[:n], W2, out=dh[:n])
            np.matmul(dh[:n].T, x[:n], out=dW1)

    return run


def compare(X, y, rounds):
    """Seconds of the fastest epoch and of its fastest products, from rounds run in turn."""
    epoch, products = one_epoch(X, y, rounds + 1), one_epoch_of_products(len(X))
    epoch()  # to warm up
    products()
    times = [(seconds(epoch), seconds(products)) for _ in range(rounds)]
    return tuple(map(min, zip(*times)))


def main(rounds=10):
    X, y, _, _ = load_mnist()
    epoch, products = compare(X, y, rounds)
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}")
    for pool in threadpool_info():
        print(
            f"{pool['internal_api']} {pool['version']}, kernel {pool.get('architecture')}, "
            f"{pool['num_threads']} threads"
        )
    print(f"{N_IN}-{N_HIDDEN}-{N_OUT}, batch {BATCH}, float32; {len(X)} images, {rounds} rounds")
    print(f"matrix products alone {products:.3f} s, a whole epoch {epoch:.3f} s")
    print(f"ratio {epoch / products:.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
