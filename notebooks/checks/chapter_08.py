"""Exercises of chapter 08: checking gradients."""

import numpy as np

from .judge import Check, sizes


def _scale_inputs(rng):
    N, n = sizes(rng, 2)
    normal = rng.standard_normal
    return {"x": normal((N, n)), "scale": normal(n), "shift": normal(n), "dout": normal((N, n))}


def _use_scale(layer_class):
    """Turn a reader's class into a function that runs it forward and backward."""
    def run(x, scale, shift, dout):
        layer = layer_class(len(scale))
        layer.scale, layer.shift = scale, shift
        out = layer.forward(x)
        dx = layer.backward(dout)
        return out, dx, layer.dscale, layer.dshift

    return run


def _scale_class(out=lambda x, s, t: x * s + t, dx=lambda dout, s: dout * s,
                 dscale=lambda dout, x, out: (dout * x).sum(axis=0),
                 dshift=lambda dout: dout.sum(axis=0)):
    """Return the class with some of its formulas changed."""
    class Attempt:
        def __init__(self, n):
            self.scale, self.shift = np.ones(n), np.zeros(n)

        def forward(self, x):
            self.x, self.out = x, out(x, self.scale, self.shift)
            return self.out

        def backward(self, dout):
            self.dscale = dscale(dout, self.x, self.out)
            self.dshift = dshift(dout)
            return dx(dout, self.scale)

    return Attempt


_OF_OUT = {"dscale": lambda dout, x, out: (dout * out).sum(axis=0)}
_MEAN = {"dshift": lambda dout: dout.mean(axis=0)}
_DIVIDED = {"dx": lambda dout, s: dout / s}

mended = Check(
    _scale_inputs,
    lambda x, s, t, dout: (x * s + t, dout * s, (dout * x).sum(axis=0), dout.sum(axis=0)),
    {"All three faults are still in it.": _scale_class(**_OF_OUT, **_MEAN, **_DIVIDED),
     "Two faults are left, in dscale and in dx.": _scale_class(**_OF_OUT, **_DIVIDED),
     "Two faults are left, in dscale and in dshift.": _scale_class(**_OF_OUT, **_MEAN),
     "Two faults are left, in dshift and in dx.": _scale_class(**_MEAN, **_DIVIDED),
     "dscale is left: what does a nudge to scale[k] multiply, the input or the output?":
         _scale_class(**_OF_OUT),
     "dshift is left: its ratio to the right values is 1/N.": _scale_class(**_MEAN),
     "dx is left: a nudge to x[n, k] reaches the output through a factor. Which?":
         _scale_class(**_DIVIDED),
     "dshift and dscale are right, and dx lacks the scale.": _scale_class(dx=lambda dout, s: dout),
     "dscale and dx are right. dshift is a mean over the features: the examples are axis 0.":
         _scale_class(dshift=lambda dout: dout.sum(axis=1)),
     "dscale is a mean over the examples. The 1/N is in dout already: sum.":
         _scale_class(dscale=lambda dout, x, out: (dout * x).mean(axis=0)),
     "forward was right, and is changed: it is x * scale + shift.":
         _scale_class(out=lambda x, s, t: (x + t) * s)},
    parts=("out", "dx", "dscale", "dshift"), adapt=_use_scale)
