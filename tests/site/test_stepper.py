"""The stepper, as a reader of the static site meets it: by keyboard, by ear, on a telephone."""

import json

import pytest
from playwright.sync_api import expect
from site_helpers import CHAPTERS, SCHEMES, open_page, run_all

NAME = "notebooks/06_the_chain_rule"
pytestmark = pytest.mark.skipif(NAME not in CHAPTERS, reason="this site has no stepper")
NOTE = "Run this cell (or trust the notebook) to wake the stepper."
DATA = """(root) => root.querySelector(".stepper-data").textContent"""


@pytest.fixture
def opened(contexts, base):
    page, noted = open_page(contexts["light"], base, NAME)
    yield page, page.locator(".stepper").first
    page.close()
    assert noted == {"console": [], "elsewhere": [], "failed": []}


def steps_of(stepper):
    return json.loads(stepper.evaluate(DATA))["steps"]


def field(stepper):
    return stepper.get_by_role("textbox")


def answer(page, stepper, typed):
    """Type into the field, with the keyboard alone; return what the stepper says."""
    field(stepper).fill("")
    field(stepper).focus()
    page.keyboard.type(typed)
    page.keyboard.press("Enter")
    return stepper.get_by_role("status").inner_text()


def test_every_number_goes_in_by_keyboard_and_the_graph_fills(opened):
    page, stepper = opened
    steps = steps_of(stepper)
    assert len(steps) == 25
    graph = stepper.get_by_role("img")
    expect(graph).to_have_attribute("aria-label", "The graph. Given: x[0] = 2, x[1] = 3. "
                                    "Found: nothing yet.")
    field(stepper).focus()
    for index, step in enumerate(steps):
        expect(stepper.locator(".stepper-count")).to_contain_text(f"Number {index + 1} of 25")
        page.keyboard.type(step["answer"])  # the focus stays in the field
        page.keyboard.press("Enter")
        expect(stepper.get_by_role("status")).to_contain_text("Right: ")
    expect(stepper.locator(".stepper-count")).to_have_text("All 25 numbers are in.")
    assert not field(stepper).is_visible()
    for found in "z1[0] = 4", "loss = 2.1269", "dz2[1] = −0.8808", "dW1[1, 1] = 13.212":
        assert found in graph.get_attribute("aria-label")
    assert "?" not in graph.text_content()
    page.keyboard.press("Enter")  # one too many opens the list, and loses nothing
    expect(stepper.get_by_role("listitem").filter(has_text="dx[1] = 10.5696")).to_be_visible()


def test_all_slips_and_oddities_get_a_sentence_of_their_own(opened):
    page, stepper = opened
    for typed, words in {
        "": "Type a number first", "  ": "Type a number first", "two": "That is not one number",
        "1,5.2": "That is not one number", "1 200,5": "That is far off", "1e999": "That is far off",
        "9" * 400: "That is far off", "--2": "That is not one number", "NaN": "not one number",
        "2 2": "Not yet.", "½": "not one number", "4/2": "Work that out first",
        "(2)": "Work that out first", "<b>2": "not one number", "-4": "wrong sign",
        "4.004": "Close.", "1": "bias", "7.77": "Not yet.",
    }.items():
        assert words in answer(page, stepper, typed), typed
        expect(stepper.locator(".stepper-count")).to_contain_text("Number 1 of 25")
    assert answer(page, stepper, "+4,0").startswith("Right: z1[0] = 4.")
    assert answer(page, stepper, "2.").startswith("Right: z1[1] = 2.")


def test_each_slip_of_the_list_is_told_at_its_number(opened):
    page, stepper = opened
    for step in steps_of(stepper):
        for wrong, words in step["slips"]:
            assert answer(page, stepper, f"{wrong:.4f}") == words
        stepper.get_by_role("button", name="Show the number").click()


def test_minus_may_be_the_printed_one_and_the_comma_a_point(opened):
    page, stepper = opened
    page.goto(page.url + "?by-hand.step=10")
    assert answer(page, stepper, "−0,8808").startswith("Right: dz2[1] = −0.8808.")


def test_hint_and_number_come_on_request(opened):
    page, stepper = opened
    stepper.get_by_role("button", name="Hint").press("Enter")
    said = stepper.get_by_role("status")
    expect(said).to_have_text("Hint: (−1) · 2 + 1 · 3 + 3")
    assert "The hint still stands" in answer(page, stepper, "7.7")
    stepper.get_by_role("button", name="Show the number").press("Enter")
    expect(said).to_have_text("z1[0] = (−1) · 2 + 1 · 3 + 3 = 4. Next: z1[1].")
    expect(field(stepper)).to_be_focused()


def test_the_address_keeps_the_step_and_back_goes_back(opened, contexts):
    page, stepper = opened
    plain = page.url
    for typed in "4", "2", "4":
        answer(page, stepper, typed)
    assert page.url.endswith("?by-hand.step=3")
    again = contexts["dark"].new_page()
    again.goto(page.url)
    expect(again.locator(".stepper-count").first).to_contain_text("Number 4 of 25")
    again.close()
    stepper.get_by_role("button", name="Back").click()
    expect(stepper.locator(".stepper-count")).to_contain_text("Number 3 of 25")
    stepper.get_by_role("button", name="Start again").click()
    expect(stepper.locator(".stepper-count")).to_contain_text("Number 1 of 25")
    assert page.url == plain


@pytest.mark.parametrize("asked", ["99", "-1", "two", ""])
def test_an_odd_address_does_no_harm(contexts, base, asked):
    page, noted = open_page(contexts["light"], base, NAME, f"?by-hand.step={asked}")
    assert page.locator(".stepper-count").first.inner_text() in (
        "Number 1 of 25, forward", "All 25 numbers are in.")
    assert noted["console"] == []
    page.close()


def test_a_screen_reader_gets_label_question_and_verdict(opened):
    _, stepper = opened
    expect(field(stepper)).to_have_accessible_name("z1[0] =")
    expect(field(stepper)).to_have_accessible_description(
        "z1[0] = W1[0, 0] x[0] + W1[0, 1] x[1] + b1[0]. How much is it?")
    assert stepper.get_by_role("status").get_attribute("aria-live") == "polite"


def test_keys_stay_in_the_stepper(opened):
    """JupyterLab and the page's theme listen to single keys."""
    page, stepper = opened
    page.evaluate("""() => {
      window.leaked = [];
      document.addEventListener("keydown", (event) => window.leaked.push(event.key));
    }""")
    field(stepper).focus()
    for key in "d", "d", "Enter", "ArrowDown", "Escape", "/":
        page.keyboard.press(key)
    stepper.get_by_role("button", name="Hint").press("x")
    assert page.evaluate("window.leaked") == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [1280, 380, 320])
def test_it_fits_and_its_graph_can_be_read(contexts, base, width, scheme):
    """No word of the picture is smaller than 10 pixels, none is cut, and nothing is too wide."""
    page, _ = open_page(contexts[scheme], base, NAME, "?by-hand.step=25")
    page.set_viewport_size({"width": width, "height": 800})
    stepper = page.locator(".stepper").first
    expect(stepper.locator("svg")).to_be_visible()
    page.evaluate("""() => new Promise((drawn) =>
      requestAnimationFrame(() => requestAnimationFrame(drawn)))""")
    seen = stepper.evaluate("""(root) => {
      const svg = root.querySelector("svg"), box = svg.getBoundingClientRect();
      const scale = box.width / svg.viewBox.baseVal.width;
      const texts = [...svg.querySelectorAll("text")].filter((text) => text.textContent);
      return {
        wide: root.getBoundingClientRect().right,
        smallest: Math.min(...texts.map((t) => scale * parseFloat(getComputedStyle(t).fontSize))),
        cut: texts.filter((text) => {
          const inside = text.getBoundingClientRect();
          return inside.left < box.left - 1 || inside.right > box.right + 1
            || inside.top < box.top - 1 || inside.bottom > box.bottom + 1;
        }).map((text) => text.textContent),
      };
    }""")
    page.close()
    assert seen["wide"] <= width and seen["cut"] == []
    assert seen["smallest"] >= 10


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_pale_frame_stands_round_it(contexts, base, scheme):
    """The theme paints a light ground under the HTML of a cell, in dark mode too."""
    page, _ = open_page(contexts[scheme], base, NAME)
    holders = page.locator(".text_html:has(.stepper)")
    assert holders.count() == 2
    for holder in holders.all():
        expect(holder).to_have_css("background-color", "rgba(0, 0, 0, 0)")
    page.close()


def test_without_javascript_the_picture_stands(browser, base):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{base}{NAME}.html")
    graphs = page.locator(".stepper:has(img)").all()  # the others ask for a number alone
    assert graphs
    for stepper in graphs:
        assert stepper.locator("img").is_visible()
        assert "needs JavaScript" in stepper.locator(".stepper-note").inner_text()
        assert stepper.locator("input").count() == 0
    context.close()


# ---- in JupyterLab


def test_b122_untrusted_it_shows_its_picture_and_says_what_to_do(open_chapter):
    """https://github.com/jupyterlab/jupyterlab/issues/14348"""
    page = open_chapter(NAME, kernel=False)
    page.get_by_text(NOTE).first.wait_for()
    outputs = page.locator(".jp-OutputArea-output").filter(has_text=NOTE)
    assert outputs.count() == 2
    for output in outputs.all():
        output.scroll_into_view_if_needed()
        box = output.locator("img").bounding_box()
        assert min(box["width"], box["height"]) >= 200
        assert output.get_by_role("textbox").count() == 0


def test_it_wakes_when_its_cell_is_run_and_keeps_its_keys(open_chapter):
    """In JupyterLab "d d" deletes a cell, "x" cuts it: not what is typed here."""
    page = open_chapter(NAME)
    stepper = page.locator(".stepper:has(input)").first
    run_all(page, until=stepper)
    cells = page.locator(".jp-Cell").count()
    stepper.scroll_into_view_if_needed()
    said = answer(page, stepper, "ddx")
    assert said.startswith("That is not one number.")
    stepper.get_by_role("button", name="Hint").focus()
    for key in "d", "d", "x":
        page.keyboard.press(key)
    assert page.locator(".jp-Cell").count() == cells
    assert answer(page, stepper, "4").startswith("Right: z1[0] = 4.")
    assert page.url.endswith("06_the_chain_rule.ipynb")  # the address is Jupyter's
