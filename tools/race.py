"""Time an epoch of the core against PyTorch's, on the same network, batches and optimiser.

    python tools/race.py [--rounds 7] [--images 12800] [--threads 1 2]

PyTorch runs eagerly, as it is usually written, and its data are tensors beforehand. Both sides run
in turn and their fastest rounds are compared: on a busy machine seconds mean little, and a ratio of
minima from one run means something. Each number of threads has a process of its own, and each
network's memory a process in which PyTorch is never imported. Without PyTorch only that is printed.
"""

import argparse
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import mnist_core as core
from tools.benchmark import seconds

RACES = [("784-128-10, momentum", 128), ("784-128-10, momentum", 32), ("convolution, Adam", 128)]


def ours(name):
    """Return the network and its optimiser."""
    rng = np.random.default_rng(0)
    if name.startswith("784"):
        net = core.Sequential(core.Linear(784, 128, rng), core.ReLU(), core.Linear(128, 10, rng))
        return net, core.Momentum(net, lr=0.1)
    net = core.Sequential(
        core.Conv2D(1, 8, 5, rng), core.MaxPool2D(2), core.ReLU(),
        core.Conv2D(8, 16, 5, rng), core.MaxPool2D(2), core.ReLU(),
        core.Flatten(), core.Linear(256, 128, rng), core.ReLU(), core.Linear(128, 10, rng))
    return net, core.Adam(net, lr=0.001)


def theirs(name):
    """Return the same network and optimiser in PyTorch."""
    from torch import nn, optim
    if name.startswith("784"):
        net = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
        return net, optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    net = nn.Sequential(
        nn.Conv2d(1, 8, 5), nn.MaxPool2d(2), nn.ReLU(),
        nn.Conv2d(8, 16, 5), nn.MaxPool2d(2), nn.ReLU(),
        nn.Flatten(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))
    return net, optim.Adam(net.parameters(), lr=0.001)


def our_epoch(name, X, y, batch_size, rounds):
    """A function that runs one more epoch of a long training, every step of it through `fit`."""
    net, optimiser = ours(name)
    records = core.fit(net, optimiser, X, y, epochs=rounds, batch_size=batch_size,
                       rng=np.random.default_rng(0))

    def run():
        for _ in range(0, len(X), batch_size):
            next(records)

    return run


def their_epoch(name, X, y, batch_size):
    import torch
    from torch.nn.functional import cross_entropy
    net, optimiser = theirs(name)
    X, y = torch.tensor(X), torch.tensor(y)

    def run():
        order = torch.randperm(len(X))
        for part in order.split(batch_size):
            optimiser.zero_grad()
            cross_entropy(net(X[part]), y[part]).backward()
            optimiser.step()

    return run


def data(name, images):
    X, y, _, _ = core.load_mnist()
    shape = (-1, 784) if name.startswith("784") else (-1, 1, 28, 28)
    return X[:images].reshape(shape), y[:images]


def table(options):
    """Print the races on one number of threads: the one that this process was started with."""
    import torch
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    for name, batch_size in RACES:
        X, y = data(name, options.images)
        runs = (our_epoch(name, X, y, batch_size, options.rounds + 1),
                their_epoch(name, X, y, batch_size))
        for run in runs:
            run()  # to warm up
        best = [min(times) for times in zip(*[[seconds(run) for run in runs]
                                              for _ in range(options.rounds)])]
        print(f"{torch.get_num_threads():7}  {name:22}{batch_size:6}{best[0]:10.3f} s"
              f"{best[1]:10.3f} s{best[0] / best[1]:8.2f}", flush=True)


def memory(name):
    """Print the most memory that this process held: data, an epoch, the validation images."""
    X, y = data(name, 60_000)
    net, optimiser = ours(name)
    for _ in core.fit(net, optimiser, X[:50_000], y[:50_000], epochs=1, batch_size=128,
                      rng=np.random.default_rng(0), validation=(X[50_000:], y[50_000:])):
        pass
    # Not getrusage: a child would begin with what its parent held.
    status = Path("/proc/self/status")
    if not status.exists():
        return print(f"{name}: memory is measured on Linux alone", flush=True)
    most = int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1])
    print(f"{name}: {most / 1024:.0f} MB at most, the digits among them", flush=True)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--images", type=int, default=12_800)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, os.cpu_count() or 1])
    parser.add_argument("--part", choices=["table", "memory"], help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.part:
        return memory(RACES[-1][0]) if options.part == "memory" else table(options)
    command = [sys.executable, __file__, f"--rounds={options.rounds}", f"--images={options.images}"]
    subprocess.run([*command, "--part=memory"], check=True)
    if importlib.util.find_spec("torch") is None:
        return print("PyTorch is not installed: make frameworks")
    print("threads  network                batch      core     PyTorch   ratio", flush=True)
    for threads in dict.fromkeys(options.threads):
        own = {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
        subprocess.run([*command, "--part=table"], env=os.environ | own, check=True)


if __name__ == "__main__":
    main()
