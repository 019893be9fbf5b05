"""Pictures with sliders: flip-books, which need no server, and live panels, which train for real.

A flip-book draws every setting ahead of time and shows plain HTML, so its sliders work on a static
page. A live panel trains under a kernel; on the static page a flip-book stands in its place.
The HTML and JavaScript live in the templates beside this file.
"""

import asyncio
import base64
import contextlib
import html
import io
import itertools
import json
import re
import time
from pathlib import Path
from string import Template

import ipywidgets as widgets
import matplotlib.pyplot as plt
import plots
from IPython.display import display
from matplotlib.figure import Figure

MOST_FRAMES = 150
FEWEST_TICKS = 5  # a choice among fewer values is a row of radio buttons
TICK_LETTERS = 32  # what stands side by side under a slider on a telephone
REDRAW_EVERY = 0.15  # seconds of training between two pictures of a live panel, at least
PICTURES_A_RUN = 12  # but a run of a blink shows this many all the same
FOLDER = Path(__file__).resolve().parent


# ---- flip-books


def flipbook(draw, *, name, alt, start=None, **choices):
    """Show `draw(**setting)` for every setting, with one slider per choice.

    draw(**setting) -> (fig, caption)
    name     a short slug, unique on its page; the address keeps a setting as ?name.choice=value
    alt      what the picture shows: alt(**setting), or words, to which the setting is added
    start    {choice: value} to begin with; where silent, the first value
    choices  name=[two or more values]
    """
    shown, words = _flipbook(draw, name, alt, start, choices)
    display({"text/plain": words, "text/html": shown}, raw=True)


def flipbook_html(draw, *, name, alt, start=None, **choices):
    """Return the HTML that `flipbook` shows. The same pictures give the same bytes."""
    return _flipbook(draw, name, alt, start, choices)[0]


def _flipbook(draw, name, alt, start, choices):
    """The HTML of a flip-book, and what it offers in words, for where no HTML is shown."""
    choices = _checked_choices(name, choices)
    shown = {choice: _texts(values) for choice, values in choices.items()}
    settings = [dict(zip(choices, values)) for values in itertools.product(*choices.values())]
    if len(settings) > MOST_FRAMES:
        raise ValueError(f"choices: given {len(settings)} settings, wanted at most {MOST_FRAMES}")
    at = _start_index(start, shown)
    pages = [_page(draw, alt, setting) for setting in settings]
    opening = pages[_flat(at, shown)]
    frames = list(dict.fromkeys([opening[0], *(picture for picture, _, _ in pages)]))
    data = {
        "name": name,
        "choices": list(shown.items()),
        "start": at,
        "frames": frames[1:],  # the first stands in the <img>
        "pages": [[frames.index(picture), said, words] for picture, said, words in pages],
    }
    width, height = _size(opening[0])
    words = f"A flip-book, {name}. {_in_words(shown)}\nIt opens with: {opening[1]}"
    return fill(
        "flipbook.html",
        name=name,
        svg=_base64(opening[0]),
        width=width,
        height=height,
        alt=html.escape(opening[2]),
        caption=html.escape(opening[1]),
        choices="".join(_choice(name, c, shown[c], i) for c, i in zip(shown, at)),
        data=_json(data),
    ), words


def _in_words(shown):
    """The choices of a lab and their values, in a sentence each."""
    return " ".join(f"{_label(choice)}: {', '.join(shown[choice])}." for choice in shown)


def as_read(value):
    """A value as a reader would write it: 0.1 and not 0.10000000149, 1e-5 and not 1e-05."""
    value = value.item() if hasattr(value, "item") else value  # NumPy's scalars
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return re.sub(r"e([+-])0+", r"e\1", f"{value:.6g}").replace("e+", "e")
    return str(value)


def as_words(setting):
    """A setting in words: rate 0.1, batch size 16."""
    return ", ".join(f"{_label(c)} {_minus(as_read(value))}" for c, value in setting.items())


def png_bytes(fig):
    """Render and close a figure."""
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=100)
    plt.close(fig)
    return buffer.getvalue()


def _size(svg):
    """The width and height of an SVG in CSS pixels, of which 96 go into 72 points."""
    return [round(float(points) * 96 / 72) for points in re.findall(r'="([\d.]+)pt"', svg)[:2]]


def _check_slug(name):
    if not re.fullmatch(r"[a-z][a-z0-9-]*", str(name)):
        raise ValueError(f"name: given {name!r}, wanted a slug such as 'learning-rate'")


def _checked_choices(name, choices):
    _check_slug(name)
    if not choices:
        raise ValueError("choices: given none, wanted at least one name=[two or more values]")
    checked = {}
    for choice, values in choices.items():
        if isinstance(values, str) or not hasattr(values, "__iter__"):
            raise ValueError(f"{choice}: given {values!r}, wanted a list of two or more values")
        checked[choice] = list(values)
        if len(set(_texts(checked[choice]))) < max(2, len(checked[choice])):
            raise ValueError(f"{choice}: given {values!r}, wanted two or more different values")
    return checked


def _start_index(start, shown):
    """The position of each slider at the start."""
    start = {} if start is None else start
    if not isinstance(start, dict):
        raise ValueError(f"start: given {start!r}, wanted {{choice: value}}")
    for choice, value in start.items():
        if choice not in shown or as_read(value) not in shown[choice]:
            raise ValueError(f"start: given {choice}={value!r}, wanted one of {shown}")
    return [shown[c].index(as_read(start[c])) if c in start else 0 for c in shown]


def _flat(at, shown):
    """The number of a setting in the order of itertools.product."""
    number = 0
    for i, values in zip(at, shown.values()):
        number = number * len(values) + i
    return number


def _page(draw, alt, setting):
    """Draw one setting: (SVG, caption, alt text)."""
    drawn = draw(**setting)
    if not (isinstance(drawn, tuple) and len(drawn) == 2 and isinstance(drawn[0], Figure)
            and isinstance(drawn[1], str)):
        raise ValueError(f"draw: gave {drawn!r}, wanted (fig, caption)")
    described = alt(**setting) if callable(alt) else f"{alt} ({as_words(setting)})"
    return plots.svg(drawn[0]), drawn[1], described


def _choice(name, choice, values, at):
    """Radio buttons for a few values; from FEWEST_TICKS on a slider, each tick with its value."""
    label, shown = html.escape(_label(choice)), [html.escape(_minus(value)) for value in values]
    if len(values) < FEWEST_TICKS:
        options = "".join(
            f'<label><input type="radio" name="flip-{name}-{choice}" value="{i}" disabled'
            f'{" checked" * (i == at)}> {value}</label>' for i, value in enumerate(shown))
        return fill("flipbook_radio.html", label=label, options=options)
    every = -(-sum(len(value) + 2 for value in values) // TICK_LETTERS)  # where they would touch
    ticks = "".join(f"<span>{value if i % every == 0 else ''}</span>"
                    for i, value in enumerate(shown))
    return fill("flipbook_choice.html", name=name, choice=choice, label=label, ticks=ticks,
                 last=len(values) - 1, start=at, value=shown[at])


def _texts(values):
    return [as_read(value) for value in values]


def _minus(value):
    """A negative number with the sign that a reader expects, as shown and not as kept."""
    return re.sub(r"^-(?=\d)|(?<=\de)-", "\u2212", value)


def _label(choice):
    return choice.replace("_", " ")


def _base64(svg):
    return base64.b64encode(svg.encode()).decode("ascii")


def _json(data):
    return json.dumps(data, ensure_ascii=False).replace("<", r"\u003c")  # no </script> inside


def fill(template, **values):
    """A template beside this file, with a text for each of its $names."""
    return Template((FOLDER / template).read_text(encoding="utf-8")).substitute(values)


# ---- the stepper


def stepper(fig, *, name, alt, nodes, edges, steps):
    """Show a graph whose missing numbers the reader types one by one, and is told at once.

    fig    its first picture, for where no script runs; alt says what it shows
    name   a short slug, unique on its page; the address keeps the step as ?name.step=3
    nodes  {node: (column, row, its number or None, a note above it)}
    edges  {edge: (from node, to node, its number or None)}
    steps  a list of dicts, in order: of (a node or an edge), kind ("value" or "slope"), ask, hint,
           answer; and where wanted uses [nodes and edges], said, slips [(wrong number, sentence)]
    """
    shown = stepper_html(fig, name=name, alt=alt, nodes=nodes, edges=edges, steps=steps)
    words = f"A stepper, {name}, in {len(steps)} steps. It shows: {alt}"
    display({"text/plain": words, "text/html": shown}, raw=True)


def stepper_html(fig, *, name, alt, nodes, edges, steps):
    """Return the HTML that `stepper` shows. The same graph and steps give the same bytes."""
    _check_slug(name)
    ends = [end for start, stop, _ in edges.values() for end in (start, stop)]
    named = ends + [of for step in steps for of in [step["of"], *step.get("uses", [])]]
    unknown = sorted(set(named) - set(nodes) - set(edges))
    if unknown or not steps:
        raise ValueError(f"steps: given {unknown or 'none'}, wanted nodes and edges of the graph")
    if any(step["kind"] not in ("value", "slope") for step in steps):
        raise ValueError("kind: wanted 'value' or 'slope' in every step")
    svg = plots.svg(fig)
    width, height = _size(svg)
    data = {
        "name": name,
        "nodes": [{"of": of, "at": [column, row], "number": _digits(number), "note": note}
                  for of, (column, row, number, note) in nodes.items()],
        "edges": [{"of": of, "from": start, "to": end, "number": _digits(number)}
                  for of, (start, end, number) in edges.items()],
        "steps": [{"uses": [], "said": ""} | step | {
            "answer": _digits(step["answer"]), "slips": _told_apart(step)} for step in steps],
    }
    picture = (f'<img src="data:image/svg+xml;base64,{_base64(svg)}" width="{width}" '
               f'height="{height}" alt="{html.escape(alt)}">')
    return fill("stepper.html", name=name, picture=picture, data=_json(data))


def question_html(value, *, name):
    """The stepper with one question and no graph, for a number that an exercise asks for.

    value  a checks.Value: its answer, its hints for tempting wrong numbers, its tolerance
    """
    step = {"of": "", "kind": "value", "ask": "", "hint": "", "said": "", "uses": [],
            "answer": f"{value.answer:.10g}", "tolerance": value.tolerance * abs(value.answer),
            "slips": [[wrong, sentence] for wrong, sentence in value.hints.items()]}
    return fill("stepper.html", name=name, picture="",
                 data=_json({"name": name, "nodes": [], "edges": [], "steps": [step]}))


def _told_apart(step):
    """The slips as [[wrong number, sentence]]: the right number left out, equal ones joined."""
    slips = {}
    for wrong, words in step.get("slips", []):
        slips.setdefault(_digits(wrong), []).append(words)
    slips.pop(_digits(step["answer"]), None)
    return [[float(wrong), " Or perhaps: ".join(words)] for wrong, words in slips.items()]


def _digits(number):
    """A number as the graph shows it, with at most four digits after the point."""
    return "" if number is None else as_read(round(float(number), 4) + 0.0)


# ---- live panels


def live(start, *, name, steps, still, begin=None, **dials):
    """Show a panel that trains while you watch, with one dial per setting.

    start(**values) -> a generator of Records, from `mnist_core.fit`
    name   a short slug; showing a panel of the same name again stops the earlier one
    steps(**values) -> how many steps that training takes
    still  the HTML of a flip-book, for the static page and for a notebook not run yet
    begin  {dial: value} to begin with; where silent, the first value
    dials  name=[two or more values]
    """
    panel = LivePanel(start, name=name, steps=steps, begin=begin, **dials)
    choices = _in_words({dial: _texts(values) for dial, values in dials.items()})
    present(panel, name, still, f"A live panel, {name}: run this cell to train. {choices}")


def present(panel, name, still, words):
    """Display a panel, and stop the earlier one of this name. Return that one, or None."""
    earlier = _panels.get(name)
    if earlier:
        earlier.stop()
    _panels[name] = panel
    view = {"version_major": 2, "version_minor": 0, "model_id": panel.box.model_id}
    display({"application/vnd.jupyter.widget-view+json": view, "text/html": still,
             "text/plain": words}, raw=True)
    return earlier


_panels = {}


class LivePanel:
    """Dials, Train and Stop, a progress bar, the growing curve and the latest numbers.

    Training runs as an asyncio task that awaits between records. It sets the values of widgets:
    what a task writes into an Output widget stays unseen in JupyterLab until another cell runs.
    The task belongs to the loop of the cell that made the panel, since JupyterLab presses buttons
    in another thread, and neither a generator nor pyplot bears two.
    """

    def __init__(self, start, /, *, name, steps, begin=None, **dials):
        dials = _checked_choices(name, dials)
        at = _start_index(begin, {dial: _texts(values) for dial, values in dials.items()})
        self.start, self.steps = start, steps
        self.loop = asyncio.get_running_loop()
        self.run, self.task = None, None  # a token of the run that has the panel, and its task
        self.records, self.earlier = [], []
        self.dials = {dial: _dial(dial, dials[dial], i) for dial, i in zip(dials, at)}
        self.train_button = widgets.Button(description="Train", icon="play", button_style="primary")
        self.stop_button = widgets.Button(description="Stop", icon="stop", disabled=True)
        self.progress = widgets.IntProgress(description="progress", min=0, max=1)
        self.curve = widgets.Image(layout={"max_width": "100%", "align_self": "flex-start"})
        self.status = widgets.HTML()
        self.train_button.on_click(lambda _: self.train())
        self.stop_button.on_click(lambda _: self.stop())
        buttons = widgets.HBox([self.train_button, self.stop_button, self.progress],
                               layout={"flex_flow": "row wrap"})
        self.box = widgets.VBox([*self.dials.values(), buttons, self.status, self.curve])
        self.box.add_class("live-panel").add_class(f"live-{name}")
        self._say("Choose, then press Train.")

    def train(self):
        """Train with the dials as they stand. A run under way ends first."""
        self.run = object()
        values = {dial: box.value for dial, box in self.dials.items()}
        self.loop.call_soon_threadsafe(self._begin, self.run, values)

    def stop(self):
        """Ask the run under way to end; its task does so before the next record."""
        self.run = None

    def _begin(self, run, values):
        self.task = self.loop.create_task(self._drain(run, values))

    async def _drain(self, run, values):
        """Take the records of one run, and let the kernel breathe after each."""
        self.records, self.earlier = [], self.records or self.earlier
        self.stop_button.disabled = False
        ending, next_picture, next_step = "Stopped.", 0.0, 0
        try:
            self.progress.value, self.progress.max = 0, self.steps(**values)
            with contextlib.closing(self.start(**values)) as records:
                for record in records:
                    self.records.append(record)
                    if time.monotonic() > next_picture or record.step >= next_step:
                        next_picture = self._show() + time.monotonic()
                        next_step = record.step + self.progress.max / PICTURES_A_RUN
                    await asyncio.sleep(0)
                    if self.run is not run:
                        break
                else:
                    ending = "Done."
        except Exception as error:  # nobody would see its traceback
            ending = sentence(error)
        if self.run in (run, None):  # else a later run has the panel
            self.run = None
            self.stop_button.disabled = True
            self._show(ending)

    def _show(self, ending=""):
        """Bring picture, bar and numbers up to the last record. Return how long that will do."""
        if not self.records:
            self._say(ending)
            return 0.0
        begun, last = time.monotonic(), self.records[-1]
        self.progress.value = last.step
        fig, _ = plots.curve(self.records, faint=self.earlier)
        fig.axes[0].set_xlim(0, self.progress.max)
        self.curve.value = png_bytes(fig)
        measured = [r.val_accuracy for r in self.records if r.val_accuracy is not None]
        accuracy = f", validation accuracy {100 * measured[-1]:.1f} %" if measured else ""
        self._say(f"Step {last.step} of {self.progress.max}: loss {last.loss:.4f}{accuracy}, "
                  f"{last.seconds:.1f} s. {ending}"
                  f"{' Pale: the run before.' if ending and self.earlier else ''}")
        return max(REDRAW_EVERY, time.monotonic() - begun)  # half of the time is for training

    def _say(self, words):
        self.status.value = html.escape(words)


def _dial(dial, values, at):
    """A slider, for words too: JupyterLab keeps the arrow keys from a drop-down list."""
    options = list(zip(_texts(values), values))
    return widgets.SelectionSlider(options=options, index=at, description=_label(dial),
                                   style={"description_width": "initial"})


def sentence(error):
    """An error as one sentence for the reader."""
    if isinstance(error, FloatingPointError):
        return f"The training diverged: {error}. Try a smaller learning rate."
    if isinstance(error, ValueError):
        return f"These settings do not go together: {error}."
    return f"Training ended with an error: {type(error).__name__}: {error}."
