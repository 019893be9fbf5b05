"""The preparation of a drawing once more, in NumPy: what book/_static/alive/prepare.js must equal.

It reaches the same numbers in other ways: distances to short pieces of the strokes, all pieces at
once; areas from the ink summed over rows and columns, instead of pixel by pixel.
"""

import numpy as np

PEN, SIZE, BOX, FIELD, MIDDLE, FAINT = 0.075, 280, 20, 28, 14, 0.01


def pieces(stroke, size, longest=6):
    """Cut a stroke (points, 2) into pieces of a few pixels: their starts and ends, both (P, 2)."""
    points = np.clip(stroke, 0, 1) * size
    if len(points) == 1:
        return points, points
    cuts = [np.linspace(a, b, 2 + int(np.linalg.norm(b - a) / longest))
            for a, b in zip(points[:-1], points[1:])]
    return np.concatenate([c[:-1] for c in cuts]), np.concatenate([c[1:] for c in cuts])


def distances(x, y, a, b):
    """Return how far the points (x, y), (P, K) each, are from the pieces a to b, (P, 2) each."""
    along_x, along_y = (b - a).T[:, :, None]
    length = np.hypot(along_x, along_y)
    from_a, from_b = (np.hypot(x - end[:, :1], y - end[:, 1:]) for end in (a, b))
    x, y = x - a[:, :1], y - a[:, 1:]
    inner = x * along_x + y * along_y
    across = np.abs(x * along_y - y * along_x) / np.maximum(length, 1e-300)
    beside = (length > 0) & (0 <= inner) & (inner <= length**2)
    return np.where(beside, across, np.minimum(from_a, from_b))


def rasterise(drawing, size=SIZE):
    """Return the ink (size, size): 1 within the line, 0 outside, soft across a pixel between."""
    radius = max(drawing.get("pen", PEN) * size / 2, 0.75)
    ink = np.zeros((size, size))
    for stroke in drawing["strokes"]:
        a, b = pieces(np.array(stroke, dtype=float), size)
        reach = int(radius) + 6  # half a piece, and the soft edge
        offsets = np.mgrid[-reach:reach + 1, -reach:reach + 1].reshape(2, 1, -1)
        columns, rows = np.floor((a + b) / 2).astype(int).T[:, :, None] + offsets  # (P, K) each
        shade = radius + 0.5 - distances(columns + 0.5, rows + 0.5, a, b)
        seen = (shade > 0) & (0 <= columns) & (columns < size) & (0 <= rows) & (rows < size)
        np.maximum.at(ink, (rows[seen], columns[seen]), np.minimum(shade[seen], 1))
    return ink


def averaged(ink, rows, columns):
    """Return the mean ink between neighbouring edges, given as places in pixels."""
    # total[i, j]: all ink above row i and left of column j; linear in between.
    total = np.pad(ink.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    places = np.arange(len(ink) + 1)
    total = np.stack([np.interp(rows, places, column) for column in total.T], axis=1)
    total = np.stack([np.interp(columns, places, row) for row in total])
    inside = np.diff(np.diff(total, axis=0), axis=1)
    return inside / np.outer(np.diff(rows), np.diff(columns))


def edges(first, length, longer):
    """Return where the pixels of the scaled picture begin and end: its middle is the box's."""
    side = longer / BOX
    number = -(-length * BOX // longer)
    return first + length / 2 + side * (np.arange(number + 1) - number / 2)


def place(ink):
    """Return how far to move a row of ink to bring its centre of mass nearest to the middle."""
    centre = np.average(np.arange(len(ink)), weights=ink)
    # Half-way goes down, whatever the rounding.
    return int(np.clip(np.ceil(MIDDLE - centre - 0.5 - 1e-6), 0, FIELD - len(ink)))


def prepare(drawing, size=SIZE):
    """Return the steps of the preparation and its result, under the names of prepare.js."""
    ink = rasterise(drawing, size)
    plain = ink.reshape(FIELD, size // FIELD, FIELD, size // FIELD).mean(axis=(1, 3))
    x = np.zeros((FIELD, FIELD))
    if not ink.any():
        return {"box": None, "shift": None, "scaled": np.zeros(0),
                "x": x.ravel(), "plain": plain.ravel()}
    rows, columns = (np.nonzero((ink >= FAINT).any(axis=axis))[0] for axis in (1, 0))
    (left, width), (top, height) = ((n[0], n[-1] - n[0] + 1) for n in (columns, rows))
    longer = max(width, height)
    # The first and the last pixel of the shorter side may reach past the pad by half their width.
    padded = np.pad(ink, BOX)
    scaled = averaged(padded, edges(top + BOX, height, longer), edges(left + BOX, width, longer))
    down, right = place(scaled.sum(axis=1)), place(scaled.sum(axis=0))
    x[down:down + scaled.shape[0], right:right + scaled.shape[1]] = scaled
    box = {"left": left, "top": top, "width": width, "height": height}
    shift = {"left": right, "top": down}
    return {"box": box, "shift": shift, "scaled": scaled.ravel(), "x": x.ravel(),
            "plain": plain.ravel()}
