"""The pad takes strokes from a mouse and from fingers, and shows what prepare.js will read."""

import numpy as np
import pytest
from site_helpers import ASK, frame, open_pad, touch, watch

SIDE = 280  # the pad of tests/site/pad.html, in CSS pixels
INK, PAPER = [0, 0, 0], [255, 255, 255]


class Page:
    """A page with a pad, and what a reader does there."""

    def __init__(self, page, base):
        self.page, self.noted = page, watch(page, base)
        open_pad(page, base)
        self.ask = page.evaluate

    def at(self, x, y):
        """Where in the window a point of the pad lies, given as shares of the pad."""
        box = self.ask("pad.canvas.getBoundingClientRect().toJSON()")
        side = self.ask("pad.canvas.clientWidth")
        return box["x"] + 3 + x * side, box["y"] + 3 + y * side  # 3: the border

    def press(self, x, y, **options):
        self.page.mouse.move(*self.at(x, y))
        self.page.mouse.down(**options)

    def drag(self, *points):
        for point in points:
            self.page.mouse.move(*self.at(*point), steps=6)

    def draw(self, first, *others):
        self.press(*first)
        self.drag(*others)
        self.page.mouse.up()

    def touch(self, kind, *fingers):
        """What CDP calls touchStart, touchMove, touchEnd or touchCancel; a finger is (id, x, y).

        touchEnd lifts the fingers that are named, or all.
        """
        touch(self.touches, kind, *((finger, *self.at(x, y)) for finger, x, y in fingers))

    def swipe(self, x, y):
        """One finger, from a point of the pad upwards by 0.4."""
        left, top = self.at(x, y)  # asked once: the page may scroll under the finger
        for n in range(9):
            kind = "touchMove" if n else "touchStart"
            touch(self.touches, kind, (0, left, top - n * 0.05 * SIDE))
            self.frame()
        touch(self.touches, "touchEnd")
        self.frame()

    def frame(self):
        frame(self.page)

    @property
    def strokes(self):
        return [np.array(stroke) for stroke in self.ask("pad.drawing.strokes")]

    def colour(self, x, y):
        """The colour that the pad shows at a point of it."""
        read = "getContext('2d').getImageData(x * canvas.width, y * canvas.height, 1, 1).data"
        return self.ask(f"([x, y]) => {{ const {{ canvas }} = pad; return [...canvas.{read}]; }}",
                        [x, y])[:3]


@pytest.fixture
def pad(contexts, base):
    page = Page(contexts["light"].new_page(), base)
    yield page
    assert not any(page.noted.values()), page.noted
    page.page.close()


@pytest.fixture
def finger(phone, base):
    page = Page(phone.new_page(), base)
    page.touches = phone.new_cdp_session(page.page)
    yield page
    assert not any(page.noted.values()), page.noted
    page.page.close()


def ends(stroke):
    return pytest.approx(stroke[0], abs=0.004), pytest.approx(stroke[-1], abs=0.004)


# ---- a mouse


def test_a_stroke_goes_where_the_mouse_goes(pad):
    pad.draw((0.2, 0.3), (0.5, 0.6), (0.8, 0.3))
    [stroke] = pad.strokes
    assert ((0.2, 0.3), (0.8, 0.3)) == ends(stroke)
    assert np.abs(stroke - [0.5, 0.6]).sum(axis=1).min() < 0.004 and len(stroke) > 8
    assert pad.colour(0.5, 0.6) == INK and pad.colour(0.5, 0.3) == PAPER


def test_a_click_leaves_a_dot(pad):
    pad.draw((0.4, 0.6))
    [stroke] = pad.strokes
    assert len(stroke) == 1 and pad.colour(0.4, 0.6) == INK and pad.colour(0.4, 0.7) == PAPER


def test_the_page_is_told_once_a_frame_at_most_and_once_at_the_end(pad):
    before = pad.ask("heard.frames")
    pad.draw((0.2, 0.2), (0.8, 0.8), (0.2, 0.8), (0.8, 0.2))
    changes, frames = pad.ask("[heard.changes.length, heard.frames]")
    assert 2 <= changes <= frames - before + 1
    pad.frame()
    assert pad.ask("[heard.starts, heard.strokes, heard.changes.length]") == [1, 1, changes]
    assert pad.ask("heard.changes.at(-1).strokes") == pad.ask("pad.drawing.strokes")


def test_many_moves_within_one_frame_are_told_once(pad):
    pad.press(0.2, 0.2)
    pad.frame()
    changes = pad.ask("heard.changes.length")
    told = pad.ask(ASK["moves"], [[0.2 + n / 50, 0.5] for n in range(20)])
    pad.frame()
    assert told == changes and pad.ask("heard.changes.length") == changes + 1
    assert len(pad.strokes[0]) == 21
    pad.page.mouse.up()


def test_a_stroke_that_leaves_the_pad_is_clipped_and_goes_on(pad):
    pad.draw((0.5, 0.5), (1.2, 0.5), (1.2, 0.8), (0.5, 0.8))
    [stroke] = pad.strokes
    assert stroke.min() >= 0 and stroke.max() == 1
    assert ((0.5, 0.5), (0.5, 0.8)) == ends(stroke)


def test_letting_go_outside_the_pad_ends_the_stroke_and_selects_no_text(pad):
    pad.draw((0.5, 0.5), (0.5, 1.3))
    pad.drag((0.2, 0.2))
    [stroke] = pad.strokes
    assert ((0.5, 0.5), (0.5, 1)) == ends(stroke) and pad.ask("heard.strokes") == 1
    assert pad.ask("getSelection().toString()") == ""


def test_a_button_let_go_where_nobody_saw_it_ends_the_stroke(pad):
    pad.press(0.2, 0.2)
    pad.drag((0.4, 0.4))
    pad.ask("pad.canvas.dispatchEvent(new PointerEvent('pointermove', "
            "{pointerId: pad.pointer, buttons: 0, clientX: 1, clientY: 1}))")
    pad.drag((0.8, 0.8))
    [stroke] = pad.strokes
    assert ((0.2, 0.2), (0.4, 0.4)) == ends(stroke)
    pad.page.mouse.up()


def test_the_other_mouse_buttons_do_not_draw(pad):
    for button in "right", "middle":
        pad.press(0.3, 0.3, button=button)
        pad.drag((0.6, 0.6))
        pad.page.mouse.up(button=button)
    assert pad.strokes == [] and pad.ask("heard.starts") == 0


def test_a_menu_opens_only_when_nobody_draws(pad):
    asked = "!pad.canvas.dispatchEvent(new Event('contextmenu', {cancelable: true}))"
    assert not pad.ask(asked)
    pad.press(0.2, 0.2)
    assert pad.ask(asked)
    pad.page.mouse.up()


def test_a_resize_in_mid_stroke_keeps_the_stroke_in_place(pad):
    pad.press(0.2, 0.2)
    pad.drag((0.4, 0.4))
    pad.ask("pad.canvas.classList.add('wide')")
    pad.frame()
    assert pad.ask("[pad.canvas.width, pad.canvas.height]") == [336, 336]
    pad.drag((0.8, 0.2))
    pad.page.mouse.up()
    [stroke] = pad.strokes
    assert ((0.2, 0.2), (0.8, 0.2)) == ends(stroke)
    assert pad.colour(0.3, 0.3) == pad.colour(0.75, 0.225) == INK


# ---- undo, clear, and drawings set by program


def test_undo_takes_the_strokes_away_one_by_one_and_brings_back_what_clear_took(pad):
    assert not pad.ask("pad.can_undo")
    pad.draw((0.2, 0.2), (0.2, 0.8))
    pad.draw((0.6, 0.2), (0.6, 0.8))
    two = pad.ask("pad.drawing.strokes")
    counts = [pad.ask(f"pad.{act}(); pad.drawing.strokes.length")
              for act in ("undo", "undo", "undo", "clear")]
    assert counts == [1, 0, 0, 0] and not pad.ask("pad.can_undo")
    pad.ask("strokes => { pad.drawing = { strokes }; }", two)
    pad.ask("pad.clear(); pad.clear();")
    assert pad.colour(0.2, 0.5) == PAPER and pad.ask("pad.can_undo")
    assert pad.ask("pad.undo(); pad.drawing.strokes") == two
    assert pad.colour(0.2, 0.5) == INK
    assert pad.ask("heard.changes.at(-1).strokes") == two


def test_undo_in_mid_stroke_ends_it(pad):
    pad.press(0.2, 0.2)
    pad.drag((0.4, 0.4))
    pad.ask("pad.undo()")
    pad.drag((0.8, 0.8))
    pad.page.mouse.up()
    assert pad.strokes == []


def test_a_drawing_set_by_program_is_shown_and_nobody_is_told(pad):
    pad.ask("pad.drawing = {strokes: [[[0.2, 0.5], [0.8, 0.5]], [[-3, 0.9]]], pen: 0.1}")
    assert pad.colour(0.5, 0.54) == INK and pad.colour(0.5, 0.57) == PAPER
    assert pad.colour(0.02, 0.9) == INK and pad.ask("heard.changes.length") == 0
    assert pad.ask("pad.drawing") == {"strokes": [[[0.2, 0.5], [0.8, 0.5]], [[0, 0.9]]],
                                      "pen": 0.1}
    pad.ask("pad.pen = 0.2")
    assert pad.colour(0.5, 0.57) == INK


def test_what_is_no_drawing_is_refused_and_the_old_one_stays(pad):
    pad.draw((0.2, 0.2), (0.8, 0.8))
    with pytest.raises(Exception, match="strokes: given 7, wanted a list of lists of points"):
        pad.ask("pad.drawing = {strokes: 7}")
    assert len(pad.strokes) == 1


# ---- what is seen


def test_the_pad_shows_what_the_network_is_given(pad):
    pad.draw((0.2, 0.3), (0.5, 0.1), (0.7, 0.4), (0.2, 0.9), (0.9, 0.8))
    pad.draw((0.5, 0.6))
    shown = pad.ask("[...pad.canvas.getContext('2d').getImageData(0, 0, 280, 280).data]")
    ink = np.array(pad.ask("[...rasterise(pad.drawing, 280)]"))
    differences = np.abs(1 - np.array(shown[::4]) / 255 - ink)
    assert differences.max() < 0.3 and differences.mean() < 0.005  # the soft edge is the browser's


def test_the_colours_are_the_pages_and_the_image_is_the_same_in_any(pad):
    pad.draw((0.2, 0.3), (0.5, 0.1), (0.7, 0.4))
    light = pad.ask("[...prepare(pad.drawing).x]")
    pad.ask("document.documentElement.dataset.theme = 'dark'")
    pad.frame()
    assert pad.colour(0.95, 0.95) == [0x11, 0x22, 0x33]
    assert pad.colour(0.5, 0.1) == [0xff, 0xee, 0xdd]
    assert pad.ask("[...prepare(pad.drawing).x]") == light and max(light) > 0.9


def test_the_frame_of_the_box_is_drawn_where_the_page_gives_it_a_colour(pad):
    pad.ask("pad.canvas.style.setProperty('--pad-line', '#f00'); pad.paint()")
    assert pad.colour((SIDE / 7 + 2) / SIDE, 1 / 7) == [255, 0, 0]
    assert pad.ask("rasterise(pad.drawing).every(ink => ink === 0)")


def test_the_pad_is_an_image_with_the_pages_words_and_no_stop_of_the_tab_key(pad):
    assert pad.page.get_by_role("img", name="Drawing pad").count() == 1
    assert pad.ask("pad.canvas.tabIndex") == -1


# ---- fingers


def test_a_finger_draws_and_the_page_does_not_scroll_under_it(finger):
    finger.swipe(0.5, -0.1)
    scrolled = finger.ask("scrollY")
    assert scrolled > 50 and finger.strokes == []  # beside the pad, the same finger scrolls
    finger.swipe(0.5, 0.9)
    assert finger.ask("scrollY") == scrolled
    [stroke] = finger.strokes
    assert ((0.5, 0.9), (0.5, 0.5)) == ends(stroke) and len(stroke) >= 9


def test_a_second_finger_is_ignored(finger):
    finger.touch("touchStart", (0, 0.2, 0.2))
    finger.touch("touchMove", (0, 0.2, 0.4))
    finger.touch("touchStart", (0, 0.2, 0.4), (1, 0.8, 0.2))
    finger.touch("touchMove", (0, 0.2, 0.6), (1, 0.8, 0.6))
    finger.touch("touchEnd", (0, 0.2, 0.6))  # the first is lifted, the second stays
    finger.touch("touchMove", (1, 0.8, 0.9))
    finger.touch("touchEnd")
    [stroke] = finger.strokes
    assert ((0.2, 0.2), (0.2, 0.6)) == ends(stroke) and stroke[:, 0].max() < 0.21
    finger.touch("touchStart", (2, 0.5, 0.5))
    finger.touch("touchEnd")
    assert len(finger.strokes) == 2 and finger.ask("heard.strokes") == 2


def test_a_second_finger_that_comes_and_goes_does_not_end_the_stroke(finger):
    finger.touch("touchStart", (0, 0.2, 0.2))
    finger.touch("touchStart", (0, 0.2, 0.2), (1, 0.8, 0.2))
    finger.touch("touchEnd", (1, 0.8, 0.2))
    finger.touch("touchMove", (0, 0.2, 0.8))
    finger.touch("touchEnd")
    [stroke] = finger.strokes
    assert ((0.2, 0.2), (0.2, 0.8)) == ends(stroke)


def test_a_cancelled_touch_ends_the_stroke_and_keeps_it(finger):
    finger.touch("touchStart", (0, 0.2, 0.2))
    finger.touch("touchMove", (0, 0.6, 0.6))
    finger.touch("touchCancel")
    [stroke] = finger.strokes
    assert ((0.2, 0.2), (0.6, 0.6)) == ends(stroke)
    assert finger.ask("[pad.pointer, heard.strokes]") == [None, 1]


def test_a_finger_that_leaves_the_pad_draws_on_when_it_returns(finger):
    finger.touch("touchStart", (0, 0.5, 0.5))
    for x in 0.9, 1.1, 1.1, 0.7:
        finger.touch("touchMove", (0, x, 0.5))
    finger.touch("touchEnd")
    [stroke] = finger.strokes
    assert stroke.max() == 1 and ((0.5, 0.5), (0.7, 0.5)) == ends(stroke)


def test_the_pad_has_a_dot_for_every_dot_of_the_screen_also_when_that_changes(finger):
    assert finger.ask("[devicePixelRatio, pad.canvas.width, pad.canvas.height]") == [2, 560, 560]
    finger.ask("pad.drawing = {strokes: [[[0.5, 0.2], [0.5, 0.8]]]}")
    zoomed = {"width": 253, "height": 520, "deviceScaleFactor": 3, "mobile": True}
    finger.touches.send("Emulation.setDeviceMetricsOverride", zoomed)
    finger.page.wait_for_function("pad.canvas.width === 840")
    assert finger.colour(0.5, 0.5) == INK


def test_what_a_finger_draws_is_read(finger):
    finger.touch("touchStart", (0, 0.3, 0.2))
    for x in np.linspace(0.3, 0.7, 9):
        finger.touch("touchMove", (0, x, 0.2))
    for t in np.linspace(0, 1, 12):
        finger.touch("touchMove", (0, 0.7 - 0.25 * t, 0.2 + 0.65 * t))
    finger.touch("touchEnd")
    [answer] = finger.ask(ASK["read"], [finger.ask("pad.drawing")])
    assert answer["read"] == 7
