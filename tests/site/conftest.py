"""One browser, one built site and one server for all tests of the site.

The site is built afresh into a temporary folder, unless SITE_DIR names a built one:

    SITE_DIR=_build/html python -m pytest tests/site
"""

import os
import pickle
import shutil
import socket
import subprocess
import sys
import time
from urllib.request import urlopen

import pytest
from by_page import by_page, group
from playwright.sync_api import expect, sync_playwright
from shelf import Shelf
from site_helpers import KERNEL_LIMIT, ROOT, SCHEMES, serve, server_base, visit

from tools.doctor import find_browser

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
         "--disable-component-update", "--disable-sync"]
SETTINGS = {
    # Nobody is asked about news, and every cell is on the page, not only those in view.
    "apputils-extension/notification": '{"fetchNews": "false", "checkForUpdates": false}',
    "notebook-extension/tracker": '{"windowingMode": "none"}',
}


def pytest_collection_modifyitems(items):
    """Tests of one page follow each other, so that the page is opened once for them."""
    groups = {}
    for item in items:
        groups.setdefault(group(item.nodeid), []).append(item)
    items[:] = [item for together in groups.values() for item in together]


@pytest.hookimpl(optionalhook=True)  # without pytest-xdist all tests run in one process
def pytest_xdist_make_scheduler(config, log):
    """Tests of one page run in one process: `-n 3`."""
    return by_page(config, log)


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
    yield server_base(server)
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
def phone(browser):
    """The context of a telephone: narrow, fine-grained, and touched by fingers."""
    return browser.new_context(viewport={"width": 380, "height": 780}, device_scale_factor=2,
                               has_touch=True, is_mobile=True)


@pytest.fixture(scope="session")
def visits(contexts, base, tmp_path_factory):
    """visits(name): what a visit to that page finds. Each page is visited once, by one process.

    The processes of one run hand each other what they found, as files.
    """
    found = tmp_path_factory.getbasetemp()
    found = (found.parent if "PYTEST_XDIST_WORKER" in os.environ else found) / "visits"
    kept = {}

    def visited(name):
        file = found / f"{name}.pickle"
        if name not in kept and file.exists():
            there, kept[name] = pickle.loads(file.read_bytes())
            links = kept[name]["links"]  # of the other process's server
            kept[name]["links"] = [link.replace(there, base, 1) for link in links]
        elif name not in kept:
            kept[name] = visit(contexts, base, name)
            write_whole(file, pickle.dumps((base, kept[name])))
        return kept[name]

    return visited


def write_whole(file, content):
    """Write a file so that another process finds all of it or none."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}")
    part.write_bytes(content)
    part.replace(file)


@pytest.fixture(scope="session")
def shelf(contexts, base):
    return Shelf(contexts, base)


@pytest.fixture
def opened(shelf):
    """opened(name): a page that is as it was when it was opened."""
    taken = []

    def opener(name, query="", scheme="light"):
        taken.append(shelf.take(name, query, scheme))
        return taken[-1].page

    yield opener
    for one in taken:
        shelf.give_back(one)


# ---- JupyterLab itself


@pytest.fixture(scope="session")
def clone(tmp_path_factory):
    """A copy of the book, as after a fresh clone: its folder, which JupyterLab serves."""
    book = tmp_path_factory.mktemp("lab") / "back-to-basics"
    shutil.copytree(ROOT / "notebooks", book / "notebooks")
    shutil.copytree(ROOT / "data", book / "data")
    shutil.copy(ROOT / "mnist_core.py", book)
    return book


@pytest.fixture(scope="session")
def lab(clone):
    """JupyterLab on a copy of the book; the address."""
    home = clone.parent
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
    options = {"ip": "127.0.0.1", "port": port, "port_retries": 0, "root_dir": clone}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
               "--IdentityProvider.token=", *(f"--ServerApp.{k}={v}" for k, v in options.items())]
    log = home / "log"
    with log.open("wb") as out:
        server = subprocess.Popen(command, env=environment, cwd=clone, stdout=out, stderr=out)
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


@pytest.fixture(scope="session")
def desk(browser):
    """The context of all who open JupyterLab: its many files are read and compiled once."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(KERNEL_LIMIT)
    return context


@pytest.fixture
def open_chapter(desk, lab):
    """open_chapter(name): the chapter's page in JupyterLab, with its kernel ready if asked for."""
    def opened(name, *, kernel=True):
        page = desk.new_page()
        page.goto(f"{lab}{name.removeprefix('notebooks/')}.ipynb?reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        if kernel:
            bar = page.locator("#jp-main-statusbar")
            expect(bar).to_contain_text("| Idle", timeout=KERNEL_LIMIT)
        return page

    yield opened
    for page in desk.pages:
        page.close()
