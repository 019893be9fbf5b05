"""What the tests of the site share: which pages there are, and how to open and question one."""

import copy
import json
import os
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import yaml
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parents[2]
SCHEMES = "light", "dark"
NARROW = 380, 360  # telephones
WIDTHS = 1280, 380  # at which axe looks at each page
# Where the site stands on its host: at /, or in a folder of the project's name.
SITE_BASE = f"/{os.environ.get('SITE_BASE', 'book').strip('/')}/".replace("//", "/")
KERNEL_LIMIT = 180_000  # milliseconds; the first start of a kernel is slow on a busy machine
# What the tests ask the browser, in its own language.
ASK = {file.stem: file.read_text("utf-8") for file in (ROOT / "tests/site/questions").iterdir()}
# Digits as strokes: their name, the digit that is meant, and the points.
DRAWINGS = json.loads((ROOT / "tests/site/drawings.json").read_text("utf-8"))


def toc_pages():
    """The pages that the table of contents names, in reading order, as paths without suffix."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [chapter for part in toc["parts"] for chapter in part["chapters"]]
    return [toc["root"], *(chapter["file"] for chapter in chapters)]


PAGES = toc_pages()
CHAPTERS = [page for page in PAGES if page.startswith("notebooks/")]
FLIPBOOKS = [page for page in CHAPTERS
             if 'class=\\"flipbook\\"' in (ROOT / f"{page}.ipynb").read_text(encoding="utf-8")]
ALL_PAGES = [*PAGES, "search", "genindex"]


class SubPath(SimpleHTTPRequestHandler):
    """Serves a folder under SITE_BASE and nothing else, as a host gives a project a sub-path."""

    def translate_path(self, path):
        inside = path.startswith(SITE_BASE)
        return super().translate_path("/" + path[len(SITE_BASE):] if inside else "/not-served")

    def log_message(self, *arguments):
        pass


def serve(folder):
    """Serve the folder from a thread, on a port of the system's choice; return the server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SubPath, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    return server


def server_base(server):
    """The address under which a server has the site."""
    return f"http://127.0.0.1:{server.server_port}{SITE_BASE}"


def watch(page, base):
    """Note what goes wrong while the page loads and runs: a dict of lists."""
    noted = {"console": [], "elsewhere": [], "failed": []}

    def on_console(message):
        if message.type == "error":
            noted["console"].append(message.text)

    def on_request(request):
        if not request.url.startswith((base, "data:", "blob:")):
            noted["elsewhere"].append(request.url)

    def on_response(response):
        if response.status >= 400:
            noted["failed"].append(f"{response.status} {response.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: noted["console"].append(str(error)))
    page.on("request", on_request)
    page.on("response", on_response)
    page.on("requestfailed", lambda request: noted["failed"].append(request.url))
    return noted


def open_page(context, base, name, query=""):
    """Open a page, wait for its mathematics and pictures; return it with the notes of `watch`."""
    page = context.new_page()
    noted = watch(page, base)
    answer = page.goto(f"{base}{name}.html{query}")
    assert answer.ok, f"{answer.status} {answer.url}"
    page.wait_for_selector("html[data-book-ready]")
    page.evaluate("""Promise.all([...document.images].map((image) => {
      image.loading = "eager";
      return image.decode().catch(() => {});
    }))""")
    return page, noted


def open_pad(page, base):
    """Open pad.html, a page with nothing but a pad, as if it were a page of the site."""
    html = (ROOT / "tests/site/pad.html").read_text(encoding="utf-8")
    page.route(f"{base}pad.html", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(f"{base}pad.html")
    page.wait_for_selector("html[data-ready]")


def places(canvas, *points):
    """Where in the window these points of a canvas lie, given as shares of it."""
    box = canvas.bounding_box()
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]


def thinned(stroke):
    """Every third point and the last: as good a line, and a third of the time to draw it."""
    return [*stroke[:-1:3], stroke[-1]]


def frame(page):
    """Wait until the page has heard what was sent, and painted what came of it."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def draw_by_mouse(canvas, stroke):
    first, *others = places(canvas, *stroke)
    mouse = canvas.page.mouse
    mouse.move(*first)
    mouse.down()
    for place in others:
        mouse.move(*place)
    mouse.up()


def draw_by_finger(fingers, canvas, stroke):
    frame(canvas.page)  # the page may be scrolling still
    for n, place in enumerate(places(canvas, *stroke)):
        touch(fingers, "touchMove" if n else "touchStart", (0, *place))
    touch(fingers, "touchEnd")
    frame(canvas.page)


def touch(fingers, kind, *points):
    """Send touchStart, touchMove, touchEnd or touchCancel by CDP; a point is (id, x, y)."""
    places = [dict(zip(("id", "x", "y"), point)) for point in points]
    fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})


def resize(page, width, height=800):
    """Set the width of the window, and wait until the page has settled to it."""
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function(f"document.documentElement.dataset.bookWidth == {width}")


def unfold(page):
    """Open every fold: answers, hints, solutions, the code of figures, the menus of the theme.

    The theme fades them in, and axe would measure letters that are still half transparent.
    """
    page.add_style_tag(content="* { animation: none !important; transition: none !important; }")
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")


def visit(contexts, base, name):
    """Open a page in both colour schemes and at three widths: a dict of all that the tests ask."""
    page, noted = open_page(contexts["light"], base, name)
    found = page.evaluate(ASK["facts"])
    found["noted"] = copy.deepcopy(noted)  # axe, below, loads style sheets in ways of its own
    unfold(page)
    found["narrow"] = {}
    for width in NARROW:
        resize(page, width, 780)
        found["narrow"][width] = page.evaluate(ASK["narrow"])
    found["axe"] = {"light": {width: violations(page, width) for width in WIDTHS}}
    page.close()

    page, _ = open_page(contexts["dark"], base, name)
    figures = page.locator("article .cell_output img")
    shots = [figure.screenshot() for figure in figures.all() if figure.is_visible()]
    found["darkContrast"] = [page.evaluate(ASK["contrast"], list(shot)) for shot in shots]
    unfold(page)
    found["axe"]["dark"] = {width: violations(page, width) for width in WIDTHS}
    page.close()
    return found


def violations(page, width=None):
    """What axe finds on a page, a line a node. Code in the same colours is looked at once."""
    if width:
        resize(page, width)
    page.evaluate(ASK["repeats"])
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['target'][0]}: {node['failureSummary'][:300]}"
        for rule in found
        for node in rule["nodes"]
        if not (rule["id"] == "empty-table-header" and holds_formula(page, node["target"][0]))
    ]


def holds_formula(page, selector):
    """A table header that is a formula, axe takes for empty; a screen reader reads its MathML."""
    return page.locator(selector).locator("mjx-assistive-mml").count() > 0


def run_all(page, until):
    """Run all cells; return when the thing waited for is there and no cell waits or runs."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    until.first.wait_for(timeout=KERNEL_LIMIT)
    running = page.locator(".jp-InputPrompt", has_text="[*]")
    expect(running).to_have_count(0, timeout=KERNEL_LIMIT)
