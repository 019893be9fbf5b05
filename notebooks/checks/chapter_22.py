"""Exercises of chapter 22: recurrence."""

import numpy as np

from .judge import Check, sizes


def _forward(rng):
    """Random sizes, and a recurrent layer run forward: x_h, h and W."""
    N, T, n_in, n = sizes(rng, 4)
    normal = rng.standard_normal
    W, x = 0.5 * normal((n, n_in + n)), normal((N, T, n_in))
    state, x_h, h = np.tile(normal(n), (N, 1)), np.empty((N, T, n_in + n)), np.empty((N, T, n))
    for t in range(T):
        x_h[:, t] = np.concatenate([x[:, t], state], axis=1)
        h[:, t] = state = np.tanh(x_h[:, t] @ W.T)
    return {"dout": normal((N, T, n)), "x_h": x_h, "h": h, "W": W}


def _through_time(slope="both", first=0, handed=True, transposed=False):
    """Return the backward of a recurrent layer, with one step changed."""
    def backward(dout, x_h, h, W):
        N, T, n = h.shape
        dW, dh, dx = np.zeros_like(W), np.zeros((N, n)), np.zeros((N, T, W.shape[1] - n))
        for t in reversed(range(first, T)):
            bend = 1 - h[:, t] ** 2
            dz = (dout[:, t] + dh) * bend if slope == "both" else dout[:, t] * bend + dh
            dW += dz.T @ x_h[:, t]
            dx_h = dz @ W
            dx[:, t] = dx_h[:, :-n]
            dh = dx_h[:, -n:] if handed else 0 * dh
            if transposed:
                dh = dz @ W[:, -n:].T
        return dx, dW

    return backward


through_time = Check(
    _forward,
    _through_time(),
    {"It still has both faults.": _through_time(slope="dout", first=1),
     "All steps are visited now. One fault is left: compare the line of dz with (22.2).":
         _through_time(slope="dout"),
     "dz is right now. One fault is left: dW has T terms. Which step does the loop miss?":
         _through_time(first=1),
     "No dh is handed on: with T = 1 it would pass.": _through_time(handed=False),
     "dh goes through the transpose of W_h: it is dz W, as dx is.":
         _through_time(transposed=True)},
    parts=("dx", "dW"))


def _leaky_forward(rng):
    given = _forward(rng)
    given["c"] = given.pop("h")
    given["a"] = rng.uniform(0.2, 0.8)
    N, T, n = given["c"].shape
    n_in, W, a = given["W"].shape[1] - n, given["W"], given["a"]
    state = given["x_h"][:, 0, n_in:]
    for t in range(T):
        given["x_h"][:, t, n_in:] = state
        given["c"][:, t] = np.tanh(given["x_h"][:, t] @ W.T)
        state = (1 - a) * state + a * given["c"][:, t]
    return {name: given[name] for name in ("dout", "x_h", "c", "W", "a")}


def _leaky(new="a", old="1 - a", direct=True, through=True, joined=True):
    """Return the backward of the leaky state, with one step changed."""
    def backward(dout, x_h, c, W, a):
        factor = {"a": a, "1 - a": 1 - a, "1": 1}
        N, T, n = c.shape
        dW, dh = np.zeros_like(W), np.zeros((N, n))
        for t in reversed(range(T)):
            total = dout[:, t] + dh
            dz = (total if joined else dout[:, t]) * factor[new] * (1 - c[:, t] ** 2)
            dW += dz.T @ x_h[:, t]
            dh = (dz @ W)[:, -n:] * through + total * factor[old] * direct
        return dW, dh.sum(axis=0)

    return backward


leaky_backward = Check(
    _leaky_forward,
    _leaky(),
    {"dh follows the path through the tanh alone. The old state also goes straight into the new.":
         _leaky(direct=False),
     "dh follows the direct path alone. The old state also enters the tanh, through W.":
         _leaky(through=False),
     "The new part enters the state times a, so dz has a factor a too.": _leaky(new="1"),
     "On the direct path the old state is multiplied by 1 - a: its slope is not 1.":
         _leaky(old="1"),
     "a and 1 - a are exchanged: the tanh has the factor a.": _leaky(new="1 - a", old="a"),
     "dz takes dout[t] alone. h[t] also goes on to step t + 1: add dh first.":
         _leaky(joined=False)},
    parts=("dW", "dh0"))
