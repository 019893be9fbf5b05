"""What a page brings with it: its colours at the first paint, its weight, its card, its address."""

import gzip
import time
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import head
import pytest
from bs4 import BeautifulSoup
from site_helpers import ALL_PAGES, PAGES, SubPath, open_page

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
    page.goto(f"http://127.0.0.1:{zipping.server_port}/book/{name}.html", wait_until="load")
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


@pytest.mark.parametrize("name", PAGES)
def test_who_links_to_a_page_shows_its_card(site, name):
    text = (site / f"{name}.html").read_text(encoding="utf-8")
    for key in "description", "og:title", "og:description", "og:image", "twitter:card":
        assert text.count(f'"{key}"') == 1, key
    assert text.count("Back to Basics</title>") + text.count("in NumPy</title>") == 1


def test_the_sites_own_address_shows_the_welcome_page(contexts, base, site):
    page = contexts["light"].new_page()
    answer = page.goto(base)
    assert answer.ok
    assert page.locator("article h1").inner_text().startswith("Back to Basics")
    page.locator("#welcome-says", has_text="It reads a 2").wait_for()
    page.locator("a.book-start").click()
    page.wait_for_url("**/notebooks/00_*")
    page.close()
    assert "no page at this address" in (site / "404.html").read_text(encoding="utf-8")


@every_page
def test_until_an_address_is_set_no_link_leads_nowhere(visits, name):
    assert [link for link in visits(name)["links"] if "YOUR_ACCOUNT" in link] == []


def test_an_address_gives_the_ways_to_run_and_the_canonical():
    def settings(url):
        return type("Settings", (), {"html_theme_options": {"repository_url": url}})

    assert head.address(settings("https://github.com/YOUR_ACCOUNT/x")) == head.Address("", "")
    where = head.address(settings("https://github.com/Ann/numbers"))
    assert where == head.Address("https://github.com/Ann/numbers", "https://ann.github.io/numbers/")
    page = BeautifulSoup(
        "<html><head><title>x</title></head><body><div class='dropdown-launch-buttons'>"
        "<a href='https://colab.example/x'>Colab</a></div><article><h1>07 X</h1></article>"
        "</body></html>", "html.parser")
    head.describe("notebooks/07_x.html", page, where)
    head.ways_to_run("notebooks/07_x.html", page, where)
    assert page.select_one("link[rel=canonical]")["href"].endswith("/numbers/notebooks/07_x.html")
    assert "in Colab" in page.select_one(".book-run").get_text()
