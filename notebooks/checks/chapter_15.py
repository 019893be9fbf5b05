"""Exercises of chapter 15: activations compared."""

import numpy as np

from .judge import Check, sizes


def _inputs(rng):
    N, D = sizes(rng, 2)
    x = rng.standard_normal((N, D))
    return {"x": x, "dout": rng.standard_normal((N, D)), "leak": float(rng.uniform(0.01, 0.4))}


def _both_ways(make):
    """Turn a class into a function of an input, a gradient and the leak: out and dx."""
    def run(x, dout, leak):
        layer = make(leak)
        out = layer.forward(x)
        dx = layer.backward(dout)
        return None if out is None or dx is None else (out, dx)

    return run


def _layer(forward=lambda x, leak: np.where(x > 0, x, leak * x),
           backward=lambda x, dout, leak: np.where(x > 0, dout, leak * dout)):
    """A class of layers made of these two functions."""
    class Made:
        def __init__(self, leak):
            self.leak = leak

        def forward(self, x):
            self.x = x
            return forward(x, self.leak)

        def backward(self, dout):
            return backward(self.x, dout, self.leak)

    return Made


leaky_relu = Check(
    _inputs,
    _both_ways(_layer()),
    {"forward is right, but backward is that of a plain ReLU: where x < 0 the leak lets a part "
     "of dout through.":
         _layer(backward=lambda x, dout, leak: dout * (x > 0)),
     "backward passes all of dout on, as if the layer did nothing. Its slope is leak where x < 0.":
         _layer(backward=lambda x, dout, leak: dout),
     "backward asks whether dout is above 0. The slope depends on the x that forward has seen.":
         _layer(backward=lambda x, dout, leak: np.where(dout > 0, dout, leak * dout)),
     "backward returns the slope alone. It still has to be multiplied by dout.":
         _layer(backward=lambda x, dout, leak: np.where(x > 0, 1, leak)),
     "backward multiplies the slope by x again: that is the output, and not its derivative.":
         _layer(backward=lambda x, dout, leak: np.where(x > 0, dout * x, leak * dout * x)),
     "The two cases are exchanged in backward: 1 where x > 0, leak where x < 0.":
         _layer(backward=lambda x, dout, leak: np.where(x > 0, leak * dout, dout)),
     "forward is that of a plain ReLU. Below 0 it should return leak times x.":
         _layer(forward=lambda x, leak: np.maximum(x, 0))},
    parts=("out", "dx"),
    adapt=_both_ways)
