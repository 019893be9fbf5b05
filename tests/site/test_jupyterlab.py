"""JupyterLab itself in the browser: a reader opens a chapter, and it is alive."""

import re

import pytest
from playwright.sync_api import expect
from site_helpers import CHAPTERS, FLIPBOOKS, KERNEL_LIMIT, run_all

# Counts from now on how often the panel's curve, its numbers and its accuracy change.
RECORD = """(panel) => {
  window.seen = { curve: new Set(), status: new Set(), accuracy: new Set() };
  const look = () => {
    const status = panel.querySelector(".widget-html-content").textContent;
    seen.curve.add(panel.querySelector("img")?.src);
    seen.status.add(status);
    seen.accuracy.add(status.match(/accuracy ([\\d.]+)/)?.[1]);
  };
  look();
  new MutationObserver(look).observe(panel, { subtree: true, childList: true, attributes: true });
}"""
CHANGES = "Math.min(seen.curve.size, seen.status.size, seen.accuracy.size) - 1"
# Watches the panel for a second: how many changes?
STILL = """async (panel) => {
  let changes = 0;
  const watch = new MutationObserver(() => { changes += 1; });
  watch.observe(panel, { subtree: true, childList: true, attributes: true });
  for (let frame = 0; frame < 60; frame += 1) await new Promise(requestAnimationFrame);
  watch.disconnect();
  return changes;
}"""


@pytest.mark.alone
def test_b104_the_live_panel_trains_while_no_cell_runs(open_chapter):
    """Run all cells, press Train, run no other cell: curve and accuracy change, and Stop stops.
    https://github.com/jupyter-widgets/ipywidgets/issues/4012
    """
    page = open_chapter("notebooks/11_the_whole_network")
    panel = page.locator(".live-panel").first
    run_all(page, until=panel)
    panel.scroll_into_view_if_needed()
    train, stop = (panel.get_by_role("button", name=name) for name in ("Train", "Stop"))
    status = panel.locator(".widget-html-content")

    panel.evaluate(RECORD)
    train.click()
    page.wait_for_function(f"{CHANGES} >= 5", timeout=KERNEL_LIMIT)
    expect(stop).to_be_disabled(timeout=KERNEL_LIMIT)  # it came to its end

    train.click()
    expect(status).to_contain_text(re.compile(r"^Step [1-9]\d* of .* s\. $"))
    stop.click()
    expect(status).to_contain_text("Stopped.")
    reached, total = map(int, re.match(r"Step (\d+) of (\d+)", status.inner_text()).groups())
    assert 0 < reached < total
    assert panel.evaluate(STILL) == 0
    expect(stop).to_be_disabled()


@pytest.mark.parametrize("name", CHAPTERS)
def test_b122_untrusted_a_lab_shows_a_picture_and_says_what_to_do(open_chapter, name):
    """A fresh clone, nothing run: Jupyter strips scripts, so the sliders sleep, and say so.
    https://github.com/jupyterlab/jupyterlab/issues/14348
    """
    page = open_chapter(name, kernel=False)
    words = page.get_by_text(re.compile(r"^Run this cell \(or trust the notebook\) to wake the"))
    words.first.wait_for()
    outputs = page.locator(".jp-OutputArea-output").filter(has=words).all()
    assert len(outputs) == words.count()
    for output in outputs:
        output.scroll_into_view_if_needed()
        box = output.locator("img").bounding_box()
        assert box["width"] >= 200 and box["height"] >= 120
        sliders = output.locator("input").all()
        assert bool(sliders) == (name in FLIPBOOKS)  # else its lab is a stepper
        assert all(slider.is_disabled() for slider in sliders)


def test_a_flip_book_wakes_when_its_cell_is_run(open_chapter):
    """After Run All the sliders move, by keyboard too: JupyterLab leaves them the arrow keys."""
    page = open_chapter("notebooks/02_the_linear_layer")
    book = page.locator(".flipbook:has(input:not([disabled]))").first
    run_all(page, until=book)
    slider, value = book.locator("input[type=range]").first, book.locator("output").first
    slider.scroll_into_view_if_needed()
    slider.focus()
    page.keyboard.press("Home")
    first = value.inner_text()
    page.keyboard.press("ArrowRight")
    expect(value).not_to_have_text(first)
