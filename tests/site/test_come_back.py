"""The page that asks the questions again: what it asks, when it asks, and what it keeps."""

import json
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect
from site_helpers import CHAPTERS, SCHEMES, open_page, violations

from tools import reading_time

PAGE = "book/come-back"
NOON = datetime(2026, 3, 2, 12)  # a Monday; late in it the clocks of some countries change
DAYS = 1, 2, 4, 8, 16, 32, 64
BLOCKED = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("switched off", "SecurityError"); } });"""


class Reader:
    """A reader with a storage of their own and a clock that stands until it is set."""

    def __init__(self, context, base):
        self.page, self.noted = None, None
        context.clock.set_fixed_time(NOON)
        self.context, self.base, self.now = context, base, NOON

    def open(self, days=0):
        """Open the page some days later."""
        self.now += timedelta(days=days)
        self.context.clock.set_fixed_time(self.now)
        if self.page:
            self.page.close()
        self.page, self.noted = open_page(self.context, self.base, PAGE)
        return self

    def later(self, days):
        """Some days pass while the page stays open in a tab that is then looked at again."""
        self.now += timedelta(days=days)
        self.context.clock.set_fixed_time(self.now)
        self.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        return self

    def choose(self, *numbers):
        for number in numbers:
            self.page.locator(f"#come-back-chapters input[value^='{number}']").check()
        return self

    def answer(self, button):
        self.page.get_by_text("Open the answer").click()
        self.page.get_by_role("button", name=button).click()

    @property
    def says(self):
        return self.page.locator("#come-back-says").text_content()

    @property
    def asked(self):
        return self.page.locator("#come-back-question").text_content().strip()

    def due(self):
        """How many questions the page says are due."""
        return 0 if self.says.startswith("Nothing") else int(self.says.split()[0])


@pytest.fixture
def reader(browser, base):
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield Reader(context, base)
    context.close()


# ---- what it asks


def test_every_chapter_has_questions_each_with_an_answer(opened):
    page = opened(PAGE)
    groups = page.locator(".recall-chapter").evaluate_all("""all => all.map(group => [
      "notebooks/" + group.dataset.chapter, group.querySelectorAll(".recall").length])""")
    assert [stem for stem, _ in groups] == CHAPTERS
    assert min(count for _, count in groups) >= 1
    boxes = page.locator(".recall").evaluate_all("""all => all.map(box => [box.dataset.question,
      box.querySelector("details").textContent.length - "Answer".length,
      box.textContent.trim().length - box.querySelector("details").textContent.length])""")
    assert len({name for name, _, _ in boxes}) == len(boxes) > 40
    assert min(answer for _, answer, _ in boxes) > 10 and min(asked for *_, asked in boxes) > 20


def test_the_questions_of_a_chapter_are_all_there(opened):
    there = dict(opened(PAGE).locator(".recall-chapter").evaluate_all("""all => all.map(group => [
      group.dataset.chapter, group.querySelectorAll("details").length])"""))
    for path in reading_time.chapters():
        parts = [p for p in reading_time.sections(path) if p.title.endswith("to recall")]
        text = "".join(cell.source for part in parts for cell in part.cells)
        assert not parts or there[path.stem] == text.count("<summary>Answer</summary>")


def test_it_asks_in_the_order_of_the_book_and_typesets_formulas(reader):
    page = reader.open().choose("05", "04").page
    reader.open()  # what is chosen first is asked first, until the page is opened anew
    assert "second softmax" in reader.asked and reader.due() == 3
    page = reader.page
    page.get_by_text("Open the answer").click()
    expect(page.locator("#come-back-answer mjx-container")).to_be_visible()
    assert "\\(" not in page.locator("#come-back-card").inner_text()


def test_the_verdict_waits_for_the_answer(reader):
    page = reader.open().choose("05").page
    expect(page.get_by_role("button", name="Knew it")).to_be_hidden()
    page.get_by_text("Open the answer").click()
    expect(page.get_by_role("button", name="Knew it")).to_be_visible()


# ---- when it asks


def test_a_question_that_is_known_comes_back_after_longer_and_longer_pauses(reader):
    reader.open().choose("04")
    reader.answer("Knew it")
    for pause in (*DAYS[1:], DAYS[-1]):
        assert reader.later(pause - 1).due() == 0, pause
        assert reader.later(1).due() == 1, pause
        reader.answer("Knew it")


def test_a_question_that_is_not_known_comes_back_tomorrow_in_the_first_box(reader):
    reader.open().choose("04")
    for _ in range(3):
        reader.answer("Knew it")
        reader.later(64)
    reader.answer("Not yet")
    assert reader.due() == 0 and "next question comes on" in reader.says
    assert reader.open(1).due() == 1
    assert "box 1 of 7" in reader.page.locator("#come-back-from").text_content()


def test_it_names_the_day_of_the_next(reader):
    reader.open().choose("04")
    reader.answer("Not yet")
    assert reader.says.startswith("Nothing is due today. The next question comes on Tuesday")
    assert "3 March" in reader.says


def test_a_month_away_heaps_up_no_more_than_the_questions(reader):
    reader.open().choose("05")
    reader.answer("Knew it")
    reader.answer("Not yet")
    assert reader.open(30).due() == 2
    first = reader.asked
    assert "stack a batch" in first  # due on the earlier day


# ---- what it keeps


def test_the_marks_of_the_chapters_are_the_choice(reader):
    page, _ = open_page(reader.context, reader.base, "notebooks/05_cross_entropy")
    page.locator(".book-read").click()
    page.close()
    assert reader.open().due() == 2
    reader.page.locator("#come-back-chapters input:checked").uncheck()
    assert reader.says.startswith("Choose below")
    expect(reader.page.locator("#come-back-card")).to_be_hidden()


def test_what_is_written_out_can_be_read_in_elsewhere(reader, browser, base):
    reader.open().choose("05")
    reader.answer("Knew it")
    unfold(reader.page)
    reader.page.get_by_role("button", name="Write it out").click()
    text = reader.page.locator("#come-back-text").input_value()
    other = Reader(browser.new_context(), base).open()
    read_in(other.page, text)
    expect(other.page.locator("#come-back-told")).to_have_text("Read in.")
    assert other.says == reader.says and other.asked == reader.asked
    other.context.close()


def unfold(page):
    page.get_by_text("Carry it to another browser").click()


def read_in(page, text):
    if page.locator("#come-back-text").is_hidden():
        unfold(page)
    page.locator("#come-back-text").fill(text)
    page.get_by_role("button", name="Read it in").click()


GOOD = {"book": "back-to-basics", "read": ["05_cross_entropy"], "answers": {}}


DAMAGED = [
    ("", "cut short"), (json.dumps(GOOD)[:-2], "cut short"), ("7", "not come from this book"),
    ("null", "not come from this book"),
    (json.dumps({**GOOD, "book": "another"}), "not come from this book"),
    (json.dumps({**GOOD, "read": ["99_no_such"]}), "does not have"),
    (json.dumps({**GOOD, "read": "05"}), "does not have"),
    (json.dumps({**GOOD, "answers": [1]}), "without a box"),
    (json.dumps({**GOOD, "answers": {"05-a": [8, "2026-03-02"]}}), "without a box"),
    (json.dumps({**GOOD, "answers": {"05-a": [1, "2026-13-40"]}}), "without a day"),
    (json.dumps({**GOOD, "answers": {"05-a": None}}), "without a day"),
]


def test_damaged_text_is_refused_with_a_sentence_and_changes_nothing(reader):
    page = reader.open().choose("04").page
    before = reader.says
    for text, words in DAMAGED:
        read_in(page, text)
        told = page.locator("#come-back-told").text_content()
        assert words in told and told.endswith("Nothing was changed."), text
        assert reader.says == before
    assert reader.noted["console"] == []


def test_all_can_be_forgotten_and_put_back(reader):
    reader.open().choose("05")
    reader.answer("Knew it")
    unfold(reader.page)
    before = reader.says
    reader.page.get_by_role("button", name="Forget all").click()
    assert reader.says.startswith("Choose below")
    reader.page.get_by_role("button", name="Put them back").click()
    assert reader.says == before


def test_damaged_storage_counts_as_none(reader):
    reader.open().choose("05")
    reader.page.evaluate("bookShelf.put('answers', {'05-a': 3, b: [0, 'x']})")
    assert reader.open().due() == 2 and reader.noted["console"] == []


def test_without_storage_it_asks_all_the_same_and_says_so(reader):
    reader.context.add_init_script(BLOCKED)
    reader.open()
    thrown = []  # the theme's own scripts throw; ours must not
    reader.page.on("pageerror", lambda error: thrown.append(error.stack))
    reader.page.reload()
    reader.choose("04")
    assert "keeps nothing" in reader.says and reader.due() == 1
    reader.answer("Knew it")
    assert reader.due() == 0
    assert [stack for stack in thrown if "comeback.js" in stack or "progress.js" in stack] == []


# ---- for everybody


def test_it_works_by_keyboard_alone(reader):
    page = reader.open().page
    page.locator("#come-back-chapters input").nth(5).focus()
    page.keyboard.press("Space")
    first = reader.asked
    page.locator("#come-back-typed").focus()
    page.keyboard.type("a guess")
    page.keyboard.press("Tab")  # to the answer
    page.keyboard.press("Enter")
    expect(page.locator("#come-back-verdict")).to_be_visible()  # a moment later
    page.keyboard.press("Tab")  # to the verdict
    page.keyboard.press("Enter")
    expect(page.locator("#come-back-question")).not_to_have_text(first)
    assert page.evaluate("document.activeElement.id") == "come-back-card"
    assert page.locator("#come-back-typed").input_value() == ""


def test_without_scripts_all_questions_stand_with_folded_answers(browser, base):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{base}{PAGE}.html")
    expect(page.locator("#come-back-app")).to_be_hidden()
    fold = page.locator(".recall details").first
    expect(fold.locator("p").first).to_be_hidden()
    fold.locator("summary").click()
    expect(fold.locator("p").first).to_be_visible()
    context.close()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [1280, 380])
def test_axe_finds_nothing_while_it_asks(browser, base, scheme, width):
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
    reader = Reader(context, base).open().choose("05")
    reader.page.get_by_text("Open the answer").click()
    unfold(reader.page)
    assert violations(reader.page) == []
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
