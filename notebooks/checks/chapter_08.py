"""Exercises of chapter 08: checking gradients."""

import math

import numpy as np

from .judge import Check, Value, sizes

truncation_factor = Value(100, {
    10: "That is the error from one side. From two sides h^2 f'''/6 is left.",
    1000: "h^3 stands in the difference, and then you divide by 2h.",
    0.01: "To that share it falls. By which factor is that smaller?"})


def _polynomial_inputs(h):
    """Return inputs for a slope: the coefficients of a polynomial, a point, a step."""
    def inputs(rng):
        (degree,) = sizes(rng, 1)
        return {"coefficients": rng.standard_normal(degree + 1), "x": rng.uniform(0.5, 1), "h": h}
    return inputs


def _on_polynomial(slope):
    """Turn a reader's slope(f, x, h) into a function of a polynomial's coefficients."""
    def on_polynomial(coefficients, x, h):
        result = slope(lambda t: np.polyval(coefficients, t), x, h)
        if np.iscomplexobj(result):
            raise TypeError("the result is complex, wanted a real number")
        return result
    return on_polynomial


def _central(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


central_difference = Check(
    _polynomial_inputs(0.1),
    _on_polynomial(_central),
    {"That is the difference from one side: its error falls as h, not as h squared.":
         lambda f, x, h: (f(x + h) - f(x)) / h,
     "From x - h to x + h it is 2h, and you divide by h.":
         lambda f, x, h: (f(x + h) - f(x - h)) / h,
     "The sign is turned round: the value at x + h comes first.":
         lambda f, x, h: (f(x - h) - f(x + h)) / (2 * h),
     "/ 2 * h divides by 2 and then multiplies by h. Put 2 * h in brackets.":
         lambda f, x, h: (f(x + h) - f(x - h)) / 2 * h,
     "That is the rise. It is still to be divided by the way, 2h.":
         lambda f, x, h: f(x + h) - f(x - h)},
    parts=("the slope",), adapt=_on_polynomial)

complex_step = Check(
    _polynomial_inputs(0.01),
    _on_polynomial(lambda f, x, h: f(x + 1j * h).imag / h),
    {"That is the real part, f(x) itself. The slope is in the imaginary part.":
         lambda f, x, h: f(x + 1j * h).real / h,
     "The imaginary part is h times the slope: divide by h.": lambda f, x, h: f(x + 1j * h).imag,
     "It is still a complex number. The slope is its imaginary part, divided by h.":
         lambda f, x, h: f(x + 1j * h) / h,
     "That is the central difference. Nudge by 1j * h instead, and subtract nothing.": _central,
     "The imaginary part is divided by 2h. There is one nudge, of h.":
         lambda f, x, h: f(x + 1j * h).imag / (2 * h),
     "The nudge goes the other way, x - 1j * h, and turns the sign.":
         lambda f, x, h: f(x - 1j * h).imag / h},
    parts=("the slope",), adapt=_on_polynomial)


def _two_opinions(rng):
    shape = tuple(sizes(rng, 2))
    a = rng.choice([-1, 1], shape) * rng.uniform(0.5, 2, shape)
    n = a * rng.uniform(0.8, 1.2, shape)
    a[0, 0], n[0, 0] = 3e-4, -2e-4  # small, which the floor is for
    a[0, 1] = n[0, 1] = 0
    if rng.random() < 0.7:
        a[1, 0], n[1, 0] = rng.permutation([-0.7, 0.5])
    return {"a": a, "n": n, "floor": float(rng.choice([1e-3, 2e-3]))}


def _largest(errors):
    return float(np.max(errors))


relative_error = Check(
    _two_opinions,
    lambda a, n, floor: _largest(abs(a - n) / np.maximum(np.maximum(abs(a), abs(n)), floor)),
    {"0 divided by 0 is nan: the floor is missing from the denominator.":
         lambda a, n, floor: _no_floor(a, n),
     "That is the absolute error. Divide each entry by the larger of |a|, |n| and the floor.":
         lambda a, n, floor: _largest(abs(a - n)),
     "The sizes are compared without their signs, and a sign error passes: |a - n|.":
         lambda a, n, floor: _largest(abs(abs(a) - abs(n))
                                      / np.maximum(np.maximum(abs(a), abs(n)), floor)),
     "That is the mean over the entries, in which one bad entry drowns. Take the largest.":
         lambda a, n, floor: float(np.mean(abs(a - n) / np.maximum(np.maximum(abs(a), abs(n)),
                                                                   floor))),
     "The denominator is |a| + |n|, a usual choice too; (8.4) takes the larger of the two.":
         lambda a, n, floor: _largest(abs(a - n) / np.maximum(abs(a) + abs(n), floor)),
     "It divides by |n|; where |a| is the larger of the two, it should divide by that.":
         lambda a, n, floor: _largest(abs(a - n) / np.maximum(abs(n), floor)),
     "It divides by |a|; where |n| is the larger of the two, it should divide by that.":
         lambda a, n, floor: _largest(abs(a - n) / np.maximum(abs(a), floor)),
     "The floor is added to the size. It takes its place, and only where the size is smaller.":
         lambda a, n, floor: _largest(abs(a - n) / (np.maximum(abs(a), abs(n)) + floor)),
     "It divides by the largest entry of all. Each entry has its own denominator.":
         lambda a, n, floor: _largest(abs(a - n)) / max(_largest(abs(a)), _largest(abs(n)), floor),
     "The difference keeps its sign, so a value that is too small never counts: |a - n|.":
         lambda a, n, floor: _largest((a - n) / np.maximum(np.maximum(abs(a), abs(n)), floor))},
    parts=("the error",))


def _no_floor(a, n):
    with np.errstate(invalid="ignore"):
        return _largest(abs(a - n) / np.maximum(abs(a), abs(n)))


def _suspects(rng):
    shape = tuple(sizes(rng, 2))
    n = rng.standard_normal(shape)
    a = n * rng.choice([0.25, 1 / 3, -1.0, 1.0])
    if rng.random() < 0.4:
        a[-1, -1] += 0.5
    n[0, 1] = a[0, 1] = 0
    return {"a": a, "n": n}


def _common(a, n, ratio=lambda a, n: a / n, steady=lambda r: np.allclose(r, r[0])):
    ratios = ratio(a[n != 0], n[n != 0])
    return float(ratios[0]) if steady(ratios) else math.nan


def _unguarded(a, n):
    with np.errstate(invalid="ignore"):
        ratios = (a / n).ravel()
    return float(ratios[0]) if np.allclose(ratios, ratios[0]) else math.nan


common_ratio = Check(
    _suspects,
    _common,
    {"That is n / a. How large is a, measured in n?":
         lambda a, n: _common(a, n, ratio=lambda a, n: n / a),
     "It gives a factor even where the ratios differ: one entry is not enough, compare them all.":
         lambda a, n: _common(a, n, steady=lambda r: True),
     "That is the mean of the ratios, whether they agree or not. Where they don't: nan.":
         lambda a, n: float(np.mean(a[n != 0] / n[n != 0])),
     "It finds nan where the ratios differ by rounding only: compare them with np.allclose.":
         lambda a, n: _common(a, n, steady=lambda r: bool(np.all(r == r[0]))),
     "0 / 0 is nan, and spoils the comparison: leave out the entries where n is 0.": _unguarded,
     "The sign is lost: a factor of -1 is a clue of its own.":
         lambda a, n: _common(a, n, ratio=lambda a, n: abs(a / n))},
    parts=("the factor",))
