"""Say where a chapter uses what neither it nor a chapter that it needs has introduced.

    python tools/prerequisites.py     # exit 1, a line a finding, if there is any

What a chapter needs stands in its line "You need", and what those chapters need comes with them:
that is its reach. A formula has to be labelled within the reach. A name of mnist_core.py is at home
in the chapter that builds it, and a word of the glossary in the chapters that its entry names. One
from outside the reach has to be introduced in place: a paragraph of the reach says which chapter
the name belongs to, or sets the word in bold or italics, as this book does where it explains one.
The few words that are explained in plain letters stand below, each with the sentence that does it.
"""

import ast
import re
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat

if __name__ == "__main__":  # the folder that holds `tools`
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tools import glossary, ledger, places
from tools.places import ROOT

NEED = re.compile(r"\*\*You need\*\* ([^;\n]*)")
LINK = re.compile(r"\]\((\d\d)_\w+\.ipynb\)")
MENTION = re.compile(r"\((\d+\.\d+)\)")
IMPORT = re.compile(r"^from mnist_core import\s+(\([^)]*\)|[^\n]*)", re.M)
ENTRY = re.compile(r"^### (.+?)$(.*?)(?=^##|\Z)", re.M | re.S)
PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
# Known from school, or from writing small programs, as book/intro.md asks.
SCHOOL = {"chain rule", "derivative", "probability"}
# What a chapter explains in plain letters, and the words in which it does.
IN_PLACE = {
    ("00", "accuracy"): "What share of the digits does it read correctly?",
    ("00", "bias"): "and a bias for every output",
    ("00", "class"): "a column for each class",
    ("00", "label"): "the label, the small number above the picture",
    ("00", "layer"): "has a weight for every pair of an input and an output",
    ("00", "learning rate"): "the length of a step",
    ("00", "mini-batch"): "Such a group of 32 images",
    ("00", "nan"): "NumPy's *not a number*",
    ("00", "softmax"): "ten numbers from 0 to 1 that add up to 1, with a function named softmax",
    ("00", "test set"): "So there is a third set",
    ("01", "batch"): "stack images as rows",
    ("03", "crease"): "so that it stands on its crease like a V",
    ("06", "forward pass"): "**Forward**, you need",
    ("11", "dropout"): "switches off random units",
    ("23", "tensor"): "let a node hold a whole array",
}


@dataclass
class Chapter:
    """What one chapter says and uses. Its number is two digits, as in its file's name."""

    number: str
    text: str
    code: list  # of its cells
    core: list  # of its cells that stand in mnist_core.py

    @property
    def needs(self):
        return set(LINK.findall(NEED.search(self.text)[1]))

    @cached_property
    def paragraphs(self):
        """Paragraphs, and the rows of tables one by one."""
        return [row for part in re.split(r"\n\s*\n", self.text)
                for row in (part.splitlines() if part.startswith("|") else [part])]

    @property
    def imports(self):
        lists = IMPORT.findall("\n".join(self.code))
        return {name for names in lists for name in re.findall(r"\w+", re.sub("#.*", "", names))}

    @property
    def makes(self):
        """The names that its core cells define."""
        nodes = [node for source in self.core for node in ast.parse(source).body]
        named = {node.name for node in nodes if hasattr(node, "name")}
        return named | {target.id for node in nodes for target in getattr(node, "targets", ())}


def read(path):
    """The Chapter in this file."""
    cells = nbformat.read(path, 4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    core = [cell.source for cell in code if "core" in cell.metadata.get("tags", ())]
    return Chapter(path.name[:2], ledger.prose(path), [cell.source for cell in code], core)


def book(root=ROOT):
    """{number: Chapter} of all chapters."""
    return {path.name[:2]: read(path) for path in places.chapters(root)}


def reach(number, chapters):
    """The numbers of the chapter and of all that it needs, and they need, and so on."""
    found, waiting = set(), {number}
    while waiting:
        found |= waiting
        waiting = set().union(*(chapters[n].needs for n in waiting)) - found
    return found


def later(chapters):
    """Sentences on chapters that need one which does not come before them."""
    return [f"{c.number} needs chapter {n}, which is no earlier one"
            for c in chapters.values() for n in sorted(c.needs) if n >= c.number]


def labels(chapters):
    """The numbers of all formulas that these chapters label."""
    return {label for c in chapters for label in ledger.ANY_LABEL.findall(c.text)}


def says_whose(name, home, chapter):
    """Whether a paragraph holds the words of a name beside the chapter where it is built."""
    words = [part.lower() for part in PART.findall(name)]
    place = re.compile(rf"\({home}_\w+\.ipynb|hapter {home}\b")
    return any(place.search(p) and all(word in p.lower() for word in words)
               for p in chapter.paragraphs)


def unknown_names(chapter, within, homes):
    """The names that a chapter imports and nobody within these chapters builds or introduces."""
    numbers = {c.number for c in within}
    away = {name for name in chapter.imports if homes.get(name, chapter.number) not in numbers}
    return sorted(name for name in away
                  if not any(says_whose(name, homes[name], c) for c in within))


def unknown_words(chapter, within, words):
    """The words of the glossary that a chapter uses and nobody within these has explained."""
    numbers = {c.number for c in within}
    away = [word for word, at in words.items()
            if at and not at & numbers and uses(word, chapter)]
    return [word for word in away
            if word not in SCHOOL and not any(
                explains(word, c) or any(says_whose(word, home, c) for home in words[word])
                for c in within)]


def uses(word, chapter):
    return glossary.first_use(unlinked(chapter.text), word) is not None


def unlinked(text):
    """The text without its links to the glossary, whose words would count as linked."""
    return glossary.LINK.sub(r"\1", text)


def explains(word, chapter):
    """Whether a chapter sets the word in bold or italics, or explains it in plain letters."""
    text = unlinked(chapter.text)
    marked = r"(?<!\*)\*{1,2}[^*\n]*?" + glossary.pattern(word).pattern + r"[^*\n]*?\*{1,2}"
    plain = IN_PLACE.get((chapter.number, word))
    return bool(plain and plain in " ".join(text.split()) or re.search(marked, text))


def words_at_home(root=ROOT):
    """{word of the glossary: the chapters that its entry names}."""
    text = (root / "book" / "glossary.md").read_text(encoding="utf-8")
    return {word: set(re.findall(r"notebooks/(\d\d)_", body))
            for heading, body in ENTRY.findall(text) for word in heading.split(", ")}


def findings(chapters, words):
    """Sentences that say what is used and not introduced, of book() and words_at_home()."""
    found = later(chapters)
    if found:
        return found
    known = labels(chapters.values())
    homes = {name: c.number for c in chapters.values() for name in c.makes}
    for c in chapters.values():
        within = [chapters[n] for n in sorted(reach(c.number, chapters))]
        missing = set(MENTION.findall(c.text)) & known - labels(within)
        found += [f"{c.number} uses formula ({f})" for f in sorted(missing)]
        found += [f"{c.number} uses {name}" for name in unknown_names(c, within, homes)]
        found += [f'{c.number} uses "{word}"' for word in unknown_words(c, within, words)]
    return found


def main():
    found = findings(book(), words_at_home())
    print("\n".join(f"{line}, which is not introduced within its reach" for line in found)
          or "prerequisites: nothing to mend")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
