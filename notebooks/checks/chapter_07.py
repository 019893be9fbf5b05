"""Exercises of chapter 07: backpropagation."""

import numpy as np

from .judge import Check, Value, sizes

step_multiplications = Value(204_544, {
    101_632: "That is forward alone. Backward multiplies too.",
    102_912: "That is backward alone. Forward comes before it.",
    203_264: "Forward and dW are in. Add the second layer's dx: the ReLU waits for it.",
    304_896: "That includes the first layer's dx, which `gradients` leaves out."})


def _backward_inputs(rng):
    N, n_in, n_out = sizes(rng, 3)
    normal = rng.standard_normal
    return {"dout": normal((N, n_out)), "x": normal((N, n_in)), "W": normal((n_out, n_in))}


linear_backward = Check(
    _backward_inputs,
    lambda dout, x, W: (dout.T @ x, dout.sum(axis=0), dout @ W),
    {"db is the mean over the examples. The 1/N is in dout already: sum.":
         lambda dout, x, W: (dout.T @ x, dout.mean(axis=0), dout @ W),
     "db still has a row for each example. They share one b, and paths add: sum over the rows.":
         lambda dout, x, W: (dout.T @ x, dout, dout @ W),
     "db is summed along axis 1, over the outputs. The examples are the rows: axis 0.":
         lambda dout, x, W: (dout.T @ x, dout.sum(axis=1), dout @ W),
     "db is one number. Each output has a bias of its own: sum over the examples alone.":
         lambda dout, x, W: (dout.T @ x, dout.sum(), dout @ W),
     "db has shape (1, n_out), and b has (n_out,): without keepdims.":
         lambda dout, x, W: (dout.T @ x, dout.sum(axis=0, keepdims=True), dout @ W)},
    parts=("dW", "db", "dx"))


def _scale_inputs(rng):
    N, D = sizes(rng, 2)
    normal = rng.standard_normal
    return {"dout": normal((N, D)), "x": normal((N, D)), "s": normal(D)}


scale_backward = Check(
    _scale_inputs,
    lambda dout, x, s: (dout * s, (dout * x).sum(axis=0)),
    {"ds still has a row for each example. One s serves them all: N paths, and they add.":
         lambda dout, x, s: (dout * s, dout * x),
     "ds is the mean over the examples. The 1/N is in dout already: sum.":
         lambda dout, x, s: (dout * s, (dout * x).mean(axis=0)),
     "ds is summed along axis 1, over the features. The examples are the rows: axis 0.":
         lambda dout, x, s: (dout * s, (dout * x).sum(axis=1)),
     "ds leaves out x: a nudge ε to s[k] moves out[n, k] by x[n, k] ε.":
         lambda dout, x, s: (dout * s, dout.sum(axis=0)),
     "dx is multiplied by x: a nudge ε to x[n, k] moves out[n, k] by s[k] ε.":
         lambda dout, x, s: (dout * x, (dout * x).sum(axis=0)),
     "ds is one number. Each feature has a scale of its own: sum over the examples alone.":
         lambda dout, x, s: (dout * s, (dout * x).sum()),
     "dx leaves out s: a nudge ε to x[n, k] moves out[n, k] by s[k] ε.":
         lambda dout, x, s: (dout, (dout * x).sum(axis=0)),
     "Both are right, but they come in the other order: dx first, then ds.":
         lambda dout, x, s: ((dout * x).sum(axis=0), dout * s)},
    parts=("dx", "ds"))


def _use_layer(layer_class):
    """Turn a reader's class into a function that runs it forward and backward, each twice."""
    def run(x, W, b, dout):
        layer = layer_class(W.shape[1], W.shape[0], np.random.default_rng(0))
        layer.W, layer.b = W, b
        layer.forward(-x)
        out = layer.forward(x)
        layer.backward(dout)
        dx = layer.backward(dout)
        if dx is not None and (layer.dW is None or layer.db is None):
            raise AttributeError("after backward, self.dW or self.db is None")
        return out, dx, layer.dW, layer.db

    return run


def _linear_class(out=lambda x, W, b: x @ W.T + b, dx=lambda dout, W: dout @ W,
                  dW=lambda dout, x: dout.T @ x, db=lambda dout: dout.sum(axis=0), keep=0):
    """Return a linear layer's class with one formula changed; keep=1 adds gradients to the last."""
    class Attempt:
        def __init__(self, n_in, n_out, rng):
            self.dW = self.db = 0

        def forward(self, x):
            self.x = x
            return out(x, self.W, self.b)

        def backward(self, dout):
            self.dW = keep * self.dW + dW(dout, self.x)
            self.db = keep * self.db + db(dout)
            return dx(dout, self.W)

    return Attempt


class _KeepsTheFirst(_linear_class()):
    def forward(self, x):
        self.x = vars(self).get("x", x)
        return x @ self.W.T + self.b


class _KeepsNothing(_linear_class()):
    def forward(self, x):
        self.x = None
        return x @ self.W.T + self.b


class _SetsNothing(_linear_class()):
    def backward(self, dout):
        self.dW = self.db = None
        return dout @ self.W


def _layer_inputs(rng):
    dout, x, W = _backward_inputs(rng).values()
    return {"x": x, "W": W, "b": rng.standard_normal(len(W)), "dout": dout}


linear_layer = Check(
    _layer_inputs,
    lambda x, W, b, dout: (x @ W.T + b, dout @ W, dout.T @ x, dout.sum(axis=0)),
    {"forward leaves out the bias b.": _linear_class(out=lambda x, W, b: x @ W.T),
     "db is the mean over the examples. The 1/N is in dout already: sum.":
         _linear_class(db=lambda dout: dout.mean(axis=0)),
     "db still has a row for each example: sum over the rows.": _linear_class(db=lambda dout: dout),
     "db is summed along axis 1, over the outputs. The examples are the rows: axis 0.":
         _linear_class(db=lambda dout: dout.sum(axis=1)),
     "dx is to be multiplied by W as it is, (N, n_out) by (n_out, n_in): no transpose.":
         _linear_class(dx=lambda dout, W: dout @ W.T),
     "dW is transposed. It has the shape of W, (n_out, n_in).":
         _linear_class(dW=lambda dout, x: x.T @ dout),
     "dW and db are the right values divided by N. The 1/N is in dout already: is it in twice?":
         _linear_class(dW=lambda dout, x: dout.T @ x / len(x), db=lambda dout: dout.mean(axis=0)),
     "After a second backward dW and db have doubled: set them afresh, don't add to the old.":
         _linear_class(keep=1),
     "After a second forward dW still belongs to the first x: keep the x of every forward.":
         _KeepsTheFirst,
     "forward keeps no self.x, and backward needs it for dW.": _KeepsNothing,
     "backward leaves dW and db as None. Without `self.` in front a name is gone at its end.":
         _SetsNothing},
    parts=("out", "dx", "dW", "db"), adapt=_use_layer)


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
