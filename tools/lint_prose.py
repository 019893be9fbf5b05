"""Lint the prose of the chapters: numbers nobody printed, symbols nobody named, words to avoid.

    python tools/lint_prose.py [notebooks…]     # exit 1, a line a finding, if there is any

A number with a unit, a % or "times" in a chapter's text must have been printed by a cell of that
chapter (it may be rounded further), or stand in its code, or carry a link in the same paragraph;
only the questions to recall may invent numbers.
Every symbol in displayed maths must stand in book/notation.md or be named in the chapter's text.
"""

import re
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
WORDS = re.compile(r"\b(simply|obviously|trivial(?:ly)?|it is easy to see|needless to say)\b", re.I)
MERELY = re.compile(r"\bjust (?:an?|the|one|by|use|add|call|take|set|divide|multiply|do)\b", re.I)
NUMBER = r"\d[\d,]*(?:\.\d+)?"
UNIT = r"%|times\b|points?\b|seconds?\b|s\b|ms\b|minutes?\b|hours?\b|[KMG]B\b|bytes\b"
MEASURED = re.compile(rf"(?<![\w.,\[])(?P<number>{NUMBER})\s?(?:{UNIT})")
ANY_NUMBER = re.compile(rf"(?<![\w.])-?{NUMBER}(?:e[+-]?\d+)?")
POSED = re.compile(r"\s*\*{0,2}\d+\.[ *]")  # a question may invent its numbers
TIME_LINE = re.compile(r"^\*\*Time\*\*.*$", re.M)
COMMAND = re.compile(r"\\(?:text|operatorname|mathrm)\{[^}]*\}|\\[A-Za-z]+|\\.")
GREEK = {"\\eta", "\\delta", "\\sigma", "\\varepsilon", "\\lambda", "\\mu", "\\ell", "\\theta",
         "\\alpha", "\\beta", "\\gamma", "\\kappa", "\\rho", "\\tau", "\\phi", "\\odot"}


def paragraphs(text):
    """The text without code, maths and times to read, a paragraph at a time."""
    text = re.sub(r"```.*?```|`[^`]*`", " ", text, flags=re.S)
    text = re.sub(r"\$\$.*?\$\$|\$[^$]*\$", " ", text, flags=re.S)
    return re.split(r"\n\s*\n", TIME_LINE.sub("", text))


def value(token):
    return float(token.replace(",", ""))


def decimals(token):
    return len(token.partition(".")[2])


def seen_numbers(notebook):
    """Every number that a code cell prints or holds, as floats; percentages as fractions too."""
    texts = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        texts.append(cell.source.replace("_", ""))
        texts.append(str(cell.metadata.get("mystnb", {})))
        for output in cell.outputs:
            data = output.get("data", {})
            texts += [output.get("text", ""), data.get("text/plain", "")]
            texts.append(re.sub(r"[A-Za-z0-9+/=]{200,}", " ", data.get("text/html", "")))
    found = {value(token) for text in texts for token in ANY_NUMBER.findall(text)}
    return found | {100 * number for number in found if abs(number) <= 1}


def printed(token, seen):
    """Whether some number seen rounds to this one."""
    unit = 10.0 ** -decimals(token)
    return any(abs(abs(number) - value(token)) <= 0.5000001 * unit for number in seen)


def symbols(maths):
    """The letters of a displayed formula, each with the subscripts left out."""
    maths = re.sub(r"\\(?:begin|end)\{\w+\}(?:\{[^}]*\})?", " ", maths)
    greek = {c for c in COMMAND.findall(maths) if c in GREEK}
    plain = re.sub(r"_(?:\{[^}]*\}|\\text\{[^}]*\}|\w)", " ", maths)
    plain = COMMAND.sub(" ", plain)
    words = set(re.findall(r"[A-Za-z]+", plain))
    return greek | words


def findings(path, notation):
    """Lines that say what is wrong in one chapter."""
    notebook = nbformat.read(path, 4)
    seen = seen_numbers(notebook)
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    inline = re.sub(r"\$\$.*?\$\$", "", "\n".join([notation, *prose]), flags=re.S)
    names = " ".join(re.findall(r"\$[^$]+\$|`[^`]+`", inline))
    named = set(re.findall(r"[A-Za-z]+|\\[a-z]+", names))
    for text in prose:
        for paragraph in paragraphs(text):
            for match in [*WORDS.finditer(paragraph), *MERELY.finditer(paragraph)]:
                yield f'{path.name}: "{match[0]}" in "{paragraph.strip()[:60]}…"'
            if "](http" in paragraph or "references" in paragraph or POSED.match(paragraph):
                continue
            for match in MEASURED.finditer(paragraph):
                if not printed(match["number"], seen):
                    around = paragraph[max(0, match.start() - 40):match.end() + 10]
                    around = " ".join(around.split())
                    yield f'{path.name}: "{match[0]}" was printed by no cell: …{around}…'
        for maths in re.findall(r"\$\$(.*?)\$\$", text, re.S):
            for symbol in sorted(s for s in symbols(maths) if not set(letters(s)) <= named):
                yield f"{path.name}: {symbol} is named neither in the notation nor in the text"


def letters(symbol):
    """What a run of letters may be: a product such as ab, or the gradient dV of V."""
    return symbol.removeprefix("d") if symbol[0] != "\\" else [symbol]


def main(paths):
    notation = (ROOT / "book" / "notation.md").read_text(encoding="utf-8")
    paths = [Path(p) for p in paths] or sorted((ROOT / "notebooks").glob("*.ipynb"))
    found = [line for path in paths for line in findings(path, notation)]
    print("\n".join(found) or f"prose: {len(paths)} chapters, nothing to mend")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
