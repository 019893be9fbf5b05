"""From notebooks to a page: what the theme writes is opened once more, and mended.

The theme's own builder knows nothing of a chapter's formulas, figures and exercises, and it loads
more than a reader needs. When all pages are written, each is read again and passed through the
modules beside this one.
"""

import shutil
import sys
from pathlib import Path

from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(Path(__file__).parent), str(ROOT / "notebooks"), str(ROOT)]
import address  # noqa: E402
import cells  # noqa: E402
import glossed  # noqa: E402
import head  # noqa: E402
import linked  # noqa: E402
import previews  # noqa: E402
import reading  # noqa: E402
import recall  # noqa: E402
import ways  # noqa: E402

from tools import glossary, short_path  # noqa: E402

MADE = "search", "genindex"  # the pages that no file of ours stands behind


def finish(app, exception):
    """Mend every page of the site, and write those that the theme does not."""
    if exception or app.builder.format != "html":
        return
    out, settings = Path(app.outdir), app.config
    names = [f"{name}.html" for name in (*sorted(app.env.found_docs), *MADE)]
    pages = {name: BeautifulSoup((out / name).read_text("utf-8"), "html.parser") for name in names}
    book = address.book(settings)
    for name, page in pages.items():
        cells.mend(page)
        linked.label(name, page, out)
    recall.gather(pages)
    targets, cards = linked.targets(pages), previews.write_cards(out, pages, book)
    words, path = glossary.terms(), short_path.stops(short_path.page_text())
    for name, page in pages.items():
        if name.startswith("notebooks/"):
            glossed.link(page, words)
        linked.link(name, page, targets)
        reading.mark(name, page, path)
        head.mend(name, page, book, cards[name])
        ways.show(name, page, book, (out / "lite").is_dir())
    for name, page in pages.items():
        (out / name).write_text(str(page), encoding="utf-8")
    head.write_index(out, pages["book/intro.html"])
    ways.write_files(out)
    for path in out.glob("_static/**/*.map"):
        path.unlink()  # for those who debug the theme
    previews.write_icons(out)
    address.write_map(out, pages, book)
    address.write_missing(out, Path(app.srcdir) / "book/_templates/404.html", book)


def dated(app):
    """Let each page say when it last changed, as git knows it; without git it says nothing."""
    if shutil.which("git"):
        app.setup_extension("sphinx_last_updated_by_git")
        app.connect("config-inited", date, priority=400)  # before the extension reads them


def date(app, config):
    """How the day is written."""
    config.html_last_updated_fmt, config.git_last_updated_timezone = "%d %B %Y", "UTC"
    config.git_untracked_show_sourcelink = True  # a new page can be downloaded too


def setup(app):
    app.connect("build-finished", finish)
    dated(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
