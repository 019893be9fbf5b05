"""Write every figure of the chapters as a file of its own, named by its number, with a list.

    python tools/figures.py

Writes dist/figures and dist/back-to-basics-figures.zip.
"""

import json
import re
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tools import pack, places, set_address, slide_text  # noqa: E402

FIGURES = places.DIST / "figures"
README = """# The figures of "{title}"

{count} figures as SVG, numbered as on the site: `figure-05-2.svg` is figure 5.2. They open in every
browser, and presentation and drawing programs take them as they are, at any size. `figures.json`
holds the same list for a program.

You may use and change them, also in what you sell, if you say where they come from (CC BY 4.0,
https://creativecommons.org/licenses/by/4.0/). For example:

> Figure 5.2 of *{title}* ({year}), by {author}, {address}. CC BY 4.0.

"""
ENTRY = """## Figure {number}

![{alt}]({file})

**Caption.** {caption}

**Alternative text.** {alt}
"""


@dataclass
class Figure:
    """A figure, and what belongs to it."""

    number: str
    file: str
    chapter: str
    caption: str
    alt: str


def figures(path):
    """[(Figure, SVG)] of a chapter, in the order of its page, which numbers them alike."""
    notebook = nbformat.read(path, as_version=4)
    chapter = notebook.cells[0].source.splitlines()[0].lstrip("# ")
    found = []
    for cell in notebook.cells:
        about = cell.metadata.get("mystnb", {})
        for output in cell.get("outputs", []):
            svg = output.get("data", {}).get("image/svg+xml")
            if svg:
                count = len(found) + 1
                found.append((Figure(
                    f"{int(path.name[:2])}.{count}", f"figure-{path.name[:2]}-{count}.svg", chapter,
                    slide_text.plain(about["figure"]["caption"]), about["image"]["alt"]), svg))
    return found


def listed(found):
    """The list for people: each figure with its chapter, caption and alternative text."""
    book = set_address.settings(ROOT)
    year = re.search(r"\d{4}", book["copyright"])[0]
    text, chapter = README.format(count=len(found), year=year, **book), None
    for figure in found:
        if figure.chapter != chapter:
            chapter = figure.chapter
            text += f"# {chapter}\n\n"
        text += ENTRY.format(**asdict(figure)) + "\n"
    return text


def build(folder):
    """Write all figures and their list; return the figures."""
    pack.empty(folder)
    found = []
    for path in places.chapters():
        for figure, svg in figures(path):
            (folder / figure.file).write_text(svg, encoding="utf-8", newline="\n")
            found.append(figure)
    (folder / "README.md").write_text(listed(found), encoding="utf-8", newline="\n")
    facts = json.dumps([asdict(figure) for figure in found], indent=1, ensure_ascii=False)
    (folder / "figures.json").write_text(facts + "\n", encoding="utf-8", newline="\n")
    return found


def main():
    build(FIGURES)
    pack.pack(FIGURES, places.DIST / "back-to-basics-figures.zip", "back-to-basics-figures")


if __name__ == "__main__":
    main()
