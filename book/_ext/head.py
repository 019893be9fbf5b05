"""The head of each page, and the page at the site's own address."""

import copy
import re
from posixpath import join, normpath

import address

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


def mend(name, page, where, card):
    """Change what the theme put into the head and round the article; `card` is its picture."""
    page.html["data-theme"] = "light"  # what a reader without scripts sees
    for view in page.select("meta[name=viewport]")[1:]:
        view.decompose()
    mend_scripts(name, page)
    for sheet in page.select(SHEETS):
        sheet.decompose()
    describe(name, page, where, card)
    if not where.repository:
        for menu in page.select(f".dropdown-source-buttons, a[href*={address.UNSET}]"):
            menu.decompose()
    for corner in page.select("th.head"):
        if not corner.get_text(strip=True) and not corner.select(".math"):
            corner.name = "td"  # the empty corner of a table heads nothing
    tell_without_scripts(page)


def mend_scripts(name, page):
    """Take out the scripts that a page doesn't use; the others let it be painted first."""
    maths = page.select_one("article .math")  # those of the cards stand in the article too
    for script in page.select("script"):
        source, text = script.get("src", ""), script.string or ""
        unused = UNUSED.search(source + text) or "thebe" in script.get("type", "")
        if unused or SEARCH.search(source) and name != "search.html" or (
                not maths and ("mathjax" in source.lower() or "MathJax" in text)):
            script.decompose()
        elif "data-cfasync" in script.attrs:
            script.string = THEME
        elif source and "documentation_options" not in source:  # inline scripts write into that one
            script["defer"] = ""


def tell_without_scripts(page):
    """Say at the top of the article what is missing where scripts are switched off."""
    article = page.select_one("article")
    if article:
        without = page.new_tag("noscript")
        note = page.new_tag("p", attrs={"class": "book-note"})
        note.string = NO_SCRIPTS
        without.append(note)
        article.insert(0, without)


def describe(name, page, where, card):
    """Title, description, card for those who link to the page, its one address, and its icons."""
    heading = page.select_one("article h1")
    own = heading.contents[0] if heading else page.title.get_text().split(" — ")[0]
    own = " ".join(own.split())
    page.title.string = where.title if name == "book/intro.html" else f"{own} · {where.short}"
    up = "../" * name.count("/")
    words = description(page) or where.title
    facts = {"description": words, "og:title": page.title.string, "og:description": words,
             "og:type": "article" if name.startswith("notebooks/") else "website",
             "og:site_name": where.short, "og:image": (where.site or up) + card,
             "og:image:width": "1200", "og:image:height": "630",
             "og:image:alt": f"The title of the page, {own}, beside a picture from it.",
             "twitter:card": "summary_large_image"}
    for link in page.select("link[rel=canonical]"):  # Sphinx knows the site's own address alone
        link.decompose()
    if where.site:
        facts["og:url"] = address.url(name, where)
        page.head.append(page.new_tag("link", rel="canonical", href=facts["og:url"]))
    for key, value in facts.items():
        kind = "property" if key.startswith("og:") else "name"
        page.head.append(page.new_tag("meta", attrs={kind: key, "content": value}))
    for rel, file, size in (("icon", "favicon.ico", "32x32"),
                            ("apple-touch-icon", "apple-touch-icon.png", "180x180")):
        page.head.append(page.new_tag("link", rel=rel, href=up + file, sizes=size))


def description(page):
    """The first paragraph that says something by itself, at most 160 letters of it."""
    texts = [" ".join(p.get_text().split()) for p in page.select("article p")]
    text = next((t for t in texts if len(t) > 60 and "\\(" not in t and "Time" not in t[:6]), "")
    return text if len(text) <= 160 else text[:157].rsplit(" ", 1)[0] + " ..."


def write_index(out, welcome):
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
