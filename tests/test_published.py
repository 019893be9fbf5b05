"""What a published site tells machines: its address, its pages, its cards, its dates."""

import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace

import address
import previews
import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parent.parent
BOOK = address.Book("Numbers 101: what a network computes", "https://github.com/Ann/numbers",
                    "https://ann.github.io/numbers/")
PLAIN = address.Book(BOOK.title)


def settings(repository, own=""):
    return SimpleNamespace(html_theme_options={"repository_url": repository}, html_baseurl=own,
                           html_title=BOOK.title)


def pages(*names):
    text = ("<html><head><meta property='article:modified_time' content='2026-11-29T10:00:00'>"
            "</head><body><article><h1>07 Backpropagation &amp; more</h1></article></body></html>")
    return {name: BeautifulSoup(text, "html.parser") for name in names}


# ---- the address


@pytest.mark.parametrize(("repository", "own", "site"), [
    ("https://github.com/Ann/numbers", "", "https://ann.github.io/numbers/"),
    ("https://github.com/Ann/Ann.github.io", "", "https://ann.github.io/"),
    ("https://github.com/Ann/numbers", "https://book.school.example", "https://book.school.example/"),
    ("https://gitlab.com/Ann/numbers", "", ""),
    ("https://gitlab.com/Ann/numbers", "https://ann.example/a/b/", "https://ann.example/a/b/")])
def test_the_site_is_where_its_host_puts_it(repository, own, site):
    book = address.book(settings(repository, own))
    assert (book.repository, book.site, book.short) == (repository, site, "Numbers 101")


@pytest.mark.parametrize("repository", ["", "https://github.com/YOUR_ACCOUNT/numbers"])
def test_until_an_address_is_set_there_is_none(repository, tmp_path):
    assert address.book(settings(repository)) == PLAIN
    address.write_map(tmp_path, pages("book/intro.html"), PLAIN)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("own", ["book.school.example", "ftp://a.example/", "https://a b/"])
def test_a_bad_address_of_the_site_is_refused_in_words(own):
    with pytest.raises(ValueError, match="gives the baseurl .*, wanted one like https://"):
        address.book(settings("https://github.com/Ann/numbers", own))


def test_the_map_lists_the_pages_and_robots_find_it(tmp_path):
    listed = "book/intro.html", "notebooks/07_x.html"
    address.write_map(tmp_path, pages(*listed, "search.html", "genindex.html"), BOOK)
    rows = ET.parse(tmp_path / "sitemap.xml").getroot()
    assert [[part.text for part in row] for row in rows] == [
        [BOOK.site, "2026-11-29"], [f"{BOOK.site}notebooks/07_x.html", "2026-11-29"]]
    assert (tmp_path / "robots.txt").read_text().endswith(f"Sitemap: {BOOK.site}sitemap.xml\n")


@pytest.mark.parametrize(("book", "links", "shown"), [
    (BOOK, ["/numbers/", "/numbers/search.html"], True), (PLAIN, ["", "search.html"], False)])
def test_the_page_for_lost_readers_links_only_where_it_knows_the_way(tmp_path, book, links, shown):
    address.write_missing(tmp_path, ROOT / "book/_templates/404.html", book)
    page = BeautifulSoup((tmp_path / "404.html").read_text("utf-8"), "html.parser")
    assert [a["href"] for a in page.select("a")] == links
    assert ("hidden" not in page.select_one("#ways").attrs) == shown
    assert page.title.string == "No such page · Numbers 101"


# ---- cards


FIGURE = ('<svg xmlns="http://www.w3.org/2000/svg" width="432pt" height="360pt" '
          'viewBox="0 0 432 360"><rect width="432" height="360" fill="#ff0000"/></svg>')


def test_a_card_shows_the_title_and_the_pages_own_figure(tmp_path):
    (tmp_path / "_images").mkdir()
    (tmp_path / "_images" / "a.svg").write_text(FIGURE)
    with_figure, without = pages("notebooks/07_x.html", "book/a.html").items()
    output = "<div class='cell_output'><img src='../_images/a.svg'></div>"
    with_figure[1].article.append(BeautifulSoup(output, "html.parser"))
    made = [previews.write_cards(tmp_path, dict([pair]), BOOK) for pair in (with_figure, without)]
    first, second = (previews.Image.open(tmp_path / path).convert("RGB")
                     for paths in made for path in paths.values())
    assert first.size == second.size == (1200, 630)
    assert first.getpixel((876, 315)) == (255, 0, 0)
    letters = first.crop((40, 60, 590, 120)).getcolors(maxcolors=10_000)
    assert sum(count for count, colour in letters if colour == (255, 255, 255)) > 1000
    again = previews.write_cards(tmp_path, dict([with_figure]), BOOK)
    assert previews.Image.open(tmp_path / again["notebooks/07_x.html"]).convert("RGB") == first


def test_no_word_of_a_title_is_broken():
    shown = re.findall(r">([^<]+)</text>", previews.words("07 Backpropagation & more", 12))
    assert shown == ["07", "Backpropagation", "&amp; more"]


# ---- dates

CONF = f"""
import sys
sys.path.insert(0, {str(ROOT / "book" / "_ext")!r})
import bookfix
suppress_warnings = ["git.subprocess_error", "git.too_shallow"]
html_theme = "basic"
def setup(app):
    bookfix.dated(app)
"""


@pytest.fixture
def built(tmp_path):
    """built(folder, **environment): the text of a page of the book in that folder, built there."""
    def build(folder, **environment):
        command = [sys.executable, "-m", "sphinx", "-qW", ".", "out"]
        done = subprocess.run(command, cwd=folder, env={**os.environ, **environment},
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert (folder / "out/_sources/index.rst.txt").exists()
        return (folder / "out/index.html").read_text("utf-8")

    book = tmp_path / "book"
    book.mkdir()
    (book / "conf.py").write_text(CONF)
    (book / "index.rst").write_text("Title\n=====\n")
    build.book = book
    return build


def git(folder, *words, **environment):
    own = {"GIT_AUTHOR_DATE": "2024-02-29T12:00:00Z", "GIT_COMMITTER_DATE": "2024-02-29T12:00:00Z",
           "GIT_CONFIG_GLOBAL": os.devnull}
    name = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *name, *words], cwd=folder, check=True, capture_output=True,
                   env={**os.environ, **own, **environment})


def test_a_page_says_when_it_last_changed(built):
    git(built.book, "init")
    git(built.book, "add", ".")
    git(built.book, "commit", "-m", "one")
    assert "29 February 2024" in built(built.book)


def test_a_copy_that_is_no_clone_has_no_date(built):
    environment = {"GIT_CEILING_DIRECTORIES": str(built.book.parent)}
    assert "ast updated" not in built(built.book, **environment)


def test_without_git_there_is_no_date(built, tmp_path):
    assert "ast updated" not in built(built.book, PATH=str(tmp_path))


def test_a_clone_that_was_cut_short_has_no_wrong_date(built, tmp_path):
    git(built.book, "init")
    git(built.book, "add", ".")
    git(built.book, "commit", "-m", "one")
    (built.book / "other").write_text("later")
    git(built.book, "add", ".")
    git(built.book, "commit", "-m", "two")
    git(tmp_path, "clone", "--depth", "1", built.book.as_uri(), "short")
    assert "ast updated" not in built(tmp_path / "short")
    shutil.rmtree(tmp_path / "short")
