"""Draws the picture of the welcome page: one test digit on its way through a trained network.

    python book/welcome_picture.py        # trains some seconds, writes three files to book/_static

Left, the image. In the middle a tile for each hidden unit: the image times the unit's weights,
pixel by pixel, orange where that counts for the unit and blue where it counts against; a tile is as
bright as its unit is active. Right, the ten probabilities. A thread is as strong as what it bears.
"""

import io
import math
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from PIL import Image

BOOK = Path(__file__).resolve().parent
sys.path.insert(0, str(BOOK.parent))

from mnist_core import (  # noqa: E402
    SGD,
    Linear,
    ReLU,
    Sequential,
    fit,
    linear_decay,
    load_mnist,
    softmax,
)

DIGIT = 444  # of the test images: a two with a touch of something else
COLUMNS = 16  # of tiles
NIGHT, WARM, COLD, PALE, DIM = "#0e1a2e", "#ffb84d", "#57b6ff", "#d7e0ee", "#93a4bd"
ink = LinearSegmentedColormap.from_list("ink", ["#1a2a45", "#8a5a2b", WARM, "#fff4dd"])
signed = LinearSegmentedColormap.from_list("signed", ["#bfe3ff", COLD, "#15243f", WARM, "#fff0d0"])

# Two ways to lay it out, in tenths of an inch: from left to right (along 0) or downwards (along 1).
WIDE = {
    "along": 0, "size": (84, 30), "digit": 19, "tile": 2.3,
    "digit_at": np.array([2, 7]), "sheet_at": np.array([27.5, 7.3]),
    "outputs": np.array([[72.5, 7.4 + 2.02 * c] for c in range(10)]),
    "words_at": ((11.5, 3.2), (45.9, 3.2), (77, 3.2)),
}
TALL = {
    "along": 1, "size": (38, 73), "digit": 17, "tile": 2.2,
    "digit_at": np.array([10.5, 4.5]), "sheet_at": np.array([1.4, 30]),
    "outputs": np.array([[4.6 + 3.2 * c, 57.5] for c in range(10)]),
    "words_at": ((19, 2.2), (19, 27), (19, 70.8)),
}


def train():
    """Return the two linear layers of a trained 784-128-10, and one test image with its label."""
    X, y, X_test, y_test = load_mnist()
    rng = np.random.default_rng(0)
    first, last = Linear(784, 128, rng), Linear(128, 10, rng)
    net = Sequential(first, ReLU(), last)
    schedule = linear_decay(0.25, 3 * math.ceil(50_000 / 64))
    run = fit(net, SGD(net, 0.25), X[:50_000], y[:50_000],
              epochs=3, batch_size=64, rng=rng, schedule=schedule)
    list(run)
    return first, last, X_test[DIGIT], y_test[DIGIT]


def tiles(parts, a):
    """Lay the parts (128, 784), without their margins, out as one picture, a tile a unit."""
    night = np.array(to_rgb(NIGHT))
    sheet = np.tile(night, (len(a) // COLUMNS * 24, COLUMNS * 24, 1))
    scale = np.quantile(np.abs(parts).max(axis=1), 0.75)
    light = 0.3 + 0.7 * np.minimum(1, a / np.quantile(a, 0.9))
    for unit, part in enumerate(parts):
        row, column = (24 * i + 1 for i in divmod(unit, COLUMNS))
        tile = signed(0.5 + 0.5 * np.clip(part / scale, -1, 1)).reshape(28, 28, 4)[3:25, 3:25, :3]
        sheet[row:row + 22, column:column + 22] = light[unit] * tile + (1 - light[unit]) * night
    return sheet


def threads(ax, starts, ends, strengths, along):
    """Draw a curve from each start to its end: its colour is a sign, its weight a size."""
    t = np.linspace(0, 1, 40)[:, None]
    at = np.where(np.arange(2) == along, t, t * t * (3 - 2 * t))  # straight along, eased across
    order = np.argsort(np.abs(strengths))  # the strongest on top
    lines = [starts[i] + (ends[i] - starts[i]) * at for i in order]
    hues = [to_rgb(WARM if strengths[i] > 0 else COLD) for i in order]
    colours = [(*hue, min(1, abs(strengths[i]))) for hue, i in zip(hues, order)]
    ax.add_collection(LineCollection(lines, colors=colours, linewidths=0.8))


def draw_threads(ax, a, carried, p, layout):
    """Draw the threads from the image to the units, and from the units to the outputs."""
    along, corner, digit = layout["along"], layout["digit_at"], layout["digit"]
    rows = len(a) // COLUMNS
    row, column = np.divmod(np.arange(len(a)), COLUMNS)
    # Along the edges of the sheet every unit has a place of its own, near its tile.
    down, right = (row + (column + 0.5) / COLUMNS) / rows, (column + (row + 0.5) / rows) / COLUMNS
    across = right if along else down
    spans = np.array([COLUMNS, rows]) * layout["tile"]
    near, far, edge = (np.zeros((len(a), 2)) for _ in range(3))
    near[:, along] = layout["sheet_at"][along]
    far[:, along] = near[:, along] + spans[along]
    near[:, 1 - along] = layout["sheet_at"][1 - along] + spans[1 - along] * across
    far[:, 1 - along] = near[:, 1 - along]
    edge[:, along] = corner[along] + digit
    edge[:, 1 - along] = corner[1 - along] + digit * (0.1 + 0.8 * across)
    threads(ax, edge, near, 0.9 * a / a.max(), along)
    for c in np.argsort(p):
        share = carried[c] / np.abs(carried).max() * (1 if c == p.argmax() else 0.45)
        threads(ax, far, np.tile(layout["outputs"][c], (len(a), 1)), share, along)


def draw_image(ax, x, layout):
    """Draw the digit as a grid of pixels."""
    (left, top), size = layout["digit_at"], layout["digit"]
    ax.imshow(x.reshape(28, 28), cmap=ink, vmin=0, vmax=1, zorder=3,
              extent=(left, left + size, top + size, top))
    for at in np.arange(29) * size / 28:
        ax.plot([left + at, left + at], [top, top + size], color=NIGHT, lw=0.6, zorder=4)
        ax.plot([left, left + size], [top + at, top + at], color=NIGHT, lw=0.6, zorder=4)


def draw_outputs(ax, p, layout):
    """Draw a bar for each probability, with the digit before it and, where it shows, the number."""
    for c, (x, y) in enumerate(layout["outputs"]):
        best = c == p.argmax()
        style = {"color": WARM if best else DIM, "va": "center", "ha": "center"}
        weight, length = "bold" if best else "normal", max(0.12, 6 * p[c])
        number = f"{100 * p[c]:.0f} %" if p[c] > 0.01 else ""
        if layout["along"] == 0:
            ax.text(x + 1, y, str(c), size=10, weight=weight, **style)
            ax.barh(y, length, left=x + 2, height=1.3, color=style["color"])
            ax.text(x + 2.6 + length, y, number, size=8.5, **(style | {"ha": "left"}))
        else:
            ax.text(x, y + 1.2, str(c), size=12, weight=weight, **style)
            ax.bar(x, length, bottom=y + 2.5, width=2, color=style["color"])
            ax.text(x, y + 3.5 + length, number, size=10, **style)


def draw(path, first, last, x, y, layout):
    """Draw the whole picture into the file."""
    a = np.maximum(0, first.W @ x + first.b)
    p = softmax(last.W @ a + last.b)
    width, height = layout["size"]
    fig = plt.figure(figsize=(width / 10, height / 10), dpi=200, facecolor=NIGHT)
    ax = fig.add_axes([0, 0, 1, 1], xlim=(0, width), ylim=(height, 0))
    ax.axis("off")
    draw_threads(ax, a, last.W * a, p, layout)
    draw_image(ax, x, layout)
    (left, top), tile = layout["sheet_at"], layout["tile"]
    right, bottom = left + COLUMNS * tile, top + len(a) // COLUMNS * tile
    ax.imshow(tiles(first.W * x, a), zorder=3, interpolation="nearest",
              extent=(left, right, bottom, top))
    draw_outputs(ax, p, layout)
    box = {"facecolor": NIGHT, "edgecolor": "none", "pad": 2}
    words = "784 pixels", "128 hidden units", "10 probabilities"
    for phrase, at in zip(words, layout["words_at"]):
        ax.text(*at, phrase, color=PALE, size=11, ha="center", va="center", zorder=5, bbox=box)
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", facecolor=NIGHT)
    plt.close(fig)
    picture = Image.open(buffer).convert("RGB")
    picture.save(path, quality=82, method=6)
    if layout is WIDE:  # whoever links to the book shows a PNG
        few = picture.quantize(192, dither=Image.Dither.NONE)
        few.save(path.with_suffix(".png"), optimize=True)
    print(f"{path}: {path.stat().st_size / 1000:.0f} KB, {y} read as {p.argmax()}: {p.max():.1%}")


if __name__ == "__main__":
    trained = train()
    draw(BOOK / "_static" / "network.webp", *trained, WIDE)
    draw(BOOK / "_static" / "network-tall.webp", *trained, TALL)
