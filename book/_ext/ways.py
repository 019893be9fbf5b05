"""The ways to run a chapter: a line under its title, in place of the theme's rocket."""

import re

import nbformat

HOW = "../book/how-to-run.html"
MEGABYTES = 25  # as tests/site/test_lite.py measures it; "How to run it" says what that leaves out
COST = (f"The first start in the browser fetches more than {MEGABYTES} MB and can take a minute or "
        "two. Your changes stay in this browser alone until you ")
NO_TORCH = "This chapter runs PyTorch, which the Python in the browser doesn't have."
TORCH = re.compile(r"^ *import torch\b", re.M)


def show(name, page, where, lite):
    """Write the line under the title of a chapter. `lite`: the site holds JupyterLite."""
    launch = [(a.get_text(strip=True), a["href"])
              for a in page.select(".dropdown-launch-buttons a")]
    for menu in page.select(".dropdown-launch-buttons"):
        menu.decompose()
    heading = page.select_one("article h1")
    if not name.startswith("notebooks/") or heading is None:
        return
    chapter = name.removesuffix(".html") + ".ipynb"
    torch = any(TORCH.search(code.get_text()) for code in page.select(".cell_input pre"))
    ways = [("in the browser", f"../lite/notebooks/index.html?path={chapter}"),
            ("on your machine", HOW),
            *((f"in {words}", href) for words, href in launch if where.repository),
            ("as a notebook file", f"../_sources/{chapter}")]
    heading.insert_after(line(page, ways if lite and not torch else ways[1:]))
    if lite:
        page.select_one(".book-run").insert_after(note(page, torch))
        page.head.append(page.new_tag("script", src="../_static/own_copy.js", defer=""))


def line(page, ways):
    """The ways as links in a row."""
    row = page.new_tag("p", attrs={"class": "book-run"})
    row.append("Run this chapter: ")
    for i, (words, href) in enumerate(ways):
        a = page.new_tag("a", href=href)
        a.string = words
        row.extend([" · ", a] if i else [a])
    return row


def note(page, torch):
    """What the way through the browser costs, or why there is none."""
    words = page.new_tag("p", attrs={"class": "book-run book-lite"})
    words.append(NO_TORCH if torch else COST)
    if not torch:
        a = page.new_tag("a", href=f"{HOW}#in-your-browser")
        a.string = "download them"
        words.extend([a, "."])
    return words


def write_files(out):
    """Take the outputs out of the notebooks to download: the pages show them, in 25 MB."""
    for path in out.glob("_sources/notebooks/*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        nbformat.write(notebook, path)
