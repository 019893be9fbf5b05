"""What tools/benchmark.py measured, as text, a Markdown table and a picture.

Chapter 24 and the README show the same file, data/benchmark.json. A ratio is the time of this core
over that of another side, both the fastest of their rounds: below 1, the core takes less time.
"""

import json
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "data" / "benchmark.json"
SIDES = ["products", "PyTorch", "channels_last", "DataLoader", "scikit-learn"]
NAMES = {"products": "its bare products", "PyTorch": "PyTorch",
         "channels_last": "PyTorch, `channels_last`", "DataLoader": "PyTorch, `DataLoader`",
         "scikit-learn": "scikit-learn"}
TICKS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10]


def load():
    return json.loads(FILE.read_text(encoding="utf-8"))


def ratios(run, which="least"):
    """{side: time of the core / time of the side}, of the fastest rounds or of the medians."""
    seconds = {side: found[which] for side, found in run["seconds"].items()}
    return {side: seconds["core"] / seconds[side] for side in SIDES if side in seconds}


def rows(measured):
    """[[network, batch, threads, a ratio for each of SIDES]], "" for a side that did not run."""
    return [[run["network"], str(run["batch"]), str(run["threads"]),
             *[f"{ratios(run)[side]:.2f}" if side in ratios(run) else "" for side in SIDES]]
            for run in measured["runs"]]


def text(measured):
    """The ratios in columns, a block for each network."""
    lines, found = [], rows(measured)
    for network in dict.fromkeys(row[0] for row in found):
        block = [["batch", "threads", *SIDES]] + [row[1:] for row in found if row[0] == network]
        columns = [column for column in zip(*block) if any(column[1:])]
        padded = [[word.rjust(max(map(len, column))) for word in column] for column in columns]
        lines += [network, *["   ".join(row) for row in zip(*padded)]]
    return "\n".join(lines)


def about(measured):
    """The machine, what ran on it, and how much of it, a line each."""
    software = [f"{name} {version}" for name, version in measured["software"].items()]
    images = {run["network"]: f"{run['network']}: epochs of {run['images']:,} images"
              for run in measured["runs"]}
    return [measured["machine"], *software, *images.values(),
            f"the fastest of {measured['rounds']} epochs"]


def memory(measured):
    """Peak memory of a training, and the ratio, in a line."""
    held = measured["memory"]
    said = [f"{side} {megabytes:,} MB" for side, megabytes in held.items()]
    if len(held) == 2:
        said.append(f"ratio {held['core'] / held['PyTorch']:.2f}")
    return ", ".join(said) or "this system does not tell it"


def faster(measured):
    """In how many rows the core takes less time than each peer, as words."""
    said = []
    for side in SIDES[1:]:
        found = [ratios(run)[side] for run in measured["runs"] if side in ratios(run)]
        fewer = sum(ratio < 1 for ratio in found)
        said.append(f"{fewer} of {len(found)} against {NAMES[side]}")
    return "; ".join(said)


def markdown(measured):
    """The ratios as a table of the README, with where they were measured."""
    heads = ["network", "batch", "threads", *[NAMES[side] for side in SIDES]]
    table = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows(measured)]
    lines = [f"| {' | '.join(row)} |".replace("|  |", "| |").replace("|  |", "| |")
             for row in table]
    return "\n".join([
        *lines, "",
        f"Below 1 the core takes less time. Rows in which it does: {faster(measured)}.", "",
        f"Peak memory of training the convolution, the digits among it: {memory(measured)}.", "",
        f"Measured on {'; '.join(about(measured))}."])


def dots(measured):
    """The rows of the picture, and {threads: {row: ratio}}."""
    found = {}
    for run in measured["runs"]:
        what = "convolution" if "conv" in run["network"] else f"batch {run['batch']}"
        for side, ratio in ratios(run).items():
            if side != "products":
                found.setdefault(run["threads"], {})[f"{side}, {what}"] = ratio
    names = list(dict.fromkeys(row for ratio in found.values() for row in ratio))
    return sorted(names, key=lambda row: SIDES.index(row.split(",")[0])), found


def picture(measured):
    """Ratios on a logarithmic axis: a row for a side and batch, a mark for a number of threads."""
    import matplotlib.pyplot as plt
    import plots

    names, found = dots(measured)
    fig, ax = plt.subplots(figsize=(6, 1 + 0.25 * len(names)))
    ax.axvline(1, color="0.3", linestyle=":", linewidth=1.5)
    for k, (threads, ratio) in enumerate(found.items()):
        ax.plot(list(ratio.values()), [names.index(row) for row in ratio], plots.MARKERS[k],
                markersize=7, fillstyle=["full", "none"][k % 2], markeredgewidth=1.6,
                color=plots.COLOURS[k], label=f"{threads} thread{'s' * (threads > 1)}")
    ax.set(xscale="log", yticks=range(len(names)), yticklabels=names,
           xlabel="time of this core / time of the other side")
    low, high = ax.get_xlim()
    ticks = [tick for tick in TICKS if low < tick < high]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.invert_yaxis()
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=len(found))
    return fig, ax
