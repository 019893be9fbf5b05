"""JupyterLite: what lies in the site, and how far a chapter runs in the browser.

NumPy and matplotlib for the browser are published on the kernel's own host alone, which a test does
not ask. pyodide_cdn.py stands in for that host: all else runs as it does for a reader.
"""

import filecmp
import json
import os
import re
import zipfile
from importlib.metadata import version

import nbformat
import pyodide_cdn
import pytest
import ways
from bs4 import BeautifulSoup
from playwright.sync_api import expect
from site_helpers import CHAPTERS, KERNEL_LIMIT, ROOT, open_page

from tools import execute

CONTENTS = "notebooks", "data", "mnist_core.py"
MEGA = 1_000_000
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
WIDGETS = "extensions/@jupyter-widgets/jupyterlab-manager/package.json"
OWN = "notebooks/06_the_chain_rule"
IN_THE_BROWSER = ".book-run a[href*='/lite/']"
COMPILED = {"contourpy", "kiwisolver", "matplotlib", "numpy", "pillow"}
HEARTBEAT = "/api/service-worker-heartbeat"  # JupyterLite asks before its own worker can answer


@pytest.fixture(scope="module")
def lite(site):
    """The folder with the built JupyterLite."""
    if "SITE_DIR" not in os.environ and not (site / "lite").exists():
        pytest.skip("this site was built without JupyterLite: run make book, and set SITE_DIR")
    assert (site / "lite" / "jupyter-lite.json").exists(), "make book builds JupyterLite too"
    return site / "lite"


@pytest.fixture(scope="module")
def online(browser, lite):
    """A browser that reaches the kernel's host: its context, and what it asked of that host."""
    served, stand_ins = pyodide_cdn.files(lite)
    host, asked = pyodide_cdn.address(lite), []

    def answer(route):
        name = route.request.url.removeprefix(host)
        asked.append(name)
        kind = {"mjs": "text/javascript", "wasm": "application/wasm"}.get(name.split(".")[-1])
        if name in served:
            route.fulfill(body=served[name], content_type=kind or "application/octet-stream",
                          headers={"Access-Control-Allow-Origin": "*"})
        else:
            route.abort()

    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(KERNEL_LIMIT)
    context.route(f"{host}**", answer)
    context.asked, context.served, context.stand_ins = asked, served, stand_ins
    yield context
    context.close()


def listed(lite, folder=""):
    """The paths of all files that JupyterLite shows."""
    text = (lite / "api/contents" / folder / "all.json").read_text(encoding="utf-8")
    for item in json.loads(text)["content"]:
        if item["type"] == "directory":
            yield from listed(lite, item["path"])
        else:
            yield item["path"]


def megabytes(folder, *without):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sum(path.stat().st_size for path in files
               if path.relative_to(folder).parts[0] not in without) / MEGA


# ---- what lies in the site


def test_a_reader_finds_the_files_of_the_repository(lite):
    book = [path.relative_to(ROOT).as_posix() for name in CONTENTS
            for path in (ROOT / name, *(ROOT / name).rglob("*"))
            if path.is_file() and not re.search(r"__pycache__|/\.", str(path.relative_to(ROOT)))]
    assert sorted(listed(lite)) == sorted(book)
    assert filecmp.cmpfiles(ROOT, lite / "files", book, shallow=False)[1:] == ([], [])


def test_the_site_is_light_enough_to_publish(site, lite):
    assert megabytes(site, "lite", "downloads") < 40
    assert megabytes(site, "downloads") < 120
    assert list(lite.rglob("*.map")) == []


def test_no_address_in_the_settings_is_that_of_one_place(lite):
    settings = json.loads((lite / "jupyter-lite.json").read_text(encoding="utf-8"))
    data = settings["jupyter-config-data"]
    urls = [value for key, value in data.items() if key.endswith("Url")]
    urls += data["litePluginSettings"][KERNEL]["pipliteUrls"]
    assert len(urls) > 5 and all(url.startswith("./") for url in urls)


def test_page_and_kernel_have_the_same_widgets(lite):
    """After a release of one of them alone, sliders moved and nothing followed."""
    index = json.loads((lite / "pypi/all.json").read_text(encoding="utf-8"))
    assert list(index["ipywidgets"]["releases"]) == [version("ipywidgets")]
    (wheel,) = (lite / "pypi").glob("jupyterlab_widgets-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        (name,) = [name for name in packed.namelist() if name.endswith("manager/package.json")]
        in_kernel = json.loads(packed.read(name))
    in_page = json.loads((lite / WIDGETS).read_text(encoding="utf-8"))
    assert in_page["version"] == in_kernel["version"]
    assert in_page["dependencies"] == in_kernel["dependencies"]


# ---- the way there


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_chapter_that_can_run_in_the_browser_says_so(site, lite, name):
    text = (site / f"{name}.html").read_text(encoding="utf-8")
    note = re.search('<p class="book-run book-lite">.+?</p>', text)[0]
    link = f'"../lite/notebooks/index.html?path={name}.ipynb"'
    if "import torch" in (ROOT / f"{name}.ipynb").read_text("utf-8"):
        assert "../lite/" not in text and "PyTorch" in note
    else:
        assert text.count(link) == text.count("../lite/") == 1
        assert "fetches more than 25 MB" in note and "in this browser alone" in note


def test_a_site_without_jupyterlite_does_not_offer_it():
    page = BeautifulSoup("<article><h1>07 X</h1></article>", "html.parser")
    ways.show("notebooks/07_x.html", page, type("Address", (), {"repository": ""}), lite=False)
    assert "on your machine" in page.get_text() and "browser" not in page.get_text()


def test_the_link_opens_the_chapter_with_its_stored_outputs(online, base):
    page, noted = open_page(online, base, CHAPTERS[3])
    page.locator(IN_THE_BROWSER).click()
    page.locator(".jp-Notebook h1", has_text="03").wait_for()
    page.locator(".jp-OutputArea-output img").first.wait_for()
    page.get_by_role("button", name="Python (Pyodide)").wait_for()
    assert page.locator("dialog").count() == 0  # as one that asks which kernel it shall be
    assert [failed for failed in noted["failed"] if HEARTBEAT not in failed] == []
    assert [text for text in noted["console"] if "404" not in text] == []
    page.close()


def test_a_reader_is_told_of_an_own_copy_and_of_a_newer_chapter(online, base):
    page, _ = open_page(online, base, OWN)
    assert page.locator("#own-copy").count() == 0
    page.locator(IN_THE_BROWSER).click()
    page.locator(".jp-Notebook h1").dblclick()
    page.keyboard.type("mine ")
    page.keyboard.press("Control+s")
    page.wait_for_function("""async () => {
      const named = (base) => base.name.startsWith("JupyterLite Storage");
      const name = (await indexedDB.databases()).find(named).name;
      const base = await new Promise((done) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => done(request.result);
      });
      const keys = base.transaction("files").objectStore("files").getAllKeys();
      return new Promise((done) => {
        keys.onsuccess = () => { base.close(); done(keys.result.length > 0); };
      });
    }""")
    page.goto(f"{base}{OWN}.html")
    told = page.locator("#own-copy", has_text="your own copy of this chapter")
    told.wait_for()
    assert "newer" not in told.inner_text()
    online.route("**/api/contents/notebooks/all.json*", newer)
    page.reload()
    told.filter(has_text="The book has a newer one.").wait_for()
    online.unroute("**/api/contents/notebooks/all.json*")
    page.close()


def newer(route):
    """The listing of the chapters as after a change of each of them."""
    answer = route.fetch()
    text = re.sub(r'"last_modified": "\d{4}', '"last_modified": "2999', answer.text())
    route.fulfill(response=answer, body=text)


# ---- the kernel


@pytest.fixture(scope="module")
def ran(online, base):
    """A notebook in JupyterLite, in place of a chapter, in which every cell has run."""
    probe = (ROOT / "tests/site/probe.py").read_text(encoding="utf-8")
    sources = [execute.SETUP, *re.split(r"^# ----\n", probe, flags=re.M)]
    cells = [nbformat.v4.new_code_cell(source.strip()) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=execute.NOTEBOOK_METADATA)
    name = CHAPTERS[5]
    online.route(f"**/lite/files/{name}.ipynb*", lambda route: route.fulfill(
        body=nbformat.writes(notebook), content_type="application/json"))
    page = online.new_page()
    page.goto(f"{base}lite/notebooks/index.html?path={name}.ipynb")
    page.locator(".jp-Cell-inputWrapper", has_text="piplite").wait_for()
    choose(page, "Run", "Run All Cells")
    page.get_by_role("button", name="Train").wait_for()
    return page


def choose(page, menu, entry):
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.get_by_role("menuitem", name=entry, exact=True).click()


def test_the_setup_cell_finds_everything_in_the_browser(ran, online):
    """With NumPy and matplotlib as stand-ins: the only things that came from nowhere else."""
    said = json.loads(ran.locator(".jp-OutputArea-output", has_text='{"book"').inner_text())
    assert said["book"] == "/drive"
    assert said["core"] == "/drive/mnist_core.py" and said["labs"] == "/drive/notebooks/labs.py"
    assert said["results"] == len([path for path in (ROOT / "notebooks/results").iterdir()
                                   if path.is_file()])
    assert said["images"] == (ROOT / "data/t10k-images-idx3-ubyte.gz").stat().st_size
    assert said["versions"] == {name: version(name) for name in said["versions"]}
    assert set(online.asked) <= set(online.served)
    assert {name.split("-")[0] for name in set(online.asked) & online.stand_ins} == COMPILED


def test_the_chapters_tell_how_much_the_first_start_fetches(online, ran, lite):
    """All but NumPy and matplotlib, which is why they say 'more than'."""
    fetched = sum(len(online.served[name]) for name in set(online.asked)) / MEGA
    assert ways.MEGABYTES - 6 < fetched + 4 < ways.MEGABYTES + 2  # JupyterLite's own are four


def test_b106_a_slider_moved_five_times_gives_five_outputs(ran):
    """https://github.com/jupyter-widgets/ipywidgets/issues/3935"""
    ran.locator(".widget-slider [role=slider]").first.focus()
    for value in range(1, 6):
        ran.keyboard.press("ArrowRight")
        expect(ran.locator(".jp-RenderedText", has_text="saw")).to_have_text(f"saw {value}\n")


def test_b104_a_live_panel_trains_and_stops(ran):
    """https://github.com/jupyter-widgets/ipywidgets/issues/4012"""
    status = ran.locator(".live-probe .widget-html-content")
    ran.get_by_role("button", name="Train").click()
    seen = set()
    while len(seen) < 5:
        expect(status).to_contain_text("Step")
        text = status.inner_text()
        seen.add(text)
        expect(status).not_to_have_text(text)
    ran.get_by_role("button", name="Stop").click()
    expect(status).to_contain_text("Stopped.")


def test_b112_restart_and_run_all_shows_the_last_output(ran):
    """https://github.com/jupyterlite/jupyterlite/issues/1464"""
    choose(ran, "Kernel", "Restart Kernel and Run All Cells…")
    ran.get_by_role("button", name="Confirm Kernel Restart").click()
    ran.locator(".jp-InputPrompt", has_text="[*]").first.wait_for()
    ran.locator(".jp-InputPrompt", has_text="[4]:").wait_for()
    ran.get_by_role("button", name="Train").wait_for()
