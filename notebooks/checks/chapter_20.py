"""Exercises of chapter 20: regularisation."""

import numpy as np

from .judge import Check, sizes


def _dropout_inputs(rng):
    N, n = sizes(rng, 2)
    normal = rng.standard_normal
    return {"x": normal((N, n)), "dout": normal((N, n)), "u": rng.random((N, n)),
            "p": rng.choice([0.2, 0.3, 0.7, 0.8])}


def _dropout(share=True, scale=True, mode=True, wide=False):
    """Return dropout's forward and backward, with some of its faults."""
    def function(x, dout, u, p, training):
        factor = (u >= p if share else u < p) / (p if wide else 1 - p)
        slope = factor if scale else factor != 0
        if training:
            return x * factor, dout * slope
        return x, dout if mode else dout * slope

    return function


def _both_modes(attempt):
    """out and dx in training, then in evaluation."""
    def judged(x, dout, u, p):
        results = [attempt(x, dout, u, p, training) for training in (True, False)]
        if any(result is None for result in results):
            return None
        (out, dx), (out_eval, dx_eval) = results
        return out, dx, out_eval, dx_eval

    return judged


dropout = Check(
    _dropout_inputs,
    _both_modes(_dropout()),
    {"It still has all three faults.": _dropout(share=False, scale=False, mode=False),
     "The right entries are kept now. Two faults are left, both in dx.":
         _dropout(scale=False, mode=False),
     "dx has its scale now. Two faults are left: the share, and one of the two modes.":
         _dropout(share=False, mode=False),
     "Evaluation is right now. Two faults are left.": _dropout(share=False, scale=False),
     "One fault is left: what is the mean of out, if x is 1 everywhere?": _dropout(share=False),
     "One fault is left: dx, in training. Nudge an entry of x that is kept.":
         _dropout(scale=False),
     "One fault is left: dx, in evaluation, where out = x.": _dropout(mode=False),
     "The scale is 1/p. With p = 0.1 the mean of many ones would be 9.": _dropout(wide=True)},
    parts=("out in training", "dx in training", "out in evaluation", "dx in evaluation"),
    adapt=_both_modes)


def _layer_norm_inputs(rng):
    N, n = 1 + sizes(rng, 2)
    normal = rng.standard_normal
    return {"dout": normal((N, n)), "x": 1 + 2 * normal((N, n)), "gamma": rng.uniform(0.5, 2, n)}


def _layer_norm(dx=lambda g, x_hat: g - g.mean(1, keepdims=True)
                - x_hat * (g * x_hat).mean(1, keepdims=True), inside=True, axis=0):
    """Return the backward of layer normalisation, with one step changed."""
    def function(dout, x, gamma):
        std = np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
        x_hat = (x - x.mean(axis=1, keepdims=True)) / std
        g = dx(dout * gamma, x_hat) if inside else gamma * dx(dout, x_hat)
        return g / std, (dout * x_hat).sum(axis=axis), dout.sum(axis=axis)

    return function


layer_norm_backward = Check(
    _layer_norm_inputs,
    _layer_norm(),
    {"In dx, gamma stands outside the means. It differs from feature to feature, and the means "
     "now run over features: it belongs to dx_hat.": _layer_norm(inside=False),
     "dx is that of a fixed mean and std. Both depend on x.": _layer_norm(lambda g, x_hat: g),
     "In dx the paths through the mean are missing.":
         _layer_norm(lambda g, x_hat: g - x_hat * (g * x_hat).mean(1, keepdims=True)),
     "In dx the paths through std are missing.":
         _layer_norm(lambda g, x_hat: g - g.mean(1, keepdims=True)),
     "In dx the means run over the examples. Each example has its own mean: axis 1.":
         _layer_norm(lambda g, x_hat: g - g.mean(0) - x_hat * (g * x_hat).mean(0)),
     "In dx sums stand where means belong.":
         _layer_norm(lambda g, x_hat: g - g.sum(1, keepdims=True)
                     - x_hat * (g * x_hat).sum(1, keepdims=True)),
     "dgamma and dbeta are summed over the features. One gamma serves all examples: axis 0.":
         _layer_norm(axis=1)},
    parts=("dx", "dgamma", "dbeta"))
