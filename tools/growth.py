"""Measure how the time and memory of training grow with width, depth, batch size and examples.

    python tools/growth.py            # measure on this machine and print: a minute or two
    python tools/growth.py --write    # and write book/growth.json, then what --page writes
    python tools/growth.py --page     # measure nothing, write page and figures from that file

Every step is one of `fit`, on one thread. All settings run in turn, a little of each a round, and
the fastest round of each counts. Seconds are those for which the process had the core, so other
programs make the run longer; they make its seconds wrong only where they share caches or units of
the core. A quiet machine is needed for the numbers of the page, and for nothing else.
Memory is the peak that NumPy reports to tracemalloc while three steps run; it depends on no clock.
An exponent is the slope of a straight line through the logarithms, by least squares. The text of
the page is tools/how_far.md, where each <<name>> stands for a number of `facts`.
"""

import argparse
import json
import math
import re
import sys
import time
import tracemalloc
from collections import namedtuple
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mnist_core import SGD, Adam, Linear, Momentum, ReLU, Sequential, fit, load_mnist
from notebooks import plots
from tools.machine import machine
from tools.places import write, write_rows

ROOT = Path(__file__).resolve().parent.parent
RESULT, PAGE, TEXT = (Path(name) for name in (
    "book/growth.json", "book/how-far.md", "tools/how_far.md"))
FIGURES, INCHES = Path("book/_static/growth"), (4.7, 3.9)
N_IN, N_OUT, BATCH, HIDDEN = 784, 10, 128, 128
CHUNK = 0.02  # seconds of one setting in one round, or one step where that is longer
EXACT = 4  # significant digits that are kept

# `size` is what grows; the rest says what is trained: hidden layers of these widths.
Setting = namedtuple("Setting", "series size widths batch examples")
NAMES = {"width": "width, one hidden layer", "widths": "widths, two hidden layers",
         "depth": f"hidden layers of {HIDDEN}", "batch": "batch", "examples": "examples"}


def doublings(first, last):
    """first, 2 first, 4 first, ... up to last, and last itself."""
    count = math.ceil(math.log2(last / first))
    return [first * 2**i for i in range(count)] + [last]


def settings(quick=False):
    """All settings; the quick ones are small enough for a test."""
    most = {"width": 4096, "widths": 4096, "depth": 16, "batch": 4096, "examples": 60_000}
    if quick:
        most = {"width": 256, "widths": 256, "depth": 4, "batch": 256, "examples": 4000}
    all_of = most["examples"]
    return [
        *(Setting("width", h, (h,), BATCH, all_of) for h in doublings(32, most["width"])),
        *(Setting("widths", h, (h, h), BATCH, all_of) for h in doublings(32, most["widths"])),
        *(Setting("depth", d, (HIDDEN,) * d, BATCH, all_of) for d in doublings(1, most["depth"])),
        *(Setting("batch", n, (HIDDEN,), n, all_of) for n in doublings(1, most["batch"])),
        *(Setting("examples", n, (HIDDEN,), BATCH, n) for n in doublings(1000, most["examples"]))]


# ---- on paper


def shapes(widths):
    """The shapes of the weight matrices of 784-widths-10."""
    sizes = (N_IN, *widths, N_OUT)
    return [(n_out, n_in) for n_in, n_out in zip(sizes, sizes[1:])]


def parameters(widths):
    """How many numbers the network learns: weights and biases."""
    return sum(n_out * (n_in + 1) for n_out, n_in in shapes(widths))


def flops(widths, batch):
    """Operations of the matrix products of one step: 6 an example and weight.

    Two (a product and a sum) forward, two for dW, two for dx. The first layer needs no dx.
    """
    weights = sum(n_out * n_in for n_out, n_in in shapes(widths))
    return batch * (6 * weights - 2 * N_IN * widths[0])


def memory(widths, batch, examples=0):
    """Bytes at the peak of a step of SGD, four a number.

    All the time the weights, their gradients, and of each example in the batch the pixels, and z
    and a of every hidden layer. Then the larger of two: in the sweep back a third array of the
    largest layer, where the new gradient meets the old one, and two gradients of the widest layer's
    z; between two steps the pixels of the next batch. With `examples`, these too: their pixels,
    labels and places in the shuffled order.
    """
    largest = max(n_out * n_in for n_out, n_in in shapes(widths))
    always = 2 * parameters(widths) + batch * (N_IN + 2 * sum(widths))
    data = examples * (4 * N_IN + 8 + 8)
    return 4 * (always + max(largest + batch * 2 * max(widths), batch * N_IN)) + data


def paper(setting):
    """(flops, bytes) of a setting: of a step, or of an epoch over the examples where they grow."""
    steps, examples = 1, 0
    if setting.series == "examples":
        steps, examples = setting.examples / setting.batch, setting.examples
    return steps * flops(setting.widths, setting.batch), memory(
        setting.widths, setting.batch, examples)


def line(sizes, values):
    """(slope, scatter) of the straight line through the logarithms, by least squares.

    scatter: by which share a value typically lies off the line.
    """
    x, y = np.log2(sizes), np.log2(values)
    slope, start = np.polyfit(x, y, 1)
    off = y - (slope * x + start)
    return float(slope), float(2 ** math.sqrt((off @ off) / max(1, len(x) - 2)) - 1)


# ---- measured


def network(widths, rng):
    layers = [Linear(n_in, n_out, rng) for n_out, n_in in shapes(widths)]
    between = [part for layer in layers for part in (layer, ReLU())][:-1]
    return Sequential(*between)


def training(setting, X, y, make=SGD):
    """A training that never ends, as the generator of its records."""
    rng = np.random.default_rng(0)
    net = network(setting.widths, rng)
    return fit(net, make(net, 0.001), X, y, epochs=10**9, batch_size=setting.batch, rng=rng)


def seconds(run, count):
    """Seconds of one of `count` runs in a row, as this process used them.

    They are the clock's while nothing else wants the core; what others take is not counted.
    """
    start = time.process_time()
    for _ in range(count):
        run()
    return (time.process_time() - start) / count


def fastest(runs, rounds, chunk=CHUNK):
    """Seconds of each run: the fastest of the rounds, in which all take their turn.

    A run is (function, count): `count` is how many make a measurement, None as many as fill a
    chunk of seconds.
    """
    counts, best = [], []
    for run, count in runs:
        run()  # to warm up
        once = min(seconds(run, 1) for _ in range(3)) if count is None else 0
        counts.append(count or max(1, min(1000, round(chunk / once))))
        best.append(math.inf)
    for _ in range(rounds):
        for i, (run, _) in enumerate(runs):
            best[i] = min(best[i], seconds(run, counts[i]))
    return best


def peak(setting, X, y, make=SGD):
    """Bytes at the peak of three steps. The examples count only where they grow."""
    growing = setting.series == "examples"
    N = setting.examples if growing else min(len(X), 3 * setting.batch)
    X, y = X[:N], y[:N]
    tracemalloc.start()
    try:
        if growing:
            X, y = X.copy(), y.copy()
        records = training(setting, X, y, make)
        for _ in range(3):
            next(records)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def multiply(n):
    """A function that multiplies two n x n matrices of float32."""
    rng = np.random.default_rng(0)
    A, B = rng.standard_normal((2, n, n), np.float32)
    out = np.empty_like(A)
    return lambda: np.matmul(A, B, out=out)


def turn(setting, X, y):
    """(function, count) of a setting: a step, or as many as an epoch has where examples grow."""
    records = training(setting, X[: setting.examples], y[: setting.examples])
    steps = math.ceil(setting.examples / setting.batch)
    return (lambda: next(records)), steps if setting.series == "examples" else None


def kept(number):
    return float(f"{number:.{EXACT}g}")


def measure(quick=False, rounds=30):
    """All that is measured, as the dict that the file keeps."""
    X, y = load_mnist()[:2]
    every, n = settings(quick), 256 if quick else 2048
    with threadpool_limits(1):
        found = fastest([(multiply(n), None), *(turn(s, X, y) for s in every)], rounds)
        points = []
        for setting, time_of in zip(every, found[1:]):
            if setting.series == "examples":
                time_of *= math.ceil(setting.examples / setting.batch)
            points.append(setting._asdict() | {
                "seconds": kept(time_of), "bytes": kept(peak(setting, X, y))})
        wide = Setting("width", n, (n,), 8, 8)  # a batch so small that the weights rule
        weight = {make.__name__: kept(peak(wide, X, y, make) / parameters(wide.widths))
                  for make in (SGD, Momentum, Adam)}
        return {"machine": machine(), "rounds": rounds,
                "product": {"n": n, "seconds": kept(found[0])},
                "bytes_a_weight": weight, "points": points}


# ---- what follows from it


def rate(data):
    """Operations a second of the large matrix product."""
    return 2 * data["product"]["n"] ** 3 / data["product"]["seconds"]


def setting_of(row):
    """The setting of a point of the file."""
    return Setting(*(row[key] for key in Setting._fields))


def points(data, series):
    """The settings of a series, and seconds and bytes measured at each."""
    rows = [row for row in data["points"] if row["series"] == series]
    return [setting_of(row) for row in rows], *(
        [row[key] for row in rows] for key in ("seconds", "bytes"))


def exponents(data, series):
    """{(kind, range): (paper's slope, measured slope, its scatter)}.

    kind is "time" or "memory"; the range "all" sizes, or the "last" three doublings.
    """
    every, times, sizes = points(data, series)
    on_paper, result = list(zip(*map(paper, every))), {}
    for kind, expected, measured in zip(("time", "memory"), on_paper, (times, sizes)):
        for span, least in ("all", 0), ("last", every[-1].size / 8):
            x, p, m = zip(*((s.size, a, b) for s, a, b in zip(every, expected, measured)
                            if s.size >= least))
            result[kind, span] = line(x, p)[0], *line(x, m)
    return result


def slope(number):
    return f"{number:.2f}".replace("-", "\u2212")


def table(data, kind):
    """The rows of a table of exponents, for the page and for the terminal."""
    heads = "what grows | from, to | paper | measured | paper, at the end | measured, at the end"
    rows = [f"| {heads} |", "|---|---|--:|--:|--:|--:|"]
    for series, name in NAMES.items():
        every, found = points(data, series)[0], exponents(data, series)
        cells = [f"{every[0].size:,}, {every[-1].size:,}"]
        for span in "all", "last":
            expected, measured, scatter = found[kind, span]
            cells += [slope(expected), f"{slope(measured)} ({round(100 * scatter)} %)"]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows)


# ---- where it ends, on paper. Sources are cited on the page.

RESNET = {"multiply-adds forward": 3.8e9, "images": 1.28e6, "epochs": 90}
GPT3 = {"flops": 3.14e23, "weights": 175e9}
A100 = {"flops a second": 312e12, "share": 0.542, "bytes": 80e9}
HOUR, DAY, YEAR = 3600, 86_400, 365.25 * 86_400
UNITS = {"years": YEAR, "months": YEAR / 12, "days": DAY, "hours": HOUR, "minutes": 60,
         "seconds": 1}
IMAGES, EPOCHS = 60_000, 10


def resnet_flops():
    """Forward, and twice that backward; a multiply-add is two operations."""
    return 2 * 3 * math.prod(RESNET.values())


def accelerator():
    """Operations a second that were reached on an A100."""
    return A100["flops a second"] * A100["share"]


def widest(limit, size):
    """The largest width h for which size(h) is within the limit."""
    low, high = 1, 2**20
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if size(middle) <= limit else (low, middle)
    return low


def widest_in(seconds, speed):
    """The h of a 784-h-h-10 that does ten epochs of 60,000 images in this time at this speed."""
    return widest(seconds * speed, lambda h: EPOCHS * flops((h, h), IMAGES))


def widest_within(bytes_):
    """The h of a 784-h-h-10 that SGD trains in this memory, batches of 128."""
    return widest(bytes_, lambda h: memory((h, h), BATCH))


def two(number):
    """Two significant digits, written out: 7,700 or 1.7."""
    digits = 1 - math.floor(math.log10(abs(number)))
    return f"{round(number, digits):,.{max(0, digits)}f}"


def span(seconds):
    """A time in the largest unit of which there are two or more."""
    unit = next((name for name, size in UNITS.items() if seconds >= 2 * size), "seconds")
    return f"{two(seconds / UNITS[unit])} {unit}"


def power(number):
    """Two significant digits and a power of ten, in TeX."""
    exponent = math.floor(math.log10(number))
    return rf"{number / 10**exponent:.1f} \cdot 10^{{{exponent}}}"


def percent(share):
    return two(100 * share) if share < 0.1 else f"{100 * share:.0f}"


def described(where):
    """The machine in words."""
    threads = "one thread" if where["threads"] == 1 else f"{where['threads']} threads"
    return (f"{where['processor']} with {where['cores']} cores, {where['system']} on "
            f"{where['architecture']}, Python {where['python']}, NumPy {where['numpy']} with "
            f"{where['blas']} (kernel {where['kernel'] or 'unknown'}), {threads}")


def reached(data):
    """Operations a second in a step of the widest network of two hidden layers."""
    every, times, _ = points(data, "widths")
    return flops(every[-1].widths, BATCH) / times[-1]


def facts(data):
    """What each <<name>> on the page stands for."""
    speed, where = rate(data), data["machine"]
    time_at = {(row["series"], row["size"]): row["seconds"] for row in data["points"]}
    bytes_at = {(row["series"], row["size"]): row["bytes"] for row in data["points"]}
    small, large, most = (edge(size for series, size in time_at if series == name)
                          for name, edge in (("width", min), ("widths", max), ("batch", max)))
    usual = time_at["batch", min(BATCH, most)] * IMAGES / min(BATCH, most)
    alone, weight = time_at["batch", 1], data["bytes_a_weight"]
    off = [row["bytes"] / paper(setting_of(row))[1] - 1 for row in data["points"]]
    return {
        "figure_width": round(96 * INCHES[0]), "figure_height": round(96 * INCHES[1]),
        "time_table": table(data, "time"), "memory_table": table(data, "memory"),
        "machine": described(where), "rounds": data["rounds"],
        "product": f"{data['product']['n']:,}", "gflops": f"{speed / 1e9:.0f}",
        "small": small, "large": f"{large:,}", "half": f"{large // 2:,}",
        **{f"{series}_{what}": two(known[series, large] / known[series, large // 2])
           for what, known in (("time", time_at), ("memory", bytes_at))
           for series in ("width", "widths")},
        "share_small": percent(flops((small,), BATCH) / time_at["width", small] / speed),
        "share_large": percent(reached(data) / speed),
        "alone": two(1e6 * alone), "pair": two(1e6 * time_at["batch", 2]),
        "alone_epoch": two(IMAGES * alone), "usual_epoch": two(usual),
        "alone_share": two(100 * flops((HIDDEN,), 1) / alone / speed),
        "memory_off": math.ceil(100 * max(map(abs, off))),
        **{name.lower(): round(value) for name, value in weight.items()},
        "hour": two(widest_in(HOUR, reached(data))), "day": two(widest_in(DAY, reached(data))),
        "memory_8": two(widest_within(8e9)), "memory_16": two(widest_within(16e9)),
        "resnet": power(resnet_flops()), "resnet_here": span(resnet_flops() / speed),
        "resnet_there": span(resnet_flops() / accelerator()),
        "gpt3": power(GPT3["flops"]), "gpt3_here": span(GPT3["flops"] / speed),
        "gpt3_there": span(GPT3["flops"] / accelerator()),
        "gpt3_days": span(GPT3["flops"] / accelerator() / 1024),
        "gpt3_terabytes": f"{16 * GPT3['weights'] / 1e12:.1f}",
        "gpt3_devices": math.ceil(16 * GPT3["weights"] / A100["bytes"]),
        "faster": two(accelerator() / speed)}


# ---- figures and page


def logarithmic(ax, xticks, yticks):
    """Both axes logarithmic, with plain numbers at the ticks."""
    ax.set(xscale="log", yscale="log")
    for axis, ticks in (ax.xaxis, xticks), (ax.yaxis, yticks):
        axis.set_major_locator(plots.plt.FixedLocator(ticks))
        axis.set_major_formatter(plots.plt.FuncFormatter(lambda value, _: f"{value:,.15g}"))
        axis.set_minor_locator(plots.plt.NullLocator())


def decades(values):
    """The powers of ten about the values."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return [10.0**k for k in range(low, high + 1)]


def drawn(x, curves, xlabel, ylabel, xticks=None):
    """A small figure of curves {label: (values, from paper)}: what is measured has markers."""
    plots.style()
    fig, ax = plots.plt.subplots(figsize=INCHES)
    for i, (label, (values, on_paper)) in enumerate(curves.items()):
        ax.plot(x, values, label=label, color=plots.COLOURS[i], linestyle=plots.DASHES[i],
                marker=None if on_paper else plots.MARKERS[i], markersize=6)
    every = [value for values, _ in curves.values() for value in values]
    logarithmic(ax, xticks or x[::2], decades(every))
    ax.set(xlabel=xlabel, ylabel=ylabel)
    fig.legend(loc="outside upper left", ncols=2, columnspacing=1, handlelength=2.6, fontsize=11.5)
    return plots.svg(fig)


def figures(data):
    """{file's name: SVG} of the page's figures."""
    speed, curves, bytes_ = rate(data), {}, {}
    for series, name in ("width", "one layer"), ("widths", "two layers"):
        every, times, sizes = points(data, series)
        curves[name] = [1000 * t for t in times], False
        curves[f"{name}, paper"] = [1000 * paper(s)[0] / speed for s in every], True
        bytes_[name] = [b / 1e6 for b in sizes], False
        bytes_[f"{name}, paper"] = [paper(s)[1] / 1e6 for s in every], True
    x = [s.size for s in every]
    batches, times, _ = points(data, "batch")
    epochs = {"measured": ([t * IMAGES / s.batch for s, t in zip(batches, times)], False),
              "on paper": ([paper(s)[0] / speed * IMAGES / s.batch for s in batches], True)}
    return {
        "width.svg": drawn(x, curves, "hidden units a layer", "milliseconds a step"),
        "batch.svg": drawn([s.size for s in batches], epochs, "examples in a batch",
                           "seconds an epoch", [s.size for s in batches[::3]]),
        "memory.svg": drawn(x, bytes_, "hidden units a layer", "megabytes at the peak")}


def page(data, root=ROOT):
    """The text of the page."""
    known, text = facts(data), (root / TEXT).read_text(encoding="utf-8")
    return re.sub(r"<<(\w+)>>", lambda name: str(known[name[1]]), text)


def load(root=ROOT):
    return json.loads((root / RESULT).read_text(encoding="utf-8"))


def store(data, root=ROOT):
    """Write the file, a line a point."""
    write_rows(root / RESULT, data, "points")


def write_page(root=ROOT):
    """Write page and figures from the file."""
    data = load(root)
    for name, text in figures(data).items():
        write(root / FIGURES / name, text)
    write(root / PAGE, page(data, root))


def report(data):
    """What was measured, for the terminal."""
    where = ", ".join(str(value) for value in data["machine"].values())
    print(f"{where}\nlarge matrix product: {rate(data) / 1e9:.1f} GFLOPS")
    for row in data["points"]:
        expected = paper(setting_of(row))
        print(f"{row['series']:9}{row['size']:7}{1000 * row['seconds']:12.3f} ms"
              f"{row['seconds'] * rate(data) / expected[0]:8.2f} x paper"
              f"{row['bytes'] / 1e6:10.2f} MB{row['bytes'] / expected[1]:7.2f} x paper")
    print("bytes a weight:", data["bytes_a_weight"])
    for kind in "time", "memory":
        print(f"\nexponents of {kind}\n{table(data, kind)}")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it runs")
    parser.add_argument("--write", action="store_true", help="write file, page and figures")
    parser.add_argument("--page", action="store_true", help="measure nothing, write the page")
    options = parser.parse_args(arguments)
    if options.quick and options.write:
        parser.error("--quick measures too little to be written")
    if not options.page:
        data = measure(options.quick, options.rounds)
        report(data)
        if options.write:
            store(data)
    if options.write or options.page:
        write_page()


if __name__ == "__main__":
    main()
