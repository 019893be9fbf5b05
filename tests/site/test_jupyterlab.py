"""JupyterLab itself in the browser: a reader opens a chapter, and it is alive."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect
from site_helpers import CHAPTERS, FLIPBOOKS, ROOT

KERNEL_LIMIT = 180_000  # milliseconds; the first start of a kernel is slow on a busy machine
SETTINGS = {
    # Nobody is asked about news, and every cell is on the page, not only those in view.
    "apputils-extension/notification": '{"fetchNews": "false", "checkForUpdates": false}',
    "notebook-extension/tracker": '{"windowingMode": "none"}',
}
# Counts from now on how often the panel's curve, its numbers and its accuracy change.
RECORD = """(panel) => {
  window.seen = { curve: new Set(), status: new Set(), accuracy: new Set() };
  const look = () => {
    const status = panel.querySelector(".widget-html-content").textContent;
    seen.curve.add(panel.querySelector("img")?.src);
    seen.status.add(status);
    seen.accuracy.add(status.match(/accuracy ([\\d.]+)/)?.[1]);
  };
  look();
  new MutationObserver(look).observe(panel, { subtree: true, childList: true, attributes: true });
}"""
CHANGES = "Math.min(seen.curve.size, seen.status.size, seen.accuracy.size) - 1"
# Watches the panel for a second: how many changes?
STILL = """async (panel) => {
  let changes = 0;
  const watch = new MutationObserver(() => { changes += 1; });
  watch.observe(panel, { subtree: true, childList: true, attributes: true });
  for (let frame = 0; frame < 60; frame += 1) await new Promise(requestAnimationFrame);
  watch.disconnect();
  return changes;
}"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab on a copy of the book, as after a fresh clone; the address."""
    home = tmp_path_factory.mktemp("lab")
    book = home / "back-to-basics"
    shutil.copytree(ROOT / "notebooks", book / "notebooks")
    shutil.copytree(ROOT / "data", book / "data")
    shutil.copy(ROOT / "mnist_core.py", book)
    for name, text in SETTINGS.items():
        file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data",
               "JUPYTER_RUNTIME_DIR": "run",
               "JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces"}
    own = {variable: str(home / folder) for variable, folder in folders.items()}
    environment = {**os.environ, **own, "OPENBLAS_NUM_THREADS": "1"}
    options = {"ip": "127.0.0.1", "port": port, "port_retries": 0, "root_dir": book}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
               "--IdentityProvider.token=", *(f"--ServerApp.{k}={v}" for k, v in options.items())]
    log = home / "log"
    with log.open("wb") as out:
        server = subprocess.Popen(command, env=environment, cwd=book, stdout=out, stderr=out)
    try:
        wait_for(f"http://127.0.0.1:{port}/api/status", server, log)
        yield f"http://127.0.0.1:{port}/lab/tree/notebooks/"
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for(address, server, log):
    """Return when the address answers; fail with the server's own words when it doesn't."""
    end = time.monotonic() + 120
    while time.monotonic() < end and server.poll() is None:
        try:
            return urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text(errors='replace')[-3000:]}")


@pytest.fixture
def open_chapter(browser, lab):
    """open_chapter(name): the chapter's page in JupyterLab, with its kernel ready if asked for."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(KERNEL_LIMIT)

    def opened(name, *, kernel=True):
        page = context.new_page()
        page.goto(f"{lab}{name.removeprefix('notebooks/')}.ipynb?reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        if kernel:
            bar = page.locator("#jp-main-statusbar")
            expect(bar).to_contain_text("| Idle", timeout=KERNEL_LIMIT)
        return page

    yield opened
    context.close()


def run_all(page, until):
    """Run all cells; return when the thing waited for is there and no cell waits or runs."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    until.first.wait_for(timeout=KERNEL_LIMIT)
    running = page.locator(".jp-InputPrompt", has_text="[*]")
    expect(running).to_have_count(0, timeout=KERNEL_LIMIT)


def test_b104_the_live_panel_trains_while_no_cell_runs(open_chapter):
    """Run all cells, press Train, run no other cell: curve and accuracy change, and Stop stops.
    https://github.com/jupyter-widgets/ipywidgets/issues/4012
    """
    page = open_chapter("notebooks/11_the_whole_network")
    panel = page.locator(".live-panel").first
    run_all(page, until=panel)
    panel.scroll_into_view_if_needed()
    train, stop = (panel.get_by_role("button", name=name) for name in ("Train", "Stop"))
    status = panel.locator(".widget-html-content")

    panel.evaluate(RECORD)
    train.click()
    page.wait_for_function(f"{CHANGES} >= 5", timeout=KERNEL_LIMIT)
    expect(stop).to_be_disabled(timeout=KERNEL_LIMIT)  # it came to its end

    train.click()
    expect(status).to_contain_text(re.compile(r"^Step [1-9]\d* of .* s\. $"))
    stop.click()
    expect(status).to_contain_text("Stopped.")
    reached, total = map(int, re.match(r"Step (\d+) of (\d+)", status.inner_text()).groups())
    assert 0 < reached < total
    assert panel.evaluate(STILL) == 0
    expect(stop).to_be_disabled()


@pytest.mark.parametrize("name", CHAPTERS)
def test_b122_untrusted_a_lab_shows_a_picture_and_says_what_to_do(open_chapter, name):
    """A fresh clone, nothing run: Jupyter strips scripts, so the sliders sleep, and say so.
    https://github.com/jupyterlab/jupyterlab/issues/14348
    """
    page = open_chapter(name, kernel=False)
    words = page.get_by_text(re.compile(r"^Run this cell \(or trust the notebook\) to wake the"))
    words.first.wait_for()
    outputs = page.locator(".jp-OutputArea-output").filter(has=words).all()
    assert len(outputs) == words.count()
    for output in outputs:
        output.scroll_into_view_if_needed()
        box = output.locator("img").bounding_box()
        assert box["width"] >= 200 and box["height"] >= 120
        sliders = output.locator("input").all()
        assert bool(sliders) == (name in FLIPBOOKS)  # else its lab is a stepper
        assert all(slider.is_disabled() for slider in sliders)


def test_a_flip_book_wakes_when_its_cell_is_run(open_chapter):
    """After Run All the sliders move, by keyboard too: JupyterLab leaves them the arrow keys."""
    page = open_chapter("notebooks/02_the_linear_layer")
    book = page.locator(".flipbook:has(input:not([disabled]))").first
    run_all(page, until=book)
    slider, value = book.locator("input[type=range]").first, book.locator("output").first
    slider.scroll_into_view_if_needed()
    slider.focus()
    page.keyboard.press("Home")
    first = value.inner_text()
    page.keyboard.press("ArrowRight")
    expect(value).not_to_have_text(first)
