"""Draws the picture of the welcome page: one test digit on its way through a trained network.

    python book/welcome_picture.py        # trains for a few seconds, writes two PNGs to book/_static

Left, the image. In the middle a tile for each hidden unit: the image times the unit's weights, pixel by
pixel, orange where that counts for the unit and blue where it counts against; a tile is as bright as its
unit is active. Right, the ten probabilities. A thread is as strong as what it carries.
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

from mnist_core import SGD, Linear, ReLU, Sequential, fit, linear_decay, load_mnist, softmax

DIGIT = 444  # of the test images: a two with a touch of something else
NIGHT, WARM, COLD, PALE, DIM = "#0e1a2e", "#ffb84d", "#57b6ff", "#d7e0ee", "#93a4bd"
ink = LinearSegmentedColormap.from_list("ink", ["#1a2a45", "#8a5a2b", WARM, "#fff4dd"])
signed = LinearSegmentedColormap.from_list("signed", ["#bfe3ff", COLD, "#15243f", WARM, "#fff0d0"])


def train():
    """Return the two linear layers of a trained 784-128-10, and one test image with its label."""
    X, y, X_test, y_test = load_mnist()
    rng = np.random.default_rng(0)
    first, last = Linear(784, 128, rng), Linear(128, 10, rng)
    net = Sequential(first, ReLU(), last)
    schedule = linear_decay(0.25, 3 * math.ceil(50_000 / 64))
    for _ in fit(net, SGD(net, 0.25), X[:50_000], y[:50_000], epochs=3, batch_size=64, rng=rng, schedule=schedule):
        pass
    return first, last, X_test[DIGIT], y_test[DIGIT]


def tiles(parts, a, columns):
    """Lay the units' parts (128, 784), without their empty margins, out as one image (rows * 24, columns * 24, 3)."""
    sheet = np.empty((len(a) // columns * 24, columns * 24, 3))
    sheet[:] = to_rgb(NIGHT)
    scale, light = np.quantile(np.abs(parts).max(axis=1), 0.75), 0.3 + 0.7 * np.minimum(1, a / np.quantile(a, 0.9))
    for unit, part in enumerate(parts):
        row, column = (24 * i + 1 for i in divmod(unit, columns))
        tile = signed(0.5 + 0.5 * np.clip(part / scale, -1, 1)).reshape(28, 28, 4)[3:25, 3:25, :3]
        sheet[row:row + 22, column:column + 22] = light[unit] * tile + (1 - light[unit]) * np.array(to_rgb(NIGHT))
    return sheet


def threads(ax, starts, ends, strengths, along):
    """Draw a curve from each start to its end: its colour is the sign of its strength, its weight the size."""
    t = np.linspace(0, 1, 40)[:, None]
    ease = t * t * (3 - 2 * t)
    strongest_last = np.argsort(np.abs(strengths))
    lines = [np.where(np.arange(2) == along, starts[i] + (ends[i] - starts[i]) * t, starts[i] + (ends[i] - starts[i]) * ease)
             for i in strongest_last]
    colours = [(*to_rgb(WARM if strengths[i] > 0 else COLD), min(1, abs(strengths[i]))) for i in strongest_last]
    ax.add_collection(LineCollection(lines, colors=colours, linewidths=0.8))


def draw(path, first, last, x, y, *, size, along):
    """Draw the network from left to right (along 0) or from top to bottom (along 1), in tenths of an inch."""
    a = np.maximum(0, first.W @ x + first.b)
    p = softmax(last.W @ a + last.b)
    width, height = size
    columns, rows = 16, len(a) // 16
    if along == 0:
        digit, tile, corner, sheet_corner = 19, 2.3, np.array([2, 7]), np.array([27.5, 7.3])
        outputs = np.array([[72.5, 7.4 + 2.02 * c] for c in range(10)])
    else:
        digit, tile, corner, sheet_corner = 17, 2.2, np.array([10.5, 4.5]), np.array([1.4, 30])
        outputs = np.array([[4.6 + 3.2 * c, 57.5] for c in range(10)])
    fig = plt.figure(figsize=(width / 10, height / 10), dpi=200, facecolor=NIGHT)
    ax = fig.add_axes([0, 0, 1, 1], xlim=(0, width), ylim=(height, 0))
    ax.axis("off")

    # Along the edges of the sheet every unit has a place of its own, near its tile.
    row, column = np.divmod(np.arange(len(a)), columns)
    across = (row + (column + 0.5) / columns) / rows if along == 0 else (column + (row + 0.5) / rows) / columns
    spans = np.array([columns * tile, rows * tile])
    near, far, edge = (np.zeros((len(a), 2)) for _ in range(3))
    near[:, along], far[:, along] = sheet_corner[along], sheet_corner[along] + spans[along]
    near[:, 1 - along] = far[:, 1 - along] = sheet_corner[1 - along] + spans[1 - along] * across
    edge[:, along], edge[:, 1 - along] = corner[along] + digit, corner[1 - along] + digit * (0.1 + 0.8 * across)
    threads(ax, edge, near, 0.9 * a / a.max(), along)
    carried = last.W * a  # (10, 128)
    for c in np.argsort(p):
        strength = carried[c] / np.abs(carried).max() * (1 if c == p.argmax() else 0.45)
        threads(ax, far, np.tile(outputs[c], (len(a), 1)), strength, along)

    (left, top), (sheet_left, sheet_top) = corner, sheet_corner
    ax.imshow(x.reshape(28, 28), cmap=ink, vmin=0, vmax=1, extent=(left, left + digit, top + digit, top), zorder=3)
    for at in np.arange(29) * digit / 28:
        ax.plot([left + at, left + at], [top, top + digit], color=NIGHT, lw=0.6, zorder=4)
        ax.plot([left, left + digit], [top + at, top + at], color=NIGHT, lw=0.6, zorder=4)
    ax.imshow(tiles(first.W * x, a, columns), zorder=3, interpolation="nearest",
              extent=(sheet_left, sheet_left + spans[0], sheet_top + spans[1], sheet_top))

    for c, (at_x, at_y) in enumerate(outputs):
        colour, weight = (WARM, "bold") if c == p.argmax() else (DIM, "normal")
        if along == 0:
            ax.text(at_x + 1, at_y, str(c), color=colour, size=10, va="center", ha="center", weight=weight)
            ax.barh(at_y, max(0.12, 6 * p[c]), left=at_x + 2, height=1.3, color=colour)
            ax.text(at_x + 2.6 + 6 * p[c], at_y, f"{p[c]:.0%}" if p[c] > 0.01 else "", color=colour, size=8.5, va="center")
        else:
            ax.text(at_x, at_y + 1.2, str(c), color=colour, size=12, va="center", ha="center", weight=weight)
            ax.bar(at_x, max(0.12, 6 * p[c]), bottom=at_y + 2.5, width=2, color=colour)
            ax.text(at_x, at_y + 3.5 + 6 * p[c], f"{p[c]:.0%}" if p[c] > 0.01 else "", color=colour, size=10, va="center", ha="center")

    words = "784 pixels", "128 hidden units", "10 probabilities"
    places = ((left + digit / 2, 3.2), (sheet_left + spans[0] / 2, 3.2), (77, 3.2)) if along == 0 else ((19, 2.2), (19, 27), (19, 70.8))
    for text, (at_x, at_y) in zip(words, places):
        ax.text(at_x, at_y, text, color=PALE, size=11, ha="center", va="center", zorder=5,
                bbox={"facecolor": NIGHT, "edgecolor": "none", "pad": 2})

    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", facecolor=NIGHT)
    plt.close(fig)
    few = Image.open(buffer).convert("RGB").quantize(192, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    print(f"{path}: {path.stat().st_size / 1000:.0f} KB, label {y}, read as {p.argmax()} with {p.max():.1%}")


if __name__ == "__main__":
    layers_and_image = train()
    draw(BOOK / "_static" / "network.png", *layers_and_image, size=(84, 30), along=0)
    draw(BOOK / "_static" / "network-tall.png", *layers_and_image, size=(38, 73), along=1)
