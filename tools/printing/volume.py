"""One document out of several pages: cover, contents, chapters, and the answers at the end."""

import html
import re
from os.path import relpath
from pathlib import Path
from posixpath import join
from string import Template

import yaml

from tools import set_address

from . import links, pages, paper
from .labs import soup

HERE = Path(__file__).parent
ANSWERS = "Answers, hints and solutions"
LEFT_OUT = "The pages that compute while you draw or watch are left out: no paper does that."
FRONT = "book/intro"
BACK = "book/notation", "book/formulas", "book/glossary", "book/the-whole-file", "book/references"
HEADINGS = "h1", "h2", "h3", "h4", "h5"
SHEETS = ("link[rel=stylesheet], script:-soup-contains(MathJax), script[src*=mathjax], "
          "script[src*='site.js']")


def fill(template, **values):
    """A template beside this file, with a text for each of its $names."""
    return Template((HERE / template).read_text(encoding="utf-8")).substitute(values)


def settings():
    """What the site's settings say, the version from the citation, and the address of the site."""
    cited = yaml.safe_load((pages.ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    return set_address.settings(pages.ROOT) | {
        "version": cited["version"], "address": pages.site_address()}


# ---- a chapter, and the book


def chapter(name):
    """The HTML of one chapter with its appendix."""
    page = pages.read(name)
    entries = paper.mend(page)
    shown = titled(page, 0)
    if entries:
        shown.append(end(page, entries, ANSWERS, "h2"))
    shown.h1.insert_after(soup(edition()))
    links.resolve([shown], {name: page.slug})
    about = settings()
    about["title"] = f"{page.title} · {about['short']}"
    return document(about, str(shown), running("", page.title))


def book():
    """The HTML of the whole book."""
    front = preface(pages.read(FRONT))
    listed = [(part, name) for part, name in pages.contents() if name.startswith("notebooks/")]
    chapters = [pages.read(name, part) for part, name in listed]
    back = [pages.read(name) for name in BACK]
    entries = {page.name: paper.mend(page) for page in [front, *chapters, *back]}
    shown = [titled(front, 0)]
    for before, page in zip([None, *chapters], chapters):
        section = titled(page, 1)
        if before is None or before.part != page.part:
            section.insert(0, heading("h1", page.part, "book-part"))
        shown.append(section)
    answers = soup('<section class="book-chapter" id="answers"><h1 class="book-level-1">'
                   f'{ANSWERS}</h1></section>').section
    answers.extend(end(page, entries[page.name], page.title, "h2")
                   for page in chapters if entries[page.name])
    shown += [*(titled(page, 0) for page in back), answers]
    links.resolve(shown, {page.name: page.slug for page in [front, *chapters, *back]})
    titles = {page.slug: page.title for page in [front, *chapters, *back]} | {"answers": ANSWERS}
    about = settings()
    inside = cover(about) + table(front, chapters, back) + "".join(map(str, shown))
    return document(about, inside, "\n".join(running(*item) for item in titles.items()))


def preface(page):
    """The welcome page without its live picture and its list of chapters."""
    page.title = "About this book"
    top = page.article.section
    for node in list(top.contents):
        if node.name != "section" or node.table:
            node.extract()
    top.insert(0, heading("h1", page.title, ""))
    top.append(soup(edition(LEFT_OUT)))
    return page


# ---- parts of a volume


def heading(tag, text, kind):
    made = soup(f"<{tag}></{tag}>").find(tag)
    made.string, made["class"] = text, kind
    return made


def titled(page, shift):
    """A page as a chapter of the volume: its own ids, its headings as deep as they stand."""
    section = soup(f'<section class="book-chapter" id="{page.slug}"></section>').section
    section.extend(list(page.article.contents))
    links.own_ids(section, page.slug)
    links.relocate(section, page.name)
    for node in section.find_all(HEADINGS):
        level = int(node.name[1])
        node["class"] = [*node.get("class", []), f"book-level-{level}"]
        node.name = f"h{level + shift}"
    return section


def end(page, entries, title, tag):
    """The entries of a page, as a section of the appendix."""
    section = soup(f'<section class="book-appendix">{paper.appendix(entries)}</section>').section
    section.insert(0, heading(tag, title, "book-level-2"))
    links.own_ids(section, page.slug)
    links.relocate(section, page.name)
    return section


def table(front, chapters, back):
    """The contents, with numbers of pages."""
    rows, part = [row(front.slug, front.title)], ""
    for page in chapters:
        if page.part != part:
            rows.append(f'<li class="book-toc-part">{html.escape(page.part)}</li>')
        part = page.part
        rows.append(row(page.slug, page.title))
    rows.append('<li class="book-toc-part">At the end</li>')
    rows += [row(page.slug, page.title) for page in back]
    rows.append(row("answers", ANSWERS))
    return (f'<section class="book-toc" id="contents"><h1>Contents</h1><ol>{"".join(rows)}</ol>'
            '</section>')


def row(anchor, title):
    return (f'<li><a href="#{anchor}"><span>{html.escape(title)}</span><i></i>'
            f'{paper.page_of(anchor)}</a></li>')


def cover(about):
    picture = relpath(pages.SITE / "_static" / "network.webp", pages.FOLDER)
    return fill("cover.html", picture=picture, **about)


def edition(more=""):
    """What paper changes, in a paragraph."""
    address = pages.site_address()
    return fill("edition.html", more=f"{more} The whole site is at {address}" if address else more)


def running(anchor, title):
    """The style sheet of a running title: of the section with this anchor, or of every page."""
    name = f"p-{anchor}" if anchor else ""
    pages_of = f'[id="{anchor}"] {{ page: {name}; }}\n' if anchor else ""
    return f'{pages_of}@page {name} {{ @top-right {{ content: "{css(title)}"; }} }}'


def document(about, inside, sheet):
    """The whole HTML document."""
    chapter_1 = next(name for _, name in pages.contents() if name.startswith("notebooks/"))
    parts = pages.head(chapter_1).select(SHEETS)
    for part in parts:
        for key in "href", "src":
            if key in part.attrs:
                part[key] = join(relpath(pages.SITE / "notebooks", pages.FOLDER), part[key])
    return fill("volume.html", folder=relpath(HERE, pages.FOLDER), inside=inside,
                sheets="\n".join(str(part) for part in parts if part.name == "link"),
                scripts="\n".join(str(part) for part in parts if part.name == "script"),
                running=sheet, short=css(about["short"]),
                title=html.escape(about["title"]), author=html.escape(about["author"]))


def css(text):
    """A text between the quotes of a style sheet."""
    return re.sub(r'["\\<]', lambda sign: f"\\{ord(sign[0]):x} ", text)
