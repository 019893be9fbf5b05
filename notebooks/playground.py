"""The playground: a panel with every dial of the book, whose runs are kept side by side.

It trains real networks under a kernel. What a recipe is stands in recipes.py, what is kept of a
run in runs.py; the asyncio task and its threads are those of labs.LivePanel.
"""

import asyncio
import base64
import contextlib
import html
import math
import re
import time

import ipywidgets as widgets
import labs
import recipes
from recipes import DIALS, START, build, checked, records, weights
from runs import MOST_DRAWN, Run, packed, percent, picture, proposed, table, unpacked, unused

import mnist_core as core

__all__ = ["DIALS", "START", "Playground", "build", "checked", "records", "show", "weights"]

NAME = "playground"
REDRAW_EVERY = 0.3  # seconds between two pictures, at least
TRAINING_IMAGES = 5_000  # at most so many are read for the accuracy on training images
TURNED = "The dials you turn now count for the next run."


def show(data, *, still="", **begin):
    """Show the panel and return it: cells may use its .runs, .export() and .load(text).

    data   (X, y, X_val, y_val), images (N, 784)
    still  the HTML of a flip-book, for the static page and for a notebook not run yet
    begin  dial=value to begin with; where silent, as in START
    """
    panel = Playground(data, **begin)
    words = f"The playground: run this cell to train. It begins with {labs.as_words(panel.begin)}."
    panel.welcome(labs.present(panel, NAME, still, words))
    return panel


class Playground(labs.LivePanel):
    """Every dial, Train and Stop, growing curves, and the runs: compared, named, saved and loaded.

    Whatever changes the runs happens in the loop of the cell that made the panel; JupyterLab
    presses buttons in another thread, so each handler hands its work over with `_soon`.
    """

    def __init__(self, data, **begin):
        self.data = data
        fewer = {"images": min(START["images"], len(data[0]))}
        self.begin = checked(START | fewer | begin)
        super().__init__(None, name=NAME, steps=None, begin=self.begin, **self._offered())
        self.runs, self.rows, self.drawn = [], {}, {}  # drawn: {run: number of its style}
        self.count, self.last = 0, self.begin  # runs begun, and the recipe of the last
        self.proposal, self.note = "", ""
        self.offered = []  # runs of earlier panels, whether imported here or not
        self._make_widgets()
        self.box.children = self._laid_out()
        self.box.add_class("playground")
        self.status.add_class("playground-status")
        self._propose()
        self._say("Turn the dials, then press Train.")

    def __repr__(self):
        return f"A playground with {len(self.runs)} runs"

    # ---- widgets

    def _offered(self):
        """{dial: values}: what is offered and possible, with the value to begin with among it."""
        offered = DIALS | {"images": [n for n in DIALS["images"] if n <= len(self.data[0])]}
        return {dial: values if self.begin[dial] in values else sorted([*values, self.begin[dial]])
                for dial, values in offered.items()}

    def _make_widgets(self):
        self.name = widgets.Text(description="name", continuous_update=False,
                                 layout={"width": "30em", "max_width": "100%"},
                                 style={"description_width": "5.5em"})
        self.size, self.table, self.link = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.look = widgets.HTML(labs.fill("playground_style.html"), layout={"display": "none"})
        self.chooser = widgets.VBox(layout={"max_height": "14em", "overflow": "auto"})
        self.chooser.add_class("playground-runs")
        self.text = widgets.Textarea(layout={"width": "100%", "height": "6em"}, placeholder=(
            "Export writes your runs here, as text. To have them again another day, or to see "
            "those of a friend, paste the text here and press Import."))
        self.upload = widgets.FileUpload(
            description="Open a file", accept=".json", multiple=False, layout={"width": "auto"})
        for dial in self.dials.values():
            dial.style.description_width, dial.layout.width = "5.5em", "24em"
            dial.observe(lambda _: self._soon(self._turned), "value")
        self.upload.observe(lambda _: self._soon(self._uploaded), "value")

    def _laid_out(self):
        """The rows of the panel, from the dials down to the text field."""
        flow = {"flex_flow": "row wrap", "align_items": "center"}
        dials = widgets.HBox(list(self.dials.values()), layout=flow)
        reset = self._button("Reset", self.reset, icon="undo")
        for box, width in ((self.train_button, "7em"), (self.stop_button, "7em"), (reset, "7em"),
                           (self.progress, "19em")):
            box.layout.width = width
        run = [self.name, self.train_button, self.stop_button, reset, self.progress]
        keep = [self._button("Export", self._export, icon="upload"),
                self._button("Import", self._import, icon="download"), self.upload, self.link]
        return [dials, self.size, widgets.HBox(run, layout=flow), self.status, self.curve,
                self.table, self.chooser, widgets.HBox(keep, layout=flow), self.text, self.look]

    def _button(self, words, act, **looks):
        button = widgets.Button(description=words, **looks)
        button.on_click(lambda _: self._soon(act))
        return button

    def _soon(self, act, *given):
        """Do this in the panel's own loop, and say what goes wrong; nobody sees a traceback."""
        def told():
            try:
                act(*given)
            except Exception as error:
                self._say(labs.sentence(error))

        self.loop.call_soon_threadsafe(told)

    # ---- dials

    def recipe(self):
        """The recipe that the dials show."""
        return {dial: box.value for dial, box in self.dials.items()}

    def reset(self):
        """Turn the dials back to where the panel began. The runs stay."""
        self.turn(self.begin)

    def turn(self, recipe):
        """Turn the dials to a recipe; ValueError where a dial does not offer its value."""
        recipe = checked(recipe)
        core.require(recipe["images"] <= len(self.data[0]), "images", recipe["images"],
                     f"at most {len(self.data[0])}, as many as there are")
        for dial, value in recipe.items():
            box = self.dials[dial]
            if value not in [option for _, option in box.options]:
                values = sorted([*(option for _, option in box.options), value])
                box.options = [(labs.as_read(v), v) for v in values]
            box.value = value

    def _turned(self):
        self._propose()
        if self.run and self.note != TURNED:
            self.note = TURNED
            self.status.value += f" {TURNED}"

    def _propose(self):
        """Show the size of what the dials ask for, and propose a name, unless you wrote one."""
        recipe = self.recipe()
        steps = recipe["epochs"] * math.ceil(recipe["images"] / recipe["batch_size"])
        self.size.value = f"These dials make {weights_in_words(recipe)} and {steps:,} steps."
        if self.name.value.strip() in ("", self.proposal):
            self.proposal = self.name.value = proposed(self.count + 1, recipe, self.last)

    # ---- a run

    async def _drain(self, token, values):
        """Train one run from its first record to its end; it is kept, however it ends."""
        if self.run is not token:  # another was asked for before this one began
            return
        try:
            net, seen, made = recipes.training(values, self.data)
            run = self._opened(values)
        except Exception as error:
            self.run = None
            self._say(labs.sentence(error))
            return
        ending, words = f"failed at step {run.steps}", ""
        try:
            with contextlib.closing(made):
                ending = await self._follow(run, token, net, seen, made)
        except FloatingPointError as error:
            ending = f"diverged at step {_step(error, run)}"
            words = f"Its loss grew beyond all numbers. {recipes.cure(run.recipe)}"
        except (KeyboardInterrupt, asyncio.CancelledError):
            ending, words = f"stopped at step {run.steps}", "It was interrupted."
        except Exception as error:
            ending, words = f"failed at step {run.steps}", labs.sentence(error)
        finally:
            run.end(ending)
            self._closed(run, token, words)

    def _opened(self, recipe):
        """Keep a new run under the name that the field shows, and tick it."""
        name = unused(self.name.value.strip() or self.proposal, self.runs)
        run = Run(name, checked(recipe))
        self.count, self.last = self.count + 1, run.recipe
        self.name.value = self.proposal = ""
        self._keep([run])
        self._propose()
        self.stop_button.disabled = False
        self.progress.value, self.progress.max = 0, run.planned
        return run

    async def _follow(self, run, token, net, seen, made):
        """Take the records, and let the kernel breathe after each; return how it ended."""
        X, y, X_val, y_val = seen
        some = X[:TRAINING_IMAGES], y[:TRAINING_IMAGES]
        next_picture, begun = 0.0, time.monotonic()
        for record in made:
            run.add(record)
            if record.val_loss is not None:
                run.measure(record.val_loss, record.val_accuracy, core.evaluate(net, *some)[1])
            if time.monotonic() > next_picture and run in self.runs:
                next_picture = self._shown(run, begun) + time.monotonic()
            await asyncio.sleep(0)
            if self.run is not token:
                if record.val_loss is None:
                    run.measure(*core.evaluate(net, X_val, y_val), core.evaluate(net, *some)[1])
                return f"stopped at step {run.steps}"
        return "done"

    def _shown(self, run, begun):
        """Bring bar, numbers, table and picture up to date. Return how long that will do."""
        start = time.monotonic()
        left = (start - begun) / run.steps * (run.planned - run.steps)
        left = f", about {left:.0f} s left" if start - begun > REDRAW_EVERY else ""
        self.progress.value = run.steps
        self._say(f"{run.name}. Step {run.steps:,} of {run.planned:,}: loss {run.loss:.4f}"
                  f"{_and_accuracy(run)}{left}. {self.note}")
        self._refresh()
        return max(REDRAW_EVERY, 2 * (time.monotonic() - start))  # most of the time is for training

    def _closed(self, run, token, words):
        """Say how the run ended, unless a later one has the panel, and let go of the panel."""
        if self.run not in (token, None):
            self.note = f"{run.name} was {run.ending}, and is kept."
            return
        self.run, self.note = None, ""
        self.stop_button.disabled = True
        self.progress.value = run.steps
        self._say(f"{run.name}: {run.ending}, {run.seconds:.1f} s of training{_and_accuracy(run)}. "
                  f"{words or _guessing(run)}")
        self._soon(self._refresh)

    # ---- the runs

    def _keep(self, runs):
        for run in runs:
            self.runs.append(run)
            self.rows[run] = self._row(run)
            self._tick(run, True)
        self.chooser.children = [self.rows[run] for run in self.runs]

    def _row(self, run):
        """The widgets of one run: whether it is drawn, its recipe for the dials, its end."""
        # Sharp brackets in a description would be HTML to older versions of ipywidgets.
        words = run.name.replace("<", "‹").replace(">", "›")
        drawn = widgets.Checkbox(value=False, description=words, indent=False,
                                 layout={"width": "30em"})
        drawn.observe(lambda change: self._soon(self._ticked, run, change["new"]), "value")
        return widgets.HBox([
            drawn, self._button("Use its dials", lambda: self.turn(run.recipe)),
            self._button("Remove", lambda: self.remove(run))])

    def _ticked(self, run, drawn):
        if run in self.rows and drawn != (run in self.drawn):
            self._tick(run, drawn)
            self._refresh()

    def _tick(self, run, drawn):
        """Put a run into the picture or take it out; where there are too many, the oldest goes."""
        if drawn and len(self.drawn) == MOST_DRAWN:
            self._tick(next(iter(self.drawn)), False)
        if drawn:
            self.drawn[run] = min(set(range(MOST_DRAWN)) - set(self.drawn.values()))
        else:
            self.drawn.pop(run, None)
        self.rows[run].children[0].value = drawn

    def remove(self, run):
        """Forget a run; one under way is stopped first."""
        if run not in self.runs:
            return
        if not run.ending:
            self.stop()
        self.runs.remove(run)
        self.drawn.pop(run, None)
        row = self.rows.pop(run)
        self.chooser.children = [self.rows[run] for run in self.runs]
        for box in (*row.children, row):  # their models would stay in kernel and page
            for model in (getattr(box, "style", None), box.layout, box):
                if model is not None:
                    model.close()
        self._refresh()

    def _refresh(self):
        """Draw the ticked runs and write the table."""
        drawn = {run: number for run, number in self.drawn.items() if run in self.rows}
        self.table.value = table(self.runs, drawn)
        self.curve.value = picture(drawn) if drawn else b""

    # ---- as text

    def export(self):
        """The settings and results of all runs as JSON text."""
        return packed(self.runs)

    def load(self, text):
        """Add the runs of a text by `export`; return what happened in a sentence.

        A training that is here already, under whatever name, is not added again. ValueError for
        any other text, and nothing changes.
        """
        given = unpacked(text)
        new = []
        for run in given:
            if not any(run.same_as(other) for other in [*self.runs, *new]):
                run.name = unused(run.name, [*self.runs, *new])
                new.append(run)
        self._keep(new)
        self.count += len(new)
        self._propose()
        self._refresh()
        old = len(given) - len(new)
        return (f"Imported {_count(new)}." if new else "Nothing new in this text.") + (
            f" {_count(given[:old])} of it {'was' if old == 1 else 'were'} here already."
            if old else "")

    def _export(self):
        text = self.text.value = self.export()
        data = base64.b64encode(text.encode()).decode("ascii")
        self.link.value = labs.fill("playground_link.html", data=data, count=_count(self.runs))
        self._say(f"The text below holds {_count(self.runs)}. Copy it, or take it as a file.")

    def _import(self):
        self._load(self.text.value)

    def _uploaded(self):
        """Import the chosen file: a tuple of dicts in ipywidgets 8, a dict of dicts in 7."""
        files = self.upload.value
        chosen = list(files.values()) if isinstance(files, dict) else list(files)
        if chosen:
            self._load(bytes(chosen[0]["content"]).decode("utf-8", errors="replace"))
        if isinstance(files, tuple) and files:
            self.upload.value = ()  # so that the same file can be chosen again

    def _load(self, text):
        try:
            self._say(self.load(text))
        except ValueError as error:
            self._say(f"Nothing was imported. {str(error)[0].upper()}{str(error)[1:]}.")

    def welcome(self, earlier):
        """Offer the runs of an earlier panel: running its cell again must not lose them."""
        runs = list(getattr(earlier, "runs", []))
        runs += [run for run in getattr(earlier, "offered", []) if not any(map(run.same_as, runs))]
        self.offered = runs
        if runs:
            self.text.value = packed(runs)
            self._say(f"The panel before this one had {_count(runs)}: press Import below "
                      "to have them again. Or turn the dials, and press Train.")


# ---- words


def weights_in_words(recipe):
    try:
        return f"{weights(recipe):,} weights"
    except ValueError as error:
        return html.escape(f"no network ({error})")


def _count(runs):
    return "1 run" if len(runs) == 1 else f"{len(runs)} runs"


def _and_accuracy(run):
    return "" if run.accuracy is None else f", validation accuracy {percent(run.accuracy)}"


def _step(error, run):
    """The step that a divergence names, or the last one taken."""
    named = re.match(r"step (\d+)", str(error))
    return int(named[1]) if named else run.steps


def _guessing(run):
    """What to turn after a run that came to its end and reads little better than guessing."""
    lost = run.ending == "done" and run.accuracy is not None and run.accuracy < 0.3
    return recipes.remedy(run.recipe) if lost else ""
