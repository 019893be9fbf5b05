"""Work out how long each chapter takes, by one rule, and hold the chapters to it.

    python tools/reading_time.py           # print the minutes of each chapter, and their parts
    python tools/reading_time.py --write   # put them into the line **Time** of each chapter
    python tools/reading_time.py --check   # exit 1 if a chapter's line says something else

The rule, for a first reading with the cells run, the predictions made, half of the exercises done:

- Prose takes a minute for 180 words. Adults read English non-fiction at 238 words a minute in the
  mean of 190 studies (Brysbaert, 2019), and Barre and Esarey's estimator of course work (Rice
  University, 2016) gives 180 to text with some new concepts in it, read to understand.
- A line of displayed mathematics takes a minute. It holds some thirty symbols, which you read, and
  check against the line before: two times thirty, at the 65 a minute that the estimator gives to
  text with many new concepts, read with a pencil in the hand.
- Twelve lines of shown code take a minute. They hold about a hundred words and numbers, at the 90 a
  minute of text with some new concepts, read with a pencil in the hand.
- A figure takes one minute, a lab three, and a prediction two, in which you write something down.
- A question to recall takes two minutes. An exercise takes ten, a warm-up five, and half of them
  count.

The last two are our own estimate; no study that we know of has timed such things. Folded code,
answers, solutions, the text of the exercises and the further reading don't count. The sum is
rounded to five minutes, and the line in a chapter may differ from it by five, so that a sentence
more or less changes nothing.
"""

import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat

if __name__ == "__main__":  # the folder that holds `tools`
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tools import execute, rhythm
from tools.places import ROOT, chapters, write

TOLERANCE = 5  # minutes
PER_MINUTE = {"words": 180, "code": 12}
MINUTES = {"formulas": 1, "figures": 1, "labs": 3, "predictions": 2, "questions": 2,
           "exercises": 10 / 2, "warm-ups": 5 / 2}
TIME = re.compile(r"(?<=\*\*Time\*\* about )\d+(?= minutes)")
SECTION = re.compile(r"^(?=## )", re.M)
PRACTICE = re.compile(r"^### Exercise", re.M)
DISPLAY = re.compile(r"\$\$(.*?)\$\$", re.S)
LINE_END = re.compile(r"\\\\(?![a-z])")
UNSHOWN = rhythm.FOLDED | {"exercise", "solution"}
APART = "Further reading"  # its words are addresses


@dataclass
class Section:
    """A part of a chapter from one heading ## to the next; the opening has no title."""

    title: str
    cells: list


@cache
def sections(path):
    """The Sections of a chapter, which is read once."""
    found = [Section("", [])]
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type != "markdown":
            found[-1].cells.append(cell)
            continue
        for piece in SECTION.split(cell.source):
            if piece.startswith("## "):
                found.append(Section(piece.splitlines()[0].removeprefix("## ").strip(), []))
            found[-1].cells.append(nbformat.v4.new_markdown_cell(piece))
    return found


def counts(section):
    """{what: how many} of one section."""
    text = "\n\n".join(cell.source for cell in section.cells if cell.cell_type == "markdown")
    if is_practice(section) or section.title == APART:
        kind = "warm-ups" if section.title == "Warm-ups" else "exercises"
        return {kind: len(PRACTICE.findall(text))}
    code = [cell for cell in section.cells if cell.cell_type == "code"]
    tags = [set(cell.metadata.get("tags", ())) for cell in code]
    shown = [cell.source for cell, tag in zip(code, tags) if not tag & UNSHOWN]
    prose = rhythm.ANSWER.sub("", text)
    return {
        "words": len(rhythm.words(rhythm.plain(prose))),
        "formulas": sum(1 + len(LINE_END.findall(maths)) for maths in DISPLAY.findall(prose)),
        "code": sum(bool(line.strip()) for source in shown for line in source.splitlines()),
        "figures": sum(is_figure(cell) for cell in code),
        "labs": sum("lab" in tag for tag in tags),
        "predictions": len(rhythm.PREDICT.findall(prose)),
        "questions": text.count("<summary>Answer"),
    }


def is_practice(section):
    """Whether a section holds exercises."""
    return any(PRACTICE.search(cell.source) for cell in section.cells)


def is_figure(cell):
    return any("image/svg+xml" in output.get("data", {}) for output in cell.outputs)


def minutes(section):
    """The minutes that one section takes, not rounded."""
    found = counts(section)
    return sum(number / PER_MINUTE[what] if what in PER_MINUTE else number * MINUTES[what]
               for what, number in found.items())


def rounded(number):
    """To five minutes, and at least five."""
    return max(5, 5 * round(number / 5))


def by_rule(path):
    """The minutes of a chapter, rounded."""
    return rounded(sum(minutes(section) for section in sections(path)))


def stated(path):
    """The minutes that a chapter's own line states."""
    return int(TIME.search(path.read_text(encoding="utf-8"))[0])


def hours(root=ROOT):
    """The hours of the whole book, as the chapters state them."""
    return round(sum(stated(path) for path in chapters(root)) / 60)


def faults(root=ROOT):
    """Sentences that say where a line and the rule disagree."""
    found = []
    for path in chapters(root):
        says, rule = stated(path), by_rule(path)
        if abs(says - rule) > TOLERANCE or says % 5:
            found.append(f"{path.name} says {says} minutes, the rule {rule}: --write puts it in")
    welcome = (root / "book" / "intro.md").read_text(encoding="utf-8")
    if f"about {hours(root)} hours" not in welcome:
        found.append(f"the chapters take {hours(root)} hours, which book/intro.md does not say")
    return found


def put_time(path):
    """Put the minutes by the rule into the chapter's own line."""
    notebook = nbformat.read(path, 4)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = TIME.sub(str(by_rule(path)), cell.source)
    write(path, execute.as_text(execute.normalise(notebook)))


def print_table():
    """Print the minutes of each chapter, and how many of each part it has."""
    names = [*PER_MINUTE, *MINUTES]
    print("chapter  stated  by rule" + "".join(f"{name:>13}" for name in names))
    for path in chapters():
        found = [counts(section) for section in sections(path)]
        totals = [sum(part.get(name, 0) for part in found) for name in names]
        print(f"{path.name[:2]:7}{stated(path):8}{by_rule(path):9}"
              + "".join(f"{total:13,}" for total in totals))


def main(arguments):
    if "--check" in arguments:
        found = faults()
        print("\n".join(found), end="\n" if found else "")
        return bool(found)
    if "--write" in arguments:
        for path in chapters():
            put_time(path)
    print_table()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
