"""The questions to recall of all chapters, gathered on the page that asks them again.

A question is what stands before a fold "Answer", in a section whose title ends in "to recall".
Those of chapters without such a section stand on the page itself, under the chapter's number.
"""

import copy
import hashlib
import re
from posixpath import dirname, join, normpath, relpath

PAGE = "book/come-back.html"
CHAPTER = re.compile(r"notebooks/((\d\d)_\w+)\.html")
ORDINAL = re.compile(r"\d+\.")


def gather(pages):
    """Put the questions of all chapters on the page, chapter by chapter."""
    page = pages[PAGE]
    place = page.select_one("#all-questions")
    own = {section.h3.contents[0].strip(): section for section in place.select("section")}
    for name in pages:
        chapter = CHAPTER.fullmatch(name)
        if chapter:
            place.append(group(page, pages[name], name, own.get(chapter[2])))
    for section in own.values():
        section.decompose()
    forget_headings(page)


def group(page, chapter, name, own):
    """A chapter's questions under its title, which links to it."""
    stem, number = CHAPTER.fullmatch(name).groups()
    box = page.new_tag("section", id=f"chapter-{number}",
                       attrs={"class": "recall-chapter", "data-chapter": stem})
    title, link = page.new_tag("h3"), page.new_tag("a", href=address(name, PAGE))
    link.string = " ".join(chapter.h1.contents[0].split()).partition(":")[0]
    title.append(link)
    box.append(title)
    sections = [section for section in chapter.select("article section")
                if section.h2 and section.h2.contents[0].strip().endswith("to recall")]
    for section in sections:
        box.extend(question(page, fold, number, name) for fold in answers(section))
    if own:
        box.extend(question(page, fold, number, PAGE) for fold in answers(own))
    return box


def answers(section):
    """The folds of a section that hold answers."""
    return [fold for fold in section.select("details") if fold.summary.get_text() == "Answer"]


def question(page, fold, number, name):
    """A box with the question before a fold, and the fold. Its id comes from its words."""
    asked = []
    for node in fold.find_previous_siblings():
        if node.name in ("details", "h2", "h3"):
            break
        asked.insert(0, node)
    box = page.new_tag("div", attrs={"class": "recall"})
    for node in asked:
        item = node.li if node.name == "ol" else node
        box.extend(copy.copy(child) for child in (item.contents if item is not node else [node]))
    first = box.find("strong")
    if first and ORDINAL.fullmatch(first.get_text()):
        first.decompose()
    text = " ".join(box.get_text().split())
    box["data-question"] = f"{number}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    box.append(copy.copy(fold))
    for link in box.select("a[href]"):
        link["href"] = address(link["href"], PAGE, name)
    return box


def address(href, to, base=""):
    """A link that stood on the page `base`, as the page `to` has to write it."""
    if re.match(r"[a-z]+:", href):
        return href
    path, mark, anchor = href.partition("#")
    target = normpath(join(dirname(base), path)) if path else base
    return relpath(target, dirname(to)) + mark + anchor


def forget_headings(page):
    """The page's tables of contents, on screen and on paper, name the whole list, no part of it."""
    for link in page.select("nav a[href='#all-questions']"):
        for inner in link.parent.select("ul"):
            inner.decompose()
