"""A page as a reader meets it: nothing cut, all linked, named folds, print, odd machines."""

import re

import nbformat
import pytest
from playwright.sync_api import expect
from site_helpers import ALL_PAGES, ASK, CHAPTERS, FLIPBOOKS, ROOT, open_page, resize, unfold

from tools import ledger

WIDTHS = 380, 1280, 1440
LABEL = re.compile(r"^\*\*\(\d.*$", re.M)
NOT_PROSE = re.compile(r"```.*?```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*\$|!?\[[^\]]*\]\([^)]*\)", re.S)
every_page = pytest.mark.parametrize("name", ALL_PAGES)
every_chapter = pytest.mark.parametrize("name", CHAPTERS)


# ---- nothing is cut


@every_page
def test_nothing_is_cut_without_a_sign(opened, name):
    page = opened(name)
    unfold(page)
    for width in WIDTHS:
        resize(page, width)
        cut = page.evaluate(ASK["cut"])
        assert [what for what in cut if not what[1]] == [], width
        assert page.evaluate(ASK["ticks"]) == [], width
        if width >= 1280:
            assert [what for what in cut if what[0] == "code"] == [], width
    resize(page, 1280)


@pytest.mark.parametrize("name", ["notebooks/03_the_bend"])
def test_on_a_telephone_a_reason_stands_under_its_line(opened, name):
    page = opened(name)
    resize(page, 380)
    reason = page.locator("mjx-container").filter(has_text="the second layer").first
    assert reason.evaluate("formula => formula.scrollWidth <= innerWidth - 30")
    resize(page, 1280)


# ---- a page, not a kernel


@every_chapter
def test_folds_are_named_for_what_they_hold(opened, name):
    page = opened(name)
    summaries = page.locator("article div.cell details.hide > summary")
    names = set(summaries.all_inner_texts())
    assert {re.sub(r"^[▸▾]\s", "", words) for words in names} <= {
        "Setup, the same in every chapter", "Solution", "Code of this lab", "Code of this figure",
        "Code"}
    assert page.locator("article summary[aria-label]").count() == 0


@every_chapter
def test_no_cell_on_the_page_only_asserts_and_no_exercise_is_judged(opened, name):
    page = opened(name)
    silent = page.locator(
        "article div.cell:not(.tag_solution):has(details.hide):not(:has(.cell_output))")
    assert [code for code in silent.all_text_contents() if "assert" in code] == []
    printed = page.locator("article .cell_output pre").all_text_contents()
    assert [words for words in printed if "Not yet." in words] == []
    for exercise in page.locator(".tag_exercise:has-text('checks.')").all():
        assert "open this chapter as a notebook" in exercise.inner_text()


@pytest.mark.parametrize(("name", "wrong", "hint", "right"), [
    ("notebooks/00_a_network_in_a_minute", "100480", "first layer alone", "101,770")])
def test_an_exercise_that_wants_a_number_is_answered_in_place(opened, name, wrong, hint, right):
    page = opened(name)
    box = page.locator(".tag_exercise .stepper").first
    field, said = box.get_by_role("textbox"), box.get_by_role("status")
    tries = ("", "Type a number"), ("5", "too small"), (wrong, hint), (right, "Right")
    for typed, words in tries:
        field.fill(typed)
        field.press("Enter")
        expect(said).to_contain_text(words)


# ---- everything linked


@every_chapter
def test_every_mention_of_a_formula_is_a_link_to_it(opened, name):
    known = {f.number for f in ledger.formulas()}
    cells = nbformat.read(ROOT / f"{name}.ipynb", 4).cells
    texts = [LABEL.sub("", cell.source) for cell in cells if cell.cell_type == "markdown"]
    texts += [cell.metadata.get("mystnb", {}).get("figure", {}).get("caption", "")
              for cell in cells]
    prose = "\n\n".join(NOT_PROSE.sub("", text) for text in texts)
    wanted = [number for number in re.findall(r"\((\d+\.\d+)\)", prose) if number in known]
    page = opened(name)
    links = page.locator("article a.book-ref[href*='#formula-']").all()
    given = [link.text_content().strip("()") for link in links]
    assert sorted(given) == sorted(wanted)
    for link, number in zip(links, given):
        assert link.get_attribute("href").endswith(f"#formula-{number.replace('.', '-')}")


FIGURE = re.compile(r"\b[Ff]igure (\d+)\.(\d+)")


@every_chapter
def test_every_mention_of_a_figure_is_a_link_to_it(opened, name):
    cells = nbformat.read(ROOT / f"{name}.ipynb", 4).cells
    prose = "\n\n".join(NOT_PROSE.sub("", cell.source)
                        for cell in cells if cell.cell_type == "markdown")
    wanted = [f"figure-{chapter}-{number}" for chapter, number in FIGURE.findall(prose)]
    page = opened(name)
    links = page.locator("article a.book-ref[href*='#figure-']").all()
    assert sorted(link.get_attribute("href").split("#")[1] for link in links) == sorted(wanted)
    for anchor in {a for a in wanted if a.startswith(f"figure-{int(name[10:12])}-")}:
        assert page.locator(f"figure#{anchor}").count() == 1


def test_a_formula_a_word_and_a_source_show_their_card(opened):
    page = opened("notebooks/05_cross_entropy")
    card = page.get_by_role("tooltip")
    for kind, inside in (("#formula-", "mjx-container"), ("glossary.html#", "strong"),
                         ("references.html#", "p")):
        link = page.locator(f"article a.book-ref[href*='{kind}']").first
        link.scroll_into_view_if_needed()
        link.hover()
        expect(card).to_be_visible()
        assert card.locator(inside).count() > 0
        page.keyboard.press("Escape")
        expect(card).to_be_hidden()
        link.focus()  # the keyboard's way
        expect(card).to_be_visible()
        assert link.get_attribute("aria-describedby") == card.get_attribute("id")
        box = card.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 1280
        page.keyboard.press("Escape")


@every_chapter
def test_every_source_named_leads_to_its_entry(opened, name):
    links = opened(name).locator("article a[href*='references.html']").all()
    assert [link.inner_text() for link in links if "#" not in link.get_attribute("href")] == []


@every_chapter
def test_figures_are_numbered_and_captioned_and_their_letters_can_be_read(opened, name):
    page = opened(name)
    chapter = int(name.split("/")[1][:2])
    unfold(page)
    figures = page.locator("article figure.book-figure").all()
    for count, figure in enumerate(figures, start=1):
        assert figure.locator("figcaption").inner_text().startswith(f"Figure {chapter}.{count}. ")
        assert figure.locator("img").get_attribute("src").endswith(".svg")
    resize(page, 380)
    for image in page.locator("article figure.book-figure img").all():
        width = int(image.get_attribute("width"))
        assert image.bounding_box()["width"] >= 0.59 * width  # 11.5 points, 15.3 px: 9 px
    resize(page, 1280)


# ---- controls


@pytest.mark.parametrize("name", FLIPBOOKS)
def test_a_slider_has_five_stops_or_more(opened, name):
    page = opened(name)
    for slider in page.locator(".flipbook input[type=range]").all():
        assert int(slider.get_attribute("max")) >= 4


@every_chapter
def test_the_first_lab_stands_in_the_first_third(opened, name):
    page = opened(name)
    top = page.evaluate("""() => {
      const article = document.querySelector("article");
      const lab = article.querySelector(".flipbook, .stepper");
      const start = article.getBoundingClientRect().top;
      return (lab.getBoundingClientRect().top - start) / article.offsetHeight;
    }""")
    assert top <= 1 / 3


# ---- print, and odd machines


@every_chapter
def test_paper_has_every_fold_open_and_nothing_cut(opened, name):
    page = opened(name)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    closed = page.locator("article details:not([open])")
    assert closed.count() == page.locator("article .tag_setup details").count()
    page.set_viewport_size({"width": 720, "height": 1000})
    cut = page.evaluate("""() => [...document.querySelectorAll("article pre")]
      .filter((box) => box.clientWidth && box.scrollWidth > box.clientWidth + 1).length""")
    assert cut == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("article .tag_solution details[open]").count() == 0
    page.emulate_media(media="screen")


def test_the_checklist_prints_alone_on_one_sheet(contexts, base):
    page, _ = open_page(contexts["light"], base, "notebooks/17_when_it_does_not_learn")
    page.evaluate("window.print = () => {}")
    page.get_by_role("button", name="Print this list").click()
    page.emulate_media(media="print")
    assert page.locator("h1:visible, h2:visible").count() == 1  # its own heading
    sheet = page.pdf(format="A5")  # when it is made, the page is whole again
    assert len(re.findall(rb"/Type /Page\b", sheet)) == 1
    page.emulate_media(media="screen")
    assert page.locator("article h1").is_visible()
    page.close()


@pytest.mark.parametrize("name", ["book/intro", "notebooks/03_the_bend"])
def test_without_scripts_a_page_says_what_it_lacks(browser, base, name):
    context = browser.new_context(java_script_enabled=False, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{base}{name}.html")
    assert "works without scripts" in page.locator("article").inner_text()
    assert page.locator("article h1").is_visible()
    assert page.locator("html").get_attribute("data-theme") == "light"
    context.close()


@pytest.mark.parametrize("name", ["book/intro", "notebooks/05_cross_entropy"])
@pytest.mark.parametrize("machine", [
    {"viewport": {"width": 320, "height": 700}},
    {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2},  # 200 % of 1280 px
    {"forced_colors": "active"},
    {"reduced_motion": "reduce"},
], ids=["320 px", "200 %", "forced colours", "reduced motion"])
def test_an_odd_machine_gets_the_whole_page(browser, base, name, machine):
    context = browser.new_context(**machine)
    page, noted = open_page(context, base, name)
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    assert [what for what in page.evaluate(ASK["cut"]) if not what[1]] == []
    assert noted == {"console": [], "elsewhere": [], "failed": []}
    context.close()


def test_a_very_long_word_and_a_blocked_font_break_nothing(browser, base):
    context = browser.new_context(viewport={"width": 380, "height": 700})
    context.route("**/*.woff2", lambda route: route.abort())
    page = context.new_page()
    page.goto(f"{base}notebooks/04_softmax.html")
    page.wait_for_selector("html[data-book-ready]")
    page.evaluate("document.querySelector('article p').append('x'.repeat(400))")
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    assert page.locator("mjx-container").first.is_visible()
    context.close()


