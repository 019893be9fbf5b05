"""The PDFs: what a chapter and the book must have on paper, and that nothing of the page is lost.

`make publish` prints them all into dist; where there are none, one chapter is printed here.
"""

import json
import os
import re
from collections import Counter

import pikepdf
import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader
from site_helpers import CHAPTERS, ROOT

from tools.printing import labs, pages, paper, press, volume

BOOK = "back-to-basics"
ALONE = "notebooks/04_softmax"  # has answers, hints, solutions, a flip-book, many formulas
MADE = ROOT / "dist" / "pdf"
PUBLISHED = MADE.exists() and os.environ.get("SITE_DIR", "") == "_build/html"
PRINTED = CHAPTERS if PUBLISHED else [ALONE]
READ = [PRINTED[0], PRINTED[len(PRINTED) // 2], PRINTED[-1]]  # reading all words takes a minute
every_chapter = pytest.mark.parametrize("name", PRINTED)
some_chapters = pytest.mark.parametrize("name", sorted(set(READ)))
of_the_book = pytest.mark.skipif(not PUBLISHED, reason="make publish prints the whole book")


@pytest.fixture(scope="module", autouse=True)
def on_this_site(site, tmp_path_factory):
    """The printing tools look at the site under test."""
    patch = pytest.MonkeyPatch()
    patch.setattr(pages, "SITE", site)
    if not PUBLISHED:
        patch.setattr(pages, "FOLDER", tmp_path_factory.mktemp("paper"))
    yield
    patch.undo()


@pytest.fixture(scope="module")
def folder(on_this_site, tmp_path_factory, browser):
    """The folder with the PDFs."""
    if PUBLISHED:
        return MADE
    made = tmp_path_factory.mktemp("pdf")
    page = browser.new_page(viewport={"width": press.WIDTH, "height": 1000})
    page.emulate_media(media="print")
    press.open_document(page, source(ALONE))
    (made / f"{stem(ALONE)}.pdf").write_bytes(press.printed(page))
    page.close()
    return made


@pytest.fixture(scope="module")
def book(folder):
    with pikepdf.open(folder / f"{BOOK}.pdf") as pdf:
        yield pdf


def source(name):
    """The document that a chapter is printed from, written afresh."""
    path = pages.FOLDER / f"{stem(name)}.html"
    path.write_text(volume.chapter(name), encoding="utf-8")
    return path


def stem(name):
    return name.split("/")[-1]


def built(name, site):
    text = (site / f"{name}.html").read_text(encoding="utf-8")
    return BeautifulSoup(pages.CARDS.sub("", text), "lxml").article


def named(pdf):
    """How many pictures in the PDF have words for who can't see them."""
    objects = (o for o in pdf.objects if isinstance(o, pikepdf.Dictionary))
    return Counter(str(o.S) for o in objects if "/S" in o and "/Alt" in o)["/Figure"]


def outline(items):
    """All titles of an outline, the deeper ones too."""
    for item in items:
        yield item.title.strip()
        yield from outline(item.children)


def squeezed(text):
    return re.sub(r"\s+", "", text)


# ---- every chapter


@every_chapter
def test_a_chapter_has_title_language_tags_and_outline(folder, site, name):
    page = built(name, site)
    with pikepdf.open(folder / f"{stem(name)}.pdf") as pdf:
        title = squeezed(page.h1.find(string=True))
        assert squeezed(str(pdf.docinfo.Title)).startswith(title)
        assert pdf.Root.Lang == "en"
        assert pdf.Root.MarkInfo.Marked and "/StructTreeRoot" in pdf.Root
        with pdf.open_outline() as tree:
            titles = {squeezed(words) for words in outline(tree.root)}
    for heading in page.select("h1, h2"):
        assert squeezed(heading.find(string=True)) in "".join(titles), heading


@every_chapter
def test_every_figure_and_formula_of_a_page_is_on_paper(folder, site, name):
    page = built(name, site)
    pictures = len(page.select("figure img, .stepper img"))
    for flipbook in page.select(".flipbook-data"):
        data = json.loads(flipbook.string)
        sizes = [len(values) for _, values in data["choices"]]
        pictures += len(labs.chosen(sizes, data["start"]))
    with pikepdf.open(folder / f"{stem(name)}.pdf") as pdf:
        assert named(pdf) == pictures
    paper_has = BeautifulSoup(source(name).read_text(encoding="utf-8"), "lxml").select(".math")
    assert len(paper_has) == len(page.select(".math"))  # the press refuses one that is not set


@every_chapter
def test_every_fold_has_its_entry_at_the_end_and_both_know_the_page(folder, site, name):
    page = built(name, site)
    folds = [fold for fold in page.select("details")
             if pages.words(fold.summary) not in paper.LEFT_OUT]
    questions = [one for one in page.select(".stepper") if not one.find_parent("details")]
    with pikepdf.open(folder / f"{stem(name)}.pdf") as pdf:
        places = {key.split("--")[-1] for key in pdf.Root.Dests.keys()}
        last = len(pdf.pages)
    numbers = press.numbers((folder / f"{stem(name)}.pdf").read_bytes())
    count = len(folds) + len(questions)
    assert count
    for i in range(1, count + 1):
        assert {f"answer-{i}", f"asked-{i}"} <= places
    slug = pages.read(name).slug
    for i in range(1, count + 1):
        asked, answer = numbers[f"{slug}--asked-{i}"], numbers[f"{slug}--answer-{i}"]
        assert 1 <= asked <= answer <= last


@some_chapters
def test_the_words_of_a_chapter_are_on_its_pages(folder, site, name):
    reader = PdfReader(folder / f"{stem(name)}.pdf")
    texts = [page.extract_text() for page in reader.pages]
    for number, text in enumerate(texts, start=1):
        assert re.search(rf"^\s*{number}\s*$", text, re.M), f"page {number} has no number"
    whole = squeezed("".join(texts))
    assert "page000" not in whole
    page = built(name, site)
    for fold in page.select("details:not(.hide)"):
        answer = fold.find("p").find(string=re.compile(r"\w{3}"))
        assert squeezed(answer)[:40] in whole, answer
    for sentence in ("Run this chapter", "Copy link", "works without scripts", "wake the slider"):
        assert squeezed(sentence) not in whole


@some_chapters
def test_nothing_is_wider_than_the_paper(browser, name):
    page = browser.new_page(viewport={"width": press.WIDTH, "height": 1000})
    page.emulate_media(media="print")
    press.open_document(page, source(name))
    page.evaluate("""document.querySelector("article p").innerHTML =
      '<span style="white-space: nowrap">' + "wide ".repeat(200) + "</span>";""")
    assert len(page.evaluate("book_wide()")) == 1
    page.evaluate("""document.querySelector("article .math").textContent = "unset";""")
    assert page.evaluate("book_unset()") == ["unset"]
    with pytest.raises(ValueError, match="x.html: given what is too wide: a, b"):
        press.refuse(pages.FOLDER / "x.html", ["a, b"], "what is too wide")
    page.close()


# ---- the book


@of_the_book
def test_the_book_is_light_and_has_all_chapters_in_its_outline(folder, book, site):
    assert (folder / f"{BOOK}.pdf").stat().st_size < 25e6
    with book.open_outline() as tree:
        titles = {squeezed(words) for words in outline(tree.root)}
    for name in [*CHAPTERS, *volume.BACK]:
        assert squeezed(built(name, site).h1.find(string=True)) in titles
    assert squeezed("Answers, hints and solutions") in titles


@of_the_book
def test_links_inside_the_book_resolve_and_none_leads_to_a_disk(book):
    places, inside = set(book.Root.Dests.keys()), 0
    for page in book.pages:
        for note in page.get("/Annots", []):
            if "/Dest" in note:
                inside += 1
                assert "/" + str(note.Dest).removeprefix("/") in places
            elif "/A" in note:
                assert str(note.A.URI).startswith("http"), note.A.URI
    assert inside > 1000


@of_the_book
def test_the_book_has_every_figure_of_its_chapters(folder, book):
    single = 0
    for name in CHAPTERS:
        with pikepdf.open(folder / f"{stem(name)}.pdf") as pdf:
            single += named(pdf)
    assert named(book) == single + 1  # the cover's


@of_the_book
def test_the_contents_name_the_pages_on_which_chapters_begin(folder):
    reader = PdfReader(folder / f"{BOOK}.pdf")
    numbers = press.numbers((folder / f"{BOOK}.pdf").read_bytes())
    contents = squeezed("".join(page.extract_text() for page in reader.pages[1:3]))
    for name in CHAPTERS:
        assert str(numbers[stem(name).replace("_", "-")]) in contents
    assert contents.count("000") == 0


# ---- small multiples


@pytest.mark.parametrize(("sizes", "count"), [
    ([5], 5), ([10], 10), ([24], 8), ([3, 3], 9), ([4, 7], 6), ([2, 28], 8), ([2, 3, 2, 2, 6], 8)])
def test_a_flip_book_shows_all_when_few_and_evenly_chosen_ones_when_many(sizes, count):
    shown = labs.chosen(sizes, [0] * len(sizes))
    assert len(shown) == len(set(shown)) == count
    first, last = shown[0], shown[-1]
    assert first == (0,) * len(sizes)
    for size, at, values in zip(sizes, last, zip(*shown)):
        assert at == size - 1 or set(values) == {0}

