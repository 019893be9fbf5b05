"""One browser, one built site and one server for all tests of the site.

The site is built afresh into a temporary folder, unless SITE_DIR names a built one:

    SITE_DIR=_build/html python -m pytest tests/site
"""

import os
import subprocess
import sys

import pytest
from playwright.sync_api import sync_playwright
from site_helpers import ROOT, SCHEMES, serve, visit

from tools.doctor import find_browser

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
         "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder with the built site."""
    if "SITE_DIR" in os.environ:
        folder = (ROOT / os.environ["SITE_DIR"]).resolve()
    else:
        out = tmp_path_factory.mktemp("built")
        jupyter_book = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
        options = ["--all", "-W", "-n", "--keep-going", "--path-output", str(out)]
        built = subprocess.run([*jupyter_book, "build", str(ROOT), *options],
                               capture_output=True, text=True, timeout=300)
        assert built.returncode == 0, f"the site does not build:\n{built.stdout}\n{built.stderr}"
        folder = out / "_build" / "html"
    assert (folder / "index.html").exists(), f"no built site in {folder}"
    return folder


@pytest.fixture(scope="session")
def base(site):
    """The address of the served site."""
    server = serve(site)
    yield f"http://127.0.0.1:{server.server_port}/book/"
    server.shutdown()


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium, Chrome or Edge."""
    path = find_browser()
    if path is None:
        pytest.fail("No browser found: install Chromium, Chrome or Edge, or set BROWSER_PATH.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def contexts(browser):
    """One context for each colour scheme."""
    screen = {"width": 1280, "height": 800}
    made = {scheme: browser.new_context(color_scheme=scheme, viewport=screen) for scheme in SCHEMES}
    for context in made.values():
        context.set_default_timeout(30_000)
    return made


@pytest.fixture(scope="session")
def visits(contexts, base):
    """visits(name): what a visit to that page finds. Each page is visited once."""
    kept = {}

    def visited(name):
        if name not in kept:
            kept[name] = visit(contexts, base, name)
        return kept[name]

    return visited
