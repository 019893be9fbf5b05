"""The playground in JupyterLab: a reader trains, turns, stops, compares, saves and loads."""

import json
import re

import nbformat
import pytest
from playwright.sync_api import expect
from site_helpers import KERNEL_LIMIT, ROOT, run_all

from tools import sweep

# The setup and the data of the chapter, in its own words.
CELLS = sweep.cells(ROOT / "notebooks/18_the_playground.ipynb", "setup", "sweep")[:2]
PANEL = 'panel = playground.show(data, still="<p>a picture</p>", epochs=30)'
ANSWER = "print('answer', 6 * 7, 'under way', panel.run is not None, 'kept', len(panel.runs))"

BLOCKED = "import time\n\nif panel.run:\n    print('asleep')\n    time.sleep(600)"


@pytest.fixture
def patience():
    """Whatever the panel is to show may take a kernel on a busy machine a while."""
    expect.set_options(timeout=KERNEL_LIMIT)
    yield
    expect.set_options(timeout=5_000)  # playwright's own


@pytest.fixture
def page(clone, open_chapter, patience):
    """A short notebook with the panel, all of it run."""
    cells = [nbformat.v4.new_code_cell(source) for source in (*CELLS, PANEL, ANSWER, BLOCKED)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    book = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
    nbformat.write(book, clone / "notebooks" / "try_the_playground.ipynb")
    page = open_chapter("notebooks/try_the_playground")
    run_all(page, until=page.locator(".playground"))
    return page


class Panel:
    """What a reader sees and presses."""

    def __init__(self, page):
        self.page, self.box = page, page.locator(".playground")
        self.status = self.box.locator(".playground-status .widget-html-content")
        self.rows = self.box.locator(".playground-table tbody tr")
        self.text = self.box.locator("textarea")
        self.picture = self.box.locator("img")

    def press(self, name):
        self.box.get_by_role("button", name=name).click()

    def says(self, pattern):
        expect(self.status).to_have_text(re.compile(pattern))

    def train_a_while(self):
        """Press Train, and return when the picture has changed since."""
        before = self.picture.get_attribute("src")
        self.press("Train")
        self.says(r"Step \d")
        expect(self.picture).not_to_have_attribute("src", before or "")

    def trains_on(self):
        """Wait until the status tells of a later step than now."""
        step = int(re.search(r"Step ([\d,]+)", self.status.inner_text())[1].replace(",", ""))
        later = "Number(status.textContent.match(/Step ([\\d,]+)/)[1].replace(',', '')) > step"
        now = [self.status.element_handle(), step]
        self.page.wait_for_function(f"([status, step]) => {later}", arg=now)

    def turn(self, dial, key):
        """Turn a dial by keyboard; return the value it shows then."""
        name = self.page.get_by_text(dial, exact=True)
        slider = self.box.locator(".widget-inline-hbox", has=name)
        slider.locator(".noUi-handle").focus()
        shown = slider.locator(".widget-readout")
        before = shown.inner_text()
        self.page.keyboard.press(key)
        expect(shown).not_to_have_text(before)
        return shown.inner_text()

    def run_cell(self, number):
        """Run one cell of the notebook."""
        self.page.locator(".jp-CodeCell").nth(number).locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")


@pytest.mark.alone
def test_b104_a_reader_trains_compares_saves_and_loads(page):
    """No widget freezes while others work, and no run is lost on the way."""
    panel = Panel(page)
    panel.train_a_while()

    rate = panel.turn("rate", "ArrowRight")
    panel.says("The dials you turn now count for the next run")
    panel.run_cell(3)
    answer = page.locator(".jp-CodeCell").nth(3).locator(".jp-OutputArea-output")
    expect(answer).to_have_text(re.compile("answer 42 under way True kept 1"))
    panel.trains_on()
    panel.run_cell(4)  # a cell that blocks the kernel, interrupted: the training goes on
    blocked = page.locator(".jp-CodeCell").nth(4)
    asleep = blocked.locator(".jp-OutputArea-output").first
    expect(asleep).to_contain_text("asleep")
    page.keyboard.press("i")
    page.keyboard.press("i")
    expect(blocked).to_contain_text("KeyboardInterrupt")
    panel.trains_on()
    panel.press("Stop")
    panel.says("stopped at step")
    expect(panel.rows).to_have_count(1)

    panel.train_a_while()
    panel.press("Stop")
    panel.says(f"rate {rate}: stopped at step")
    expect(panel.rows).to_have_count(2)
    drawn = panel.rows.locator('line:not([stroke="none"])')
    expect(drawn).to_have_count(2)  # both are in the picture, each with its line
    assert len({line.get_attribute("stroke") for line in drawn.all()}) == 2
    both = panel.picture.get_attribute("src")
    panel.box.get_by_role("checkbox").first.uncheck()
    expect(drawn).to_have_count(1)
    expect(panel.picture).not_to_have_attribute("src", both)
    panel.box.get_by_role("checkbox").first.check()
    expect(drawn).to_have_count(2)

    names = panel.rows.locator("th").all_inner_texts()
    panel.press("Export")
    panel.says("The text below holds 2 runs")
    text = panel.text.input_value()
    assert [run["name"] for run in json.loads(text)["runs"]] == names
    with page.expect_download() as download:
        panel.box.get_by_role("link", name="Download 2 runs").click()
    file = download.value.path()
    assert file.read_text(encoding="utf-8") == text
    assert download.value.suggested_filename == "playground.json"

    panel.run_cell(2)  # the panel anew: its runs wait in the text field
    panel.says("The panel before this one had 2 runs")
    expect(panel.rows).to_have_count(0)
    panel.text.fill(text[:500])
    panel.press("Import")
    panel.says("Nothing was imported.")
    expect(panel.rows).to_have_count(0)
    panel.text.fill(text)
    panel.press("Import")
    panel.says("Imported 2 runs.")
    assert panel.rows.locator("th").all_inner_texts() == names
    with page.expect_file_chooser() as chooser:
        panel.press("Open a file")
    chooser.value.set_files(
        {"name": "playground.json", "mimeType": "application/json", "buffer": text.encode()})
    panel.says("Nothing new in this text. 2 runs of it were here already.")
    panel.train_a_while()
    expect(panel.rows).to_have_count(3)
    panel.press("Stop")
    panel.says("stopped at step")

    assert panel.turn("network", "ArrowRight") == "convolutional"
    panel.train_a_while()
    panel.trains_on()
    panel.press("Stop")
    panel.says("network convolutional: stopped at step")
