"""The judges: a Check tries the reader's function, a Value the reader's number.

A Check tries random inputs of many shapes, all sizes different, and compares with the right answer.
Each mistake worth a sentence is written as the code that makes it: when the reader's numbers equal
those, the sentence is the verdict. Nothing here raises: "Run all" goes through.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

TRIALS = 12


@dataclass
class Check:
    """Judge a function: `answer(*inputs)` is right, `mistakes` maps sentences to wrong answers."""

    inputs: Callable  # rng -> the arguments, as a dict by name
    answer: Callable  # the arguments, by position -> the right result, or a tuple of results
    mistakes: dict = field(default_factory=dict)  # sentence -> a function that makes this mistake
    parts: tuple = ("the result",)  # what the results are called
    adapt: Callable = staticmethod(lambda attempt: attempt)  # turns a class into such a function
    tolerance: float = 1e-6

    def __call__(self, attempt):
        """Print the verdict on the reader's own function, or class."""
        passed, sentence = self.judge(attempt)
        print(("Right. " if passed else "Not yet. ") + sentence)

    def judge(self, attempt):
        """Return (passed, sentence)."""
        if not callable(attempt):
            return False, ("This check wants your function itself, by its name and without "
                           f"brackets; it was given {_describe(attempt)}.")
        for trial in range(TRIALS):
            fault = self._fault(attempt, np.random.default_rng(trial))
            if fault:
                return False, fault
        return True, f"It agrees on {TRIALS} random inputs of different shapes."

    def _fault(self, attempt, rng):
        """Return what is wrong with the attempt on one random input, or None."""
        arguments = self.inputs(rng)
        result, error, given = self._outcome(attempt, arguments)
        if error:
            return self._known(None, error, arguments) or (
                f"It stopped with {error} (given {_shapes(arguments)}).")
        if result is None or isinstance(result, tuple) and any(part is None for part in result):
            return "It returns None: is the body still to be written, or the `return` missing?"
        for name, before in arguments.items():
            if not _same(given[name], before, 0):
                return (f"It changes its argument {name}. "
                        f"Work on a new array, and leave {name} as it came.")
        wanted = self.answer(*copy.deepcopy(arguments).values())
        if _same(result, wanted, self.tolerance):
            return None
        return self._known(result, None, arguments) or (
            f"{self._difference(result, wanted)} (given {_shapes(arguments)}).")

    def _outcome(self, attempt, arguments):
        """Return (result, error in words, the arguments as they are afterwards)."""
        given = copy.deepcopy(arguments)
        try:
            return self.adapt(attempt)(*given.values()), None, given
        except Exception as error:  # whatever the reader's code does, say it in words
            return None, f"{type(error).__name__}: {error}", given

    def _known(self, result, error, arguments):
        """Return the sentence of the mistake that has this result, or stops with this error."""
        for sentence, mistake in self.mistakes.items():
            wrong, stopped, _ = self._outcome(mistake, arguments)
            if stopped == error and (error or _same(wrong, result, self.tolerance)):
                return sentence
        return None

    def _difference(self, result, wanted):
        """Return in words where the results first differ."""
        results, wants = (r if isinstance(r, tuple) else (r,) for r in (result, wanted))
        if len(results) != len(wants):
            return (f"It returns {len(results)} results, "
                    f"wanted {len(wants)}: {', '.join(self.parts)}")
        for name, given, want in zip(self.parts, results, wants):
            if _same(given, want, self.tolerance):
                continue
            if isinstance(given, list) and isinstance(want, np.ndarray):
                return f"{name} is a list, wanted an array"
            if np.shape(given) != np.shape(want):
                return f"{name} has shape {np.shape(given)}, wanted {np.shape(want)}"
            if np.iscomplexobj(given):
                return f"{name} is complex, wanted real numbers"
            try:
                gaps = np.abs(np.asarray(given, float) - want)
            except (TypeError, ValueError):
                return f"{name} is {_describe(given)}, wanted numbers"
            where = np.unravel_index(np.argmax(np.nan_to_num(gaps, nan=np.inf)), np.shape(want))
            place = f"[{', '.join(map(str, where))}]" if where else ""
            return (f"{name}{place} is {np.asarray(given)[where]:.6g}, "
                    f"wanted {np.asarray(want)[where]:.6g}")


@dataclass
class Value:
    """Judge a number worked out by the reader: `hints` maps tempting wrong numbers to sentences."""

    answer: float
    hints: dict = field(default_factory=dict)
    tolerance: float = 1e-3  # relative

    def __call__(self, attempt):
        """Print the verdict on the reader's number."""
        passed, sentence = self.judge(attempt)
        print(("Right. " if passed else "Not yet. ") + sentence)

    def judge(self, attempt):
        """Return (passed, sentence)."""
        if attempt is None or attempt is ...:
            return False, "Put your number in the place of the dots, then run the cell again."
        try:
            number = float(attempt)
        except (TypeError, ValueError):
            return False, f"This check wants one number; it was given {_describe(attempt)}."
        if np.isclose(number, self.answer, rtol=self.tolerance, atol=1e-12):
            return True, f"{self.answer:,g} it is."
        for wrong, sentence in self.hints.items():
            if np.isclose(number, wrong, rtol=self.tolerance, atol=1e-12):
                return False, sentence
        return False, f"{number:,g} is too {'large' if number > self.answer else 'small'}."


def _same(a, b, tolerance):
    """Return whether a and b are equal in shape and, to the relative tolerance, in value."""
    if isinstance(a, (tuple, list)) or isinstance(b, (tuple, list)):
        pair = isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)) and len(a) == len(b)
        return pair and all(_same(x, y, tolerance) for x, y in zip(a, b))
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.kind not in "biuf" or b.dtype.kind not in "biuf":
        return a is b or a.shape == b.shape and bool(np.all(a == b))
    return a.shape == b.shape and np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)


def _describe(thing):
    """Return a few words for an object of the wrong kind."""
    if isinstance(thing, np.ndarray):
        return f"an array of shape {thing.shape}"
    return f"{type(thing).__name__} {thing!r:.40}" if thing is not None else "None"


def _shapes(arguments):
    """Return the arguments in a few words: arrays by shape, numbers by value."""
    return ", ".join(f"{name} {np.shape(value) if np.ndim(value) else value}"
                     for name, value in arguments.items())


def sizes(rng, count):
    """Return `count` different sizes from 2 to 9: equal sizes let transposed matrices pass."""
    return rng.choice(np.arange(2, 10), count, replace=False)
