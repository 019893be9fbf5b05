"""Offer on the built site what was made to be taken away: copy it there, and link to it.

    python tools/offer.py

Copies from dist to _build/html/downloads, lists it on the page "Take it with you", and adds a link
to each chapter that has a PDF. What is not in dist is not offered.
"""

import html
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tools import places  # noqa: E402

PRODUCTS = {  # what can be in dist, in the order in which it is offered
    "pdf/back-to-basics.pdf": "The whole book as a PDF",
    "back-to-basics-site.zip": "The site to carry",
    "back-to-basics-notebooks.zip": "The notebooks",
    "back-to-basics-student.zip": "The notebooks without solutions and outputs, for a class",
    "back-to-basics-slides.zip": "Slides of each chapter, for a lecture",
    "back-to-basics-figures.zip": "Every figure as a file",
}
CHAPTERS = "pdf/[0-9][0-9]_*.pdf"
PLACE = re.compile(r'(<div id="offered">).*?(</div>)', re.S)
LINE = re.compile(r'(<p class="book-run">.*?)(</p>)', re.S)
HEADING = re.compile(r'<article.*?<h1[^>]*>(.*?)<a\b', re.S)


def offered(dist):
    """The names of the files in dist that are offered."""
    chapters = [path.relative_to(dist).as_posix() for path in sorted(dist.glob(CHAPTERS))]
    return [name for name in PRODUCTS if (dist / name).exists()] + chapters


def offer(dist, site):
    """Copy all that is offered to the site, and put the links in."""
    names = offered(dist)
    if not names:
        raise ValueError(f"dist: given {dist} with nothing to offer, wanted products of make pdf, "
                         "offline, student, slides or figures")
    shutil.rmtree(site / "downloads", ignore_errors=True)
    for name in names:
        to = site / "downloads" / name
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(dist / name, to)
    chapters = [name for name in names if name not in PRODUCTS]
    change(site / "book/downloads.html", PLACE, listed(dist, site, names, chapters))
    for name in chapters:
        change(site / page_of(name), LINE, f' · <a href="../downloads/{name}">as PDF</a>')
    return names


def change(path, place, text):
    """Put the text between the two groups of a place, which the page must have once."""
    page = path.read_text(encoding="utf-8")
    if len(place.findall(page)) != 1:
        raise ValueError(f"{path.name}: given no place for links, or several, wanted one")
    path.write_text(place.sub(lambda found: between(found, text), page), encoding="utf-8")


def between(found, text):
    before, after = found.groups()
    return before + ("" if text in before else text) + after


def listed(dist, site, names, chapters):
    """The HTML of the list."""
    whole = "".join(item(dist, name, PRODUCTS[name]) for name in names if name in PRODUCTS)
    single = "".join(item(dist, name, title(site / page_of(name))) for name in chapters)
    return (f'\n<ul class="book-downloads">{whole}</ul>\n'
            + (f'<p>Single chapters as PDFs:</p>\n<ul class="book-downloads">{single}</ul>\n'
               if single else ""))


def item(dist, name, words):
    size = (dist / name).stat().st_size / 1e6
    return (f'<li><a href="../downloads/{name}">{html.escape(words, quote=False)}</a>, '
            f'{max(size, 0.1):.1f}\N{NO-BREAK SPACE}MB</li>')


def page_of(name):
    """The page of the site that a chapter's PDF was printed from."""
    return f"notebooks/{Path(name).stem}.html"


def title(path):
    """The heading of a page."""
    found = HEADING.search(path.read_text(encoding="utf-8"))
    return html.unescape(" ".join(re.sub("<[^>]*>", "", found[1]).split()))


def main():
    places.need_site()
    for name in offer(places.DIST, places.SITE):
        print(f"offered: downloads/{name}")


if __name__ == "__main__":
    main()
