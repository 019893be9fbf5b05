"""Exercises of chapter 07: backpropagation."""

from .judge import Check, sizes


def _backward_inputs(rng):
    N, n_in, n_out = sizes(rng, 3)
    normal = rng.standard_normal
    return {"dout": normal((N, n_out)), "x": normal((N, n_in)), "W": normal((n_out, n_in))}


def _gate_inputs(rng):
    given = _backward_inputs(rng)
    A = given.pop("W")
    return {**given, "A": A, "B": rng.standard_normal(A.shape)}


def _gate(dx=lambda du, dv, A, B: du @ A + dv @ B, factors=lambda u, v: (v, u), swap=False):
    """Return the backward of out = u v, u = x Aᵀ, v = x Bᵀ, with one step changed."""
    def backward(dout, x, A, B):
        du, dv = (dout * factor for factor in factors(x @ A.T, x @ B.T))
        dA, dB = du.T @ x, dv.T @ x
        return (dx(du, dv, A, B), dB, dA) if swap else (dx(du, dv, A, B), dA, dB)

    return backward


gate_backward = Check(
    _gate_inputs,
    _gate(),
    {"dx follows the path through A alone. Another leads through B, and paths add.":
         _gate(dx=lambda du, dv, A, B: du @ A),
     "dx follows the path through B alone. Another leads through A, and paths add.":
         _gate(dx=lambda du, dv, A, B: dv @ B),
     "dA and dB are exchanged. A makes u, so dA goes with du, which is dout times v.":
         _gate(swap=True),
     "In dx the two paths are multiplied. Along a path slopes multiply; paths add.":
         _gate(dx=lambda du, dv, A, B: (du @ A) * (dv @ B)),
     "Each branch is multiplied by itself. Nudge u, and u v moves by v times as much.":
         _gate(factors=lambda u, v: (u, v)),
     "Both branches take dout as it came. So it is for a sum; here u is worth dout times v.":
         _gate(factors=lambda u, v: (1, 1))},
    parts=("dx", "dA", "dB"))


def _centre_inputs(rng):
    N, D = sizes(rng, 2)
    normal = rng.standard_normal
    return {"dout": normal((N, D)), "x": normal((N, D))}


centre_backward = Check(
    _centre_inputs,
    lambda dout, x: dout - dout.mean(axis=1, keepdims=True),
    {"dx is dout as it came. Measure a row of dx with slope, and see by how much each entry of "
     "the same row of dout is off.":
         lambda dout, x: dout,
     "The mean is taken over the examples. Each example has a mean of its own: axis 1.":
         lambda dout, x: dout - dout.mean(axis=0),
     "The mean is taken over the whole batch. Each example has a mean of its own.":
         lambda dout, x: dout - dout.mean(),
     "The paths through the mean are summed in full. Each has the slope -1/D, not -1.":
         lambda dout, x: dout - dout.sum(axis=1, keepdims=True),
     "The path that does not go through the mean is missing: it hands on dout[n, k] as it is.":
         lambda dout, x: -dout.mean(axis=1, keepdims=True) + 0 * dout,
     "The paths through the mean are added. A rising mean lowers every output: slope -1/D.":
         lambda dout, x: dout + dout.mean(axis=1, keepdims=True),
     "That centres x, as forward does. The gradient depends on dout alone.":
         lambda dout, x: x - x.mean(axis=1, keepdims=True)},
    parts=("dx",))
