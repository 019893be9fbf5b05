"""The decks in a browser: every slide fits, nothing is asked of another host, flip-books work."""

import pytest
from site_helpers import ROOT

from tools import slides

CHAPTERS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
WIDTH, HEIGHT, LEAST = 1280, 720, 0.7
FOUND = """() => [...document.querySelectorAll(".slides > section > section")].map((slide) => ({
  zoom: Number(slide.style.zoom || 1), height: slide.scrollHeight, width: slide.scrollWidth,
  words: slide.textContent.trim().slice(0, 60),
}))"""


@pytest.fixture(scope="module")
def decks(tmp_path_factory):
    """A folder with all decks, built afresh."""
    folder = tmp_path_factory.mktemp("slides")
    slides.build(folder)
    return folder


@pytest.fixture(scope="module")
def screen(browser):
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    yield context
    context.close()


def opened(screen, decks, name):
    """The deck in a page, and what went wrong or was asked of the network."""
    page, noted = screen.new_page(), []
    page.on("request", lambda r: noted.append(r.url) if r.url.startswith("http") else None)
    page.on("pageerror", lambda error: noted.append(str(error)))
    page.on("console", lambda m: noted.append(m.text) if m.type == "error" else None)
    page.goto((decks / f"{name}.slides.html").as_uri())
    page.wait_for_selector("html[data-deck-ready]")
    return page, noted


@pytest.mark.parametrize("name", CHAPTERS)
def test_no_slide_overflows(screen, decks, name):
    page, noted = opened(screen, decks, name)
    found = page.evaluate(FOUND)
    page.close()
    assert noted == [] and len(found) > 30
    over = [slide for slide in found if slide["zoom"] < LEAST
            or slide["height"] * slide["zoom"] > HEIGHT or slide["width"] * slide["zoom"] > WIDTH]
    assert over == []
    assert sum(slide["zoom"] < 1 for slide in found) < len(found) / 8, "the rules should do it"


def test_formulas_are_set_and_a_flip_book_works_on_its_slide(screen, decks):
    page, noted = opened(screen, decks, "04_softmax")
    assert page.locator("mjx-container[display=true]").count() > 5
    at = page.evaluate("""() => {
      const slide = document.querySelector(".flipbook").closest("section");
      const at = Reveal.getIndices(slide);
      Reveal.slide(at.h, at.v);
      return document.querySelector(".flipbook img").src;
    }""")
    page.locator(".flipbook fieldset").last.get_by_text("8", exact=True).click()
    assert page.locator(".flipbook img").get_attribute("src") != at
    page.keyboard.press("ArrowRight")
    assert page.locator(".flipbook").is_visible(), "the arrow key is the choice's"
    page.close()
    assert noted == []
