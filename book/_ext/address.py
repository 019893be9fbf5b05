"""What the book is called and where it is, and the files that say so to machines and the lost."""

import re
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

UNSET = "YOUR_ACCOUNT"  # in the address, until `make address` sets one
MADE = "search.html", "genindex.html"  # nobody looks for these


@dataclass
class Book:
    """The title, where the repository is, and where the site; empty strings until these are set."""

    title: str
    repository: str = ""
    site: str = ""

    @property
    def short(self):
        """The title up to its colon."""
        return self.title.partition(":")[0]


def book(settings):
    """The Book that _config.yml describes."""
    repository = settings.html_theme_options.get("repository_url", "")
    account = repository.rsplit("/", 2)[-2:-1]
    if account in ([], [UNSET]):
        repository = ""
    return Book(settings.html_title, repository, site(repository, settings.html_baseurl))


def site(repository, own):
    """The site's address with a slash at its end: its own one, or that of GitHub Pages."""
    if own:
        if not re.fullmatch(r"https?://[^/\s]+(/\S*)?", own):
            raise ValueError(f"_config.yml gives the baseurl {own}, wanted one like "
                             "https://book.school.example/")
        return own.rstrip("/") + "/"
    on_github = re.fullmatch(r"https://github\.com/([^/]+)/([^/]+)", repository)
    if not on_github:
        return ""
    host, project = f"{on_github[1].lower()}.github.io", on_github[2]
    return f"https://{host}/" if project.lower() == host else f"https://{host}/{project}/"


def url(name, where):
    """The one address of a page; the welcome page is the site's own."""
    return where.site + ("" if name == "book/intro.html" else name)


def write_map(out, pages, where):
    """sitemap.xml, and robots.txt that names it; without an address there is nothing to list."""
    if not where.site:
        return
    rows = []
    for name, page in pages.items():
        if name not in MADE:
            changed = page.select_one("meta[property='article:modified_time']")
            date = f"<lastmod>{changed['content'][:10]}</lastmod>" if changed else ""
            rows.append(f"<url><loc>{url(name, where)}</loc>{date}</url>")
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    text = "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', f'<urlset xmlns="{space}">', *rows,
                      "</urlset>\n"])
    (out / "sitemap.xml").write_text(text, encoding="utf-8")
    robots = f"User-agent: *\nAllow: /\nSitemap: {where.site}sitemap.xml\n"
    (out / "robots.txt").write_text(robots, encoding="utf-8")


def write_missing(out, template, where):
    """404.html, which a host shows at any depth: its links start at the site's own root."""
    text = template.read_text(encoding="utf-8").replace("BOOK_TITLE", escape(where.short))
    root = urlsplit(where.site).path
    if root:  # else its script must find the pages first
        text = text.replace(' id="ways" hidden', ' id="ways"')
    (out / "404.html").write_text(text.replace("SITE_ROOT", root), encoding="utf-8")
