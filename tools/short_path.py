"""Hold the short path to the chapters: its minutes and sections, and that nothing on it is missing.

    python tools/short_path.py     # exit 1, a line a finding, if there is any

The path stands in book/short-path.md alone: a table with a row for each chapter, the sections that
it leaves out, as links, and the minutes of the rest by the rule of reading_time.py. Exercises,
questions to recall and further reading are left out everywhere. What a kept section uses has to be
introduced in a kept section of the path so far, or by a bridge on that page.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":  # the folder that holds `tools`
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tools import prerequisites, reading_time
from tools.places import ROOT

PAGE = Path("book/short-path.md")
LEAST, MOST = 5.5 * 60, 6.5 * 60  # minutes that may still be called six hours
ROW = re.compile(r"^\| \[[^\]]+\]\(\.\./notebooks/(\w+)\.ipynb\) \| (.*) \| (\d+) \|$", re.M)
LEFT_OUT = re.compile(r"\[([^\]]+)\]\([^)#]+#([^)]+)\)")


@dataclass
class Stop:
    """A chapter of the path: its file's stem, what it leaves out, and the minutes of the rest."""

    stem: str
    left_out: dict  # {title of a section: its anchor}
    minutes: int

    def kept(self, root=ROOT):
        """The Sections of the chapter that are on the path."""
        found = reading_time.sections(root / "notebooks" / f"{self.stem}.ipynb")
        return [section for section in found if section.title not in self.left_out
                and section.title != reading_time.APART and not section.title.endswith("to recall")
                and not reading_time.is_practice(section)]


def page_text(root=ROOT):
    return (root / PAGE).read_text(encoding="utf-8")


def stops(page):
    """The Stops of the path on this page, in order."""
    return [Stop(stem, dict(LEFT_OUT.findall(cell)), int(minutes))
            for stem, cell, minutes in ROW.findall(page)]


def hours(path):
    """The hours of these Stops, as they state them, to the half."""
    return round(sum(stop.minutes for stop in path) / 30) / 2


def wrong_rows(path, root=ROOT):
    """Sentences on sections that don't exist and minutes that aren't those of the rule."""
    found = []
    for stop in path:
        titles = {section.title for section in reading_time.sections(
            root / "notebooks" / f"{stop.stem}.ipynb")}
        found += [f'{stop.stem} has no section "{title}"' for title in set(stop.left_out) - titles]
        rule = reading_time.rounded(sum(map(reading_time.minutes, stop.kept(root))))
        if rule != stop.minutes:
            found.append(f"{stop.stem} takes {rule} minutes on the path, not {stop.minutes}")
    return found


def wrong_sum(path, root=ROOT):
    """Sentences on the sum of the path, and on the pages that state it."""
    total = sum(stop.minutes for stop in path)
    found = [] if LEAST <= total <= MOST else [f"the path takes {total} minutes, not six hours"]
    return found + [f"{page} doesn't say about {hours(path):g} hours"
                    for page in (PAGE.as_posix(), "book/intro.md")
                    if f"about {hours(path):g} hours" not in (root / page).read_text("utf-8")]


def as_chapter(stop, root=ROOT):
    """What is kept of a chapter, as prerequisites.py sees a chapter."""
    cells = [cell for section in stop.kept(root) for cell in section.cells]
    code = [cell for cell in cells if cell.cell_type == "code"]
    text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    core = [cell.source for cell in code if "core" in cell.metadata.get("tags", ())]
    return prerequisites.Chapter(stop.stem[:2], text, [cell.source for cell in code], core)


def gaps(path, whole, words, page, root=ROOT):
    """Sentences on what the path uses and neither the path so far nor its page has introduced.

    whole: prerequisites.book(). words: prerequisites.words_at_home(). page: the page's text.
    """
    known = prerequisites.labels(whole.values())
    homes = {name: c.number for c in whole.values() for name in c.makes}
    found, so_far = [], [prerequisites.Chapter("path", page, [], [])]
    for chapter in (as_chapter(stop, root) for stop in path):
        so_far.append(chapter)
        missing = set(prerequisites.MENTION.findall(chapter.text)) & known
        missing -= prerequisites.labels(so_far)
        away = chapter.imports & set(homes) - {name for c in so_far for name in c.makes}
        found += [f"{chapter.number} uses formula ({f})" for f in sorted(missing)]
        found += [f"{chapter.number} uses {name}" for name in sorted(away)
                  if not any(f"`{name}" in c.text for c in so_far)]
        found += [f'{chapter.number} uses "{word}"' for word in words
                  if is_left_out(word, chapter, so_far, whole)]
    return [f"on the short path, {line}, which is not introduced on it" for line in found]


def is_left_out(word, chapter, so_far, whole):
    """Whether a word is used that was explained earlier, but only in what the path leaves out."""
    return (word not in prerequisites.SCHOOL and prerequisites.uses(word, chapter)
            and not any(prerequisites.explains(word, c) for c in so_far)
            and any(prerequisites.explains(word, c) for c in whole.values()
                    if c.number <= chapter.number))


def findings(page, whole, words, root=ROOT):
    """All sentences that say what is wrong with the path on this page."""
    path = stops(page)
    return wrong_rows(path, root) + wrong_sum(path, root) + gaps(path, whole, words, page, root)


def main():
    page = page_text()
    found = findings(page, prerequisites.book(), prerequisites.words_at_home())
    print("\n".join(found) or f"short path: {hours(stops(page)):g} hours, nothing to mend")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
