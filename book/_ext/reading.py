"""What helps to find the way: the short path and the marks of what was read, in the contents too.

The marks themselves are kept by book/_static/progress.js in the reader's browser. Here each chapter
gets its place for one, so that nothing moves when it appears.
"""

import re
from posixpath import dirname, join, normpath, relpath

CHAPTER = re.compile(r"notebooks/(\w+)\.html")
WELCOME, PATH, BACK = "book/intro.html", "book/short-path.html", "book/come-back.html"


def mark(name, page, path):
    """Put the short path, and the places for marks, on a page. `path`: the Stops, in order."""
    stems = [stop.stem for stop in path]
    for link in page.select(".bd-sidebar-primary .bd-links a[href]"):
        found = CHAPTER.fullmatch(address_of(name, link["href"]))
        if found:
            link.extend(signs(page, found[1], found[1] in stems))
    home = page.select_one(".bd-sidebar-primary .bd-sidenav__home-link")
    if home:
        home.insert_after(key(page, name))
    chapter = CHAPTER.fullmatch(name)
    if chapter:
        foot(page, chapter[1], stems)
        leave_out(page, next((stop for stop in path if stop.stem == chapter[1]), None))
    if name == WELCOME:
        welcome(page)


def address_of(name, href):
    """The page that a link of the page `name` leads to."""
    target = href.partition("#")[0]
    return normpath(join(dirname(name), target)) if target else name


def signs(page, stem, on_path):
    """A dot for a chapter of the short path, and the place where its mark will be."""
    dot = tag(page, "span", "book-dot")
    if on_path:
        dot.extend([hidden(page, "●"), tag(page, "span", "book-heard", ", on the short path")])
    return [dot, tag(page, "span", "book-done", data_chapter=stem)]


def tag(page, kind, style, words="", **attributes):
    """A new tag; data_x is written data-x."""
    attributes = {key.replace("_", "-"): value for key, value in attributes.items()}
    made = page.new_tag(kind, attrs={"class": style, **attributes})
    if words:
        made.string = words
    return made


def hidden(page, sign):
    """A sign for the eye alone."""
    return tag(page, "span", "book-sign", sign, aria_hidden="true")


def link(page, name, target, words):
    return tag(page, "a", "book-way", words, href=relpath(target, dirname(name)))


def key(page, name):
    """What the signs in the contents mean."""
    line = tag(page, "p", "book-key")
    line.extend([hidden(page, "●"), " ", link(page, name, PATH, "the short path"), " · ",
                 hidden(page, "✓"), " ", link(page, name, BACK, "read")])
    return line


def foot(page, stem, stems):
    """At the foot of a chapter: the button for its mark, and the way on along the path."""
    name = f"notebooks/{stem}.html"
    box = tag(page, "div", "book-foot")
    button = tag(page, "button", "book-read", "I’ve read this chapter", type="button",
                 aria_pressed="false", data_chapter=stem)
    line = tag(page, "p", "book-told", "Kept in this browser alone. Marked chapters ")
    line.extend([link(page, name, BACK, "ask you their questions"), " again."])
    box.extend([button, line])
    if stem in stems:
        box.append(along(page, name, stems[stems.index(stem) + 1:]))
    page.select_one("article").append(box)


def along(page, name, rest):
    """The line that leads on along the path, of which these stems are left."""
    line = tag(page, "p", "book-along")
    if rest:
        title = rest[0].replace("_", " ")
        for entry in page.select(f".bd-sidebar-primary a[href='{rest[0]}.html']"):
            title = " ".join(entry.contents[0].split())
        line.extend([hidden(page, "●"), " Next on the short path: ",
                     link(page, name, f"notebooks/{rest[0]}.html", title)])
    else:
        line.extend([hidden(page, "●"), " This is the end of the short path. ",
                     link(page, name, PATH, "What it left out"), " comes next."])
    return line


def leave_out(page, stop):
    """Under each heading where the path leaves the chapter: where it goes on."""
    if stop is None:
        return
    sections = page.select("article > section > section[id]")
    out = [section["id"] in stop.left_out.values() for section in sections]
    for i, section in enumerate(sections):
        if out[i] and not out[i - 1]:
            after = next(s for s, left in zip(sections[i:], out[i:]) if not left)
            line = tag(page, "p", "book-skip")
            way = tag(page, "a", "book-way", after.h2.contents[0].strip(), href=f"#{after['id']}")
            line.extend([hidden(page, "●"), " The short path goes on at ", way, "."])
            section.h2.insert_after(line)


def welcome(page):
    """In the table of the welcome page, places for marks; below it, how many there are."""
    table = page.select_one("article table")
    for way in table.select("a[href]"):
        found = CHAPTER.fullmatch(address_of(WELCOME, way["href"]))
        if found:
            way.insert_after(tag(page, "span", "book-done", data_chapter=found[1]))
    line = tag(page, "p", "book-progress")
    line.append(tag(page, "span", "book-count", "A button at the foot of each chapter marks it as "
                    "read, in this browser alone.", role="status"))
    line.append(tag(page, "button", "book-clear", "Clear the marks", type="button"))
    (table.find_parent(class_="pst-scrollable-table-container") or table).insert_after(line)
