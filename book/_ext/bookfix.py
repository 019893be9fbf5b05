"""From notebooks to a page: what the theme writes is opened once more, and mended.

The theme's own builder knows nothing of a chapter's formulas, figures and exercises, and it loads
more than a reader needs. When all pages are written, each is read again and passed through the
modules beside this one.
"""

import sys
from pathlib import Path

from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(Path(__file__).parent), str(ROOT / "notebooks"), str(ROOT)]
import cells  # noqa: E402
import head  # noqa: E402
import linked  # noqa: E402

FOLDERS = "book", "notebooks", "."  # the pages that the book has; _static holds none


def finish(app, exception):
    """Mend every page of the site, and write those that the theme does not."""
    if exception or app.builder.format != "html":
        return
    out, settings = Path(app.outdir), app.config
    paths = [path for folder in FOLDERS for path in sorted((out / folder).glob("*.html"))]
    pages = {path.relative_to(out).as_posix(): BeautifulSoup(path.read_text("utf-8"), "html.parser")
             for path in paths if path.name not in ("index.html", "404.html")}
    address = head.address(settings)
    for name, page in pages.items():
        cells.mend(page)
        linked.label(name, page, out)
    targets = linked.targets(pages)
    for name, page in pages.items():
        linked.link(name, page, targets)
        head.mend(name, page, address)
    for name, page in pages.items():
        (out / name).write_text(str(page), encoding="utf-8")
    head.write_index(out, pages["book/intro.html"], address)
    head.write_missing(out, Path(app.srcdir) / "book/_templates/404.html", address)


def setup(app):
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
