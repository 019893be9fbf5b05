"""The first page that a reader opens is there in less than a second."""

from statistics import median

import pytest
from site_helpers import CHAPTERS

PAINTED = """() => new Promise((done) => new PerformanceObserver((list) => {
  const [paint] = list.getEntriesByName("first-contentful-paint");
  if (paint) done(paint.startTime);
}).observe({ type: "paint", buffered: true }))"""


def first_paint(browser, base, name):
    """Milliseconds to the first text or picture: nothing in the cache, no other host in reach."""
    context = browser.new_context()
    context.route(lambda url: not url.startswith((base, "data:")), lambda route: route.abort())
    page = context.new_page()
    page.goto(f"{base}{name}.html")
    milliseconds = page.evaluate(PAINTED)
    context.close()
    return milliseconds


@pytest.mark.alone
@pytest.mark.parametrize("name", ["book/intro", CHAPTERS[0]])
def test_the_first_paint_comes_within_a_second(browser, base, name):
    assert median(first_paint(browser, base, name) for _ in range(3)) < 1000
