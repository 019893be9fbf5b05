"""Every page of the site, in a real browser, served under a sub-path."""

import re
from collections import Counter
from urllib.parse import unquote, urldefrag

import pytest
from site_helpers import (
    ALL_PAGES,
    CHAPTERS,
    NARROW,
    PAGES,
    SCHEMES,
    WIDTHS,
    open_page,
    unfold,
    violations,
)

MOST_BYTES = 1_500_000

every_page = pytest.mark.parametrize("name", ALL_PAGES)
every_text = pytest.mark.parametrize("name", PAGES)
every_chapter = pytest.mark.parametrize("name", CHAPTERS)


@every_page
def test_loads_without_error(visits, name):
    assert visits(name)["noted"]["console"] == []


@every_page
def test_b145_no_two_things_on_a_page_have_one_id(visits, name):
    ids = Counter(visits(name)["ids"])
    assert [identity for identity, times in ids.items() if times > 1 and identity] == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_b145_axe_finds_nothing_among_what_a_search_found(contexts, base, scheme):
    page, _ = open_page(contexts[scheme], base, "search", "?q=gradient")
    page.wait_for_selector("#search-results li a")
    assert violations(page) == []
    page.close()


@every_page
def test_asks_no_other_host(visits, name):
    """Offline is enough: fonts, scripts and mathematics come from the site itself."""
    assert visits(name)["noted"]["elsewhere"] == []


@every_page
def test_b102_nothing_is_missing_under_a_sub_path(visits, name):
    """https://github.com/QuantEcon/lecture-python-advanced.myst/issues/82"""
    assert visits(name)["noted"]["failed"] == []
    assert visits(name)["slashes"] == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@every_page
def test_axe_finds_nothing(visits, name, width, scheme):
    assert visits(name)["axe"][scheme][width] == []


def test_axe_looks_at_code_in_the_same_colours_once_and_finds_it(opened):
    page = opened("notebooks/03_the_bend")
    unfold(page)
    page.evaluate("""() => document.querySelector("article .cell_input pre").insertAdjacentHTML(
      "beforeend", "<span>seen</span>" + "<span style='color: #777'>pale</span>".repeat(9))""")
    assert len([found for found in violations(page) if "color-contrast" in found]) == 1


@pytest.mark.parametrize("width", NARROW)
@every_page
def test_b096_wide_things_scroll_inside_themselves(visits, name, width):
    """On a telephone the page stands still and the equation scrolls, from its left end.
    https://github.com/jupyter-book/jupyter-book/issues/986
    """
    assert visits(name)["narrow"][width]["width"] <= width
    assert visits(name)["narrow"][width]["cut"] == []


@every_text
def test_b098_every_image_says_what_it_shows(visits, name):
    """https://github.com/whitead/dmol-book/issues/6"""
    useless = re.compile(r"^(<Figure|Image$|_images|\.\./)")
    alts = [figure["alt"] for figure in visits(name)["figures"]]
    assert [alt for alt in alts if len(alt) < 20 or useless.match(alt)] == []
    assert [alt for alt, times in Counter(alts).items() if times > 1] == []
    images = visits(name)["images"]
    assert [image["src"] for image in images if image["alt"] is None or image["width"] == 0] == []


@every_text
def test_b094_b120_b124_nothing_shows_raw(visits, name):
    """No mathematics, escaped dollar, directive, role or Markdown stands on the page as typed.
    https://github.com/jupyter-book/jupyter-book/issues/2064
    https://github.com/jupyter-book/jupyter-book/issues/750
    https://github.com/jupyter-book/jupyter-book/issues/1787
    """
    maths, directive = r"\$|\\[(\[]", r":::|```|\{[a-z:]+\}`"
    markdown = r"^#{1,6} |\*\*\w|\]\(|^\|.*\|$|</?[a-z]+>"
    raw = re.compile(f"{maths}|{directive}|{markdown}", re.M)
    text = visits(name)["text"]
    assert [text[max(0, m.start() - 30):m.end() + 30] for m in raw.finditer(text)] == []
    assert visits(name)["badMaths"] == []


@every_text
def test_b100_no_output_is_empty_or_a_dead_widget(visits, name):
    """https://github.com/jupyter-book/jupyter-book/issues/1991"""
    assert visits(name)["emptyOutputs"] == []
    for words in "Widget(", "Box(", "model_id", "<Figure size", " object at 0x":
        assert words not in visits(name)["printed"]


@every_text
def test_b092_every_picture_is_opaque(visits, name):
    """A transparent figure has black words on a dark page.
    https://github.com/pyscript/pyscript/issues/1404
    """
    assert [figure["alt"] for figure in visits(name)["figures"] if figure["alpha"] < 255] == []


@every_chapter
def test_b092_figures_keep_their_contrast_in_the_dark(visits, name):
    """As a dark page shows it, a figure's ink, tick labels too, stands out 4.5 to 1."""
    assert min(visits(name)["darkContrast"]) >= 4.5


def test_every_internal_link_and_anchor_resolves(visits, base, site):
    missing = []
    for name in PAGES:
        for link in visits(name)["links"]:
            address, anchor = urldefrag(link)
            file = address.removeprefix(base).partition("?")[0]
            target = file.removesuffix(".html")
            if not address.startswith(base) or target not in ALL_PAGES and (site / file).is_file():
                continue  # elsewhere, or a file to take away
            if target not in ALL_PAGES:
                missing.append(f"{name}: {link}: no such page")
            elif anchor and unquote(anchor) not in visits(target)["ids"]:
                missing.append(f"{name}: {link}: no such anchor")
    assert missing == []


def test_every_download_is_there(visits, base, site):
    sources = {link.removeprefix(base) for name in PAGES for link in visits(name)["links"]
               if link.startswith(base + "_sources/")}
    assert len(sources) == len(PAGES)
    assert [source for source in sources if not (site / source).is_file()] == []


@every_text
def test_weighs_under_a_megabyte_and_a_half(site, name):
    """The page's own HTML and pictures; the theme's files are shared by all pages."""
    html = (site / f"{name}.html").read_text(encoding="utf-8")
    picture = r'src(?:set)?="((?:\.\./)+_(?:images|static)/[^"]+\.(?:png|svg|jpg))"'
    own = set(re.findall(picture, html))
    folder = (site / name).parent
    size = len(html.encode()) + sum((folder / picture).stat().st_size for picture in own)
    assert size < MOST_BYTES


@every_chapter
def test_chapter_has_its_number_and_its_buttons(visits, name):
    number = name.removeprefix("notebooks/")[:2]
    assert visits(name)["title"].startswith(f"{number} ")
    assert visits(name)["heading"].startswith(f"{number} ")
    assert ".ipynb" in visits(name)["buttons"]
    text = visits(name)["text"].replace("\n", "")
    assert re.search(r"Run this chapter: (in the browser · )?on your machine", text)


@every_chapter
def test_answers_are_folded_and_open_by_keyboard(opened, name):
    page = opened(name)
    folds = page.locator("article details")
    assert folds.count() > 0
    assert page.locator("article details[open]").count() == 0
    folds.first.locator("summary").press("Enter")
    assert folds.first.get_attribute("open") is not None


@pytest.mark.parametrize(
    ("words", "target"), [("notation", "notation"), ("minute", "00_a_network_in_a_minute")]
)
def test_search_finds(contexts, base, words, target):
    page, noted = open_page(contexts["light"], base, "search", f"?q={words}")
    page.wait_for_selector(f"#search-results a[href*='{target}']")
    assert noted == {"console": [], "elsewhere": [], "failed": []}
    page.close()


def test_dark_mode_can_be_chosen_and_is_kept(browser, base):
    context = browser.new_context(color_scheme="light")
    page, _ = open_page(context, base, PAGES[0])
    html = page.locator("html")
    for _ in range(3):  # the button goes round: light, dark, as the system has it
        if html.get_attribute("data-theme") != "dark":
            page.locator(".theme-switch-button:visible").first.click()
    page.goto(f"{base}{PAGES[1]}.html")
    assert html.get_attribute("data-theme") == "dark"
    context.close()


def test_the_front_door_leads_to_the_welcome_page_and_on(contexts, base):
    page = contexts["light"].new_page()
    page.goto(base)
    page.get_by_role("link", name="Start: a network in a minute").click()
    page.wait_for_url(f"{base}{CHAPTERS[0]}.html")
    page.close()
