"""A page without what only a screen needs, and with what is folded moved to the end.

A fold would be blank on paper, or give its answer away. What it holds goes into an appendix, and a
line in its place says on which page.
"""

import re
from dataclasses import dataclass

from . import labs
from .pages import words

SCREEN = ("noscript, script, style, template, button, input, form, select, nav, canvas, "
          ".book-run, .book-open, .book-print, .book-buttons, .tag_setup, .flipbook-note")
LEFT_OUT = "Code of this figure", "Code of this lab", "Setup, the same in every chapter"
LONG = 16  # lines of code that need not stay on one page
QUESTION = re.compile(r"\d+\.")
HEADING = re.compile("h[1-6]")


@dataclass
class Entry:
    """What was folded: its anchor and that of its place, the section it is from, its name."""

    anchor: str
    asked: str
    section: str
    name: str
    nodes: list


def mend(page):
    """Change a page for paper; return the entries of its appendix, in order."""
    article, entries = page.article, []
    for flipbook in article.select(".flipbook"):
        flipbook.replace_with(labs.multiples(flipbook))
    for fold in article.select("details"):
        if words(fold.summary) in LEFT_OUT:
            fold.decompose()
    for place in article.select("details, .stepper"):
        if not place.find_parent("details"):  # else it goes with the fold that holds it
            fold_away(place, entries)
    clean(article)
    for image in article.select("img"):
        image["loading"] = "eager"
    return entries


def clean(node):
    """Take out what only a screen needs."""
    for part in node.select(SCREEN):
        part.decompose()
    for stop in node.select("[tabindex]"):
        del stop["tabindex"]
    for code in node.select("div.cell_input, div.cell_output pre"):
        if code.get_text().count("\n") > LONG:
            code["class"] = [*code.get("class", []), "book-long"]


def fold_away(place, entries):
    """Move a fold, or the answers of a stepper, to the entries; a line says where they are."""
    left, number = None, len(entries) + 1
    if place.name == "details":
        name = words(place.summary)
        place.summary.decompose()
        for inside in place.select(".stepper"):
            inside.replace_with(labs.questions(inside)[1])
        clean(place)
        nodes = list(place.contents)
    else:
        name, (left, answers) = "Answer", labs.questions(place)
        nodes = list(answers.contents)
    entry = Entry(f"answer-{number}", f"asked-{number}", section(place), name, nodes)
    entries.append(entry)
    place.replace_with(*([left] if left else []), reference(entry))


def section(place):
    """The heading that a fold stands under, with the number of the question before it."""
    heading = words(place.find_parent("section").find(HEADING))
    before = place.find_previous_sibling("p")
    number = before and before.find("strong")
    found = number and QUESTION.fullmatch(words(number))
    return f"{heading}, {found[0].rstrip('.')}" if found else heading


def reference(entry):
    """The line in the place of a fold."""
    return labs.soup(f'<p class="book-asked" id="{entry.asked}">{entry.name}: '
                     f'<a href="#{entry.anchor}">page {page_of(entry.anchor)}</a></p>')


def page_of(anchor):
    """Where the press writes the number of the page on which this anchor stands."""
    return f'<span class="book-page" data-anchor="{anchor}">000</span>'


def appendix(entries):
    """The entries, each with the page that it comes from."""
    parts, last = [], None
    for entry in entries:
        if entry.section != last:
            parts.append(f'<p class="book-of">{entry.section}</p>')
        last = entry.section
        head = (f'<p class="book-entry-name"><b>{entry.name}</b> to '
                f'<a href="#{entry.asked}">page {page_of(entry.asked)}</a></p>')
        inside = "".join(map(str, entry.nodes))
        parts.append(f'<div class="book-entry" id="{entry.anchor}">{head}{inside}</div>')
    return "".join(parts)
