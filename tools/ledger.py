"""Write book/formulas.md, the ledger: every labelled formula, its line of code, and its check.

    python tools/ledger.py           # write the page
    python tools/ledger.py --check   # write nothing, exit 1 if the page is out of date

A chapter labels a formula with a line such as **(4.1) softmax.** right before its display. A test
in tests/test_formulas.py that proves it is marked @formula("4.1", "the line of code").
"""

import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
PAGE = Path("book/formulas.md")
LABEL = re.compile(r"^\*\*\((\d+\.\d+)\) (.+?)\.?\*\*\s*\n\s*\$\$(.+?)\$\$", re.M | re.S)
ANY_LABEL = re.compile(r"\*\*\((\d+\.\d+)\) ")
HEAD = """# Formulas

The ledger of the book. Each formula that a chapter labels stands here with its chapter, its line
of code, and the test that proves it: a second derivation by machine, which agrees with the first to
ten digits. A formula without a test, or whose line of code is gone, fails `make test`. The tests
are in `tests/test_formulas.py`.
"""


@dataclass
class Formula:
    """A labelled formula of a chapter."""

    number: str
    name: str
    maths: str
    path: Path
    title: str  # of its chapter


def formulas(root=ROOT):
    """The labelled formulas, in the order of the chapters."""
    found = []
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        text = prose(path)
        title = " ".join(text.splitlines()[0].removeprefix("# ").split())
        found += [Formula(number, name[0].upper() + name[1:], maths.strip(), path, title)
                  for number, name, maths in LABEL.findall(text)]
    return found


def prose(path):
    """The text of a chapter."""
    cells = nbformat.read(path, 4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def checks(root=ROOT):
    """[(number, line of code, name of the test)] of every @formula in tests/test_formulas.py."""
    tree = ast.parse((root / "tests" / "test_formulas.py").read_text(encoding="utf-8"))
    return [
        (*map(ast.literal_eval, mark.args), node.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for mark in node.decorator_list
        if isinstance(mark, ast.Call) and getattr(mark.func, "id", "") == "formula"
    ]


def page(root=ROOT):
    """The text of book/formulas.md."""
    proved = {number: (code, test) for number, code, test in checks(root)}
    parts, chapter = [HEAD], None
    for f in formulas(root):
        if f.path != chapter:
            chapter = f.path
            parts.append(f"## [{f.title}](../notebooks/{chapter.name})\n")
        code, test = proved.get(f.number, ("", ""))
        parts.append(f"**({f.number}) {f.name}**\n\n$$\n{f.maths}\n$$\n\n"
                     f"Code: `{code}`<br>Check: `{test}`\n")
    return "\n".join(parts)


def main(arguments):
    text = page()
    if "--check" not in arguments:
        (ROOT / PAGE).write_text(text, encoding="utf-8")
    elif (ROOT / PAGE).read_text(encoding="utf-8") != text:
        print(f"{PAGE} is out of date: run make pages")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
