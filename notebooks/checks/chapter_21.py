"""Exercises of chapter 21: convolution."""

import numpy as np

from .judge import Check, sizes


def _pool_inputs(rng):
    """Whole numbers from 0 to 4, so that windows have ties and share their largest pixel."""
    H_out, W_out = 2 + sizes(rng, 2)
    x = rng.integers(0, 5, (2 * H_out + 1, 2 * W_out + 1)).astype(float)
    return {"dout": rng.standard_normal((H_out, W_out)), "x": x}


def _pool(pick="first", add=True):
    """Return the backward of pooling 3 x 3 with stride 2, with one rule changed."""
    def function(dout, x):
        dx = np.zeros_like(x)
        for h, w in np.ndindex(dout.shape):
            square = slice(2 * h, 2 * h + 3), slice(2 * w, 2 * w + 3)
            mask = x[square] == x[square].max()
            places = np.flatnonzero(mask)
            if pick == "first" or pick == "last":
                mask = np.arange(9).reshape(3, 3) == places[0 if pick == "first" else -1]
            elif pick == "columns":
                mask = (np.arange(9) == np.flatnonzero(mask.T)[0]).reshape(3, 3).T
            elif pick == "share":
                mask = mask / len(places)
            if add:
                dx[square] += mask * dout[h, w]
            elif add is None:  # only where the largest is
                dx[square] = np.where(mask != 0, mask * dout[h, w], dx[square])
            else:
                dx[square] = mask * dout[h, w]
        return dx

    return function


pool_backward = Check(
    _pool_inputs,
    _pool(),
    {"It still has both faults.": _pool("all", add=False),
     "Ties are right now. One fault is left: a window wipes out what its neighbour wrote.":
         _pool(add=False),
     "A pixel that is the largest of two windows has two paths to the loss, and the second takes "
     "the place of the first.": _pool(add=None),
     "Overlaps are right now. One fault is left: what does a window of zeros hand on in all?":
         _pool("all"),
     "Ties share the gradient. Here the first takes all.": _pool("share"),
     "The last of the ties takes all. It should be the first.": _pool("last"),
     "The first of the ties is looked for column by column. It should be row by row.":
         _pool("columns")},
    parts=("dx",))


def _conv_inputs(rng):
    N, n_out, C, H_out, W_out = sizes(rng, 5)
    k = int(rng.integers(2, 5))
    normal = rng.standard_normal
    return {"dout": normal((N, n_out, H_out, W_out)), "W": normal((n_out, C, k, k))}


def _conv_dx(turn=lambda W: W[:, :, ::-1, ::-1]):
    """Return dx by a convolution of dout, with the filters turned in some way."""
    def function(dout, W):
        k = W.shape[2]
        edge = (k - 1, k - 1)
        padded = np.pad(dout, ((0, 0), (0, 0), edge, edge))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (k, k), axis=(2, 3))
        return np.einsum("nohwij,ocij->nchw", windows, turn(W))

    return function


conv_dx = Check(
    _conv_inputs,
    _conv_dx(),
    {"The filters have to be turned: the pixel in the corner was touched by one answer, with "
     "W[o, c, 0, 0].": _conv_dx(lambda W: W),
     "The filters are mirrored in one direction. They need both, rows and columns.":
         _conv_dx(lambda W: W[:, :, ::-1]),
     "The filters are mirrored left to right. They have to be turned upside down as well.":
         _conv_dx(lambda W: W[:, :, :, ::-1]),
     "Rows and columns of the filters are swapped. They have to be reversed, each in itself.":
         _conv_dx(lambda W: W.transpose(0, 1, 3, 2))},
    parts=("dx",))
