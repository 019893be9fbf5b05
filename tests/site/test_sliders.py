"""The sliders, as a reader of the static site meets them."""

import pytest
from site_helpers import FLIPBOOKS

every_lab = pytest.mark.parametrize("name", FLIPBOOKS)

STATE = """(book) => ({
  picture: book.querySelector("img").src.length + book.querySelector("img").src.slice(-200),
  alt: book.querySelector("img").alt,
  caption: book.querySelector(".flipbook-caption").textContent,
  values: [...book.querySelectorAll("output, input:checked")].map((choice) => choice.value),
})"""
# A slider, or the radio buttons of one choice: one tab stop each.
CHOICES = "input[type=range], fieldset"


def ends(book):
    """(choice, what puts it at its first value, what puts it at its last), by keyboard."""
    for choice in book.locator(CHOICES).all():
        if choice.evaluate("node => node.localName") == "input":
            yield (lambda c=choice: c.press("Home")), (lambda c=choice: c.press("End"))
        else:
            first, last = choice.locator("input").first, choice.locator("input").last
            yield (lambda n=last: n.press("ArrowRight")), (lambda n=first: n.press("ArrowLeft"))


@pytest.fixture(params=FLIPBOOKS)
def flipbooks(request, shelf):
    """A chapter's page, open, with the notes of what goes wrong on it."""
    one = shelf.take(request.param)
    yield one.page, one.noted
    for reset in one.page.locator(".flipbook").get_by_role("button", name="Reset").all():
        reset.click()
    one.page.evaluate("scrollTo(0, 0); document.activeElement.blur()")
    shelf.give_back(one)


def test_b100_every_lab_shows_a_picture_and_a_caption(flipbooks):
    """https://github.com/jupyter-book/jupyter-book/issues/1991"""
    page, _ = flipbooks
    books = page.locator(".flipbook").all()
    assert books
    for book in books:
        box = book.locator("img").bounding_box()
        assert box["width"] >= 200 and box["height"] >= 120
        assert len(book.locator(".flipbook-caption").inner_text()) > 20
        assert book.locator(CHOICES).count() > 0
        assert "trust the notebook" not in book.inner_text()  # here the sliders are awake


def test_every_choice_moves_by_keyboard(flipbooks):
    """Each choice, with the keys alone: another value, another picture or caption; and back."""
    page, noted = flipbooks
    for book in page.locator(".flipbook").all():
        for to_first, to_last in ends(book):
            to_first()
            first = book.evaluate(STATE)
            to_last()
            last = book.evaluate(STATE)
            assert last["values"] != first["values"]
            assert (last["picture"], last["caption"]) != (first["picture"], first["caption"])
            assert last["alt"] != first["alt"]
            to_first()
            assert book.evaluate(STATE) == first
    assert noted == {"console": [], "elsewhere": [], "failed": []}


def test_a_choice_moves_by_mouse(flipbooks):
    """A click at its left end, then one at its right end."""
    page, _ = flipbooks
    book = page.locator(".flipbook").first
    choice = book.locator(CHOICES).first
    choice.scroll_into_view_if_needed()
    states = []
    if choice.evaluate("node => node.localName") == "input":
        box = choice.bounding_box()
        places = [(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
                  for share in (0.03, 0.97)]
    else:
        boxes = [choice.locator("label").nth(i).bounding_box() for i in (0, -1)]
        places = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes]
    for place in places:
        page.mouse.click(*place)
        states.append(book.evaluate(STATE))
    left, right = states
    assert left["values"] != right["values"]
    assert (left["picture"], left["caption"]) != (right["picture"], right["caption"])


def test_the_address_keeps_the_setting(flipbooks, contexts):
    """Whoever opens the address sees what its sender saw, each lab of the page in its own state."""
    page, _ = flipbooks
    left = []
    for book in page.locator(".flipbook").all():
        for to_first, to_last in ends(book):
            to_first()
            to_last()
        left.append(book.evaluate(STATE))
    again = contexts["dark"].new_page()
    again.goto(page.url)
    again.wait_for_selector("html[data-book-ready]")
    assert [book.evaluate(STATE) for book in again.locator(".flipbook").all()] == left
    again.close()


def test_reset_goes_back_to_the_start(flipbooks):
    page, _ = flipbooks
    book = page.locator(".flipbook").first
    start, address = book.evaluate(STATE), page.url
    for to_first, to_last in ends(book):
        to_first()
        to_last()
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
