"""Carry an edit between the chapters' core cells and mnist_core.py, either way.

    python tools/sync.py             # say what differs; exit 1 if anything does
    python tools/sync.py --to-file   # the cells are right: write them into mnist_core.py
    python tools/sync.py --to-cells  # the file is right: write it into the cells
    python tools/sync.py --to-cells notebooks/07*.ipynb  # into these notebooks alone

A cell tagged `core` holds one or more neighbouring top-level definitions of mnist_core.py, letter
for letter, with the comments and decorators right above them. In the file they stand under the
ruled line of their chapter, such as `# ---- 07 backpropagation`. What stands under a ruled line
without a number, such as `# ---- refusals`, is in no chapter.
"""

import argparse
import ast
import difflib
import re
import sys
from pathlib import Path
from typing import NamedTuple

import nbformat

ROOT = Path(__file__).resolve().parent.parent
RULE = re.compile(r"# ----+ ?(\d\d)?")
NOT_WHOLE = "holds more, or less, than definitions with the comments above them"


class Definition(NamedTuple):
    name: str  # `a, b = 1, 2` is two definitions with the same lines
    start: int  # its first line, counted from 0, leading comments and decorators included
    end: int  # the line after its last
    chapter: str | None  # "07", by the ruled line above it; None by one without number, "" by none


class Core(NamedTuple):
    """One core cell of one notebook."""

    notebook: Path
    cell: nbformat.NotebookNode

    @property
    def chapter(self):
        return self.notebook.name[:2]

    @property
    def names(self):
        return [definition.name for definition in definitions(self.cell.source)]

    @property
    def title(self):
        return f"{self.notebook.name}, core cell of {', '.join(self.names) or 'nothing'}"


# ---- reading


def definitions(text):
    """The top-level functions, classes and assignments of a source text, in order."""
    lines = text.splitlines()
    found = []
    for node in ast.parse(text).body:
        first = min([node.lineno] + [d.lineno for d in getattr(node, "decorator_list", [])]) - 1
        while first and lines[first - 1].startswith("#") and not RULE.match(lines[first - 1]):
            first -= 1
        rules = [match for match in map(RULE.match, lines[:first]) if match]
        chapter = rules[-1][1] if rules else ""
        found += [Definition(n, first, node.end_lineno, chapter) for n in defined_names(node)]
    return found


def defined_names(node):
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return [n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)]
    return []


def read_notebooks(folder):
    return {path: nbformat.read(path, as_version=4) for path in sorted(folder.glob("*.ipynb"))}


def core_cells(notebooks):
    return [
        Core(path, cell)
        for path, notebook in notebooks.items()
        for cell in notebook.cells
        if cell.cell_type == "code" and "core" in cell.metadata.get("tags", ())
    ]


def span(text, names):
    """The lines of these definitions in the text, as (first, after the last); None if none is."""
    known = [d for d in definitions(text) if d.name in names]
    return (min(d.start for d in known), max(d.end for d in known)) if known else None


def file_text_of(core, file_text):
    """What mnist_core.py has where this cell's definitions stand."""
    where = span(file_text, core.names)
    return "\n".join(file_text.splitlines()[slice(*where)]) if where else ""


# ---- judging


def faults(file_text, notebooks):
    """Everything that keeps cells and file from being the same code, as a list of messages."""
    found = misplaced(file_text, notebooks)
    for core in core_cells(notebooks):
        stored = file_text_of(core, file_text)
        if not is_whole(core):
            found.append(f"{core.title}: {NOT_WHOLE}")
        elif stored != core.cell.source:
            found.append(difference(stored, core))
    return found


def difference(stored, core):
    lines = stored.splitlines(), core.cell.source.splitlines()
    return "\n".join(difflib.unified_diff(*lines, "mnist_core.py", core.title, n=1, lineterm=""))


def is_whole(core):
    """True if the cell begins and ends with a definition and has no other statement."""
    source = core.cell.source
    nodes = ast.parse(source).body
    whole = (0, len(source.splitlines()))
    return bool(nodes) and all(map(defined_names, nodes)) and span(source, core.names) == whole


def misplaced(file_text, notebooks):
    """Definitions that do not stand exactly once, in a core cell of the chapter of their group."""
    defined = definitions(file_text)
    homes = {definition.name: [] for definition in defined}
    for core in core_cells(notebooks):
        for name in core.names:
            homes.setdefault(name, []).append(core.chapter)
    found = []
    for name, chapter in ((definition.name, definition.chapter) for definition in defined):
        if chapter == "":
            if not name.isupper():
                found.append(f"{name}: stands under no chapter's ruled line in mnist_core.py")
        elif homes[name] != [chapter] * (chapter is not None):
            given = " and ".join(homes[name]) or "none"
            wanted = chapter or "none"
            found.append(f"{name}: a core cell of {given} has it, of {wanted} should")
    names = [definition.name for definition in defined]
    twice = {name for name in names if names.count(name) > 1}
    return found + [f"{name}: defined twice in mnist_core.py" for name in sorted(twice)]


# ---- writing


def to_cells(file_text, notebooks):
    """Write the file's text into the core cells."""
    for core in core_cells(notebooks):
        core.cell.source = file_text_of(core, file_text) or core.cell.source


def to_file(file_text, notebooks):
    """The file's text with every core cell written into it."""
    for core in core_cells(notebooks):
        if not is_whole(core):
            raise ValueError(f"{core.title}: {NOT_WHOLE}")
        file_text = with_cell(file_text, core)
    return file_text


def with_cell(file_text, core):
    lines = file_text.splitlines()
    where = span(file_text, core.names)
    if where:
        lines[slice(*where)] = core.cell.source.splitlines()
    else:
        at = end_of_group(file_text, core.chapter)
        lines[at:at] = ["", "", *core.cell.source.splitlines()]
    return "\n".join(lines) + "\n"


def end_of_group(file_text, chapter):
    """The line after the last definition under the chapter's ruled line."""
    found = [d.end for d in definitions(file_text) if d.chapter == chapter]
    for i, line in enumerate(file_text.splitlines()):
        if (rule := RULE.match(line)) and rule[1] == chapter:
            found.append(i + 1)
    if not found:
        raise ValueError(f"mnist_core.py has no ruled line `# ---- {chapter} ...` for the cell")
    return max(found)


def main(arguments=None, root=ROOT):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--to-file", action="store_true", help="write the cells into mnist_core.py")
    way.add_argument("--to-cells", action="store_true", help="write mnist_core.py into the cells")
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all in notebooks/")
    options = parser.parse_args(arguments)
    core_file = root / "mnist_core.py"
    file_text = core_file.read_text(encoding="utf-8")
    notebooks = read_notebooks(root / "notebooks")
    if options.to_file:
        file_text = to_file(file_text, notebooks)
        core_file.write_text(file_text, encoding="utf-8", newline="\n")
    elif options.to_cells:
        to_cells(file_text, notebooks)
        chosen = {path.resolve() for path in options.notebooks}
        for path, notebook in notebooks.items():
            if chosen and path.resolve() not in chosen:
                continue
            path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")
        print("Written. The outputs are those of the old cells until you run: make execute")
    found = faults(file_text, notebooks)
    if found:
        sys.exit("\n\n".join(found))


if __name__ == "__main__":
    main()
