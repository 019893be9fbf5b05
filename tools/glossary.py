"""Link each word of book/glossary.md where the chapters first use it.

    python tools/glossary.py           # write the links
    python tools/glossary.py --check   # write nothing, exit 1 if a link is missing or misplaced
"""

import re
import sys
from pathlib import Path

import nbformat

if __name__ == "__main__":  # the folder that holds `tools`
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tools import execute

ROOT = Path(__file__).resolve().parent.parent
PAGE = "../book/glossary.md"
ENTRY = re.compile(r"^### (.+)$", re.M)
LINK = re.compile(rf"\[([^\]]+)\]\({re.escape(PAGE)}#[a-z0-9-]+\)")
# Code, maths, links, headings, HTML, tables, labels of formulas and the Time line take no link.
CLOSED = re.compile(
    r"```.*?```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*\$|!?\[[^\]]*\]\([^)]*\)|^#.*?$|^\*\*Time.*?$|^\|.*?$"
    r"|^\*\*\(\d.*?$|<[^>]+>", re.S | re.M)


def terms(root=ROOT):
    """{word: anchor of its heading} of the glossary; two words parted by a comma share one."""
    headings = ENTRY.findall((root / "book" / "glossary.md").read_text(encoding="utf-8"))
    return {word: re.sub(r"[^a-z0-9]+", "-", heading.lower())
            for heading in headings for word in heading.split(", ")}


def pattern(word):
    """The word, alone or in the plural; a first letter may be a capital, an acronym stays."""
    first = word[0] if word[:2].isupper() else f"[{word[0].lower()}{word[0].upper()}]"
    ending = re.escape(word[1:]).replace(r"\ ", r"\s")
    ending = f"{ending[:-1]}(?:y|ies)" if word.endswith("y") else f"{ending}(?:s|es)?"
    return re.compile(rf"(?<![\w/-]){first}{ending}(?![\w-])")


def first_use(text, word):
    """The match of the word's first use outside what takes no link, or None."""
    closed = [match.span() for match in CLOSED.finditer(text)]
    for match in pattern(word).finditer(text):
        if not any(start < match.end() and match.start() < end for start, end in closed):
            return match
    return None


def linked(texts, words):
    """The texts, in reading order, with each word linked at its first use and nowhere else."""
    texts = [LINK.sub(r"\1", text) for text in texts]
    by_length = sorted(words.items(), key=lambda item: -len(item[0]))  # "hidden layer" first
    for word, anchor in by_length:
        for i, text in enumerate(texts):
            match = first_use(text, word)
            if match:
                link = f"[{match[0]}]({PAGE}#{anchor})"
                texts[i] = text[: match.start()] + link + text[match.end() :]
                break
    return texts


def main(arguments):
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    notebooks = [nbformat.read(path, 4) for path in paths]
    cells = [cell for notebook in notebooks for cell in notebook.cells
             if cell.cell_type == "markdown"]
    wanted = linked([cell.source for cell in cells], terms())
    if wanted == [cell.source for cell in cells]:
        return 0
    if "--check" in arguments:
        print("a first use is not linked to the glossary: run make pages")
        return 1
    for cell, text in zip(cells, wanted):
        cell.source = text
    for path, notebook in zip(paths, notebooks):
        text = execute.as_text(execute.normalise(notebook))
        path.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
