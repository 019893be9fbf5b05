"""What a page brings with it: its colours at the first paint, its weight, its card, its address."""

import gzip
import re
import subprocess
import time
import xml.etree.ElementTree as ET
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import address
import head
import pytest
import ways
from bs4 import BeautifulSoup
from PIL import Image
from site_helpers import (
    ALL_PAGES,
    PAGES,
    ROOT,
    SITE_BASE,
    SubPath,
    open_page,
    server_base,
    violations,
)

from tools import set_address

BOOK = set_address.settings(ROOT)

LINE = 200_000  # bytes a second
SLOW = {"offline": False, "latency": 150, "downloadThroughput": LINE, "uploadThroughput": LINE}
TEXT = ".html", ".js", ".css", ".svg", ".json"
every_page = pytest.mark.parametrize("name", ALL_PAGES)


class Zipped(SubPath):
    """Sends text gzipped, as hosts of static sites do, and counts what goes over the wire."""

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            return self.send_error(404)
        body = path.read_bytes()
        zipped = path.suffix in TEXT
        body = gzip.compress(body) if zipped else body
        self.server.sent += len(body)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(body)))
        if zipped:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def zipping(site):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Zipped, directory=str(site)))
    server.sent = 0
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.mark.alone
@pytest.mark.parametrize(("name", "seconds", "kilobytes"), [
    ("book/intro", 3, 500), ("notebooks/03_the_bend", 6, 900),
    ("notebooks/11_the_whole_network", 6, 900)])
def test_a_first_visit_over_a_slow_line_is_short(browser, zipping, name, seconds, kilobytes):
    """1.6 Mbit/s and 150 ms, nothing in the cache."""
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW)
    start = time.perf_counter()
    page.goto(f"{server_base(zipping)}{name}.html", wait_until="load")
    took = time.perf_counter() - start
    assert took < seconds
    assert zipping.sent < 1000 * kilobytes
    context.close()


@every_page
def test_the_first_paint_has_the_colours_of_the_machine(browser, base, name):
    """With every script file held back, the page is dark where the machine is."""
    context = browser.new_context(color_scheme="dark")
    context.route("**/*.js*", lambda route: route.abort())
    page = context.new_page()
    page.goto(f"{base}{name}.html", wait_until="domcontentloaded")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(int(part) for part in ground.strip("rgba()").split(",")[:3]) < 60
    context.close()


def test_a_chosen_theme_is_kept(contexts, base):
    page, _ = open_page(contexts["light"], base, "book/notation")
    page.evaluate("localStorage.setItem('mode', 'dark')")
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.evaluate("localStorage.clear()")
    page.close()


@every_page
def test_a_page_loads_what_it_uses(site, name):
    text = (site / f"{name}.html").read_text(encoding="utf-8")
    assert "fontawesome.js" not in text and "thebe" not in text.lower()
    assert ("tex-chtml.js" in text) == ('class="math' in text)
    assert ("searchindex.js" in text) == (name == "search")
    assert text.count('name="viewport"') == 1


def soup(site, name):
    return BeautifulSoup((site / f"{name}.html").read_text("utf-8"), "html.parser")


def address_of(site):
    """Where this site will be, as its own pages say; empty until an address is set."""
    link = soup(site, "book/intro").select_one("link[rel=canonical]")
    return link["href"] if link else ""


@pytest.mark.parametrize("name", PAGES)
def test_who_links_to_a_page_shows_its_card(site, name):
    page = soup(site, name)
    for key in "description", "twitter:card":
        assert len(page.select(f"meta[name='{key}']")) == 1, key
    facts = {meta["property"]: meta["content"] for meta in page.select("meta[property^=og]")}
    assert len(page.select("meta[property^=og]")) == len(facts)
    assert facts["og:title"] == page.title.string
    assert page.title.string == BOOK["title"] or page.title.string.endswith(f" · {BOOK['short']}")
    up, card = "../" * name.count("/"), facts["og:image"]
    start = address_of(site) or up
    assert card.startswith(start)
    file = site / card.removeprefix(start)
    with Image.open(file) as picture:
        assert picture.size == (1200, 630)
    assert file.stat().st_size < 200_000


def test_each_page_has_a_card_of_its_own(site):
    cards = [(site / f"_static/cards/{name.replace('/', '-')}.png").read_bytes() for name in PAGES]
    assert len(set(cards)) == len(PAGES)


@every_page
def test_a_page_has_one_address_and_icons_that_are_there(site, name):
    page, where = soup(site, name), address_of(site)
    wanted = [where + ("" if name == "book/intro" else f"{name}.html")] if where else []
    assert [link["href"] for link in page.select("link[rel=canonical]")] == wanted
    assert [meta["content"] for meta in page.select("meta[property='og:url']")] == wanted
    icons = page.select("link[rel=icon], link[rel=apple-touch-icon]")
    assert {Path(icon["href"]).name for icon in icons} == {
        "favicon.svg", "favicon.ico", "apple-touch-icon.png"}
    assert all((site / f"{name}.html").parent.joinpath(icon["href"]).exists() for icon in icons)


def test_the_map_of_the_site_lists_exactly_its_pages(site):
    where, file = address_of(site), site / "sitemap.xml"
    assert file.exists() == (site / "robots.txt").exists() == bool(where)
    if where:
        listed = [row[0].text for row in ET.parse(file).getroot()]
        assert sorted(listed) == sorted(where + f"{name}.html" * (name != "book/intro")
                                        for name in PAGES)


@pytest.mark.parametrize("name", ["book/notation", "notebooks/07_backpropagation"])
def test_a_page_says_when_it_last_changed_if_git_knows(site, name):
    command = ["git", "log", "-1", "--format=%at", "--", *ROOT.glob(f"{name}.*")]
    known = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()
    shown = soup(site, name).select_one(".last-updated")
    if known:
        assert time.strftime("%d %B %Y", time.gmtime(int(known))) in shown.get_text()
    else:
        assert shown is None


@pytest.mark.parametrize("name", PAGES)
def test_the_foot_of_a_page_leads_to_the_licences(site, name):
    link = soup(site, name).select_one("footer .copyright a")
    there = (site / f"{name}.html").parent.joinpath(link["href"]).resolve()
    assert link["href"] == "#" or there == (site / "book/cite.html").resolve()


def test_the_changelog_and_the_citation_are_on_the_site(site):
    edition = re.search(r"## ([\d.]+)", (ROOT / "CHANGELOG.md").read_text("utf-8"))[1]
    assert edition in soup(site, "book/changelog").select_one("article h2").get_text()
    page = soup(site, "book/cite")
    assert BOOK["title"] in page.select_one("article pre").get_text()
    downloads = page.select("a.download")
    assert downloads and all((site / "book" / link["href"]).exists() for link in downloads)


# ---- the page for who is lost


@pytest.mark.parametrize("missing", ["x.html", "notebooks/x.html", "a/b/c/d", "a/b/"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_at_any_depth_a_lost_reader_finds_the_way(contexts, base, site, missing, scheme):
    page = contexts[scheme].new_page()
    text = (site / "404.html").read_text("utf-8")
    page.route(f"{base}{missing}",
               lambda route: route.fulfill(status=404, body=text, content_type="text/html"))
    page.goto(f"{base}{missing}")
    page.wait_for_function("base => document.querySelector('#ways a').href === base", arg=base)
    page.locator("#ways a").first.wait_for()
    assert violations(page) == []
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 18, 18)"
    assert dark == (scheme == "dark")
    page.locator("#ways a").last.click()
    page.wait_for_url(f"{base}search.html")
    page.close()


def test_a_lost_reader_without_scripts_gets_links_that_hold_or_none(browser, base, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{base}404.html")
    assert page.locator("#ways").is_visible() == bool(address_of(site))
    if address_of(site):
        hrefs = [link.get_attribute("href") for link in page.locator("#ways a").all()]
        assert hrefs == [SITE_BASE, f"{SITE_BASE}search.html"]
    context.close()


def test_the_sites_own_address_shows_the_welcome_page(contexts, base, site):
    page = contexts["light"].new_page()
    answer = page.goto(base)
    assert answer.ok
    assert page.locator("article h1").inner_text().startswith(BOOK["title"])
    page.locator("#welcome-says", has_text="It reads a 2").wait_for()
    page.locator("a.book-start").click()
    page.wait_for_url("**/notebooks/00_*")
    page.close()


@every_page
def test_no_link_leads_to_an_address_that_is_not_set(visits, name):
    assert [link for link in visits(name)["links"] if "YOUR_ACCOUNT" in link] == []


def test_an_address_gives_the_ways_to_run_and_the_canonical():
    where = address.Book("Numbers", "https://github.com/Ann/numbers",
                         "https://ann.github.io/numbers/")
    page = BeautifulSoup(
        "<html><head><title>x</title></head><body><div class='dropdown-launch-buttons'>"
        "<a href='https://colab.example/x'>Colab</a></div><article><h1>07 X</h1></article>"
        "</body></html>", "html.parser")
    head.describe("notebooks/07_x.html", page, where, "_static/cards/x.png")
    ways.show("notebooks/07_x.html", page, where, lite=False)
    assert page.select_one("link[rel=canonical]")["href"].endswith("/numbers/notebooks/07_x.html")
    card = page.select_one("meta[property='og:image']")["content"]
    assert card == "https://ann.github.io/numbers/_static/cards/x.png"
    assert "in Colab" in page.select_one(".book-run").get_text()
