"""Every symbol of the chapters stands in the table of symbols, in one typography."""

import re

import pytest
from site_helpers import CHAPTERS, ROOT

from tools import ledger

LAYOUT = ("frac tfrac dfrac textstyle qquad quad left right big Big dots ldots cdots "
          "underbrace").split()
CONNECTIVES = "aligned in out or and so with if for".split()
NOTATION = (ROOT / "book" / "notation.md").read_text(encoding="utf-8")
ROWS = [line.split("|")[1:-1] for line in NOTATION.splitlines() if line.startswith("|")]


def formulas(text):
    """What stands between dollars, displayed or within a line; code left out."""
    text = re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL)
    return ["".join(found) for found in re.findall(r"\$\$(.+?)\$\$|\$([^$]+)\$", text, re.DOTALL)]


def symbols(text):
    """The letters, commands and words of all formulas of a text."""
    word = r"\\(?:text|operatorname|begin|end)\{\s*([^}]*?)\s*\}"
    whole = re.sub(r"&&.*?(?=\\\\|$)|\\text\{[^}]* [^}]*\}", " ", " ".join(formulas(text)))
    single = re.findall(r"\\([a-zA-Z]+)|([a-zA-Z])", re.sub(word, " ", whole))
    return {*re.findall(word, whole), *("".join(found) for found in single)}


def prose(name):
    """The Markdown of a chapter."""
    return ledger.prose(ROOT / f"{name}.ipynb")


def known(number):
    """The symbols that the table gives a chapter: those of the whole book, and those on loan."""
    own = [cells[0] for cells in ROWS if not re.fullmatch(r"\d\d", cells[1].strip())]
    lent = [cells[0] for cells in ROWS if cells[1].strip() == number]
    return symbols(" ".join(own + lent)) | {*LAYOUT, *CONNECTIVES}


@pytest.mark.parametrize("name", CHAPTERS)
def test_b076_every_symbol_is_in_the_notation_and_in_one_typography(name):
    """A bold or an arrow is a command that the table does not have, and so found as well.
    https://github.com/uu-sml/sml-book-page/issues/87
    """
    assert symbols(prose(name)) - known(name.removeprefix("notebooks/")[:2]) == set()


@pytest.mark.parametrize("name", CHAPTERS)
def test_b076_nothing_is_lent_that_the_chapter_does_not_use(name):
    number = name.removeprefix("notebooks/")[:2]
    lent = symbols(" ".join(cells[0] for cells in ROWS if cells[1].strip() == number))
    assert lent - symbols(prose(name)) == set()


def test_b078_equations_are_cited_by_name():
    """No number of an equation to go stale, in code or in prose.
    https://github.com/dennybritz/nn-from-scratch/pull/3
    """
    files = [ROOT / "mnist_core.py", *(ROOT / "book").glob("*.md")]
    files += [*(ROOT / "notebooks").glob("*.py"), *(ROOT / "notebooks").glob("*.ipynb")]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    assert re.findall(r"\b[Ee]q(?:uation|s?\.) ?\(?\d+", text) == []
