"""Anchors for formulas and figures, links from each mention, and what their cards show.

A formula is labelled **(5.2) Its name.** right before its display; a mention is (5.2) in the text.
A figure has no number in its notebook: it gets one here, in the order of its chapter, and is
mentioned as "figure 5.2".
"""

import copy
import re
from dataclasses import dataclass
from os.path import relpath
from posixpath import dirname, join, normpath

from bs4 import NavigableString

LABEL = re.compile(r"\((\d+\.\d+)\) (.+?)\.?")
MENTION = re.compile(r"(\(\d+\.\d+\)|\b[Ff]igure \d+\.\d+)")
CHAPTER = re.compile(r"notebooks/(\d\d)_")
NOT_NAMES = "et", "al", "and", "as", "in"


@dataclass
class Target:
    """Where a link of this kind leads, and the HTML of its card."""

    page: str
    anchor: str
    card: list


def label(name, page, out):
    """Give the formulas and figures of a page their anchors, captions and sizes."""
    for strong in page.select("article p > strong:first-child"):
        match = LABEL.fullmatch(strong.get_text())
        paragraph = strong.parent
        display = paragraph.find_next_sibling()
        if match and display is not None and "math" in display.get("class", []):
            box = page.new_tag("div", id=f"formula-{match[1].replace('.', '-')}",
                               attrs={"class": "book-formula", "data-number": match[1]})
            paragraph.insert_before(box)
            box.extend([paragraph, display])
    for image in page.select("article img"):
        image["loading"], image["decoding"] = "lazy", "async"
    chapter = CHAPTER.match(name)
    if chapter:
        for count, image in enumerate(page.select(".cell_output img[src*='_images/']"), start=1):
            figure(page, image, f"{int(chapter[1])}.{count}", out)


def figure(page, image, number, out):
    """Number a figure, and keep its place free until it has loaded."""
    place = image.find_parent("figure")
    if place is None:
        place = image.wrap(page.new_tag("figure"))
        place.append(page.new_tag("figcaption"))
    place["id"], place["class"] = f"figure-{number.replace('.', '-')}", "book-figure"
    caption = place.figcaption
    words = [copy.copy(node) for node in (caption.select_one(".caption-text") or caption).contents]
    caption.clear()
    name = page.new_tag("a", href=f"#{place['id']}", attrs={"class": "book-number"})
    name.string = f"Figure {number}."
    caption.extend([name, " ", *words])
    if image["src"].endswith(".svg"):
        start = (out / "_images" / image["src"].rsplit("/", 1)[1]).read_text("utf-8")[:400]
        width, height = (round(float(points) * 96 / 72)
                         for points in re.findall(r'="([\d.]+)pt"', start)[:2])
        image["width"], image["height"], image["style"] = width, height, f"--width: {width}px"
    box = image.wrap(page.new_tag("div", attrs={"class": "book-scroll"}))
    place.insert(0, box.extract())


def targets(pages):
    """{(kind, key): Target} of all that a link can lead to."""
    found = {}
    for name, page in pages.items():
        if CHAPTER.match(name):
            for box in page.select(".book-formula"):
                found["formula", box["data-number"]] = Target(name, box["id"], copies(box))
            for place in page.select(".book-figure"):
                found["figure", place["id"]] = Target(name, place["id"], copies(place))
    for section in pages["book/glossary.html"].select("section section section"):
        found["glossary", section["id"]] = Target(
            "book/glossary.html", section["id"],
            [strong_name(pages["book/glossary.html"], section), *copies(section)[1:]])
    for entry in pages["book/references.html"].select("li[id]"):
        found["reference", entry["id"]] = Target("book/references.html", entry["id"], copies(entry))
    return found


def copies(box):
    """What a box holds, to be put into a card."""
    return [copy.copy(node) for node in box.contents if not str(node).isspace()]


def strong_name(page, section):
    """The word of a glossary entry, for the head of its card."""
    name = page.new_tag("strong")
    name.string = section.find(["h2", "h3", "h4"]).contents[0].strip()
    return name


def link(name, page, found):
    """Turn each mention into a link, and put the cards of the page's links at its foot."""
    article = page.select_one("article")
    if article is None:
        return
    mentions(name, page, article, found)
    for a in article.select("a[data-state]"):  # in a notebook it opens the page's source
        a["href"] = a["href"].replace(".md", f".html?{a['data-state']}")
    cards = {}
    for a in article.select("a[href]"):
        target = target_of(name, a, found)
        if target:
            a["class"] = [*a.get("class", []), "book-ref"]
            cards[a["href"]] = target
    store = page.new_tag("template", id="book-cards")
    for href, target in cards.items():
        card = page.new_tag("div", attrs={"data-for": href})
        card.extend(copy.copy(node) for node in target.card)
        for node in card.select("[id]"):
            del node["id"]
        for node in card.select("a"):
            node.unwrap()
        for node in card.select("[src]"):
            node["src"] = relpath(join(dirname(target.page), node["src"]), dirname(name) or ".")
        store.append(card)
    if cards:
        article.append(store)
    hard_spaces(article)


def mentions(name, page, article, found):
    """Each (5.2) in the text becomes a link to that formula, each figure 5.2 to that figure."""
    for text in article.find_all(string=MENTION):
        label = text.parent.name == "strong" and LABEL.fullmatch(text.parent.get_text())
        if label or text.find_parent(closed):
            continue
        new = []
        for i, piece in enumerate(MENTION.split(text)):
            target = found.get(mentioned(piece)) if i % 2 else None
            if target:
                a = page.new_tag("a", href=address(name, target))
                a.string = piece
                new.append(a)
            else:
                new.append(NavigableString(piece))
        text.replace_with(*new)


def mentioned(mention):
    """The key of what is mentioned among the targets."""
    number = mention.strip("()").split()[-1]
    if mention.startswith("("):
        return "formula", number
    return "figure", f"figure-{number.replace('.', '-')}"


def closed(tag):
    """Whether the text of this tag takes no links."""
    return tag.name in ("pre", "code", "script", "style", "template", "a", "svg") or (
        "math" in tag.get("class", []))


def target_of(name, a, found):
    """The Target of a link that is there already, or None. A source is found by name and year."""
    path, _, anchor = a["href"].partition("#")
    page = normpath(join(dirname(name), path)) if path else name
    if page.startswith("http") or "book-number" in a.get("class", []):
        return None
    if page == "book/references.html" and not anchor and name != page:
        for (kind, _), target in found.items():
            if kind == "reference" and cited(a.get_text(), target):
                a["href"] += f"#{target.anchor}"
                return target
        return None
    number = anchor.removeprefix("formula-").replace("-", ".")
    kinds = {"book/glossary.html": ("glossary", anchor),
             "book/references.html": ("reference", anchor)}
    of_chapter = ("figure", anchor) if anchor.startswith("figure-") else ("formula", number)
    key = kinds.get(page, of_chapter)
    return None if page == name and page in kinds else found.get(key)


def cited(words, target):
    """Whether "Nielsen (2015)" or "He et al., 2015" means this entry."""
    text = " ".join(node.get_text() for node in target.card)
    year = re.search(r"\d{4}", words)
    names = [part for part in re.findall(r"[^\W\d_][\w'’-]+", words) if part not in NOT_NAMES]
    return bool(year and names) and all(part in text for part in [year[0], *names])


def address(name, target):
    """The link from one page to a target."""
    if name == target.page:
        return f"#{target.anchor}"
    return f"{relpath(target.page, dirname(name) or '.')}#{target.anchor}"


def hard_spaces(article):
    """A number and its percent sign stay on one line."""
    for text in article.find_all(string=re.compile(r"\d %")):
        if not text.find_parent(closed):
            text.replace_with(re.sub(r"(\d) %", "\\1\u00a0%", text))
