"""Pack the built site, and the notebooks, to be carried away.

    python tools/offline.py

dist/back-to-basics-site.zip works from the disk: unzip it and open index.html. JupyterLite needs a
server and is left out; the live pages bring along what a browser would not load from the disk.
dist/back-to-basics-notebooks.zip holds the chapters, with all that they need to run.
"""

import base64
import json
import re
import shutil
import sys
import tempfile
from pathlib import Path
from string import Template

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tools import pack, places, student  # noqa: E402
from tools.places import write  # noqa: E402

ALIVE = "_static/alive"
NOT_CARRIED = "lite", "downloads", ".buildinfo", "*.map", "robots.txt", "sitemap.xml"
BESIDE = re.compile(r'"\./(\w+\.js)"')
MODULE = re.compile(r'<script\b[^>]*\btype="module"[^>]*>')
LITE = r'<a\b[^>]*href="(?:\.\./)*lite/[^>]*>(.*?)</a>'
GONE = re.compile(rf'(?<=Run this chapter: ){LITE}(?: · )?|<p class="book-run book-lite">.*?</p>'
                  r'|<script\b[^>]*own_copy\.js[^>]*></script>', re.S)
IN_WORDS = re.compile(LITE, re.S)
SUMMARIES = "SHOW_SEARCH_SUMMARY: true"


# ---- the site


def carry_site(site, folder):
    """Copy the site, and change what needs a server."""
    shutil.copytree(site, folder, ignore=shutil.ignore_patterns(*NOT_CARRIED))
    write(folder / ALIVE / "offline.js", bundle(folder / ALIVE))
    for path in [*folder.glob("*.html"), *folder.glob("book/*.html"),
                 *folder.glob("notebooks/*.html")]:
        write(path, from_disk(path.read_text(encoding="utf-8")))
    options = folder / "_static/documentation_options.js"
    text = options.read_text(encoding="utf-8")
    if SUMMARIES not in text:
        raise ValueError(f"{options.name}: given no {SUMMARIES!r}, wanted it, to switch it off")
    write(options, text.replace(SUMMARIES, "SHOW_SEARCH_SUMMARY: false"))  # it fetches every page


def from_disk(page):
    """The HTML of a page without links to what is not carried, and with scripts for modules."""
    page = IN_WORDS.sub(r"\1", GONE.sub("", page))
    return MODULE.sub(plain_script, page)


def plain_script(tag):
    """The tag of a module, as that of a plain script that brings the module along."""
    folder, name = re.search(r'src="([^"]*/)(\w+\.js)"', tag[0]).groups()
    plain = tag[0].replace(' type="module"', "").replace(' defer=""', "")
    return plain.replace(f'src="{folder}{name}"',
                         f'src="{folder}offline.js" data-module="{name}" defer=""')


def bundle(alive):
    """The script that brings along all modules of the live pages, and the files that they read."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(alive.glob("*.js"))}
    files = {path.name: base64.b64encode(path.read_bytes()).decode("ascii")
             for path in sorted([*alive.glob("*.bin"), *alive.glob("*.json")])}
    modules = [[name, texts[name]] for name in in_order(texts)]
    template = (ROOT / "tools/offline.js").read_text(encoding="utf-8")
    return Template(template).substitute(modules=json.dumps(modules), files=json.dumps(files))


def in_order(texts):
    """The names of the modules, each after those that it names.

    texts  {name: its source}
    """
    done = {}

    def add(name, above=()):
        if name in above:
            raise ValueError(f"{name}: given modules that import each other, wanted none that do")
        if name not in done:
            for other in BESIDE.findall(texts[name]):
                add(other, (*above, name))
            done[name] = True

    for name in texts:
        add(name)
    return list(done)


# ---- the notebooks


def carry_notebooks(folder):
    """Copy the chapters and what they import, read and link to."""
    shutil.copytree(ROOT / "notebooks", folder / "notebooks",
                    ignore=shutil.ignore_patterns("__pycache__", ".*", "conftest.py"))
    student.copy_whole(folder)
    shutil.copy(ROOT / "tools/offline_readme.md", folder / "README.md")


def main():
    places.need_site()
    places.DIST.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        site, notebooks = Path(place, "site"), Path(place, "notebooks")
        carry_site(places.SITE, site)
        pack.pack(site, places.DIST / "back-to-basics-site.zip", "back-to-basics-site")
        carry_notebooks(notebooks)
        pack.pack(notebooks, places.DIST / "back-to-basics-notebooks.zip", "back-to-basics")


if __name__ == "__main__":
    main()
