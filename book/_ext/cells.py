"""A notebook's cells as a page shows them: folds with names, exercises that say how to do them."""

import ast
import re

import checks
import labs
from bs4 import BeautifulSoup

ALIGNED = re.compile(r"\S {2,}\S")  # columns: a line that holds them must not wrap


HOW = ('<p class="book-open">To write it, and to be told what is still off, '
       '<a href="../book/how-to-run.html">open this chapter as a notebook</a>.</p>')


def mend(page):
    """Change the cells of a chapter for a reader who runs nothing."""
    for cell in page.select("div.cell"):
        source = cell.select_one(".cell_input pre")
        code = source.get_text() if source else ""
        fold = cell.select_one("details.hide")
        if fold and not cell.select_one(".cell_output") and only_checks(code):
            cell.decompose()
            continue
        if fold:
            rename(page, fold, fold_name(cell))
        if "tag_exercise" in cell["class"]:
            exercise(page, cell, code)
        for printed in cell.select(".cell_output pre"):
            if sum(bool(ALIGNED.search(line)) for line in printed.get_text().split("\n")) > 1:
                printed["class"] = [*printed.get("class", []), "book-aligned"]


def only_checks(code):
    """Whether a cell asserts and makes nothing that a reader would look for."""
    return any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(code)))


def fold_name(cell):
    """What a fold holds, in words."""
    tags = cell["class"]
    if "tag_setup" in tags:
        return "Setup, the same in every chapter"
    if "tag_solution" in tags:
        return "Solution"
    if "tag_lab" in tags:
        return "Code of this lab"
    if cell.select_one(".cell_output img"):
        return "Code of this figure"
    return "Code"


def rename(page, fold, words):
    """The fold's summary says what it holds, to the eye and to a screen reader."""
    summary = page.new_tag("summary")
    summary.string = words
    fold.summary.replace_with(summary)
    fold["class"] = ["hide", "above-input"]


def exercise(page, cell, code):
    """An exercise that wants a number is answered in place; one that wants code says how."""
    label = page.new_tag("p", attrs={"class": "book-label"})
    label.string = "Your turn"
    cell.insert(0, label)
    asked = re.search(r"checks\.(\w+)\(", code)
    if not asked:
        return
    value = getattr(checks, asked[1])
    if isinstance(value, checks.Value):
        cell.append(soup(labs.question_html(value, name=asked[1].replace("_", "-"))))
        cell.select_one(".cell_input").decompose()
    else:
        cell.append(soup(HOW))


def soup(html):
    return BeautifulSoup(html, "html.parser")
