"""Print the figures of each chapter: its size, and the rhythm of its running text.

    python tools/rhythm.py [notebooks…]

Running text is what a reader reads through: no headings, lists, questions to recall, tables,
displays, folded answers or line of times. A formula or a piece of code within a sentence counts as
one word.
"""

import re
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
FOLDED = {"hide-cell", "hide-input", "setup"}
ANSWER = re.compile(r"<details>.*?</details>", re.S)
DISPLAY = re.compile(r"```.*?```|\$\$.*?\$\$", re.S)
INLINE = re.compile(r"`[^`\n]*`|\$[^$\n]+\$")
NOT_RUNNING = re.compile(r"\s*(?:#|\||[-*+] |\*{0,2}\d+\.[ *]|<|\*\*\(\d+\.\d+\)|\*\*Time\*\*)")
PREDICT = re.compile(r"\*\*Predict\.?\*\*")
SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’')*_]*\s+(?=[\"“‘'(*_\[A-ZÀ-Þ0-9x])")
WIDE = 79


@dataclass
class Figures:
    """What is printed of a chapter."""

    words: int
    cells: int
    code: int  # lines in the code cells
    wide: int  # shown lines over 79 columns
    predictions: int
    mean: float  # words a sentence
    clipped: float  # % of the sentences with five words or fewer
    short_ends: float  # % of the paragraphs of three sentences or more that end on seven or fewer


def plain(markdown):
    """The text as it is read: links by their words, inline code and maths as one word."""
    text = re.sub(r"\]\([^)]*\)", "]", DISPLAY.sub("\n\n", markdown))
    return re.sub(r"<[^>]+>", "", INLINE.sub("x", text))


def words(text):
    return [word for word in text.split() if re.search(r"\w", word)]


def paragraphs(markdown):
    """The paragraphs of running text, each as a list of its sentences in words."""
    text = PREDICT.sub("", plain(ANSWER.sub("\n\n", markdown)))
    running = (p for p in re.split(r"\n\s*\n", text) if p.strip() and not NOT_RUNNING.match(p))
    split = ([words(s) for s in SENTENCE_END.split(" ".join(p.split()))] for p in running)
    return [sentences for sentences in ([s for s in p if s] for p in split) if sentences]


def share(flags):
    """Percent of the flags that are true, 0 of none."""
    return 100 * statistics.mean(flags) if flags else 0.0


def figures(path):
    """The Figures of a notebook."""
    cells = nbformat.read(path, 4).cells
    markdown = [cell.source for cell in cells if cell.cell_type == "markdown"]
    code = [cell for cell in cells if cell.cell_type == "code"]
    shown = [c for c in code if not FOLDED & set(c.metadata.get("tags", ()))]
    texts = [p for source in markdown for p in paragraphs(source)]
    lengths = [len(sentence) for p in texts for sentence in p]
    return Figures(
        words=sum(len(words(plain(source))) for source in markdown),
        cells=len(cells),
        code=sum(len(cell.source.splitlines()) for cell in code),
        wide=sum(len(line) > WIDE for cell in shown for line in cell.source.splitlines()),
        predictions=sum(len(PREDICT.findall(source)) for source in markdown),
        mean=statistics.mean(lengths) if lengths else 0.0,
        clipped=share([n <= 5 for n in lengths]),
        short_ends=share([len(p[-1]) <= 7 for p in texts if len(p) >= 3]),
    )


def main(paths):
    paths = [Path(p) for p in paths] or sorted((ROOT / "notebooks").glob("*.ipynb"))
    rows = [figures(path) for path in paths]
    print("chapter  words  cells  code  wide  predict  words/sentence  <=5 words  short ends")
    for path, f in zip(paths, rows):
        print(f"{path.name[:2]:7}{f.words:7,}{f.cells:7}{f.code:6}{f.wide:6}{f.predictions:9}"
              f"{f.mean:16.1f}{f.clipped:9.0f} %{f.short_ends:10.0f} %")
    print(f"all    {sum(f.words for f in rows):7,}{sum(f.cells for f in rows):7}"
          f"{sum(f.code for f in rows):6}{sum(f.wide for f in rows):6}")


if __name__ == "__main__":
    main(sys.argv[1:])
