"""Prints a document with a browser: twice, since only print shows on which page a thing stands."""

import io
from contextlib import contextmanager
from pathlib import Path

import pikepdf
from playwright.sync_api import sync_playwright

from tools.doctor import find_browser

FLAGS = "--no-sandbox", "--disable-gpu"
WIDTH = 658  # CSS pixels between the margins of an A4 page, as in volume.css
LIMIT = 300_000  # milliseconds
HERE = Path(__file__).parent


@contextmanager
def press():
    """A browser page, as wide as the paper."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        page = browser.new_page(viewport={"width": WIDTH, "height": 1000})
        page.set_default_timeout(LIMIT)
        page.emulate_media(media="print")
        yield page
        browser.close()


def open_document(page, path):
    """Open a document and wait until it is set; refuse one that would lose something on paper."""
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-book-ready]", state="attached")
    page.add_script_tag(path=HERE / "press.js")
    page.evaluate("document.fonts.ready.then(() => {})")
    refuse(path, page.evaluate("book_unset()"), "formulas that are not set, wanted all of them set")
    refuse(path, page.evaluate("book_wide()"), "what is wider than the paper, wanted all to fit")


def refuse(path, found, words):
    """Say what is wrong with a document, if anything is."""
    if found:
        raise ValueError(f"{path.name}: given {words}: {'; '.join(found[:5])}")


def printed(page):
    """The document as a PDF, with the numbers of pages that it mentions."""
    page.evaluate("(numbers) => book_number(numbers)", numbers(once(page)))
    return packed(once(page))


def once(page):
    return page.pdf(prefer_css_page_size=True, print_background=True, outline=True, tagged=True)


def numbers(pdf):
    """{anchor: the number of the page where it stands}, of all anchors that a link leads to."""
    with pikepdf.open(io.BytesIO(pdf)) as read:
        number = {page.objgen: i for i, page in enumerate(read.pages, start=1)}
        return {anchor.removeprefix("/"): number[place[0].objgen]
                for anchor, place in read.Root.Dests.items()}


def packed(pdf):
    """The same PDF in less than half of the bytes."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as read:
        read.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()
