"""No dead control: every button, slider, field and link of every page does something."""

import re
from functools import cache
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from site_helpers import ALL_PAGES, ASK

READY = "html[data-book-ready], #ways:not([hidden])"  # the latter on the page of a wrong address
EVERYWHERE = [*ALL_PAGES, "index", "404"]
HTTP_ONLY = "leon.bottou.org", "neuralnetworksanddeeplearning.com", "yann.lecun.com"
PLANTED = """
<main>
  <button>Works</button><button>Sleeps</button><button disabled>Barred</button>
  <label>Moves <input type="range" max="4"></label><label>Stays <input type="range" max="4"></label>
  <a href="index.html">There</a><a href="no-such-page.html">Gone</a>
  <a href="search.html#no-such-place">Astray</a><a href="index.html" id="caught">Caught</a>
  <a href="#">Nowhere</a><a href="http://example.org">Unsafe</a>
  <output></output>
</main>
<script>
  const said = document.querySelector("output");
  document.querySelector("button").onclick = () => { said.textContent += "pressed"; };
  document.querySelector("input").oninput = (event) => { said.textContent = event.target.value; };
  document.querySelector("#caught").onclick = (event) => event.preventDefault();
  document.documentElement.dataset.bookReady = "yes";
</script>
"""


@pytest.fixture(scope="module")
def desk_and_phone(contexts, phone):
    return {"1280 px": contexts["light"], "a phone": phone}


def crawl(context, address):
    """What crawl.js answers on a page that notes all effects from its start."""
    page = context.new_page()
    for script in "effects", "controls", "acts":
        page.add_init_script(ASK[script])
    try:
        page.goto(address)
        page.wait_for_selector(READY)
        return page.evaluate(ASK["crawl"])
    finally:
        page.close()


@cache
def anchors(file):
    """The ids of a page of the built site."""
    return set(re.findall(r'\bid="([^"]+)"', file.read_text(encoding="utf-8")))


def fault(link, base, site):
    """Why a link leads nowhere; None if it leads somewhere."""
    address, anchor = urldefrag(link["href"])
    if link["swallowed"]:
        return "a script takes the click, and nothing follows"
    if link["raw"] in ("", "#") and not link["frame"]:  # contents and footer lead to the top
        return "it has no target"
    if not address.startswith(base):
        scheme, host = urlsplit(address)[:2]
        whole = "." in host and (scheme == "https" or host in HTTP_ONLY)
        return None if whole else "no https address"
    file = site / unquote(address.removeprefix(base).partition("?")[0])
    file = file / "index.html" if file.is_dir() else file
    if not file.is_file():
        return "no such file"
    if anchor and file.suffix == ".html" and unquote(anchor) not in anchors(file):
        return "no such anchor"


def faults(found, base, site):
    """The links of a page that lead nowhere, by name."""
    told = {(link["name"], link["raw"], fault(link, base, site)) for link in found["links"]}
    return sorted(f"{name}: {raw}: {why}" for name, raw, why in told if why)


@pytest.mark.parametrize("screen", ["1280 px", "a phone"])
@pytest.mark.parametrize("name", EVERYWHERE)
def test_no_control_is_dead_and_no_link_leads_nowhere(desk_and_phone, base, site, name, screen):
    found = crawl(desk_and_phone[screen], f"{base}{name}.html")
    assert found["dead"] == []
    assert found["unexplained"] == []
    assert faults(found, base, site) == []


def test_the_crawl_finds_a_dead_button_a_dead_slider_and_dead_links(contexts, base, site):
    context = contexts["light"]
    address = f"{base}planted.html"
    context.route(address, lambda route: route.fulfill(body=PLANTED, content_type="text/html"))
    found = crawl(context, address)
    context.unroute(address)
    assert found["dead"] == ["submit: Sleeps", "range: Stays"]
    assert found["unexplained"] == ["submit: Barred"]
    assert [line.split(": ")[0] for line in faults(found, base, site)] == [
        "Astray", "Caught", "Gone", "Nowhere", "Unsafe"]
