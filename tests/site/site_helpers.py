"""What the tests of the site share: which pages there are, and how to open and question one."""

import copy
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import yaml
from axe_playwright_python.sync_playwright import Axe

ROOT = Path(__file__).resolve().parents[2]
SCHEMES = "light", "dark"


def toc_pages():
    """The pages that the table of contents names, in reading order, as paths without suffix."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [toc["root"], *(chapter["file"] for part in toc["parts"] for chapter in part["chapters"])]


PAGES = toc_pages()
CHAPTERS = [page for page in PAGES if page.startswith("notebooks/")]
ALL_PAGES = [*PAGES, "search", "genindex"]


class SubPath(SimpleHTTPRequestHandler):
    """Serves a folder under /book/ and nothing else, as a host that gives a project a sub-path."""

    def translate_path(self, path):
        inside = path.startswith("/book/")
        return super().translate_path(path.removeprefix("/book") if inside else "/not-served")

    def log_message(self, *arguments):
        pass


def serve(folder):
    """Serve the folder from a thread, on a port of the system's choice; return the server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SubPath, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    return server


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
    """Open a page and wait for its mathematics and pictures; return it with the notes of `watch`."""
    page = context.new_page()
    noted = watch(page, base)
    answer = page.goto(f"{base}{name}.html{query}")
    assert answer.ok, f"{answer.status} {answer.url}"
    page.wait_for_selector("html[data-book-ready]")
    page.evaluate("Promise.all([...document.images].map(i => i.decode().catch(() => {})))")
    return page, noted


# What the tests want to know of a page, asked of the browser in one go.
FACTS = """() => {
  const article = document.querySelector("article") ?? document.querySelector("main");
  const texts = [];
  const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.parentElement.closest("code, pre, script, style, mjx-container")) texts.push(node.textContent);
  }
  const leastAlpha = (image) => {
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
    const pen = canvas.getContext("2d");
    pen.drawImage(image, 0, 0);
    const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
    let least = 255;
    for (let i = 3; i < data.length; i += 4) least = Math.min(least, data[i]);
    return least;
  };
  const attributes = ["src", "href", "srcset", "action"];
  return {
    title: document.title,
    heading: article.querySelector("h1")?.firstChild.textContent ?? "",
    text: texts.join("\\n"),
    printed: [...document.querySelectorAll(".cell_output")].map((out) => out.textContent).join("\\n"),
    emptyOutputs: [...document.querySelectorAll(".cell_output .output")]
      .filter((out) => !out.textContent.trim() && !out.querySelector("img, svg, canvas, input"))
      .map((out) => out.outerHTML.slice(0, 200)),
    images: [...document.images].map((image) => ({
      src: image.getAttribute("src").slice(0, 100), alt: image.getAttribute("alt"), width: image.naturalWidth })),
    figures: [...article.querySelectorAll("img")].map((image) => ({ alt: image.alt, alpha: leastAlpha(image) })),
    buttons: [...document.querySelectorAll(".article-header-buttons a")].map((a) => a.textContent.trim()),
    links: [...document.querySelectorAll("a[href]")].map((a) => a.href),
    ids: [...document.querySelectorAll("[id]")].map((node) => node.id),
    slashes: [...document.querySelectorAll("[src], [href], [srcset], [action]")]
      .flatMap((node) => attributes.map((name) => node.getAttribute(name)))
      .filter((value) => value?.startsWith("/")),
    badMaths: [...document.querySelectorAll("mjx-merror, [data-mjx-error]")].map((m) => m.textContent),
  };
}"""

# At the width of a telephone: the page's own width, and what reaches past its edge without
# scrolling inside a box that fits, or stands scrolled away from its left end.
NARROW = """() => ({
  width: document.scrollingElement.scrollWidth,
  cut: [...document.querySelectorAll("div.math, mjx-container, table, pre, .flipbook")].filter((node) => {
    const right = (n) => n.getBoundingClientRect().right;
    if (!node.getClientRects().length) return false;
    for (let box = node; box !== document.body; box = box.parentElement)
      if (/auto|scroll/.test(getComputedStyle(box).overflowX))
        return box.scrollLeft !== 0 || right(box) > innerWidth + 1;
    return right(node) > innerWidth + 1;
  }).map((node) => node.outerHTML.slice(0, 150)),
})"""

# The contrast between the darkest and the lightest pixel of a screenshot, as WCAG counts it.
CONTRAST = """async (bytes) => {
  const image = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
  const canvas = new OffscreenCanvas(image.width, image.height);
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, image.width, image.height);
  const channel = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  let low = 1, high = 0;
  for (let i = 0; i < data.length; i += 4) {
    const light = 0.2126 * channel(data[i]) + 0.7152 * channel(data[i + 1]) + 0.0722 * channel(data[i + 2]);
    low = Math.min(low, light);
    high = Math.max(high, light);
  }
  return (high + 0.05) / (low + 0.05);
}"""


def visit(contexts, base, name):
    """Open a page in both colour schemes and at three widths: a dict of all that the tests ask."""
    page, noted = open_page(contexts["light"], base, name)
    found = page.evaluate(FACTS)
    found["noted"] = copy.deepcopy(noted)  # axe, below, loads style sheets in ways of its own
    found["axe"] = {"light": violations(page)}
    found["narrow"] = {}
    for width in 380, 360:
        page.set_viewport_size({"width": width, "height": 780})
        found["narrow"][width] = page.evaluate(NARROW)
    page.close()

    page, _ = open_page(contexts["dark"], base, name)
    figures = page.locator("article .cell_output img")
    shots = [figure.screenshot() for figure in figures.all() if figure.is_visible()]
    found["darkContrast"] = [page.evaluate(CONTRAST, list(shot)) for shot in shots]
    found["axe"]["dark"] = violations(page)
    page.close()
    return found


def violations(page):
    """What axe finds on a page, a line a node."""
    return [f"{rule['id']}: {node['target'][0]}: {node['failureSummary'][:300]}"
            for rule in Axe().run(page).response["violations"] for node in rule["nodes"]]
