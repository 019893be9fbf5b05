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
from tools import pack, rhythm, set_address, student  # noqa: E402

DECK = Path(__file__).with_name("deck")
SLIDES = pack.DIST / "slides"
SERIES = set_address.settings(ROOT)["title"]
ROOM = 560  # pixels of a slide below its heading
LETTERS = 64  # of text in a line
LINE, CODE_LINE, FORMULA, GAP = 42, 29, 66, 24  # their heights in pixels, and what is between
CODE = 19  # lines of code or of output on a slide
LONGEST = 2 * CODE  # longer code is left for the notebook
ROWS = 8  # of a table
CLAIM = 170  # letters that a claim fills before it may end
WIDTH, HEIGHT = 1060, 500  # of a figure
LINK = re.compile(r"\[([^\]]+)\]\((?:[^()\s]|\([^()]*\))+\)")
SKIPPED = re.compile(r"^## (Exercises|Warm-ups|Further reading|Five challenges)", re.M)
EXERCISE = re.compile(r"^### (Exercise .+)$", re.M)
PREDICT = "**Predict"  # some go on within the sentence
LABEL = re.compile(r"\*\*\(\d+\.\d+\) ")
TABLE = re.compile(r"\|.*\n\|[ :|-]+\|")


class Deck:
    """The cells of a deck, put down slide by slide."""

    def __init__(self, title):
        self.cells, self.heading, self.notes, self.left, self.steps = [], title, [], 0, False

    def put(self, cell, height, step=False, note=""):
        """Put a cell on the slide, or on a new one if there is no room; a step comes at a press."""
        if height > self.left:
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


def raw(text):
    """A cell of HTML."""
    return new_raw_cell(text)


def lines_high(count):
    """How high so many lines of code or output are."""
    return count * CODE_LINE + 2 * GAP


# ---- text


def plain(markdown):
    """Markdown without its answers and links: a slide leads nowhere."""
    return LINK.sub(r"\1", re.sub(r"<a [^>]*>(.*?)</a>", r"\1", student.ANSWER.sub("", markdown)))


def blocks(markdown):
    """The paragraphs, predictions, tables, lists and displays; fences and displays stay whole."""
    found, whole = [], False
    for part in re.split(r"\n\s*\n|(?=\*\*Predict)", markdown.strip()):
        if whole:
            found[-1] += f"\n\n{part}"
        elif part.strip():
            found.append(part)
        marks = len(re.findall(r"^\s*(?:```|\$\$)|\$\$\s*$", part, re.M))
        whole ^= marks % 2 == 1
    return found


def claim(paragraph, last=False):
    """The first sentence, or two if they are short; the last one, where it leads to a formula."""
    said = ""
    for sentence in reversed(sentences(paragraph)) if last else sentences(paragraph):
        more = f"{sentence} {said}" if last else f"{said} {sentence}"
        if said and balanced(said) and (last or len(more) > CLAIM):
            break
        said = more.strip()
    return said


def sentences(paragraph):
    """The sentences of a paragraph, each with the marks that close it."""
    text, start, found = " ".join(paragraph.split()), 0, []
    for end in rhythm.SENTENCE_END.finditer(text):
        found.append(text[start:end.end()].strip())
        start = end.end()
    return [*found, text[start:]]


def balanced(text):
    """Whether no formula, piece of code or emphasis is cut in two."""
    return all(text.count(mark) % 2 == 0 for mark in ("$", "`", "**")) and (
        text.count("(") == text.count(")"))


def is_display(block):
    return block.lstrip().startswith("$$") or bool(LABEL.match(block)) and "$$" in block


def items(block):
    """The entries of a list, each cut to its claim; none where the block is no list."""
    found = re.split(r"^(?=(?:\d+\.|[-*]) )", block, flags=re.M)
    return [claim(item) for item in found if item.strip()] if len(found) > 1 else []


def tables(block):
    """The table in pieces of about as many rows, each with its head."""
    head, rule, *rows = block.strip().splitlines()
    size = -(-len(rows) // -(-len(rows) // ROWS))
    return ["\n".join([head, rule, *rows[i:i + size]]) for i in range(0, len(rows), size)]


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
            deck.put(new_markdown_cell(said), high(said), note=part if part != said else "")


def head(deck, part):
    """A heading: of a section, which has a slide of its own, or of less."""
    if part.startswith("## "):
        deck.section(part.removeprefix("## "))
    else:
        deck.turn()
        deck.heading = part.lstrip("# ")


def joined(parts):
    """The same parts, with the name of a formula before the formula itself."""
    found = []
    for part in parts:
        if found and LABEL.match(found[-1]) and "$$" not in found[-1] and is_display(part):
            found[-1] += f"\n\n{part}"
        else:
            found.append(part)
    return found


def high(markdown):
    """About how high a piece of Markdown is, in pixels."""
    if markdown.startswith("```"):
        return lines_high(len(markdown.splitlines()) - 2)
    if "$$" in markdown:
        rows = markdown.count(r"\\\\") + 1 + bool(LABEL.match(markdown))
        return rows * FORMULA + markdown.count(r"\frac") * 12 + GAP
    lines = markdown.splitlines()
    return sum(-(-len(line) // LETTERS) * LINE for line in lines) + GAP


# ---- cells


def pieces(text, most):
    """The lines in pieces of at most so many, cut at a blank line where one is near."""
    lines, found = text.strip("\n").splitlines(), []
    while len(lines) > most:
        even = -(-len(lines) // -(-len(lines) // most))
        near = sorted(range(2, most + 1), key=lambda i: abs(i - even))
        cut = next((i for i in near if not lines[i].strip() and len(lines) - i > 2), even)
        found.append("\n".join(lines[:cut]))
        lines = "\n".join(lines[cut:]).strip("\n").splitlines()
    return [*found, "\n".join(lines)]


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
        deck.put(raw(f'<pre class="printed">{html.escape(piece)}</pre>'),
                 lines_high(len(piece.splitlines())), step=True)
    for drawn in pictures(cell):
        deck.alone(raw(f'<div class="figure">{drawn}</div>'))


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
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        page = export(deck(nbformat.read(path, as_version=4)))
        (folder / f"{path.stem}.slides.html").write_text(page, encoding="utf-8", newline="\n")
    shutil.copytree(DECK / "reveal", folder / "deck/reveal")
    for name in "deck.css", "deck.js":
        shutil.copy(DECK / name, folder / "deck" / name)
    shutil.copytree(ROOT / "book/_static/mathjax", folder / "mathjax")


def main():
    build(SLIDES)
    pack.pack(SLIDES, pack.DIST / "back-to-basics-slides.zip", "back-to-basics-slides")


if __name__ == "__main__":
    main()
