"""The head of each page, its way to run it, and the pages that the theme does not write."""

import copy
import re
from dataclasses import dataclass
from posixpath import join, normpath

TITLE = "Back to Basics: a neural network in NumPy"
# Before the first paint: the colours that the reader chose, or those of the machine.
THEME = """
(() => {
  let mode = "auto";
  try { mode = localStorage.getItem("mode") || "auto"; } catch { /* storage is switched off */ }
  const dark = mode === "dark" ||
    mode === "auto" && matchMedia("(prefers-color-scheme: dark)").matches;
  const root = document.documentElement;
  root.dataset.mode = mode;
  root.dataset.theme = root.style.colorScheme = dark ? "dark" : "light";
})();
"""
# Only the search page searches; this book has no dropdown that needs the toggle button.
UNUSED = re.compile(
    r"fontawesome\.js|thebe|THEBE|kernelName|toggle(button|Hint|Open)|design-tabs\.js")
SHEETS = "link[href*=thebe], link[href*=togglebutton], link[href*=sphinx-design]"
SEARCH = re.compile(r"searchtools\.js|language_data\.js|searchindex\.js")
NO_SCRIPTS = ("This page works without scripts, but for three things: formulas show as they were "
              "typed, the labs show their first picture alone, and the search finds nothing.")


@dataclass
class Address:
    """Where the repository is, and where the site; empty strings until `make address` sets one."""

    repository: str
    site: str


def address(settings):
    """The address in the settings; YOUR_ACCOUNT is none."""
    repository = settings.html_theme_options.get("repository_url", "")
    account, _, project = repository.removeprefix("https://github.com/").partition("/")
    if not project or account == "YOUR_ACCOUNT":
        return Address("", "")
    return Address(repository, f"https://{account.lower()}.github.io/{project}/")


def mend(name, page, where):
    """Change what the theme put into the head and round the article."""
    root, scripts = page.html, page.select("script")
    root["data-theme"] = "light"  # what a reader without scripts sees
    for view in page.select("meta[name=viewport]")[1:]:
        view.decompose()
    maths = page.select_one("article .math")  # those of the cards stand in the article too
    for script in scripts:
        source, text = script.get("src", ""), script.string or ""
        unused = UNUSED.search(source + text) or "thebe" in script.get("type", "")
        if unused or SEARCH.search(source) and name != "search.html" or (
                not maths and ("mathjax" in source.lower() or "MathJax" in text)):
            script.decompose()
        elif "data-cfasync" in script.attrs:
            script.string = THEME
        elif source and "documentation_options" not in source:  # inline scripts write into that one
            script["defer"] = ""
    for sheet in page.select(SHEETS):
        sheet.decompose()
    describe(name, page, where)
    ways_to_run(name, page, where)
    for corner in page.select("th.head"):
        if not corner.get_text(strip=True) and not corner.select(".math"):
            corner.name = "td"  # the empty corner of a table heads nothing
    article = page.select_one("article")
    if article:
        for notice in page.select("p.component-author"):  # "By the authors of" helps nobody
            notice.decompose()
        without = page.new_tag("noscript")
        note = page.new_tag("p", attrs={"class": "book-note"})
        note.string = NO_SCRIPTS
        without.append(note)
        article.insert(0, without)


def describe(name, page, where):
    """Title, description, card for those who link to the page, and its one address."""
    heading = page.select_one("article h1")
    own = (heading.contents[0] if heading else page.title.get_text().split(" — ")[0]).strip()
    page.title.string = TITLE if name == "book/intro.html" else f"{own} · Back to Basics"
    texts = [" ".join(p.get_text().split()) for p in page.select("article p")]
    text = next((t for t in texts if len(t) > 60 and "\\(" not in t and "Time" not in t[:6]), TITLE)
    words = text if len(text) <= 160 else text[:157].rsplit(" ", 1)[0] + " ..."
    up = "../" if "/" in name else ""
    facts = {"description": words, "og:title": page.title.string, "og:description": words,
             "og:type": "article" if name.startswith("notebooks/") else "website",
             "og:site_name": "Back to Basics",
             "og:image": (where.site or up) + "_static/network.png",
             "twitter:card": "summary_large_image"}
    if where.site:
        facts["og:url"] = where.site + ("" if name == "book/intro.html" else name)
        page.head.append(page.new_tag("link", rel="canonical", href=facts["og:url"]))
    for key, value in facts.items():
        kind = "property" if key.startswith("og:") else "name"
        page.head.append(page.new_tag("meta", attrs={kind: key, "content": value}))


def ways_to_run(name, page, where):
    """A line of words under a chapter's title, in place of a rocket."""
    launch = [(a.get_text(strip=True), a["href"])
              for a in page.select(".dropdown-launch-buttons a")]
    for menu in page.select(".dropdown-launch-buttons"):
        menu.decompose()
    if not where.repository:
        for menu in page.select(".dropdown-source-buttons, a[href*=YOUR_ACCOUNT]"):
            menu.decompose()
        launch = []
    heading = page.select_one("article h1")
    if not name.startswith("notebooks/") or heading is None:
        return
    ways = [("on your machine", "../book/how-to-run.html"),
            *((f"in {words}", href) for words, href in launch),
            ("the notebook as a file", f"../_sources/{name.removesuffix('.html')}.ipynb")]
    line = page.new_tag("p", attrs={"class": "book-run"})
    line.append("Run this chapter: ")
    for i, (words, href) in enumerate(ways):
        a = page.new_tag("a", href=href)
        a.string = words
        line.extend([" · ", a] if i else [a])
    heading.insert_after(line)


def write_index(out, welcome, where):
    """The address of the site itself shows the welcome page, not a sentence that forwards."""
    page = copy.copy(welcome)
    page.html["data-content_root"] = "./"
    for node in page.select("[href], [src], [srcset], [content^='../']"):
        for key in "href", "src", "srcset", "content":
            value = node.get(key, "")
            inside = value.startswith("../") if key == "content" else value
            if inside and not re.match(r"[a-z]+:|#", value):
                node[key] = normpath(join("book", value))
    (out / "index.html").write_text(str(page), encoding="utf-8")


def write_missing(out, template, where):
    """404.html, which a host shows at any depth: its links start at the site's own root."""
    text = template.read_text(encoding="utf-8").replace("SITE_ROOT", where.site or "/")
    (out / "404.html").write_text(text, encoding="utf-8")
