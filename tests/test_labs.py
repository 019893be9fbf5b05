"""Flip-books and live panels: the HTML, and the panel's logic. The browser has tests of its own."""

import asyncio
import base64
import functools
import html.parser
import json
import re
from types import SimpleNamespace

import labs
import matplotlib.pyplot as plt
import numpy as np
import plots
import pytest

from tools import places

VOID = {"img", "input"}


@pytest.fixture(autouse=True)
def style_of_the_book():
    plots.style()


def draw(rate, batch_size):
    """A bar as long as the rate; the batch size changes nothing: half of the frames are equal."""
    fig, ax = plt.subplots(figsize=(3, 2))
    ax.barh(["rate"], [rate])
    ax.set_xlim(0, 1)
    return fig, f'A "rate" of {rate} & a batch <of> {batch_size}.</script>'


@functools.cache
def book():
    return changed_book()


def changed_book(**changes):
    given = {"name": "demo", "alt": 'A "bar" & <its> length', "rate": [0.1, 0.2, 0.3, 0.5, 0.7],
             "batch_size": [16, 32]}
    return labs.flipbook_html(draw, **given | changes)


class Page(html.parser.HTMLParser):
    """Every element as (tag, attributes, text), and a complaint where tags do not pair up."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.faults = [], [], []
        self.feed(text)
        self.close()
        self.faults += [f"<{element[0]}> left open" for element in self.open]

    def handle_starttag(self, tag, attrs):
        element = [tag, dict(attrs), ""]
        self.faults += [f"{tag}: attribute twice"] if len(dict(attrs)) < len(attrs) else []
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop()[0] != tag:
            self.faults.append(f"</{tag}> without its start")

    def handle_data(self, data):
        for element in self.open:
            element[2] += data

    def all(self, tag, **wanted):
        return [e for e in self.elements if e[0] == tag
                and all(e[1].get(key.rstrip("_")) == v for key, v in wanted.items())]

    def data(self):
        return json.loads(self.all("script", type="application/json")[0][2])


# ---- flip-books


def test_html_is_well_formed_and_ids_are_unique():
    page = Page(book())
    assert page.faults == []
    ids = [attrs["id"] for _, attrs, _ in page.elements if "id" in attrs]
    assert sorted(ids) == ["flip-demo", "flip-demo-rate"]


def test_b116_same_pictures_give_the_same_bytes():
    """https://github.com/computationalmodelling/nbval/pull/102"""
    first = book()
    assert changed_book() == first
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}", first)


def test_equal_frames_are_stored_once():
    data = Page(book()).data()
    assert len(data["pages"]) == 10
    assert len(data["frames"]) == 4  # five pictures, and the first one stands in the <img>
    assert [frame for frame, _, _ in data["pages"]] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert len({caption for _, caption, _ in data["pages"]}) == 10


def test_frames_are_small_opaque_pictures_of_one_size():
    page = Page(book())
    first = page.all("img")[0][1]["src"].removeprefix("data:image/svg+xml;base64,")
    start = base64.b64decode(first, validate=True).decode()
    for frame in [start, *page.data()["frames"]]:
        assert frame.startswith("<svg") and len(frame) < 20_000
        assert re.search(r'viewBox="[^"]*"', frame)[0] == re.search(r'viewBox="[^"]*"', start)[0]
        assert 'style="fill: #ffffff"' in frame.split("</g>")[0]  # the ground
        assert "metadata" not in frame
    assert [page.all("img")[0][1][side] for side in ("width", "height")] == ["288", "192"]


def test_a_slim_picture_keeps_what_it_draws():
    long = '<svg><!-- made by --><path d="M 12.34567 0.0156259" transform="scale(0.015625)"/></svg>'
    assert plots.slim(long) == (
        '<svg><path d="M 12.34 0.0156259" transform="scale(0.015625)"/></svg>\n')


def test_a_choice_among_many_is_a_slider_whose_ticks_show_the_values():
    page = Page(changed_book(start={"rate": 0.7}))
    ((_, slider, _),) = page.all("input", id="flip-demo-rate")
    assert slider["type"] == "range" and "disabled" in slider
    assert (slider["min"], slider["max"], slider["step"]) == ("0", "4", "1")
    assert (slider["value"], slider["aria-valuetext"]) == ("4", "0.7")
    assert slider["data-lm-suppress-shortcuts"] == "true"  # or JupyterLab takes the arrows
    ((_, _, shown),) = page.all("output", for_="flip-demo-rate")
    assert shown == "0.7"
    assert "rate" in [words.strip() for _, _, words in page.all("label")]
    assert [words for _, _, words in page.all("span")][-5:] == ["0.1", "0.2", "0.3", "0.5", "0.7"]
    assert re.search(r"<label>(?:(?!</label>).)*<input", book())


def test_ticks_that_would_touch_leave_some_values_out():
    page = Page(changed_book(rate=[k / 1000 for k in range(1, 25)], batch_size=[1, 2]))
    ticks = [words for _, _, words in page.all("span")][-24:]
    assert ticks[0] == "0.001" and 0 < sum(map(bool, ticks)) <= 6


def test_a_choice_among_a_few_is_a_row_of_radio_buttons():
    page = Page(changed_book(start={"batch_size": 32}))
    buttons = page.all("input", type="radio")
    assert [attrs["name"] for _, attrs, _ in buttons] == 2 * ["flip-demo-batch_size"]
    assert ["checked" in attrs for _, attrs, _ in buttons] == [False, True]
    assert all("disabled" in attrs for _, attrs, _ in buttons)
    assert [words.strip() for _, _, words in page.all("label")[1:]] == ["16", "32"]
    assert page.all("legend")[0][2] == "batch size"


def test_a_question_has_the_hints_of_its_check_and_no_graph():
    value = SimpleNamespace(answer=101_770, hints={101_760: "Ten are missing."}, tolerance=1e-9)
    page = Page(labs.question_html(value, name="count"))
    assert page.faults == [] and page.all("img") == []
    (step,) = page.data()["steps"]
    assert step["answer"] == "101770" and step["slips"] == [[101_760, "Ten are missing."]]


def test_b122_asleep_it_shows_first_frame_caption_and_what_to_do():
    """https://github.com/jupyterlab/jupyterlab/issues/14348"""
    asleep = re.sub(r"<(script|style).*?</\1>", "", book(), flags=re.DOTALL)
    page = Page(asleep)
    assert len(page.all("img")) == 1
    assert page.all("p", class_="flipbook-caption")[0][1]["aria-live"] == "polite"
    assert "A \"rate\" of 0.1 & a batch <of> 16." in page.all("p", class_="flipbook-caption")[0][2]
    note = page.all("p", class_="flipbook-note")[0][2]
    assert note.startswith("Run this cell (or trust the notebook) to wake the sliders.")
    assert all("disabled" in attrs for _, attrs, _ in page.all("input"))


def test_words_cannot_break_out_of_the_page():
    page = Page(book())
    assert page.all("img")[0][1]["alt"] == 'A "bar" & <its> length (rate 0.1, batch size 16)'
    assert page.data()["pages"][9][1] == 'A "rate" of 0.7 & a batch <of> 32.</script>'
    assert [tag for tag, _, _ in page.elements].count("script") == 2


def test_every_setting_has_an_alt_text_of_its_own():
    words = [alt for _, _, alt in Page(book()).data()["pages"]]
    assert len(set(words)) == 10
    own = changed_book(alt=lambda rate, batch_size: f"A bar {rate} long for {batch_size}")
    assert Page(own).data()["pages"][3][2] == "A bar 0.2 long for 32"


def test_no_address_but_the_pages_own():
    assert "http" not in re.sub(r"\(https\?\|file\)|http://www\.w3\.org/\w+/\w+", "", book())
    assert {"name", "choices"} <= set(Page(book()).data())  # the keys are name.choice
    assert Page(changed_book(name="other")).data()["name"] == "other"


@pytest.mark.parametrize(("value", "shown"), [
    (0.1, "0.1"), (0.30000000000000004, "0.3"), (1e-5, "1e-5"), (1e8, "1e8"), (128, "128"),
    (-2.0, "-2"), (True, "on"), (None, "None"), ("step decay", "step decay"),
    (np.float32(0.1), "0.1"), (np.int64(3), "3"), (np.bool_(False), "off")])
def test_values_read_as_a_reader_writes_them(value, shown):
    assert labs.as_read(value) == shown


@pytest.mark.parametrize(("changes", "words"), [
    ({"name": "Two words"}, "slug"),
    ({"name": "a<b"}, "slug"),
    ({"rate": [0.1]}, "two or more"),
    ({"rate": [0.1, 0.1]}, "two or more different"),
    ({"rate": "slow"}, "a list"),
    ({"rate": 0.1}, "a list"),
    ({"rate": [k / 100 for k in range(80)]}, "given 160 settings"),
    ({"start": {"speed": 1}}, "speed=1"),
    ({"start": {"rate": 0.4}}, "rate=0.4"),
    ({"start": [0.1, 16]}, "wanted {choice: value}"),
])
def test_bad_settings_are_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        changed_book(**changes)


def test_a_flipbook_needs_a_choice_and_a_picture():
    with pytest.raises(ValueError, match="given none"):
        labs.flipbook_html(draw, name="demo", alt="A bar and its length")
    with pytest.raises(ValueError, match="wanted \\(fig, caption\\)"):
        labs.flipbook_html(lambda rate: draw(rate, 1)[0], name="demo", alt="A bar", rate=[1, 2])


def test_figures_are_closed():
    before = plt.get_fignums()
    changed_book()
    assert plt.get_fignums() == before


def test_flipbook_shows_what_flipbook_html_returns(monkeypatch):
    shown = []
    monkeypatch.setattr(labs, "display", lambda bundle, raw: shown.append((bundle, raw)))
    labs.flipbook(draw, name="demo", alt="A bar", rate=[0.1, 0.3], batch_size=[16, 32])
    ((bundle, raw),) = shown
    assert raw and bundle["text/html"] == labs.flipbook_html(
        draw, name="demo", alt="A bar", rate=[0.1, 0.3], batch_size=[16, 32])
    words = bundle["text/plain"]  # b145: what a front end without HTML shows
    assert "rate: 0.1, 0.3. batch size: 16, 32." in words
    assert words.endswith(draw(0.1, 16)[1]) and " at 0x" not in words



# ---- the stepper


def a_stepper(**changes):
    fig, _ = plt.subplots(figsize=(3, 2))
    step = {"of": "u", "kind": "value", "ask": "Twice x?", "hint": "2 · 3", "answer": 6.00004}
    given = {
        "name": "demo", "alt": 'A graph & its <boxes>, "x" and u',
        "nodes": {"x": (0, 0, 3, ""), "u": (1, 0, None, "a note</script>")},
        "edges": {"w": ("x", "u", 2)},
        "steps": [step | {"uses": ["x", "w"], "slips": [(np.float64(5), "That is a sum.")]},
                  {"of": "w", "kind": "slope", "ask": "Of w?", "hint": "3", "answer": -0.0}]}
    return labs.stepper_html(fig, **given | changes)


def test_a_stepper_is_well_formed_and_the_same_each_time():
    page = Page(a_stepper())
    assert page.faults == []
    assert [attrs["id"] for _, attrs, _ in page.elements if "id" in attrs] == ["step-demo"]
    assert a_stepper() == a_stepper()
    assert "http" not in a_stepper().replace("(https?|file)", "").replace(
        "http://www.w3.org/2000/svg", "")


def test_b122_a_stepper_asleep_shows_its_picture_and_what_to_do():
    """https://github.com/jupyterlab/jupyterlab/issues/14348"""
    asleep = Page(re.sub(r"<(script|style).*?</\1>", "", a_stepper(), flags=re.DOTALL))
    ((_, image, _),) = asleep.all("img")
    assert image["alt"] == 'A graph & its <boxes>, "x" and u' and image["width"] == "288"
    assert base64.b64decode(image["src"].partition(",")[2]).startswith(b"<svg")
    ((_, _, note),) = asleep.all("p", class_="stepper-note")
    assert note.startswith("Run this cell (or trust the notebook) to wake the stepper.")
    assert not asleep.all("input") and not asleep.all("button")


def test_a_stepper_carries_its_graph_and_questions_as_data():
    data = Page(a_stepper()).data()
    assert data["nodes"][1] == {"of": "u", "at": [1, 0], "number": "", "note": "a note</script>"}
    assert data["edges"] == [{"of": "w", "from": "x", "to": "u", "number": "2"}]
    first, second = data["steps"]
    assert (first["answer"], first["slips"]) == ("6", [[5.0, "That is a sum."]])
    assert (second["answer"], second["slips"], second["uses"]) == ("0", [], [])


def test_a_slip_is_no_right_number_and_two_slips_with_one_number_are_one():
    step = {"of": "u", "kind": "value", "ask": "?", "hint": "6", "answer": 6,
            "slips": [(6.00001, "Right by luck."), (5, "A sum."), (5, "Off by one.")]}
    data = Page(a_stepper(steps=[step])).data()
    assert data["steps"][0]["slips"] == [[5.0, "A sum. Or perhaps: Off by one."]]


@pytest.mark.parametrize(("changes", "words"), [
    ({"name": "Two words"}, "slug"),
    ({"steps": []}, "given none"),
    ({"edges": {"w": ("x", "z", 2)}}, "given .*z"),
    ({"steps": [{"of": "v", "kind": "value"}]}, "given .*v"),
    ({"steps": [{"of": "u", "kind": "guess"}]}, "'value' or 'slope'"),
])
def test_a_stepper_refuses_what_does_not_fit(changes, words):
    with pytest.raises(ValueError, match=words):
        a_stepper(**changes)


def test_stepper_shows_what_stepper_html_returns(monkeypatch):
    shown, before = [], plt.get_fignums()
    monkeypatch.setattr(labs, "display", lambda bundle, raw: shown.append((bundle, raw)))
    graph = {"nodes": {"x": (0, 0, 3, "")}, "edges": {},
             "steps": [{"of": "x", "kind": "slope", "ask": "?", "hint": "1", "answer": 1}]}
    labs.stepper(plt.figure(), name="demo", alt="A box", **graph)
    ((bundle, raw),) = shown
    assert raw and bundle["text/plain"].startswith("A stepper, demo, in ")
    assert bundle["text/html"] == labs.stepper_html(plt.figure(), name="demo", alt="A box", **graph)
    assert plt.get_fignums() == before


# ---- live panels


def a_panel(ends, steps=40, error=None):
    """A panel with a toy to train; `ends` collects the rates of the generators that have ended."""

    def start(rate, kind="plain"):
        if kind == "bad":
            raise ValueError("rate: given 0.1, wanted <more>")

        def records():
            try:
                for step in range(1, steps + 1):
                    if error and step > steps / 2:
                        raise error
                    yield SimpleNamespace(step=step, loss=1 / step, lr=rate, seconds=step / 100,
                                          val_accuracy=0.9 if step % 5 == 0 else None)
            finally:
                ends.append(rate)

        return records()

    return labs.LivePanel(start, name="demo", steps=lambda rate, kind: steps, begin={"rate": 0.3},
                          rate=[0.1, 0.3], kind=["plain", "bad"])


async def until(true, seconds=20):
    """Wait for true() without holding up the loop."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.001)


def test_b104_train_changes_the_widgets_and_not_an_output():
    """https://github.com/jupyter-widgets/ipywidgets/issues/4012"""
    async def play():
        ends, pictures = [], []
        panel = a_panel(ends)
        panel.curve.observe(lambda change: pictures.append(change["new"]), "value")
        assert panel.task is None and not panel.curve.value
        panel.train_button.click()
        await until(lambda: "Done." in panel.status.value)
        assert len(set(pictures)) >= 5
        assert bytes(pictures[-1]).startswith(b"\x89PNG")
        assert panel.progress.value == panel.progress.max == 40
        assert panel.status.value == (
            "Step 40 of 40: loss 0.0250, validation accuracy 90.0 %, 0.4 s. Done.")
        assert ends == [0.3] and panel.stop_button.disabled

    asyncio.run(play())


def test_stop_closes_the_generator_and_may_be_pressed_at_any_time():
    async def play():
        ends = []
        panel = a_panel(ends, steps=100_000)
        panel.stop_button.click()
        panel.train_button.click()
        await until(lambda: panel.curve.value)
        assert not panel.stop_button.disabled
        panel.stop_button.click()
        panel.stop_button.click()
        await until(lambda: "Stopped." in panel.status.value)
        assert ends == [0.3] and panel.stop_button.disabled
        assert 0 < panel.progress.value < 100_000

    asyncio.run(play())


def test_train_during_training_starts_afresh():
    async def play():
        ends = []
        panel = a_panel(ends, steps=100_000)
        panel.train_button.click()
        await until(lambda: panel.curve.value)
        first = panel.task
        panel.dials["rate"].value = 0.1
        panel.train_button.click()
        await until(lambda: ends == [0.3])
        assert first.done() or (await first) is None
        await until(lambda: panel.records and panel.records[-1].lr == 0.1)
        assert "Stopped" not in panel.status.value and not panel.stop_button.disabled
        assert {record.lr for record in panel.earlier} == {0.3}
        panel.stop_button.click()
        await until(lambda: "Stopped. Pale: the run before." in panel.status.value)
        assert ends == [0.3, 0.1]
        assert {record.lr for record in panel.records} == {0.1}

    asyncio.run(play())


def test_buttons_may_be_pressed_from_another_thread():
    """JupyterLab sends the clicks of a panel to a thread of their own, a subshell."""
    async def play():
        ends = []
        panel = a_panel(ends, steps=100_000)
        await asyncio.to_thread(panel.train_button.click)
        await until(lambda: panel.curve.value)
        await asyncio.to_thread(panel.stop_button.click)
        await until(lambda: ends == [0.3])

    asyncio.run(play())


@pytest.mark.parametrize(("error", "words"), [
    (FloatingPointError("loss nan at step 21"), "diverged: loss nan at step 21. Try a smaller"),
    (ValueError("X: given <3>"), "do not go together: X: given &lt;3&gt;."),
    (TypeError("no"), "TypeError: no"),
])
def test_errors_are_sentences_and_the_curve_stays(error, words):
    async def play():
        ends = []
        panel = a_panel(ends, error=error)
        panel.train_button.click()
        await until(lambda: words in panel.status.value)
        assert "Step 20 of 40" in panel.status.value and "Traceback" not in panel.status.value
        assert panel.curve.value and ends == [0.3] and panel.stop_button.disabled

    asyncio.run(play())


def test_settings_refused_at_the_start_leave_the_panel_ready():
    async def play():
        panel = a_panel([])
        panel.dials["kind"].value = "bad"
        panel.train_button.click()
        await until(lambda: "wanted &lt;more&gt;" in panel.status.value)
        assert panel.stop_button.disabled
        panel.dials["kind"].value = "plain"
        panel.train_button.click()
        await until(lambda: "Done." in panel.status.value)

    asyncio.run(play())


def test_dials_have_names_and_begin_where_asked():
    async def play():
        panel = a_panel([])
        assert [dial.description for dial in panel.dials.values()] == ["rate", "kind"]
        assert panel.dials["rate"].value == 0.3 and panel.dials["rate"].options[0] == ("0.1", 0.1)
        assert panel.dials["kind"].value == "plain"
        with pytest.raises(ValueError, match="two or more"):
            labs.LivePanel(None, name="demo", steps=None, rate=[1])

    asyncio.run(play())


def test_b100_the_bundle_carries_the_still_for_the_site(monkeypatch):
    """https://github.com/jupyter-book/jupyter-book/issues/1991"""
    shown = []
    monkeypatch.setattr(labs, "display", lambda bundle, raw: shown.append((bundle, raw)))

    async def play():
        labs.live(None, name="demo", steps=None, still=book(), rate=[1, 2])

    asyncio.run(play())
    ((bundle, raw),) = shown
    assert raw and bundle["text/html"] == book()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/plain"] == "A live panel, demo: run this cell to train. rate: 1, 2."


def test_running_the_cell_again_stops_the_panel_it_showed_before(monkeypatch):
    monkeypatch.setattr(labs, "display", lambda bundle, raw: None)

    async def play():
        ends = []
        first = labs._panels["demo"] = a_panel(ends, steps=100_000)
        first.train_button.click()
        await until(lambda: first.curve.value)
        labs.live(None, name="demo", steps=None, still="", rate=[1, 2])
        await until(lambda: ends == [0.3])

    asyncio.run(play())


# ---- what the chapters have stored


@pytest.mark.parametrize("kind", ["flipbook", "stepper"])
def test_a_stored_lab_is_what_its_template_makes_today(kind):
    """Or its cell was not run again after the template had changed."""
    template = (labs.FOLDER / f"{kind}.html").read_text(encoding="utf-8")
    pieces = [piece.replace("$$", "$") for piece in re.split(r"\$(?:[a-z]\w*|{\w+})", template)]
    stored = [(path.name, lab) for path in places.chapters() for lab in stored_html(path)
              if f'<div class="{kind}"' in lab]
    assert stored
    assert {name for name, lab in stored for piece in pieces if piece not in lab} == set()


def stored_html(path):
    """The HTML among the outputs of a notebook."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    return ["".join(output.get("data", {}).get("text/html", ())) for output in outputs]
