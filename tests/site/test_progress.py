"""The marks of what was read, the short path in the contents, and links that a finger can open."""

import pytest
from playwright.sync_api import expect
from site_helpers import CHAPTERS, ROOT, open_page

from tools import glossary, short_path

PATH = [stop.stem for stop in short_path.stops(short_path.page_text())]
CHAPTER, WELCOME = "notebooks/05_cross_entropy", "book/intro"
BLOCKED = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("switched off", "SecurityError"); } });"""
FULL = """Storage.prototype.setItem = () => {
  throw new DOMException("full", "QuotaExceededError"); };"""


@pytest.fixture
def reader(browser):
    """A context with an empty storage."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context
    context.close()


def marks(page, where):
    """The stems of the chapters that are shown as read."""
    places = page.locator(f"{where} .book-done").filter(has_text="✓")
    return places.evaluate_all("all => all.map(place => place.dataset.chapter)")


def test_a_mark_is_set_seen_in_the_contents_kept_and_taken_back(reader, base):
    page, noted = open_page(reader, base, CHAPTER)
    button = page.get_by_role("button", name="I’ve read this chapter")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert marks(page, ".bd-sidebar-primary") == ["05_cross_entropy"]
    entry = page.locator(".bd-sidebar-primary a", has_text="05 Cross-entropy")
    assert "on the short path" in entry.text_content() and "read" in entry.text_content()
    page.reload()
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert marks(page, ".bd-sidebar-primary") == []
    assert noted == {"console": [], "elsewhere": [], "failed": []}


def test_setting_a_mark_moves_nothing_and_asks_nobody(reader, base):
    page, _ = open_page(reader, base, CHAPTER)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    where = """[".book-read", ".book-told", "footer", ".bd-sidebar-primary li:last-child"].map(
      name => JSON.stringify(document.querySelector(name).getBoundingClientRect()))"""
    page.locator(".book-read").scroll_into_view_if_needed()
    before = page.evaluate(where)
    page.locator(".book-read").click()
    assert page.evaluate(where) == before
    assert asked == []


def test_the_welcome_page_counts_the_marks_clears_them_and_puts_them_back(reader, base):
    page, _ = open_page(reader, base, WELCOME)
    said, clear = page.locator(".book-count"), page.locator(".book-clear")
    expect(clear).to_be_hidden()
    page.evaluate("bookShelf.setRead(['00_a_network_in_a_minute', '05_cross_entropy', 'gone'])")
    expect(said).to_contain_text("2 of 25")
    assert marks(page, "article") == ["00_a_network_in_a_minute", "05_cross_entropy"]
    clear.click()
    expect(said).to_contain_text("0 of 25")
    clear.click()
    expect(said).to_contain_text("2 of 25")


def test_the_front_door_and_the_welcome_page_share_their_marks(reader, base):
    page, _ = open_page(reader, base, WELCOME)
    page.evaluate("bookShelf.setRead(['05_cross_entropy'])")
    page.goto(base)
    expect(page.locator(".book-count")).to_contain_text("1 of 25")


@pytest.mark.parametrize("fault", [BLOCKED, FULL], ids=["blocked", "full"])
def test_without_storage_the_mark_holds_for_the_visit_and_says_so(reader, base, fault):
    reader.add_init_script(fault)
    page, thrown = reader.new_page(), []  # the theme's own scripts throw; ours must not
    page.on("pageerror", lambda error: thrown.append(error.stack))
    page.goto(f"{base}{CHAPTER}.html")
    page.locator(".book-read").click()
    expect(page.locator(".book-read")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".book-told")).to_contain_text("keeps nothing")
    assert [stack for stack in thrown if "progress.js" in stack] == []


@pytest.mark.parametrize("kept", ["{", "7", "null", '{"a": 1}', "[1, null]"])
def test_damaged_marks_count_as_none(reader, base, kept):
    page, noted = open_page(reader, base, CHAPTER)
    page.locator(".book-read").click()
    page.evaluate("""kept => { for (const key of Object.keys(localStorage))
      if (key.startsWith('back-to-basics read')) localStorage.setItem(key, kept); }""", kept)
    page.reload()
    expect(page.locator(".book-read")).to_have_attribute("aria-pressed", "false")
    assert noted["console"] == []


def test_a_mark_is_kept_from_a_file_too(reader, site):
    page = reader.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto((site / f"{CHAPTER}.html").as_uri())
    page.locator(".book-read").click()
    page.goto((site / f"{WELCOME}.html").as_uri())
    expect(page.locator(".book-count")).to_contain_text("1 of 25")
    assert wrong == []


def test_without_scripts_no_mark_is_offered(browser, base):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{base}{CHAPTER}.html")
    expect(page.locator(".book-read")).to_be_hidden()
    expect(page.locator(".book-along")).to_be_visible()
    context.close()


# ---- the short path


def test_the_contents_mark_the_short_path_with_a_sign_that_is_no_colour(opened):
    page = opened(WELCOME)
    dotted = page.locator(".bd-sidebar-primary a:has(.book-dot:has-text('●'))")
    stems = dotted.evaluate_all("all => all.map(a => a.href.match(/(\\w+)\\.html/)[1])")
    assert stems == PATH
    expect(page.locator(".book-key")).to_contain_text("● the short path")


def test_each_chapter_of_the_path_leads_on_to_the_next(reader, base):
    page, _ = open_page(reader, base, f"notebooks/{PATH[0]}")
    for stem in PATH[1:]:
        page.locator(".book-along a").click()
        page.wait_for_url(f"**/{stem}.html")
    expect(page.locator(".book-along")).to_contain_text("end of the short path")


@pytest.mark.parametrize("stop", short_path.stops(short_path.page_text()), ids=lambda s: s.stem)
def test_what_the_path_leaves_out_says_where_it_goes_on(opened, stop):
    page = opened(f"notebooks/{stop.stem}")
    lines = page.locator(".book-skip")
    assert (lines.count() > 0) == bool(stop.left_out)
    for line in lines.all():
        assert line.evaluate("line => line.parentElement.id") in stop.left_out.values()
        target = line.locator("a").get_attribute("href").removeprefix("#")
        assert target not in stop.left_out.values() and page.locator(f"[id='{target}']").count()
    for anchor in stop.left_out.values():
        assert page.locator(f"section[id='{anchor}']").count() == 1


# ---- previous, next, and the words of the glossary


@pytest.mark.parametrize("name", CHAPTERS[::8])
def test_the_foot_of_a_chapter_leads_back_and_on_under_a_finger(phone, base, name):
    page, _ = open_page(phone, base, name)
    expect(page.locator(".prev-next-footer a.left-prev")).to_be_visible()
    after = page.locator(".prev-next-footer a.right-next")
    target = after.get_attribute("href").rsplit("/", 1)[-1]
    assert after.bounding_box()["height"] >= 44
    after.tap()
    page.wait_for_url(f"**/{target}")
    page.close()


@pytest.mark.parametrize("name", CHAPTERS)
def test_each_chapter_links_a_word_of_the_glossary_once_in_its_prose(opened, name):
    page = opened(name)
    links = page.locator("article a[href*='glossary.html#']")
    anchors = links.evaluate_all("all => all.map(a => a.hash.slice(1))")
    assert len(anchors) > 5
    assert set(anchors) <= set(glossary.terms(ROOT).values())
    added = page.locator("article a.book-term").evaluate_all("all => all.map(a => a.hash)")
    assert len(added) == len(set(added))
    assert not {f"#{anchor}" for anchor in anchors if anchors.count(anchor) > 1} & set(added)


def test_a_common_word_is_linked_in_a_chapter_far_from_its_first_use(opened):
    page = opened("notebooks/22_recurrence")
    assert page.locator("article a.book-term[href$='#gradient']").count() == 1


def test_a_first_tap_shows_the_card_and_a_second_one_follows(phone, base):
    page, _ = open_page(phone, base, CHAPTER)
    word, card = page.locator("article a.book-term").first, page.locator("#book-card")
    word.tap()
    expect(card).to_be_visible()
    assert page.url.endswith(f"{CHAPTER}.html")
    page.locator("article h1").tap()
    expect(card).to_be_hidden()
    word.tap()
    expect(card).to_be_visible()
    word.tap()
    page.wait_for_url("**/glossary.html#*")
    page.close()
