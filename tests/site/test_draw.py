"""The page "Draw a digit": a reader draws, follows the numbers, and teaches the network."""

import json
import re
from statistics import median

import numpy as np
import pytest
from playwright.sync_api import expect
from site_helpers import (
    ASK,
    DRAWINGS,
    SCHEMES,
    draw_by_finger,
    draw_by_mouse,
    open_page,
    places,
    resize,
    thinned,
    violations,
    watch,
)

import mnist_core as core
from tools.export_page import linears, read_network

FEW = DRAWINGS[::max(1, len(DRAWINGS) // 6)][:6]
SIX = [[0.62, 0.15], [0.45, 0.3], [0.34, 0.5], [0.33, 0.7], [0.42, 0.83], [0.58, 0.83], [0.66, 0.7],
       [0.58, 0.58], [0.42, 0.62]]
UNIT, LABEL, OUTPUT, PIXEL = 37, 6, 8, 406


class Draw:
    """The page, and what a reader does on it."""

    def __init__(self, page, noted):
        self.page, self.noted = page, noted
        page.wait_for_selector("html.draw-runs")
        self.read, self.canvas = page.locator("#draw-read"), page.locator("#draw-canvas")

    def held(self, what):
        """A number or array of the page's last trace, or what else its view holds."""
        found = self.page.evaluate(ASK["held"], what)
        return np.array(found) if isinstance(found, list) else found

    def text(self, name):
        return self.page.locator(f"#draw-{name}").inner_text().replace("\u2212", "-")

    def lines(self, selector):
        found = self.page.locator(f"#draw-{selector}").all_inner_texts()
        return [line.replace("\u2212", "-") for line in found]

    def stroke(self, points):
        self.canvas.scroll_into_view_if_needed()
        draw_by_mouse(self.canvas, points)

    def choose(self, name, value):
        self.page.locator(f"#draw-{name} label", has_text=re.compile(rf"^{value}$")).click()

    def reads(self, digit):
        return f"a {digit}," in self.read.inner_text().replace("an 8", "a 8")

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()


@pytest.fixture
def draw(contexts, base):
    """draw(query): the page as it opens at that address; nothing goes wrong on it meanwhile."""
    opened = []

    def visit(query="", context=contexts["light"]):
        opened.append(Draw(*open_page(context, base, "book/draw", query)))
        return opened[-1]

    yield visit
    for one in opened:
        assert not any(one.noted.values()), one.noted
        one.page.close()


# ---- the pad and its answer


def test_a_two_is_there_on_arrival_and_an_eight_comes_second(draw):
    page = draw()
    p = page.held("p")
    assert re.fullmatch(r"Read as a 2, with \d\d\s%\.", page.read.inner_text())
    assert list(np.argsort(p)[:-3:-1]) == [2, 8] and 0.6 < p[2] < 0.97 < p[2] + p[8]


def test_six_drawings_are_read_with_a_mouse(draw):
    page, right = draw(), 0
    for drawing in FEW:
        if not page.page.locator("#draw-clear").is_disabled():
            page.press("Clear")
        for stroke in drawing["strokes"]:
            page.stroke(thinned(stroke))
        right += page.reads(drawing["digit"])
    assert right >= 5


def test_six_drawings_are_read_with_a_finger(draw, phone):
    page, right = draw(context=phone), 0
    page.canvas.scroll_into_view_if_needed()
    fingers = phone.new_cdp_session(page.page)
    above = page.page.evaluate("scrollY")
    for drawing in FEW:
        if not page.page.locator("#draw-clear").is_disabled():
            page.press("Clear")  # a tap is lost where the page scrolls still
            expect(page.page.locator("#draw-clear")).to_be_disabled()
            page.canvas.scroll_into_view_if_needed()
            above = page.page.evaluate("scrollY")
        for stroke in drawing["strokes"]:
            draw_by_finger(fingers, page.canvas, thinned(stroke))
        right += page.reads(drawing["digit"])
        assert page.page.evaluate("scrollY") == above, "the page scrolled away under the finger"
    assert right >= 5


def test_the_first_stroke_takes_the_place_of_the_two_and_undo_brings_it_back(draw):
    page = draw()
    before = page.held("p")
    page.stroke(SIX)
    expect(page.read).to_contain_text("Read as a 6")
    page.press("Undo")
    page.press("Undo")
    np.testing.assert_array_equal(page.held("p"), before)


def test_an_empty_pad_says_so_and_names_no_digit(draw):
    page = draw()
    page.press("Clear")
    assert page.read.inner_text() == "The pad is empty: draw a digit."
    assert page.page.locator("#draw-bars .draw-amount").all_inner_texts() == [""] * 10
    assert page.page.locator("#draw-bars .draw-first").count() == 0
    assert not page.page.locator("#draw-softmax").is_visible()
    page.stroke(SIX)
    assert page.page.locator("#draw-softmax").is_visible()


def test_the_sentence_is_spoken_when_a_stroke_ends_and_not_before(draw):
    page = draw()
    before = page.read.inner_text()
    start, end = places(page.canvas, (0.6, 0.2), (0.4, 0.7))
    page.page.mouse.move(*start)
    page.page.mouse.down()
    page.page.mouse.move(*end)
    page.page.wait_for_function("document.querySelectorAll('#draw-bars .draw-faint').length != 8")
    assert page.read.inner_text() == before and page.read.get_attribute("aria-live") == "polite"
    page.page.mouse.up()
    expect(page.read).not_to_have_text(before)


@pytest.mark.alone
def test_a_stroke_is_on_the_bars_in_less_than_a_frame(draw):
    times = draw().page.evaluate(ASK["recompute_times"], DRAWINGS[:30])
    assert len(times) == 30 and median(times) < 16, sorted(times)


def test_the_same_strokes_give_the_same_pixels_in_light_and_dark(draw, contexts):
    light, dark = (draw(context=contexts[scheme]) for scheme in SCHEMES)
    np.testing.assert_array_equal(light.held("x"), dark.held("x"))
    assert light.page.evaluate("document.documentElement.dataset.theme") == "light"
    assert dark.page.evaluate("document.documentElement.dataset.theme") == "dark"


# ---- by keyboard


def test_by_keyboard_alone_from_a_test_image_to_another_answer(draw):
    page = draw()
    keys = page.page.keyboard
    page.page.locator("#draw-sample").focus()
    keys.press("ArrowDown")
    expect(page.page.locator("#draw-editor")).to_be_visible()
    before = page.held("x")
    keys.press("Shift+Tab")
    for _ in range(4):  # past Clear and Undo to the pixels
        if page.page.evaluate("document.activeElement.id") == "draw-editor":
            break
        keys.press("Shift+Tab")
    editor = page.page.locator("#draw-editor")
    expect(editor).to_be_focused()
    for key in "ArrowDown", "ArrowDown", "ArrowRight", " ":
        keys.press(key)
    assert editor.get_attribute("aria-valuetext") == "row 2, column 1: ink"
    assert list(np.flatnonzero(page.held("x") != before)) == [57]
    keys.press("Enter")
    assert editor.get_attribute("aria-valuetext") == "row 2, column 1: ink 0.50"
    keys.press(" ")
    np.testing.assert_array_equal(page.held("x"), before)
    expect(page.read).to_contain_text("Read as")


def test_the_tiles_and_the_input_are_one_tab_stop_each_with_arrow_keys(draw):
    page = draw("?unit=37")
    tiles, pixels = page.page.locator("#draw-tiles"), page.page.locator("#draw-x")
    tiles.press("ArrowDown")
    assert page.held("unit") == 37 + 16 and "unit=53" in page.page.url
    assert tiles.get_attribute("aria-valuetext").startswith("unit 53 of 128")
    pixels.press("Home")
    pixels.press("ArrowRight")
    assert page.held("pixel") == 1 and "x[1] = 0.00" in page.text("x-said")


# ---- every stage's numbers


@pytest.fixture(scope="module")
def wanted():
    """mnist_core's answers in float64 for an x and a label."""
    net, _ = read_network()
    first, second = ((layer.W.astype(float), layer.b.astype(float)) for layer in linears(net))

    def answers(x, y):
        z1 = first[0] @ x + first[1]
        a1 = np.maximum(z1, 0)
        logits = second[0] @ a1 + second[1]
        loss, dlogits = core.softmax_cross_entropy(logits[None], np.array([y]))
        da1 = dlogits[0] @ second[0]
        return {"z1": z1, "a1": a1, "logits": logits, "p": core.softmax(logits), "loss": loss,
                "dlogits": dlogits[0], "da1": da1, "dz1": da1 * (z1 > 0),
                "W1": first[0], "W2": second[0], "b1": first[1], "b2": second[1]}

    return answers


def numbers(text):
    """The numbers of a text, with what it calls small written out."""
    text = re.sub(r" · 10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda m: "e" + m[1].translate(
        str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")), text)
    return [float(found) for found in re.findall(r"(?<![\w\[])-?\d+(?:\.\d+)?(?:e-?\d+)?", text)]


def last(line):
    return numbers(line.rsplit("=", 1)[1])[0]


def shows(shown, value, digits):
    assert abs(shown - value) <= 0.5000001 * 10.0**-digits, (shown, value)


def test_every_number_is_mnist_cores_as_held_and_as_shown(draw, wanted):
    page = draw(f"?unit={UNIT}&label={LABEL}")
    page.stroke(SIX)
    page.choose("output", OUTPUT)
    x = page.held("x")
    right = wanted(x, LABEL)
    for name in "z1", "a1", "logits", "p", "loss", "dlogits", "da1", "dz1":
        np.testing.assert_allclose(page.held(name), right[name], rtol=0, atol=1e-5, err_msg=name)

    z, a = page.lines("unit-sums .draw-equation")
    shows(last(z), right["z1"][UNIT], 2)
    shows(last(a), right["a1"][UNIT], 2)

    *units, others, bias, total = [numbers(row) for row in page.lines("made tbody tr")]
    products = right["W2"][OUTPUT] * right["a1"]
    order = np.argsort(-np.abs(products))
    assert len(units) == 5
    for j, (_, activity, weight, product) in zip(order, units):
        shows(activity, right["a1"][j], 2)
        shows(weight, right["W2"][OUTPUT, j], 3)
        shows(product, products[j], 2)
    shows(others[-1], products[order[5:]].sum(), 2)
    shows(bias[-1], right["b2"][OUTPUT], 2)
    shows(total[-1], right["logits"][OUTPUT], 2)

    rows = [numbers(row) for row in page.lines("softmax-table tbody tr")]
    shifted = right["logits"] - right["logits"].max()
    for c in range(10):
        shows(rows[c][1], right["logits"][c], 2)
        shows(rows[c][2], shifted[c], 2)
        assert rows[c][3] == pytest.approx(np.exp(shifted[c]), rel=0.06, abs=5e-5)
        shows(rows[c][4], right["p"][c], 4)
    shows(rows[10][0], np.exp(shifted).sum(), 4)

    shows(last(page.lines("loss-sums .draw-equation")[0]), right["loss"], 4)
    for c, shown in enumerate(page.lines("dlogit-bars .draw-amount")):
        assert numbers(shown)[0] == pytest.approx(right["dlogits"][c], rel=0.06, abs=5e-5)

    k = page.held("pixel")
    shown = [last(line) for line in page.lines("gradient-sums .draw-equation")]
    exact = [right["dlogits"][OUTPUT] * right["a1"][UNIT], right["da1"][UNIT],
             right["dz1"][UNIT], right["dz1"][UNIT] * x[k]]
    assert shown == pytest.approx(exact, rel=0.06, abs=5e-5)


def test_without_preparation_the_answer_is_that_of_the_plain_image(draw, wanted):
    page = draw()
    page.stroke([[0.1 + 0.3 * x, 0.1 + 0.3 * y] for x, y in SIX])
    prepared = page.held("p").argmax()
    page.page.locator("#draw-prepare").uncheck()
    x = page.held("x").reshape(28, 28)
    assert prepared == 6 and x[14:].sum() == 0 and "prepare=off" in page.page.url
    p = wanted(x.ravel(), 0)["p"]
    np.testing.assert_allclose(page.held("p"), p, rtol=0, atol=1e-5)
    said = page.text("compare")
    assert f"Without preparation: read as a {p.argmax()}".replace("a 8", "an 8") in said
    assert "With it: read as a 6" in said


# ---- learning


def test_a_step_is_sgds_and_undo_restores_every_weight_exactly(draw, wanted):
    page = draw(f"?label={OUTPUT}")
    x, before = page.held("x"), page.page.evaluate(ASK["weights"])
    page.choose("rate", "0.01")
    page.press("Take one step")
    right = wanted(x, OUTPUT)
    W1 = right["W1"] - 0.01 * np.outer(right["dz1"], x)
    stepped = np.array(page.page.evaluate(ASK["weights"])[0])
    np.testing.assert_allclose(stepped, W1.ravel(), rtol=0, atol=1e-9)
    said = page.text("learn-said")
    assert "1 step taken" in said and f"from {right['loss']:.4f} to" in said
    page.press("Take one step")
    page.press("Undo the step")
    assert page.page.evaluate(ASK["weights"])[0] == stepped.tolist()
    page.press("Undo the step")
    assert page.page.evaluate(ASK["weights"]) == before
    for _ in range(3):
        page.press("Take one step")
    page.press("Back to the trained weights")
    assert page.page.evaluate(ASK["weights"]) == before


def test_a_large_step_for_one_digit_harms_the_others(draw):
    page = draw("?label=8")
    before = int(re.search(r"read (\d+) right", page.text("learn-samples"))[1])
    page.choose("rate", "0.3")
    page.press("Take one step")
    expect(page.read).to_contain_text("Read as an 8")
    now = int(re.search(r"now reads (\d+) right", page.text("learn-samples"))[1])
    assert now < before / 2


def test_a_scribble_is_read_as_some_digit_and_said_to_be_no_knowledge(draw):
    page = draw()
    page.press("Draw a scribble for me")
    said = page.text("scribble-said")
    assert re.fullmatch(r"It reads your scribble as an? \d, with .*%\.", said)
    page.stroke(SIX)
    assert page.text("scribble-said") == ""


# ---- the address


def test_the_address_keeps_what_was_drawn_and_chosen(draw, contexts):
    page = draw()
    page.stroke(SIX)
    page.choose("label", 5)
    page.page.locator("#draw-tiles").press("End")
    again = draw("?" + page.page.url.split("?", 1)[1])
    np.testing.assert_allclose(again.held("x"), page.held("x"), atol=0.02)
    assert again.held("y") == 5 and again.held("unit") == 127
    sample = draw("?sample=3")
    assert sample.page.locator("#draw-sample").input_value() == "3"


def test_the_label_in_the_address_outranks_the_test_image_s(draw):
    page = draw("?sample=3&label=7")
    assert page.held("y") == 7 and page.page.url.endswith("?sample=3&label=7")
    page.page.locator("#draw-sample").select_option("")
    assert "You haven’t said yet" in page.text("loss-sums")


def test_an_edited_test_image_can_be_chosen_again(draw):
    page = draw("?sample=3")
    before = page.held("x")
    page.press("Clear")
    page.page.locator("#draw-sample").select_option("3")
    np.testing.assert_array_equal(page.held("x"), before)


def test_pen_and_mode_are_those_of_the_drawing_after_a_reload_and_on_the_way_back(draw, base):
    page = draw("?drawing=112-5050a0a0")
    checked = "document.querySelector('[name=draw-{}]:checked').value"
    assert page.page.evaluate(checked.format("pen")) == "thick"
    page.page.locator("[name=draw-mode][value=pixels]").check()
    page.page.goto(f"{base}book/notation.html")
    page.page.go_back()
    page.page.wait_for_selector("html.draw-runs")
    visible = page.page.locator("#draw-canvas").is_visible()
    assert (page.page.evaluate(checked.format("mode")) == "draw") == visible
    page.noted = {}  # leaving a page breaks off what it still fetches


@pytest.mark.parametrize(("query", "complaint"), [
    ("?unit=900", "units 0 to 127"), ("?sample=x", "test images 0 to 19"),
    ("?label=-1", "digit from 0 to 9"), ("?prepare=maybe", "either on or off"),
    ("?network=hers", "can only be"), ("?drawing=%3Cscript%3E", "can’t be read"),
    ("?label=%3Cimg+src=x%3E", "“<img src=x>”"), ("?unit=1e3", "units 0 to 127"),
    ("?drawing=", "can’t be read"),
    ("?network=mine", "No network that you trained"),
])
def test_nonsense_in_the_address_is_told_in_a_sentence_and_ignored(draw, query, complaint):
    page = draw(query)
    assert complaint in page.text("said")
    expect(page.read).to_contain_text("Read as a 2")


# ---- what is spoken


def test_a_stroke_and_a_move_in_a_grid_are_spoken_of_once_at_most(draw):
    page = draw()
    page.page.evaluate(ASK["spoken"])
    page.stroke(SIX)
    expect(page.read).to_contain_text("Read as a 6")
    page.page.locator("#draw-x").focus()
    for _ in range(3):
        page.page.keyboard.press("ArrowRight")
    assert page.page.evaluate("window.spoken.map(([id]) => id)") == ["draw-read"]
    page.press("Take one step")
    assert "draw-learn-said" in page.page.evaluate("window.spoken.map(([id]) => id)")


# ---- another network


@pytest.mark.parametrize(("sizes", "activation"), [
    ([784, 10], "ReLU"), ([784, 5, 10], "Tanh"), ([784, 40, 20, 10], "Sigmoid"),
    ([784, 32, 16, 12, 10], "ReLU"),
])
def test_a_network_that_the_reader_trained_is_told_of_as_it_is(draw, contexts, base, sizes,
                                                               activation):
    context = contexts["dark"]
    start = context.new_page()
    start.goto(f"{base}book/draw.html")
    start.evaluate(ASK["keep"], [sizes, activation])
    noted = watch(start, base)
    start.goto(f"{base}book/draw.html?network=mine")
    page = Draw(start, noted)
    assert "-".join(map(str, sizes)) in page.text("network")
    said = page.text("unit")
    if len(sizes) == 2:
        assert "no hidden layer" in said
    else:
        assert f"of {sizes[1]}" in page.page.locator("#draw-tiles").get_attribute("aria-valuetext")
        assert (f"another hidden layer follows, of {sizes[2]} units" in said.lower()) == (
            len(sizes) > 3)
    assert f"W{len(sizes) - 1}[" in page.text("made").replace("\n", "")
    assert page.text("gradient-sums").count("d") and "NaN" not in page.page.inner_text("article")
    page.press("Take one step")
    page.press("Undo the step")
    page.page.get_by_text("Back to the book’s network").click()
    page.page.wait_for_url(re.compile(r"draw\.html(?!.*mine)"))
    expect(page.page.locator("#draw-network")).to_contain_text("784-128-10")
    assert not any(noted.values()), noted
    page.page.close()


@pytest.mark.parametrize("part", [
    "{", "5", "[]", "{}", {"W": None}, {"W": [[1]]}, {"W": {"length": 1}}, {"b": None},
    {"W": [{"length": 7840}]}, {"W": [["1"] * 7840]}, {"W": [[1e308] * 7840]},
    {"W": [[1e200] * 7840]}, {"activation": "toString"}, {"sizes": [784, 1e9, 10]}, {"about": 1},
], ids=lambda part: str(part)[:24])
def test_a_kept_network_that_is_none_is_refused_in_a_sentence(contexts, base, part):
    kept = {"sizes": [784, 10], "activation": "ReLU", "W": [[0] * 7840], "b": [[0] * 10],
            "about": {}}
    text = part if isinstance(part, str) else json.dumps({**kept, **part})
    page = contexts["light"].new_page()
    page.goto(f"{base}_static/alive/presets.js")
    keep = "(text) => sessionStorage.setItem('back-to-basics: kept network', text)"
    page.evaluate(keep, text)
    page.goto(f"{base}book/draw.html?network=mine")
    draw = Draw(page, None)
    assert re.search(r"[a-z]\. This is the book's own\.$", draw.text("said"))
    expect(draw.read).to_contain_text("Read as a 2")
    page.close()


# ---- where it cannot run


def test_without_the_weights_the_page_says_so_and_the_rest_stands(contexts, base):
    page = contexts["light"].new_page()
    page.route("**/network.bin", lambda route: route.fulfill(status=404))
    page.goto(f"{base}book/draw.html")
    expect(page.locator("#draw-note")).to_contain_text("network.bin was not found")
    expect(page.get_by_role("heading", name="Softmax")).to_be_visible()
    assert not page.locator("#draw-pad").is_visible()
    page.close()


def test_without_the_test_images_all_else_works(contexts, base):
    page = contexts["light"].new_page()
    page.route("**/samples.bin", lambda route: route.fulfill(status=404))
    page.goto(f"{base}book/draw.html")
    draw = Draw(page, None)
    assert "samples.bin was not found" in draw.text("said")
    assert page.locator("#draw-sample").is_disabled()
    draw.press("Take one step")
    expect(page.locator("#draw-learn-said")).to_contain_text("1 step taken")
    page.close()


def test_without_a_canvas_the_page_says_so(contexts, base):
    page = contexts["light"].new_page()
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null;")
    page.goto(f"{base}book/draw.html")
    expect(page.locator("#draw-note")).to_contain_text("no canvas")
    page.close()


@pytest.mark.parametrize("lacking", ["ResizeObserver", "IntersectionObserver"])
def test_a_browser_that_lacks_something_is_told_so_in_a_sentence(contexts, base, lacking):
    page = contexts["light"].new_page()
    page.add_init_script(f"delete window.{lacking};")
    page.goto(f"{base}book/draw.html")
    expect(page.locator("#draw-note")).to_contain_text("This browser lacks something")
    page.close()


def test_without_scripts_and_from_a_file_the_page_says_what_it_needs(browser, base, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{base}book/draw.html")
    expect(page.locator("#draw-note")).to_contain_text("needs JavaScript modules")
    context.close()
    context = browser.new_context()
    page = context.new_page()
    page.goto((site / "book/draw.html").as_uri())
    expect(page.locator("#draw-note")).to_be_visible()
    assert not page.locator("#draw-pad").is_visible()
    context.close()


# ---- how it looks


def test_at_380_pixels_nothing_scrolls_sideways_and_the_pad_fills_the_column(draw):
    page = draw()
    resize(page.page, 380, 780)
    assert page.page.evaluate("document.scrollingElement.scrollWidth") <= 380
    assert page.canvas.bounding_box()["width"] >= 320
    resize(page.page, 1280)


def test_the_strip_shows_only_while_the_pad_is_out_of_sight(draw):
    page = draw()
    strip = page.page.locator("#draw-strip-p")
    expect(strip).to_be_hidden()
    page.page.locator("#draw-softmax").scroll_into_view_if_needed()
    expect(strip).to_be_visible()
    page.page.get_by_role("link", name="Back to the pad").click()
    expect(strip).to_be_hidden()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("query", ["?sample=5&prepare=off", ""])
def test_axe_finds_nothing_in_any_mode(draw, contexts, scheme, query):
    page = draw(query, contexts[scheme])
    if not query:
        page.press("Clear")
    page.noted = {}  # axe, below, loads style sheets in ways of its own
    assert violations(page.page) == []
