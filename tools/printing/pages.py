"""The built pages, in the order of the contents."""

import re
from dataclasses import dataclass

import yaml
from bs4 import BeautifulSoup, SoupStrainer, Tag

from tools.places import ROOT, SITE

FOLDER = ROOT / "_build" / "paper"  # what is printed, to be looked at in a browser
CARDS = re.compile(r'<template id="book-cards">.*?</template>', re.S)


@dataclass
class Page:
    """A page of the site; name is its path without suffix."""

    name: str
    title: str
    article: Tag
    part: str = ""

    @property
    def slug(self):
        """A short name, to keep the ids of one page apart from those of another."""
        return self.name.split("/")[-1].replace("_", "-")


def contents():
    """[(part, name of a page)], in reading order; the welcome page belongs to no part."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    parts = [(part["caption"], chapter["file"])
             for part in toc["parts"] for chapter in part["chapters"]]
    return [("", toc["root"]), *parts]


def read(name, part=""):
    """The Page of this name, from the built site."""
    text = (SITE / f"{name}.html").read_text(encoding="utf-8")
    parsed = BeautifulSoup(CARDS.sub("", text), "lxml",
                           parse_only=SoupStrainer("article"))
    article = parsed.article
    for link in article.select("a.headerlink"):
        link.decompose()
    return Page(name, words(article.h1), article, part)


def words(node):
    """The text of a node, on one line."""
    return " ".join(node.get_text().split())


def head(name):
    """The head of a page, for its sheets, its scripts and its address."""
    text = (SITE / f"{name}.html").read_text(encoding="utf-8")
    return BeautifulSoup(text, "lxml", parse_only=SoupStrainer("head")).head


def site_address():
    """Where the site is published, or an empty string."""
    (_, welcome), *_ = contents()
    link = head(welcome).select_one("link[rel=canonical]")
    return link["href"] if link else ""
