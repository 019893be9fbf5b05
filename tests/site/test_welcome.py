"""The welcome page reads what a visitor draws on it, and stands without scripts and weights."""

import json
import re
import statistics

import pytest
from playwright.sync_api import expect
from site_helpers import (
    ASK,
    DRAWINGS,
    SCHEMES,
    draw_by_finger,
    draw_by_mouse,
    resize,
    thinned,
    violations,
    watch,
)

ADDRESSES = pytest.mark.parametrize("address", ["book/intro.html", ""])
NAMED = {drawing["name"]: drawing for drawing in DRAWINGS}
NAMES = "seven, plain", "four, open", "zero, round, closed with an overlap"


class Welcome:
    """The welcome page, and what a visitor does there."""

    def __init__(self, page, base, address="book/intro.html", *, live=True):
        self.page, self.noted = page, watch(page, base)
        page.goto(base + address)
        page.wait_for_selector("html[data-book-ready]")
        self.says, self.pad = page.locator("#welcome-says"), page.locator("#welcome-pad")
        if live:
            expect(self.says).to_contain_text("It reads a 2")
            self.settle()

    def settle(self):
        """Until the two has written itself, and what is drawn has been painted."""
        self.page.evaluate("delete window.welcome_words")
        self.page.wait_for_function(ASK["settled"], polling=100)

    def draw(self, name):
        """Draw with the mouse."""
        for stroke in NAMED[name]["strokes"]:
            draw_by_mouse(self.pad, thinned(stroke))
        self.settle()

    def draw_by_touch(self, name):
        """Draw with one finger."""
        fingers = self.page.context.new_cdp_session(self.page)
        for stroke in NAMED[name]["strokes"]:
            draw_by_finger(fingers, self.pad, thinned(stroke))
        self.settle()

    @property
    def digit(self):
        found = re.search(r"It reads an? (\d)", self.says.inner_text())
        return found and int(found[1])

    @property
    def bars(self):
        return self.page.locator("#welcome-picture").get_attribute("aria-label")

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()
        self.settle()


@pytest.fixture
def welcome(contexts, base):
    page = Welcome(contexts["light"].new_page(), base)
    yield page
    assert not any(page.noted.values()), page.noted
    page.page.close()


@ADDRESSES
def test_on_arrival_a_two_is_read_and_no_still_is_fetched(contexts, base, address):
    page = contexts["dark"].new_page()
    fetched = []
    page.on("request", lambda request: fetched.append(request.url))
    visit = Welcome(page, base, address)
    assert visit.digit == 2
    assert page.evaluate(ASK["warm_row"]) == 2
    assert [url for url in fetched if "network" in url and url.endswith((".webp", ".png"))] == []
    assert not any(visit.noted.values()), visit.noted
    page.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_drawing_by_mouse_is_read_and_moves_the_bars(welcome, name):
    welcome.draw(name)  # the first stroke clears the two away
    digit = NAMED[name]["digit"]
    assert welcome.digit == welcome.page.evaluate(ASK["warm_row"]) == digit
    assert f"{digit} " in welcome.bars.split("ten bars:")[1]


def test_a_finger_draws_and_the_page_stands_still(phone, base):
    page = phone.new_page()
    visit = Welcome(page, base)
    box = page.locator("#welcome-pad").bounding_box()
    assert box["width"] >= 230
    assert box["y"] + box["height"] < 780  # all of the pad is in view on arrival
    for name in NAMES:
        visit.draw_by_touch(name)
        assert visit.digit == NAMED[name]["digit"]
        assert page.evaluate("scrollY") == 0
        visit.press("Clear")
    assert not any(visit.noted.values()), visit.noted
    page.close()


def test_an_empty_pad_is_no_digit(welcome):
    welcome.press("Draw your own")
    assert "Draw a digit" in welcome.says.inner_text()
    assert not re.search(r"\d", welcome.says.inner_text())
    assert "all ten bars are empty" in welcome.bars
    assert welcome.page.evaluate(ASK["warm_row"]) is None
    assert welcome.page.locator(".welcome-hint").is_visible()
    welcome.press("Undo")
    assert welcome.digit == 2


def test_undo_takes_strokes_back_and_clear_all(welcome):
    welcome.draw("seven, crossed")
    crossed = welcome.bars
    welcome.press("Undo")
    assert welcome.bars != crossed
    welcome.press("Clear")
    assert welcome.digit is None
    welcome.press("Undo")  # what was cleared comes back
    assert welcome.digit is not None


def test_the_drawing_goes_along_to_the_draw_page(welcome):
    welcome.draw("seven, plain")
    link = welcome.page.get_by_role("link", name="See every number behind it")
    assert link.get_attribute("href") == "draw.html?drawing=kept"
    link.evaluate("link => link.addEventListener('click', event => event.preventDefault())")
    link.click()
    kept = json.loads(welcome.page.evaluate("sessionStorage.getItem('book-drawing')"))
    assert len(kept["strokes"]) == len(NAMED["seven, plain"]["strokes"])
    assert 0 < kept["pen"] < 1


@pytest.mark.parametrize(("file", "address"), [
    ("network.bin", "book/intro.html"), ("network.json", ""), ("pad.js", ""),
    ("welcome.js", "book/intro.html")])
def test_where_the_network_does_not_arrive_the_still_stands(contexts, base, file, address):
    page = contexts["light"].new_page()
    page.route(f"**/alive/{file}", lambda route: route.fulfill(status=404, body=""))
    visit = Welcome(page, base, address, live=False)
    picture = page.locator(".book-picture img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 1000
    sentence = page.locator(".welcome-still p").inner_text()
    assert sentence.endswith(".") and ("404" in sentence or "needs a browser" in sentence)
    assert page.locator("#welcome-pad").count() == 0
    assert [failed for failed in visit.noted["failed"] if file not in failed] == []
    assert all("404" in line for line in visit.noted["console"]), visit.noted
    assert violations(page) == []
    page.close()


@ADDRESSES
def test_without_scripts_the_still_stands(browser, base, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(base + address)
    expect(page.locator(".book-picture img")).to_be_visible()
    expect(page.locator("#welcome-panel")).to_be_hidden()
    wide = page.locator(".book-picture img").bounding_box()
    page.set_viewport_size({"width": 380, "height": 780})
    page.reload()  # comes back when the other picture is there
    tall = page.locator(".book-picture img").bounding_box()
    assert wide["width"] > wide["height"] and tall["width"] < tall["height"]
    context.close()


@pytest.mark.parametrize("lacking", [
    "delete window.ResizeObserver;", "HTMLCanvasElement.prototype.getContext = () => null;",
])
def test_where_the_browser_lacks_something_the_still_stands(contexts, base, lacking):
    page = contexts["light"].new_page()
    page.add_init_script(lacking)
    page.goto(f"{base}index.html")
    expect(page.locator(".welcome-still")).to_contain_text("This browser lacks something")
    expect(page.locator(".welcome-still img")).to_be_visible()
    page.close()


def test_a_copy_of_the_site_on_the_disk_says_what_it_needs(contexts, site):
    page = contexts["light"].new_page()
    page.goto((site / "book" / "intro.html").as_uri())
    expect(page.locator(".welcome-still p")).to_contain_text("not from a file")
    expect(page.locator(".book-picture img")).to_be_visible()
    page.close()


def test_from_wide_to_narrow_the_drawing_stays(welcome):
    welcome.draw("four, open")
    before = welcome.bars
    for width in 380, 700, 1280:
        resize(welcome.page, width)
        welcome.settle()
        assert welcome.bars == before
        pad = welcome.page.locator("#welcome-pad").bounding_box()
        assert pad["width"] == pytest.approx(pad["height"], abs=1) and pad["width"] >= 200
        assert welcome.page.evaluate("document.scrollingElement.scrollWidth") <= width


def test_dark_and_light_give_the_same_numbers(contexts, base):
    read = []
    for scheme in SCHEMES:
        visit = Welcome(contexts[scheme].new_page(), base)
        visit.draw("seven, plain")
        read.append((visit.says.inner_text(), visit.bars))
        visit.page.close()
    assert read[0] == read[1]


@pytest.mark.alone
def test_the_first_paint_comes_within_a_second_and_nothing_moves(contexts, base):
    page = contexts["light"].new_page()
    page.add_init_script(ASK["shifts"])
    visit = Welcome(page, base)
    paints = "performance.getEntriesByName('first-contentful-paint').map(paint => paint.startTime)"
    assert page.evaluate(paints)[0] < 1000
    assert [shift for shift in page.evaluate("shifts") if shift[0] > 0.0005] == []
    for name in "#welcome-pad", "#welcome-fresh", "#welcome-says":
        box = page.locator(name).bounding_box()
        assert box["y"] + box["height"] < 800, f"{name} is below the fold"
    assert visit.digit == 2
    page.close()


@pytest.mark.alone
def test_from_the_last_stroke_to_the_bars_takes_less_than_a_frame(welcome):
    assert statistics.median(welcome.page.evaluate(ASK["stroke_times"])) < 16


def test_who_wants_less_motion_finds_the_two_written(browser, base):
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.add_init_script(ASK["animations"])
    visit = Welcome(page, base)
    visit.draw("seven, plain")
    assert page.evaluate("animations") == 0
    context.close()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_on_an_empty_pad_and_a_drawing(contexts, base, scheme):
    visit = Welcome(contexts[scheme].new_page(), base)
    visit.draw("seven, plain")
    assert violations(visit.page) == []
    visit.press("Clear")
    assert violations(visit.page) == []
    visit.page.close()


def test_by_keyboard_the_buttons_and_the_way_to_the_pixels_are_reached(welcome):
    page = welcome.page
    page.get_by_role("button", name="Draw your own").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#welcome-says")).to_contain_text("Draw a digit")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#welcome-says")).to_contain_text("It reads a 2")
    page.locator(".welcome-ways").get_by_role("link", name="by keyboard").press("Enter")
    page.wait_for_url("**/draw.html*")
