"""The words of the glossary, linked at their first use in each chapter.

A notebook links a word only at its first use in the whole book, so that its text stays readable.
On the site a link shows the word's entry on a card, which helps in every chapter.
"""

import re

from bs4 import NavigableString

from tools import glossary

PROSE = "p", "li", "dd"
CLOSED = "pre", "code", "a", "summary", "script", "style", "template", "button", "em"
APART = "book-run", "book-label", "book-open", "book-note"
READING = re.compile("^further-reading")  # a list of other works
PAGE = "../book/glossary.html"


def link(page, words):
    """Link each of the words, {word: anchor}, where the chapter's prose first uses it."""
    texts = [text for text in page.select_one("article").find_all(string=re.compile(r"\w"))
             if is_open(text)]
    linked = {a["href"].partition("#")[2] for a in page.select("article a[href*='glossary.html#']")}
    for word, anchor in sorted(words.items(), key=lambda item: -len(item[0])):
        if anchor not in linked:
            pattern = glossary.pattern(word)
            at = next((i for i, text in enumerate(texts) if pattern.search(text)), None)
            if at is not None:
                linked.add(anchor)
                texts[at:at + 1] = wrap(page, texts[at], pattern, anchor)


def is_open(text):
    """Whether a text is prose that takes links."""
    block = text.find_parent(PROSE)
    if block is None or block.get_text().startswith("Time "):
        return False
    works = text.find_parent("li") and text.find_parent(id=READING)
    return not (works or text.find_parent(CLOSED) or text.find_parent(class_=("math", *APART)))


def wrap(page, text, pattern, anchor):
    """Make the first match a link; return what is left of the text, before and after it."""
    match = pattern.search(text)
    before, after = NavigableString(text[:match.start()]), NavigableString(text[match.end():])
    a = page.new_tag("a", href=f"{PAGE}#{anchor}", attrs={"class": "book-term"})
    a.string = match[0]
    text.replace_with(before, a, after)
    return [before, after]
