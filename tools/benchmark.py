"""Time an epoch of this core beside PyTorch, scikit-learn and the bare matrix products.

    python tools/benchmark.py [--rounds 7] [--images 12800] [--threads 1 2] [--write]

All sides train the same network with the same rule, on the same images, in newly shuffled batches.
They take turns, an epoch of each in every round, and their fastest rounds are compared: on a busy
machine seconds mean little, and a ratio of minima from one run means something. Each number of
threads has a process of its own, since NumPy reads it when it is imported. Memory is the most that
a process held which trained with one side and never imported the other.

--write stores what was found in data/benchmark.json, which chapter 24 shows, and in the README.
"""

import argparse
import gzip
import importlib.metadata
import importlib.util
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "notebooks")]

import speed

from tools.machine import blas, processor
from tools.places import write, write_rows

README, PICTURE = ROOT / "README.md", ROOT / "book" / "_static" / "benchmark.svg"
BEGIN, END = "<!-- written by tools/benchmark.py -->\n", "<!-- end -->\n"
DENSE, CONV = "784-128-10, momentum", "convolution, Adam"
CONV_BATCH = 128
SHARE = {DENSE: 1, CONV: 0.4}  # of the images; a convolution takes its time
PACKAGES = {"PyTorch": "torch", "scikit-learn": "sklearn"}  # what a peer is, and how it is imported
REST = 0.03  # seconds until the threads of the side before have gone to sleep


# ---- the sides: functions that return a function that runs one more epoch
# Libraries are imported where they are used: a process that measures memory must not know others.


def core_net(network):
    """Return the network and its optimiser."""
    import mnist_core as core
    rng = np.random.default_rng(0)
    if network == DENSE:
        net = core.Sequential(core.Linear(784, 128, rng), core.ReLU(), core.Linear(128, 10, rng))
        return net, core.Momentum(net, lr=0.1)
    net = core.Sequential(
        core.Conv2D(1, 8, 5, rng), core.MaxPool2D(2), core.ReLU(),
        core.Conv2D(8, 16, 5, rng), core.MaxPool2D(2), core.ReLU(),
        core.Flatten(), core.Linear(256, 128, rng), core.ReLU(), core.Linear(128, 10, rng))
    return net, core.Adam(net, lr=0.001)


def torch_net(network):
    """Return the same network and optimiser in PyTorch."""
    from torch import nn, optim
    if network == DENSE:
        net = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
        return net, optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    net = nn.Sequential(
        nn.Conv2d(1, 8, 5), nn.MaxPool2d(2), nn.ReLU(),
        nn.Conv2d(8, 16, 5), nn.MaxPool2d(2), nn.ReLU(),
        nn.Flatten(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))
    return net, optim.Adam(net.parameters(), lr=0.001)


def core_epoch(network, X, y, batch_size, rounds):
    """Every step through `fit`, whose call, which looks at all of X once, is over beforehand."""
    import mnist_core as core
    net, optimiser = core_net(network)
    records = core.fit(net, optimiser, X, y, epochs=rounds, batch_size=batch_size,
                       rng=np.random.default_rng(0))

    def run():
        for _ in range(0, len(X), batch_size):
            next(records)

    return run


def torch_step(net, optimiser, x, y):
    from torch.nn.functional import cross_entropy
    optimiser.zero_grad()
    cross_entropy(net(x), y).backward()
    optimiser.step()


def torch_epoch(network, X, y, batch_size, rounds):
    """Eagerly, as PyTorch is usually written, with tensors that are there beforehand."""
    import torch
    net, optimiser = torch_net(network)
    X, y = torch.tensor(X), torch.tensor(y)

    def run():
        for part in torch.randperm(len(X)).split(batch_size):
            torch_step(net, optimiser, X[part], y[part])

    return run


def channels_last_epoch(network, X, y, batch_size, rounds):
    """The same with the channels of a pixel side by side in memory."""
    import torch
    net, optimiser = torch_net(network)
    net.to(memory_format=torch.channels_last)
    X, y = torch.tensor(X), torch.tensor(y)

    def run():
        for part in torch.randperm(len(X)).split(batch_size):
            x = X[part].to(memory_format=torch.channels_last)
            torch_step(net, optimiser, x, y[part])

    return run


def loader_epoch(network, X, y, batch_size, rounds):
    """As most tutorials have it: PyTorch's own loader puts the batches together."""
    import torch
    from torch.utils.data import DataLoader, TensorDataset
    net, optimiser = torch_net(network)
    batches = DataLoader(TensorDataset(torch.tensor(X), torch.tensor(y)), batch_size, shuffle=True)

    def run():
        for x, labels in batches:
            torch_step(net, optimiser, x, labels)

    return run


def sklearn_epoch(network, X, y, batch_size, rounds):
    """One `partial_fit` is one shuffled epoch. It need not look for infinities each time."""
    import sklearn
    from sklearn.neural_network import MLPClassifier
    net = MLPClassifier(128, solver="sgd", learning_rate_init=0.1, momentum=0.9, alpha=0,
                        nesterovs_momentum=False, batch_size=batch_size,
                        random_state=np.random.RandomState(0))  # it takes no Generator

    def run():
        with sklearn.config_context(assume_finite=True):
            net.partial_fit(X, y, classes=range(10))

    return run


def products_epoch(network, X, y, batch_size, rounds):
    """The products that nothing can save, into arrays made beforehand; of a convolution those of
    its im2col. The dx of the first layer is not among them, for nobody reads it.
    """
    rng = np.random.default_rng(0)
    layers = [(1, 784, 128), (1, 128, 10)]  # rows an image, n_in, n_out
    if network == CONV:
        layers = [(24 * 24, 25, 8), (8 * 8, 200, 16), (1, 256, 128), (1, 128, 10)]

    def arrays(N):
        """x, W, out, dW, dx of each layer for a batch of N."""
        shapes = [[(N * r, i), (o, i), (N * r, o), (o, i), (N * r, i)] for r, i, o in layers]
        return [[rng.standard_normal(s, dtype=np.float32) for s in of_one] for of_one in shapes]

    whole, last = arrays(batch_size), arrays(len(X) % batch_size)

    def run():
        for start in range(0, len(X), batch_size):
            fits = start + batch_size <= len(X)
            for k, (x, W, out, dW, dx) in enumerate(whole if fits else last):
                np.matmul(x, W.T, out=out)
                np.matmul(out.T, x, out=dW)
                if k > 0:
                    np.matmul(out, W, out=dx)

    return run


SIDES = {
    DENSE: {"core": core_epoch, "products": products_epoch, "PyTorch": torch_epoch,
            "DataLoader": loader_epoch, "scikit-learn": sklearn_epoch},
    CONV: {"core": core_epoch, "products": products_epoch, "PyTorch": torch_epoch,
           "channels_last": channels_last_epoch},
}


# ---- what one process measures


def digits(network, images):
    """Training images and labels, in the shape of the network, read without the core."""
    def read(name, offset):
        packed = gzip.decompress((ROOT / "data" / f"train-{name}-ubyte.gz").read_bytes())
        return np.frombuffer(packed, np.uint8, offset=offset)

    shape = (-1, 784) if network == DENSE else (-1, 1, 28, 28)
    X = read("images-idx3", 16)[:images * 784].reshape(shape) / np.float32(255)
    return X, read("labels-idx1", 8)[:images].astype(np.int64)


def seconds(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def wanted(network, without=()):
    """The sides of a network that need none of these packages."""
    needs = {"DataLoader": "PyTorch", "channels_last": "PyTorch"}
    return [side for side in SIDES[network] if needs.get(side, side) not in without]


def compare(network, X, y, batch_size, rounds, sides):
    """{side: {"least", "median"}}: seconds of an epoch, from rounds in which each has its turn."""
    runs = {side: SIDES[network][side](network, X, y, batch_size, rounds + 1) for side in sides}
    times = {side: [] for side in sides}
    for _ in range(1 + rounds):  # the first to warm up
        for side, run in runs.items():
            time.sleep(REST)
            times[side].append(seconds(run))
    return {side: {"least": float(f"{min(found[1:]):.4g}"),
                   "median": float(f"{statistics.median(found[1:]):.4g}")}
            for side, found in times.items()}


def times(options):
    """Print a line of JSON for each network and batch, and one for the libraries."""
    threads = int(os.environ["OMP_NUM_THREADS"])
    if "PyTorch" not in options.without:
        import torch
        torch.set_num_threads(threads)
    for network, batches in {DENSE: options.batches, CONV: [CONV_BATCH]}.items():
        X, y = digits(network, int(SHARE[network] * options.images))
        for batch_size in batches:
            found = compare(network, X, y, batch_size, options.rounds,
                            wanted(network, options.without))
            print(json.dumps({"network": network, "batch": batch_size, "threads": threads,
                              "images": len(X), "seconds": found}), flush=True)
    print(json.dumps({"software": software(options.without)}), flush=True)


def software(without):
    """{library: its version and its BLAS}; ValueError if NumPy has other threads than asked."""
    wanted = int(os.environ["OMP_NUM_THREADS"])
    name, version, kernel, given = blas()
    if given not in (0, wanted):  # 0: a BLAS that threadpoolctl does not know
        raise ValueError(f"threads of NumPy: given {given}, wanted {wanted}")
    multiplies = f"{name} {version}, kernel {kernel or 'unknown'}" if given else f"BLAS: {name}"
    found = {"Python": platform.python_version(), "NumPy": f"{np.__version__} ({multiplies})"}
    if "PyTorch" not in without:
        import torch
        info = re.search(r"BLAS_INFO=(\w+)", torch.__config__.show())
        found["PyTorch"] = f"{torch.__version__} (BLAS: {info[1].upper() if info else '?'})"
    if "scikit-learn" not in without:
        found["scikit-learn"] = f"{importlib.metadata.version('scikit-learn')} (NumPy's BLAS)"
    return found


def train_core(X, y):
    """An epoch of the convolutional network on all images but the last 10,000, which validate."""
    import mnist_core as core
    net, optimiser = core_net(CONV)
    for _ in core.fit(net, optimiser, X[:-10_000], y[:-10_000], epochs=1, batch_size=CONV_BATCH,
                      rng=np.random.default_rng(0), validation=(X[-10_000:], y[-10_000:])):
        pass


def train_torch(X, y):
    """The same in PyTorch; its tensors share the memory of the arrays."""
    import torch
    torch.set_num_threads(1)
    net, optimiser = torch_net(CONV)
    X, y = torch.from_numpy(X), torch.from_numpy(y)
    for part in torch.randperm(len(X) - 10_000).split(CONV_BATCH):
        torch_step(net, optimiser, X[part], y[part])
    with torch.no_grad():
        torch.cat([net(x) for x in X[-10_000:].split(1000)])


def memory(options):
    """Print the MB that this process held at most, the digits among them; 0 where none can tell."""
    {"core": train_core, "PyTorch": train_torch}[options.part](*digits(CONV, 60_000))
    # Not getrusage: a child would begin with what its parent held.
    status = Path("/proc/self/status")
    held = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    print(json.dumps(int(held[1]) // 1024 if held else 0), flush=True)


# ---- all of them


def machine():
    """Processor, cores, memory and system, in a line."""
    system = platform.platform(terse=True)
    if Path("/etc/os-release").exists():
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    cores = f"{os.cpu_count()} core{'s' * (os.cpu_count() != 1)}"
    if not hasattr(os, "sysconf"):
        return f"{processor()}, {cores}, {system}"
    size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return f"{processor()}, {cores}, {size:.0f} GB of memory, {system}"


def missing():
    """The peers that are not installed."""
    return [peer for peer, name in PACKAGES.items() if importlib.util.find_spec(name) is None]


def child(part, options, threads, without):
    """Yield what a process of this part prints, a value of JSON a line."""
    own = {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    command = [sys.executable, __file__, f"--part={part}", f"--rounds={options.rounds}",
               f"--images={options.images}", "--batches", *map(str, options.batches),
               "--without", *without]
    with subprocess.Popen(command, env=os.environ | own, stdout=subprocess.PIPE, text=True) as run:
        yield from map(json.loads, run.stdout)
    if run.returncode:
        sys.exit(f"{part}: the process ended with {run.returncode}")


def measure(options, without):
    """Return all that is stored, and print a line as soon as it is known."""
    found = {"machine": machine(), "software": {}, "rounds": options.rounds, "memory": {},
             "runs": []}
    print(found["machine"])
    print("time of this core / time of the other side, fastest rounds; then the medians")
    for threads in dict.fromkeys(options.threads):
        for line in child("times", options, threads, without):
            if "software" in line:
                found["software"] = line["software"]
                continue
            found["runs"].append(line)
            print(f"{line['network']}, batch {line['batch']}, threads {threads}", flush=True)
            for which in "least", "median":
                said = [f"{side} {ratio:.2f}" for side, ratio in speed.ratios(line, which).items()]
                print(f"  {which:7}", "  ".join(said), flush=True)
            said = [f"{side} {t['least']:.3f}" for side, t in line["seconds"].items()]
            print("  seconds", "  ".join(said), flush=True)
    found["runs"].sort(key=lambda run: (list(SIDES).index(run["network"]), run["batch"]))
    for side in "core", "PyTorch":
        if side not in without:
            (held,) = child(side, options, 1, without)
            found["memory"] |= {side: held} if held else {}
    return found


def store(found):
    """Write the file, the table of the README and its picture."""
    write_rows(speed.FILE, found, "runs")
    write(README, with_table(README.read_text(encoding="utf-8"), found))
    write(PICTURE, picture(found))


def picture(found):
    """The picture of the README, as SVG."""
    import plots
    plots.style()
    return plots.svg(speed.picture(found)[0])


def with_table(readme, found):
    """The text of the README with this table between its two marks."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README: given no place for the table, wanted {BEGIN!r} and {END!r}")
    return f"{before}{begin}\n{speed.markdown(found)}\n\n{end}{after}"


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--images", type=int, default=12_800)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--batches", type=int, nargs="+", default=[10, 32, 128, 512])
    parser.add_argument("--write", action="store_true",
                        help="store what is found; the README and chapter 24 show it")
    parser.add_argument("--part", choices=["times", "core", "PyTorch"], help=argparse.SUPPRESS)
    parser.add_argument("--without", nargs="*", default=[], help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.part:
        return times(options) if options.part == "times" else memory(options)
    without = missing()
    if options.write and without:
        parser.error(f"--write: given no {' and no '.join(without)}, wanted all: make frameworks")
    for peer in without:
        print(f"{peer} is not installed and is left out: make frameworks")
    found = measure(options, without)
    print(speed.text(found), *speed.about(found), sep="\n")
    print("peak memory:", speed.memory(found))
    if options.write:
        store(found)


if __name__ == "__main__":
    main()
