"""The ids and links of a page, as they have to be in a document of several pages."""

import re
from os.path import relpath
from posixpath import dirname, join, normpath

from . import pages

IDS = "id", "for", "aria-labelledby", "aria-describedby"
ELSEWHERE = re.compile("[a-z]+:")


def own_ids(section, slug):
    """Ids of two pages may be equal: each is led by its page's own name."""
    for node in section.select(", ".join(f"[{key}]" for key in IDS)):
        for key in IDS:
            if key in node.attrs and node[key] != slug:
                node[key] = " ".join(f"{slug}--{one}" for one in node[key].split())
    for node in section.select("[data-anchor]"):
        node["data-anchor"] = f"{slug}--{node['data-anchor']}"


def relocate(section, name):
    """Addresses of pictures and links as seen from where the volume stands."""
    up = relpath(pages.SITE / dirname(name), pages.FOLDER)
    for image in section.select("img[src]"):
        if not ELSEWHERE.match(image["src"]):
            image["src"] = join(up, image["src"])
    for a in section.select("a[href]"):
        if not ELSEWHERE.match(a["href"]):
            path, _, anchor = a["href"].partition("#")
            page = normpath(join(dirname(name), path)) if path else f"{name}.html"
            a["href"] = f"{page}#{anchor}"


def resolve(sections, slugs):
    """Links to pages of the volume stay inside it; others lead to the site, where it is known."""
    known = {node.get("id") for section in sections for node in [section, *section.select("[id]")]}
    site = pages.site_address()
    for a in (a for section in sections for a in section.select("a[href]")):
        path, _, anchor = a["href"].partition("#")
        if ELSEWHERE.match(path):
            continue
        slug = slugs.get(path.partition("?")[0].removesuffix(".html"))
        inside = f"{slug}--{anchor}" if anchor else slug
        if inside in known:
            a["href"] = f"#{inside}"
        elif site:
            a["href"] = site + a["href"].removesuffix("#")
        else:
            a.unwrap()
