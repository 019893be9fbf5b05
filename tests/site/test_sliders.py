"""The sliders, as a reader of the static site meets them."""

import pytest
from site_helpers import FLIPBOOKS, open_page

every_lab = pytest.mark.parametrize("name", FLIPBOOKS)

STATE = """(book) => ({
  picture: book.querySelector("img").src.length + book.querySelector("img").src.slice(-200),
  alt: book.querySelector("img").alt,
  caption: book.querySelector(".flipbook-caption").textContent,
  values: [...book.querySelectorAll("output")].map((output) => output.value),
})"""


@pytest.fixture(params=FLIPBOOKS)
def opened(request, contexts, base):
    """A chapter's page, open, with the notes of what goes wrong on it."""
    page, noted = open_page(contexts["light"], base, request.param)
    yield page, noted
    page.close()


def test_b100_every_lab_shows_a_picture_and_a_caption(opened):
    """https://github.com/jupyter-book/jupyter-book/issues/1991"""
    page, _ = opened
    books = page.locator(".flipbook").all()
    assert books
    for book in books:
        box = book.locator("img").bounding_box()
        assert min(box["width"], box["height"]) >= 200
        assert len(book.locator(".flipbook-caption").inner_text()) > 20
        assert book.locator("input[type=range]").count() > 0
        assert "trust the notebook" not in book.inner_text()  # here the sliders are awake


def test_every_slider_moves_by_keyboard(opened):
    """Each slider, with the keys alone: another value, another picture or caption; and back."""
    page, noted = opened
    for book in page.locator(".flipbook").all():
        for slider in book.locator("input[type=range]").all():
            slider.focus()
            page.keyboard.press("Home")
            first = book.evaluate(STATE)
            page.keyboard.press("End")
            last = book.evaluate(STATE)
            assert last["values"] != first["values"]
            assert (last["picture"], last["caption"]) != (first["picture"], first["caption"])
            assert last["alt"] != first["alt"]
            assert slider.get_attribute("aria-valuetext") in last["values"]
            page.keyboard.press("Home")
            assert book.evaluate(STATE) == first
    assert noted == {"console": [], "elsewhere": [], "failed": []}


def test_a_slider_moves_by_mouse(opened):
    """A click at its left end, then one at its right end."""
    page, _ = opened
    book = page.locator(".flipbook").first
    slider = book.locator("input[type=range]").first
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    states = []
    for share in 0.03, 0.97:
        page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        states.append(book.evaluate(STATE))
    left, right = states
    assert left["values"] != right["values"]
    assert (left["picture"], left["caption"]) != (right["picture"], right["caption"])


def test_the_address_keeps_the_setting(opened, contexts):
    """Whoever opens the address sees what its sender saw, each lab of the page in its own state."""
    page, _ = opened
    left = []
    for book in page.locator(".flipbook").all():
        for slider in book.locator("input[type=range]").all():
            slider.focus()
            page.keyboard.press("End")
        left.append(book.evaluate(STATE))
    again = contexts["dark"].new_page()
    again.goto(page.url)
    again.wait_for_selector("html[data-book-ready]")
    assert [book.evaluate(STATE) for book in again.locator(".flipbook").all()] == left
    again.close()


def test_reset_goes_back_to_the_start(opened):
    page, _ = opened
    book = page.locator(".flipbook").first
    start, address = book.evaluate(STATE), page.url
    book.locator("input[type=range]").first.focus()
    page.keyboard.press("End")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert page.url != address
    book.get_by_role("button", name="Reset").click()
    assert book.evaluate(STATE) == start
    assert page.url == address


@every_lab
def test_without_javascript_the_first_picture_stands(browser, base, name):
    """And the page says what the sliders lack."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{base}{name}.html")
    for book in page.locator(".flipbook").all():
        assert book.locator("img").is_visible()
        assert all(slider.is_disabled() for slider in book.locator("input").all())
        assert "need JavaScript" in book.locator(".flipbook-note").inner_text()
    context.close()
