"""Time an epoch of 784-128-10, plain SGD, against its bare matrix products.

    python tools/benchmark.py [--rounds 7] [--threads 1 2] [--batches 10 32 128 512]

The products are those that nothing can save: forward and backward, without the dx of the first
layer, which nobody reads. Both sides run in turn and their fastest rounds are compared: on a busy
machine seconds mean little, and a ratio of minima from one run means something. Each number of
threads has a process of its own, since NumPy reads it when it is imported.
"""

import argparse
import math
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mnist_core import SGD, Linear, ReLU, Sequential, check_data, fit, load_mnist

N_IN, N_HIDDEN, N_OUT = 784, 128, 10


def seconds(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def one_epoch(X, y, batch_size, rounds):
    """A function that runs one more epoch of a long training, every step of it through `fit`.

    The call of `fit`, which looks at all of X once, is over before the first of them.
    """
    rng = np.random.default_rng(0)
    net = Sequential(Linear(N_IN, N_HIDDEN, rng), ReLU(), Linear(N_HIDDEN, N_OUT, rng))
    records = fit(net, SGD(net, lr=0.1), X, y, epochs=rounds, batch_size=batch_size, rng=rng)
    steps = math.ceil(len(X) / batch_size)

    def run():
        for _ in range(steps):
            next(records)

    return run


def one_epoch_of_products(N, batch_size):
    """A function that runs the five matrix products of each step into arrays made beforehand."""
    rng = np.random.default_rng(0)
    sizes = [batch_size] * (N // batch_size) + [N % batch_size] * (N % batch_size > 0)

    def array(*shape):
        return rng.standard_normal(shape, dtype=np.float32)

    x, h, logits = array(batch_size, N_IN), array(batch_size, N_HIDDEN), array(batch_size, N_OUT)
    W1, dW1 = array(N_HIDDEN, N_IN), array(N_HIDDEN, N_IN)
    W2, dW2 = array(N_OUT, N_HIDDEN), array(N_OUT, N_HIDDEN)
    z, dh = array(batch_size, N_HIDDEN), array(batch_size, N_HIDDEN)
    dlogits = array(batch_size, N_OUT)

    def run():
        for n in sizes:
            np.matmul(x[:n], W1.T, out=z[:n])
            np.matmul(h[:n], W2.T, out=logits[:n])
            np.matmul(dlogits[:n].T, h[:n], out=dW2)
            np.matmul(dlogits[:n], W2, out=dh[:n])
            np.matmul(dh[:n].T, x[:n], out=dW1)

    return run


def compare(X, y, batch_size, rounds):
    """Seconds of the fastest epoch and of its fastest products, from rounds run in turn."""
    epoch = one_epoch(X, y, batch_size, rounds + 1)
    products = one_epoch_of_products(len(X), batch_size)
    epoch()  # to warm up
    products()
    times = [(seconds(epoch), seconds(products)) for _ in range(rounds)]
    return tuple(map(min, zip(*times)))


def look_at_data(X, y):
    """Seconds that the call of `fit` takes to look at all of X, the fastest of three."""
    rng = np.random.default_rng(0)
    net = Linear(N_IN, N_OUT, rng)
    return min(seconds(lambda: check_data(net, X, y)) for _ in range(3))


def table(options):
    """Print the rows of one number of threads: the one that this process was started with."""
    X, y, _, _ = load_mnist()
    X, y = X[: options.images], y[: options.images]
    (threads,) = {pool["num_threads"] for pool in threadpool_info()} or {0}
    for batch_size in options.batches:
        epoch, products = compare(X, y, batch_size, options.rounds)
        print(f"{threads:7}{batch_size:7}{products:10.3f} s{epoch:10.3f} s{epoch / products:8.2f}")
    print(f"{threads:7}   the call of fit looks at X for {look_at_data(X, y):.3f} s", flush=True)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--images", type=int, default=60_000)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, os.cpu_count() or 1])
    parser.add_argument("--batches", type=int, nargs="+", default=[10, 32, 128, 512])
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.here:
        return table(options)
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}")
    for pool in threadpool_info():
        print(f"{pool['internal_api']} {pool['version']}, kernel {pool.get('architecture')}")
    print(f"{N_IN}-{N_HIDDEN}-{N_OUT}, float32; {options.images} images, {options.rounds} rounds")
    print("threads  batch    products       epoch   ratio", flush=True)
    for threads in dict.fromkeys(options.threads):
        own = {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
        command = [sys.executable, __file__, "--here", f"--rounds={options.rounds}",
                   f"--images={options.images}", "--batches", *map(str, options.batches)]
        subprocess.run(command, env=os.environ | own, check=True)


if __name__ == "__main__":
    main()
