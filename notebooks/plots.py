"""Pictures of the book: each takes arrays or Records and returns (fig, ax).

One style for all: vector graphics on an opaque white ground, type that a telephone still shows,
and lines that differ in dash and marker as well as in colour (hues after Okabe and Ito, for
colour-blind eyes). At most six inches wide, a figure fits a telephone with letters of nine pixels.
"""

import io
import itertools
import re

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib_inline.backend_inline import set_matplotlib_formats

COLOURS = ["#0072b2", "#d55e00", "#007a5a", "#8f3f71", "#5c4a00", "#000000"]
DASHES = ["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3))]
MARKERS = ["o", "s", "^", "D", "v", "x"]
INK = "gray_r"  # 0 is white paper, 1 is black ink
SIGNED = "RdBu_r"  # 0 is white, above red, below blue


def style():
    """Set the one style of the book. The setup cell of every chapter calls it."""
    plt.rcdefaults()
    plt.rcParams.update({
        "axes.grid": True, "axes.prop_cycle": cycler(color=COLOURS, linestyle=DASHES),
        "axes.spines.right": False, "axes.spines.top": False, "axes.titlelocation": "left",
        "axes.titlesize": 12, "axes.labelsize": 12, "xtick.labelsize": 11, "ytick.labelsize": 11,
        "figure.constrained_layout.use": True, "figure.dpi": 200, "figure.facecolor": "white",
        "figure.figsize": (6, 3.6), "font.size": 12, "grid.alpha": 0.3, "image.cmap": INK,
        "image.interpolation": "none", "legend.frameon": False, "lines.linewidth": 2,
        "savefig.dpi": 200, "savefig.facecolor": "white", "svg.hashsalt": "back-to-basics",
    })
    if plt.get_backend().endswith("inline"):
        set_matplotlib_formats("svg", bbox_inches=None, metadata={"Date": None})


def svg(fig):
    """Render and close a figure: its SVG, the same text for the same picture."""
    buffer = io.StringIO()
    fig.savefig(buffer, format="svg", metadata={"Date": None})
    plt.close(fig)
    return slim(buffer.getvalue())


def slim(svg):
    """The same SVG without its prologue, comments and metadata.

    Lengths keep two decimals; numbers under 1, among them the scale of the letters, keep all.
    """
    talk = r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>"
    svg = re.sub(talk, "", svg, flags=re.S)
    parts = re.split(r'("data:[^"]*")', svg)  # the pictures inside stay as they are
    parts[::2] = [re.sub(r"([1-9]\d*\.\d\d)\d+", r"\1", part) for part in parts[::2]]
    return re.sub(r"\s*\n\s*", "\n", "".join(parts)).strip() + "\n"


def _grid(count, columns, size):
    """Return a figure and a flat array of `count` axes without ticks, `columns` a row."""
    columns = min(columns, count)
    rows = -(-count // columns)
    fig, axes = plt.subplots(rows, columns, squeeze=False, figsize=(size * columns, size * rows))
    for ax in axes.flat:
        ax.set(xticks=[], yticks=[])
        ax.grid(False)
        ax.spines[:].set_visible(False)
    return fig, axes.ravel()


def _square(images):
    """Return images (N, 28, 28) of what was given as (N, 784), (784,), (N, h, w) or (h, w)."""
    images = np.asarray(images)
    if images.shape[-1] == 784:
        return images.reshape(-1, 28, 28)
    return images.reshape(-1, *images.shape[-2:])


def _titles(titles):
    return itertools.repeat("") if titles is None else titles


def digits(images, titles=None, columns=8, size=1.1):
    """Show images (N, 784), 0 as paper and 1 as ink, each under its title."""
    images = _square(images)
    fig, axes = _grid(len(images), columns, size if titles is None else size + 0.15)
    for ax, image, title in zip(axes, images, _titles(titles)):
        ax.imshow(image, cmap=INK, vmin=0, vmax=max(1, images.max()))
        ax.set_title(title, fontsize=11.5, loc="center", pad=3)
    return fig, axes


def signed(images, titles=None, columns=5, size=1.4, limit=None, label="weight"):
    """Show images of signed numbers (N, 784) on one scale: 0 white, above red, below blue."""
    images = _square(images)
    limit = np.abs(images).max() if limit is None else limit
    fig, axes = _grid(len(images), columns, size)
    for ax, image, title in zip(axes, images, _titles(titles)):
        shown = ax.imshow(image, cmap=SIGNED, vmin=-limit, vmax=limit)
        ax.set_title(title, fontsize=11.5, loc="center", pad=3)
    clipped = "both" if np.abs(images).max() > limit else "neither"  # pointed ends: it goes further
    fig.colorbar(shown, ax=axes, label=label, shrink=0.9, pad=0.02, extend=clipped)
    return fig, axes


def numbers(matrix, ax=None, cmap=INK, fmt="{}", limits=(None, None), fontsize=9, threshold=0.6):
    """Show a small matrix as a grid of squares with each number written in its square."""
    matrix = np.asarray(matrix)
    fig, ax = (ax.figure, ax) if ax is not None else plt.subplots()
    shown = ax.imshow(matrix, cmap=cmap, vmin=limits[0], vmax=limits[1])
    for (row, column), value in np.ndenumerate(matrix):
        dark = np.dot(shown.cmap(shown.norm(value))[:3], [0.299, 0.587, 0.114]) < threshold
        ax.text(column, row, fmt.format(value).replace("-", "\u2212"), ha="center", va="center",
                fontsize=fontsize, color="white" if dark else "black")
    ax.set(xticks=[], yticks=[])
    ax.grid(False)
    return fig, ax


def lines(x, curves, xlabel="", ylabel="", title="", markers=True, ax=None, every=1, **axes):
    """Draw each of curves {label: y} against x, told apart by colour, dash and marker.

    `x` is shared, or a dict with the labels of `curves`; `every` spaces the markers; `axes` goes
    to ax.set.
    """
    fig, ax = (ax.figure, ax) if ax is not None else plt.subplots()
    for k, (label, y) in enumerate(curves.items()):
        ax.plot(x[label] if isinstance(x, dict) else x, y, label=label, markersize=6,
                marker=MARKERS[k % len(MARKERS)] if markers else None, markevery=every)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title, **axes)
    if len(curves) > 1:
        ax.legend()
    return fig, ax


def confusion(matrix, title=""):
    """Show counts (C, C), row the true digit and column the answer; the diagonal is left pale."""
    matrix = np.asarray(matrix)
    fig, ax = plt.subplots(figsize=(6, 5.6))
    shades = matrix.astype(float)
    np.fill_diagonal(shades, 0)
    ax.imshow(shades, cmap="Oranges", vmax=max(1, 1.6 * shades.max()))
    for (row, column), count in np.ndenumerate(matrix):
        ax.text(column, row, count if count else "·", ha="center", va="center", fontsize=10)
    names = range(len(matrix))
    ax.set(xticks=names, yticks=names, xlabel="answer", ylabel="digit", title=title)
    ax.grid(False)
    return fig, ax


def curve(records, title="", span=50, faint=()):
    """Draw each step's loss, its mean over the last `span` steps, and validation accuracy in %.

    `records` is a list of Records; `faint` another, drawn pale behind it for comparison.
    """
    fig, (top, bottom) = plt.subplots(2, 1, sharex=True, figsize=(6, 4.5), height_ratios=(3, 2))
    for run, alpha in (faint, 0.25), (records, 1):
        steps, losses = [r.step for r in run], np.array([r.loss for r in run])
        total = np.cumsum(np.concatenate([[0], losses]))
        ends = np.arange(1, len(losses) + 1)
        begins = np.maximum(0, ends - span)
        top.plot(steps, losses, color=COLOURS[0], alpha=0.25 * alpha, linewidth=0.8, linestyle="-")
        top.plot(steps, (total[ends] - total[begins]) / (ends - begins), color=COLOURS[0],
                 alpha=alpha, linestyle="-")
        measured = [r for r in run if r.val_accuracy is not None]
        bottom.plot([r.step for r in measured], [100 * r.val_accuracy for r in measured],
                    color=COLOURS[1], marker="s", linestyle="--", alpha=alpha)
    top.set(ylabel="training loss", title=title, ylim=(0, None))
    bottom.set(xlabel="step", ylabel="validation\naccuracy, %")
    return fig, (top, bottom)
