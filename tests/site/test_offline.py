"""The zips, as somebody far from any server opens them, and the page that offers what was made."""

import shutil
import zipfile
from contextlib import chdir

import nbformat
import pytest
from nbclient import NotebookClient
from playwright.sync_api import expect
from site_helpers import CHAPTERS, PAGES, ROOT, watch

from tools import offer, offline, pack

SHORT = "00_a_network_in_a_minute"


@pytest.fixture(scope="module")
def carried(site, tmp_path_factory):
    """The site's zip, unzipped into a folder whose name is no plain word."""
    place = tmp_path_factory.mktemp("carried")
    offline.carry_site(site, place / "site")
    pack.pack(place / "site", place / "site.zip", "back-to-basics-site")
    with zipfile.ZipFile(place / "site.zip") as packed:
        packed.extractall(place / "Bücher und mehr")
    shutil.rmtree(place / "site")
    return place / "Bücher und mehr" / "back-to-basics-site"


@pytest.fixture
def from_disk(browser, carried):
    """from_disk(name, query): a page opened by its file, with no network."""
    context = browser.new_context(offline=True)
    context.set_default_timeout(30_000)
    opened = []

    def opener(name, query=""):
        page = context.new_page()
        noted = watch(page, carried.as_uri())
        page.goto((carried / f"{name}.html").as_uri() + query)
        page.wait_for_selector("html[data-book-ready]", state="attached")
        opened.append(noted)
        return page

    yield opener
    context.close()
    for noted in opened:
        assert noted == {"console": [], "elsewhere": [], "failed": []}


# ---- the site


def test_formulas_pictures_and_a_slider_work_from_the_disk(from_disk):
    page = from_disk("notebooks/05_cross_entropy")
    assert page.locator("article mjx-container").count() == page.locator("article .math").count()
    page.evaluate("document.querySelectorAll('img').forEach(i => { i.loading = 'eager' })")
    page.wait_for_function("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
    image, slider = page.locator(".flipbook img"), page.locator(".flipbook input[type=range]").first
    before = image.get_attribute("src")
    slider.focus()
    slider.press("End")
    expect(image).not_to_have_attribute("src", before)


def test_the_search_finds_and_leads_to_a_page_from_the_disk(from_disk):
    page = from_disk("search", "?q=softmax")
    found = page.locator("#search-results li a").first
    found.click()
    expect(page.locator("article h1")).to_be_visible()


def test_the_dark_and_what_the_browser_keeps_work_from_the_disk(from_disk):
    page = from_disk("notebooks/03_the_bend")
    root = page.locator("html")
    page.locator("button.theme-switch-button:visible").first.click()
    mode = root.get_attribute("data-mode")
    page.reload()
    assert root.get_attribute("data-mode") == mode


def test_every_page_but_the_chapters_opens_from_the_disk(from_disk):
    for name in (page for page in PAGES if page not in CHAPTERS):
        page = from_disk(name)
        assert page.locator("article h1").count() == 1, name
        page.close()


@pytest.mark.parametrize("name", ["index", "book/intro"])
def test_the_welcome_page_reads_a_digit_from_the_disk(from_disk, name):
    page = from_disk(name)
    expect(page.locator("#welcome-says")).to_contain_text("It reads")


def test_draw_a_digit_computes_from_the_disk(from_disk):
    page = from_disk("book/draw")
    expect(page.locator("#draw-read")).to_contain_text("Read as a 2")


def test_train_in_the_page_trains_from_the_disk_in_a_worker(from_disk):
    page = from_disk("book/train")
    page.locator("#train-epoch").click()
    expect(page.locator("#train-status")).to_contain_text("Epoch 1.0")
    expect(page.locator("#train-note")).to_be_hidden()  # it would say that no worker runs


def test_the_carried_site_leaves_out_what_needs_a_server(carried, site):
    assert not (carried / "lite").exists() and not (carried / "downloads").exists()
    for path in carried.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert 'href="../lite' not in text and 'type="module"' not in text, path
    pages = {path.relative_to(site) for folder in ("book", "notebooks")
             for path in (site / folder).glob("*.html")}
    assert all((carried / path).exists() for path in pages)


def test_a_page_says_nothing_of_a_way_that_is_not_carried():
    way = '<a href="../lite/notebooks/index.html?path=x">in the browser</a> · '
    note = '<p class="book-run book-lite">In the browser <a href="#how">it waits</a>.</p>'
    line = '<p class="book-run">Run this chapter: {}<a href="how.html">here</a></p>{}'
    assert offline.from_disk(line.format(way, note)) == line.format("", "")
    told = '<p>It opens <a class="x" href="../lite/index.html">JupyterLite</a>.</p>'
    assert offline.from_disk(told) == "<p>It opens JupyterLite.</p>"


def test_modules_stand_after_those_that_they_import_and_circles_are_refused():
    texts = {"a.js": 'from "./b.js"', "b.js": 'from "./c.js"', "c.js": ""}
    assert offline.in_order(texts) == ["c.js", "b.js", "a.js"]
    with pytest.raises(ValueError, match="import each other"):
        offline.in_order(texts | {"c.js": 'from "./a.js"'})


# ---- the notebooks


def test_a_chapter_runs_from_the_notebooks_alone(tmp_path):
    offline.carry_notebooks(tmp_path / "made")
    pack.pack(tmp_path / "made", tmp_path / "notebooks.zip", "back-to-basics")
    with zipfile.ZipFile(tmp_path / "notebooks.zip") as packed:
        packed.extractall(tmp_path / "öffne mich")
    folder = tmp_path / "öffne mich" / "back-to-basics"
    notebook = nbformat.read(folder / f"notebooks/{SHORT}.ipynb", as_version=4)
    with chdir(folder):
        NotebookClient(notebook, timeout=120, resources={
            "metadata": {"path": str(folder / "notebooks")}}).execute()
    assert "ipykernel" in (folder / "requirements.txt").read_text()
    assert (folder / "README.md").exists()


# ---- the offer


@pytest.fixture
def small_site(tmp_path, site):
    """A site of the two pages that an offer changes, without offers, and a dist with products."""
    for name in "book/downloads.html", f"notebooks/{SHORT}.html":
        to = tmp_path / "site" / name
        to.parent.mkdir(parents=True)
        shutil.copy(site / name, to)
    place = tmp_path / "site/book/downloads.html"
    place.write_text(offer.PLACE.sub(r"\1none\2", place.read_text("utf-8")), encoding="utf-8")
    (tmp_path / "dist/pdf").mkdir(parents=True)
    for name in "pdf/back-to-basics.pdf", f"pdf/{SHORT}.pdf", "back-to-basics-figures.zip":
        (tmp_path / "dist" / name).write_bytes(b"x" * 1_500_000)
    return tmp_path


def test_what_is_there_is_offered_and_nothing_else(small_site):
    offer.offer(small_site / "dist", small_site / "site")
    page = (small_site / "site/book/downloads.html").read_text(encoding="utf-8")
    for name in "pdf/back-to-basics.pdf", f"pdf/{SHORT}.pdf", "back-to-basics-figures.zip":
        assert f'href="../downloads/{name}"' in page
        assert (small_site / "site/downloads" / name).exists()
    assert ">00 A network in a minute</a>" in page
    assert "1.5\N{NO-BREAK SPACE}MB" in page and "slides" not in page.split('id="offered"')[1]
    chapter = (small_site / f"site/notebooks/{SHORT}.html").read_text(encoding="utf-8")
    assert f'href="../downloads/pdf/{SHORT}.pdf">as PDF</a>' in chapter


def test_an_offer_of_nothing_is_refused(small_site):
    shutil.rmtree(small_site / "dist")
    with pytest.raises(ValueError, match="nothing to offer"):
        offer.offer(small_site / "dist", small_site / "site")


def test_every_offer_of_the_site_resolves_or_the_command_is_named(site):
    page = (site / "book/downloads.html").read_text(encoding="utf-8")
    offered = [name for name in offer.PRODUCTS if f'href="../downloads/{name}"' in page]
    assert all((site / "downloads" / name).exists() for name in offered)
    assert offered or "make publish" in page
    assert "make publish" in (ROOT / "book/downloads.md").read_text(encoding="utf-8")
