"""Write a deck of slides for each chapter, from its structure and its tags.

    python tools/slides.py

Writes dist/slides and dist/back-to-basics-slides.zip. A slide carries a claim, a prediction, a
formula, some code, what it printed, or a figure; what the chapter says beside it stands in the
notes, which the key S shows. Setup, folded cells, exercises with their solutions and answers stay
out.
"""

import base64
import html
import re
import shutil
import sys
from pathlib import Path

import nbformat
from nbconvert.exporters import SlidesExporter
from nbconvert.filters import markdown2html
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tools import pack, places, set_address  # noqa: E402
from tools.slide_text import (  # noqa: E402
    GAP,
    LINE,
    blocks,
    claim,
    high,
    is_display,
    items,
    joined,
    lines_high,
    pieces,
    plain,
    tables,
)

DECK = Path(__file__).with_name("deck")
SLIDES = places.DIST / "slides"
SERIES = set_address.settings(ROOT)["title"]
ROOM = 560  # pixels of a slide below its heading
CODE = 19  # lines of code or of output on a slide
LONGEST = 2 * CODE  # longer code is left for the notebook
WIDTH, HEIGHT = 1060, 500  # of a figure
SKIPPED = re.compile(r"^## (Exercises|Warm-ups|Further reading|Five challenges)", re.M)
EXERCISE = re.compile(r"^### (Exercise .+)$", re.M)
PREDICT = "**Predict"  # some go on within the sentence
TABLE = re.compile(r"\|.*\n\|[ :|-]+\|")


class Deck:
    """The cells of a deck, put down slide by slide."""

    def __init__(self, title):
        self.cells, self.heading, self.notes, self.left, self.steps = [], title, [], 0, False

    def put(self, cell, height, step=False, note="", below=0):
        """Put a cell on the slide, or on a new one if there is no room; a step comes at a press.

        `below` is the height of what must stand on the same slide.
        """
        if height + below > self.left:
            self.turn()
            self.add(new_markdown_cell(f"## {self.heading}"), "subslide")
            self.left, self.steps = ROOM, False
            step = False  # nothing is above it that could be thought about first
        self.steps = self.steps or step
        self.add(cell, "fragment" if self.steps else "-")
        self.left -= height
        if note:
            self.notes.append(note)

    def alone(self, cell, kind="subslide"):
        """A slide with this cell and nothing else."""
        self.turn()
        self.add(cell, kind)

    def section(self, heading):
        self.heading = heading
        self.alone(in_box("section", f"## {heading}"), "slide")

    def turn(self):
        """End the slide; hand to its speaker what it left out."""
        if self.notes:
            self.add(new_markdown_cell("\n\n".join(self.notes)), "notes")
        self.notes, self.left = [], 0

    def add(self, cell, kind):
        cell.metadata["slideshow"] = {"slide_type": kind}
        self.cells.append(cell)


def in_box(kind, markdown):
    """A cell of Markdown in a box of this class."""
    return new_markdown_cell(f'<div class="{kind}">\n\n{markdown}\n\n</div>')


# ---- text


def write_text(deck, markdown):
    """A cell of text: its claims, lists and tables; predictions alone, formulas step by step."""
    deck.turn()
    parts = joined(blocks(markdown))
    for part, follows in zip(parts, [*parts[1:], ""]):
        if part.startswith("#"):
            head(deck, part)
        elif part.startswith(PREDICT):
            deck.alone(in_box("predict", part))
        elif is_display(part):
            deck.put(new_markdown_cell(part), high(part), step=True)
        elif TABLE.match(part):
            for piece in tables(part):
                deck.put(new_markdown_cell(piece), high(piece))
        else:
            said = part if part.startswith("```") else "\n".join(items(part)) or claim(
                part, last=is_display(follows))
            deck.put(new_markdown_cell(said), high(said), note=part if part != said else "",
                     below=high(follows) if is_display(follows) else 0)


def head(deck, part):
    """A heading: of a section, which has a slide of its own, or of less."""
    if part.startswith("## "):
        deck.section(part.removeprefix("## "))
    else:
        deck.turn()
        deck.heading = part.lstrip("# ")


# ---- cells


def printed(cell):
    """What a cell printed, as one text."""
    return "".join(output.get("text", "") for output in cell.outputs
                   if output.output_type == "stream")


def pictures(cell):
    """The HTML of each figure or lab of a cell."""
    for output in cell.outputs:
        data = output.get("data", {})
        if "text/html" in data:
            yield data["text/html"]
        elif "image/svg+xml" in data:
            caption = cell.metadata.get("mystnb", {}).get("figure", {}).get("caption", "")
            drawn = picture(data["image/svg+xml"], data.get("text/plain", ""))
            yield drawn + markdown2html(caption)


def picture(svg, alt):
    """The SVG as an image, as large as the slide has room for."""
    wide, high = (float(points) for points in re.findall(r'="([\d.]+)pt"', svg)[:2])
    scale = min(WIDTH / wide, HEIGHT / high)
    source = base64.b64encode(svg.encode()).decode()
    return (f'<img src="data:image/svg+xml;base64,{source}" alt="{html.escape(alt)}" '
            f'width="{round(wide * scale)}" height="{round(high * scale)}">')


def write_code(deck, cell):
    """Code, then what it printed, then its figures; no code where it is folded."""
    tags, said = set(cell.metadata.get("tags", ())), printed(cell)
    lines = len(cell.source.splitlines())
    if "hide-input" not in tags and not only_prepares(cell):
        if lines > LONGEST:
            deck.put(new_markdown_cell(f"*{lines} lines of code: see the notebook.*"), LINE + GAP)
        else:
            for piece in pieces(cell.source, CODE):
                deck.put(new_code_cell(piece), lines_high(len(piece.splitlines())))
    for piece in pieces(said, CODE) if said.strip() else []:
        deck.put(new_raw_cell(f'<pre class="printed">{html.escape(piece)}</pre>'),
                 lines_high(len(piece.splitlines())), step=True)
    for drawn in pictures(cell):
        deck.alone(new_raw_cell(f'<div class="figure">{drawn}</div>'))


def only_prepares(cell):
    """Whether a cell imports and loads, and shows nothing."""
    return not cell.outputs and ("import " in cell.source.splitlines()[0]
                                 or "load_mnist()" in cell.source)


# ---- a deck


def deck(notebook):
    """The chapter as a notebook of slides."""
    first, *cells = notebook.cells
    title, *parts = [part for part in blocks(plain(first.source)) if "**Time**" not in part]
    end = next((i for i, part in enumerate(parts) if part.startswith("#")), len(parts))
    opening, rest = parts[:end], "\n\n".join(parts[end:])
    made = Deck(title.lstrip("# "))
    made.alone(new_markdown_cell(f'{title}\n\n<p class="by">{SERIES}</p>'), "slide")
    for piece in opening:
        made.alone(in_box("predict" if piece.startswith(PREDICT) else "opening", piece))
    kept, exercises = shown(cells)
    for cell in [new_markdown_cell(rest), *kept] if rest else kept:
        if cell.cell_type == "markdown":
            write_text(made, plain(cell.source))
        else:
            write_code(made, cell)
    made.section("To do")
    names = "\n".join(f"- {name}" for name in exercises)
    made.put(new_markdown_cell(names), high(names))
    made.alone(in_box("opening", plain(notebook.cells[-1].source)))
    return new_notebook(cells=made.cells,
                        metadata=notebook.metadata | {"title": title.lstrip("# ")})


def shown(cells):
    """The cells that a deck shows, and the names of the exercises."""
    kept, exercises, skip = [], [], False
    for cell in cells[:-1]:
        tags = set(cell.metadata.get("tags", ()))
        if cell.cell_type == "markdown":
            exercises += EXERCISE.findall(plain(cell.source))
            found = SKIPPED.search(cell.source)
            if found and not skip:
                kept.append(new_markdown_cell(cell.source[:found.start()]))
            skip = skip or bool(found)
        if not skip and not tags & {"setup", "hide-cell", "exercise"}:
            kept.append(cell)
    return kept, exercises


def export(notebook):
    """The HTML of a deck."""
    exporter = SlidesExporter(extra_template_basedirs=[str(DECK.parent)], template_name="deck",
                              exclude_input_prompt=True, exclude_output_prompt=True,
                              reveal_url_prefix="deck/reveal",
                              reveal_theme="../../../deck")  # deck/deck.css, after reveal's own
    return exporter.from_notebook_node(notebook)[0]


def build(folder):
    """Write the decks and what they load."""
    pack.empty(folder)
    for path in places.chapters():
        page = export(deck(nbformat.read(path, as_version=4)))
        (folder / f"{path.stem}.slides.html").write_text(page, encoding="utf-8", newline="\n")
    shutil.copytree(DECK / "reveal", folder / "deck/reveal")
    for name in "deck.css", "deck.js":
        shutil.copy(DECK / name, folder / "deck" / name)
    shutil.copytree(ROOT / "book/_static/mathjax", folder / "mathjax")


def main():
    build(SLIDES)
    pack.pack(SLIDES, places.DIST / "back-to-basics-slides.zip", "back-to-basics-slides")


if __name__ == "__main__":
    main()
