"""The runs of the playground: what is kept of a training, how runs are compared, runs as text.

A Run holds its recipe and short lists of numbers, no network and no picture: twenty weigh little.
As text, runs are JSON in a format of their own, which `unpacked` reads with suspicion.
"""

import html
import json
import math
import re
import warnings

import plots
import recipes
from labs import as_words, fill, png_bytes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from mnist_core import require

FORMAT, VERSION = "back-to-basics playground", 1
LATER = {"network": "dense", "batch_norm": "off", "dropout": 0.0}  # older texts lack these dials
POINTS = 200  # of a loss curve, at most
MOST_LETTERS, MOST_RUNS, MOST_POINTS = 5_000_000, 200, 1_000  # of a text to import
NAME_LETTERS = 60
STROKES = ["none", "10 5", "10 4 2 4", "2 4", "12 3 3 3 3 3", "3 8"]  # plots.DASHES in SVG
MOST_DRAWN = len(STROKES)  # runs in one picture, each with a colour and dash of its own
ENDING = re.compile(r"done|(stopped|diverged|failed) at step \d{1,9}")
TRAINED, MEASURED = ("step", "loss"), ("val_step", "val_loss", "val_accuracy", "train_accuracy")


class Run:
    """One training: its name, recipe, curves, seconds, and how it ended ("" while it trains).

    curve  {"step", "loss": the training loss, each point a mean over the steps since the last;
           "val_step", "val_loss", "val_accuracy", "train_accuracy": where validation was measured}
    """

    def __init__(self, name, recipe):
        self.name, self.recipe, self.ending = cleaned(name), recipe, ""
        self.steps, self.seconds, self.loss = 0, 0.0, math.nan  # loss: of the last step
        self.curve = {key: [] for key in TRAINED + MEASURED}
        self.planned = recipe["epochs"] * math.ceil(recipe["images"] / recipe["batch_size"])
        self._losses = []  # since the last point of the curve

    def __repr__(self):
        return f"Run({self.name!r}, {self.ending or 'training'})"

    @property
    def accuracy(self):
        """Validation accuracy as last measured, or None."""
        return self.curve["val_accuracy"][-1] if self.curve["val_accuracy"] else None

    def add(self, record):
        """Take the step, the seconds and the training loss of a Record."""
        self.steps, self.seconds, self.loss = record.step, record.seconds, record.loss
        self._losses.append(record.loss)
        if len(self._losses) >= self.planned / POINTS:
            self._point()

    def measure(self, val_loss, val_accuracy, train_accuracy):
        """Take what was measured after the last step."""
        for key, value in zip(MEASURED, (self.steps, val_loss, val_accuracy, train_accuracy)):
            self.curve[key].append(rounded(value))

    def end(self, ending):
        """Keep how the run ended, and the steps since the last point of its curve."""
        self.ending = ending
        if self._losses:
            self._point()

    def _point(self):
        mean = math.fsum(self._losses) / len(self._losses)
        self.curve["step"].append(self.steps)
        self.curve["loss"].append(rounded(mean))
        self._losses = []

    def packed(self):
        """The run as a dict of plain values. A run still training counts as stopped here."""
        return {"name": self.name, "recipe": self.recipe, "steps": self.steps,
                "ending": self.ending or f"stopped at step {self.steps}",
                "weights": recipes.weights(self.recipe), "seconds": rounded(self.seconds),
                "curve": {key: list(values) for key, values in self.curve.items()}}

    def same_as(self, other):
        """The same training, whatever the two are called."""
        return self.packed() | {"name": ""} == other.packed() | {"name": ""}


def rounded(number):
    """Five digits, which a curve and a table need, and which a text keeps exactly."""
    return number if isinstance(number, int) else float(f"{number:.5g}")


# ---- names


def cleaned(name):
    """A name on one line, of characters that can be shown, at most 60 of them."""
    shown = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    return shown if len(shown) <= NAME_LETTERS else shown[:NAME_LETTERS - 1] + "…"


def unused(name, runs):
    """The name, or with (2), (3), ... behind it the first that no run has."""
    taken, name, number = {run.name for run in runs}, cleaned(name) or "run", 2
    new = name
    while new in taken:
        new = f"{name[:NAME_LETTERS - 6]} ({number})"
        number += 1
    return new


def proposed(number, recipe, last):
    """A name such as "run 3: width 64, rate 0.5": what differs from the last recipe."""
    turned = {dial: value for dial, value in recipe.items() if value != last[dial]}
    if not turned:
        return f"run {number}: the same again" if number > 1 else "run 1"
    name = f"run {number}: {as_words(turned)}"
    while len(name) > NAME_LETTERS:
        turned.popitem()
        name = f"run {number}: {as_words(turned)}, …"
    return name


# ---- side by side


def best(runs):
    """The run of the highest validation accuracy, the first of equals; None if none has one."""
    measured = [run for run in runs if run.accuracy is not None]
    return max(measured, key=lambda run: run.accuracy, default=None)


def table(runs, drawn):
    """The runs as an HTML table. drawn: {run: number of its colour and dash in the picture}."""
    if not runs:
        return ""
    compared = [run.recipe for run in runs] + ([recipes.START] if len(runs) == 1 else [])
    differing = [dial for dial in recipes.DIALS if len({str(r[dial]) for r in compared}) > 1]
    champion = best(runs)
    rows = "".join(_row(run, differing, drawn.get(run), run is champion) for run in runs)
    return fill("playground_table.html", rows=rows)


def _row(run, differing, number, is_best):
    words = as_words({dial: run.recipe[dial] for dial in differing})
    colour = "none" if number is None else plots.COLOURS[number]
    return fill(
        "playground_row.html", colour=colour, stroke=STROKES[number or 0],
        kind="best" if is_best else "", best="★ best" if is_best else "",
        name=html.escape(run.name), dials=html.escape(words),
        weights=f"{recipes.weights(run.recipe):,}", steps=f"{run.steps:,}",
        seconds=f"{run.seconds:.1f}", accuracy=percent(run.accuracy),
        ending=html.escape(run.ending or "training"))


def percent(share):
    return "" if share is None else f"{100 * share:.1f} %"


def picture(drawn):
    """Loss and accuracy of the runs, as PNG: training thin, validation with markers."""
    legend = 0.3 + 0.2 * len(drawn)  # inches, under 3.3 of the curves
    fig = Figure(figsize=(6, 3.3 + legend), layout="none")  # quicker than one that is computed
    left, right = fig.subplots(1, 2, sharex=True, gridspec_kw={
        "left": 0.12, "right": 0.97, "wspace": 0.28, "top": 1 - 0.3 / (3.3 + legend),
        "bottom": (legend + 0.55) / (3.3 + legend)})
    handles = []
    for run, number in drawn.items():
        look = {"color": plots.COLOURS[number], "linestyle": plots.DASHES[number]}
        marked = look | {"marker": plots.MARKERS[number], "markersize": 5, "markevery": 3}
        curve = run.curve
        left.plot(curve["step"], curve["loss"], linewidth=1, alpha=0.5, **look)
        left.plot(curve["val_step"], curve["val_loss"], **marked)
        for key, style in ("train_accuracy", look | {"linewidth": 1, "alpha": 0.5}), (
                "val_accuracy", marked):
            line, = right.plot(curve["val_step"], [100 * v for v in curve[key]], **style)
        handles.append(line)
    _scaled(left, right, drawn)
    names = [" " + run.name.replace("$", r"\$") for run in drawn]  # a leading _ would hide it
    fig.legend(handles, names, loc="lower left", fontsize=10, handlelength=3, labelspacing=0.3,
               title="thin: training; with markers: validation", title_fontsize=10,
               alignment="left")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of letters that the font lacks
        return png_bytes(fig)


def _scaled(left, right, drawn):
    """Loss on a logarithmic scale; accuracy from where the worst of the runs still shows."""
    losses = [v for run in drawn for key in ("loss", "val_loss") for v in run.curve[key]]
    top = min(max(losses, default=3), 100)
    bottom = max(min(losses, default=0.1), 1e-4)
    left.set_yscale("log")
    left.set(title="loss", xlabel="step", ylim=(bottom / 1.2, max(top, bottom) * 1.2))
    left.yaxis.set_major_locator(LogLocator(subs=[1, 2, 5]))
    left.yaxis.set_major_formatter("{x:g}")
    left.yaxis.set_minor_locator(NullLocator())
    ends = [run.steps if run.ending else run.planned for run in drawn]
    left.set_xlim(0, 1.03 * max(1, *ends))
    worst = 100 * min((run.accuracy or 0 for run in drawn), default=0)
    floor = next((floor for floor in (94, 90, 80, 50) if worst >= floor + 2), 0)
    right.set(title="accuracy, %", xlabel="step", ylim=(floor, 100))


# ---- as text


def packed(runs):
    """The runs as JSON text, a run a line."""
    lines = ",\n".join(json.dumps(run.packed(), ensure_ascii=False, allow_nan=False)
                       for run in runs)
    return f'{{"format": "{FORMAT}", "version": {VERSION}, "runs": [\n{lines}\n]}}\n'


def unpacked(text):
    """Return the Runs in a text that `packed` made; ValueError, in a sentence, for another."""
    require(isinstance(text, str), "text", f"{text!r:.40}", "the text that Export wrote")
    require(len(text) <= MOST_LETTERS, "text", f"{len(text):,} characters",
            f"at most {MOST_LETTERS:,}")
    require(text.strip(), "text", "nothing", "the text that Export wrote")
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"text: given no whole JSON ({error!s:.80}), wanted the text that Export "
                         "wrote, from its first { to its last }") from None
    ours = isinstance(given, dict) and given.get("format") == FORMAT
    require(ours, "format", "JSON of something else", f"the format {FORMAT!r}")
    version = given.get("version")
    require(version == VERSION and not isinstance(version, bool), "version", repr(version), VERSION)
    runs = given.get("runs")
    fits = isinstance(runs, list) and len(runs) <= MOST_RUNS
    require(fits, "runs", f"{len(runs)} runs" if isinstance(runs, list) else "no list",
            f"a list of at most {MOST_RUNS}")
    return [_unpacked_run(number, run) for number, run in enumerate(runs, 1)]


def _unpacked_run(number, given):
    """One run of a text; the ValueError says which."""
    try:
        keys = {"name", "recipe", "steps", "ending", "weights", "seconds", "curve"}
        require(isinstance(given, dict) and given.keys() == keys, "keys",
                list(given) if isinstance(given, dict) else "no run", sorted(keys))
        require(isinstance(given["name"], str), "name", repr(given["name"]), "words")
        run = Run(given["name"], recipes.checked(given["recipe"]))
        whole = LATER | given["recipe"]
        require(run.recipe == whole, "recipe", list(given["recipe"]), "every dial")
        require(given["weights"] == recipes.weights(run.recipe), "weights",
                repr(given["weights"]), recipes.weights(run.recipe))
        ending = given["ending"]
        require(isinstance(ending, str) and ENDING.fullmatch(ending), "ending", repr(ending),
                "done, or stopped, diverged or failed at step n")
        run.ending = ending
        run.seconds = _number("seconds", given["seconds"])
        run.steps = _number("steps", given["steps"], int)
        run.curve = _unpacked_curve(given["curve"], run.steps)
    except ValueError as error:
        raise ValueError(f"run {number}, {error}") from None
    return run


def _unpacked_curve(given, steps):
    """The curves of a text: lists of finite numbers, those of a group equally long."""
    fits = isinstance(given, dict) and given.keys() == {*TRAINED, *MEASURED}
    require(fits, "curve", "other keys", f"{', '.join(TRAINED + MEASURED)}")
    for group in TRAINED, MEASURED:
        lengths = [len(v) if isinstance(v, list) else -1 for v in (given[key] for key in group)]
        fits = len(set(lengths)) == 1 and 0 <= lengths[0] <= MOST_POINTS
        require(fits, f"curve of {group[-1]}", f"lists of lengths {lengths}",
                f"lists of one length, at most {MOST_POINTS:,}")
        at = [_number(group[0], step, int, 1, steps) for step in given[group[0]]]
        require(at == sorted(set(at)), group[0], "steps out of order", "growing steps")
    return {key: [_number(key, value, int if key.endswith("step") else float,
                          most=1 if key.endswith("accuracy") else math.inf)
                  for value in given[key]] for key in (*TRAINED, *MEASURED)}


def _number(name, given, kind=float, least=0, most=math.inf):
    """A finite number between the two; a float where kind is float."""
    fits = isinstance(given, (int, kind)) and not isinstance(given, bool)
    fits = fits and least <= given <= most and given < 1e300
    require(fits, name, f"{given!r:.40}", f"a {'whole ' if kind is int else ''}number"
            f" from {least} to {most}" if most < math.inf else "a number, 0 or above")
    return kind(given)
