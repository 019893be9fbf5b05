"""Write the chapters as students get them: no solutions, no answers, no outputs.

    python tools/student.py

Writes dist/student, a folder that runs by itself, and dist/back-to-basics-student.zip.
"""

import ast
import base64
import re
import shutil
import sys
import textwrap
import zlib
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tools import execute, pack, places  # noqa: E402
from tools.places import write  # noqa: E402

STUDENT = places.DIST / "student"
ANSWER = re.compile(r"( *)<details>\s*<summary>(.*?)</summary>.*?</details>", re.S)
KEPT = "A hint"  # a fold with this summary helps and tells nothing
PLACE = "*Your answer:*"
NEEDED = "numpy", "matplotlib", "ipywidgets", "jupyterlab", "ipykernel"
WHOLE = ("data", "LICENSE", "LICENSE-TEXT", "mnist_core.py",
         "tests/core_helpers.py")  # the capstone of chapter 11 runs it
RESULTS = {path.stem for path in (ROOT / "notebooks/results").glob("*.json")}
EXERCISE = re.compile(r"^### Exercise", re.M)
SEALED = '''"""{words}

This file is packed, so that nobody reads an answer by accident. It is no lock: whoever wants to
open it can.
"""
import base64
import zlib

exec(zlib.decompress(base64.b64decode("""
{packed}
""")))
'''


# ---- a notebook


def student(notebook):
    """The notebook as a student gets it."""
    first = next(i for i, cell in enumerate(notebook.cells)
                 if cell.cell_type == "markdown" and EXERCISE.search(cell.source))
    cells = [cell for i, cell in enumerate(notebook.cells) if not tells(cell, i > first)]
    shown = read([cell for cell in cells if not is_sweep(cell)])
    notebook.cells = [blank(cell) for cell in cells
                      if not is_sweep(cell) or grids(cell) <= shown or not grids(cell)]
    return execute.normalise(notebook)


def tells(cell, among_exercises):
    """Whether a cell tells an answer.

    Solutions do, folded cells between the exercises, and those that assert how a run ends.
    """
    tags = set(cell.metadata.get("tags", ()))
    if "hide-cell" not in tags or "setup" in tags:
        return False
    asserts = any(isinstance(node, ast.Assert) for node in ast.walk(tree(cell)))
    return "solution" in tags or among_exercises or asserts


def is_sweep(cell):
    return "sweep" in cell.metadata.get("tags", ())


def grids(cell):
    """The names of the sweeps in a cell."""
    return {name for name in RESULTS if re.search(rf"^{name.upper()} =", cell.source, re.M)}


def read(cells):
    """The names of the results that these cells read."""
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    return RESULTS & set(re.findall(r'\w\("(\w+)"[,)]', text))  # load("name"), stored("name", ...)


def tree(cell):
    """The cell's code, its magics turned into Python."""
    return ast.parse(TransformerManager().transform_cell(cell.source))


def blank(cell):
    """The cell without outputs, and with a place to write in for each answer."""
    if cell.cell_type == "markdown":
        cell.source = ANSWER.sub(place, cell.source)
        return cell
    cell.outputs, cell.execution_count = [], None
    tags = [tag for tag in cell.metadata.get("tags", ()) if tag != "nbval-check-output"]
    cell.metadata["tags"] = tags  # nothing is stored that a run could be compared with
    return cell


def place(fold):
    """What stands for a fold: itself if it is a hint, else a place to write in."""
    return fold[0] if fold[2] == KEPT else f"{fold[1]}{PLACE}"


# ---- what the notebooks need


def sealed(source):
    """A module of checks that works as before and shows no answer to who looks into it."""
    words = ast.get_docstring(ast.parse(source)).splitlines()[0]
    packed = base64.b64encode(zlib.compress(source.encode(), 9)).decode()
    return SEALED.format(words=words, packed="\n".join(textwrap.wrap(packed, 98)))


def requirements():
    """The lines of requirements.txt that a student needs."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if line.split("==")[0] in NEEDED) + "\n"


def copy_whole(folder):
    """Copy what every pack of notebooks needs, whole, and the list of packages to install."""
    for name in WHOLE:
        to = folder / name
        to.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, to)
    write(folder / "requirements.txt", requirements())


def copy_needed(folder, notebooks):
    """Copy what the notebooks import, read and link to."""
    copy_whole(folder)
    cells = [cell for notebook in notebooks for cell in notebook.cells]
    results = {f"notebooks/results/{name}.json" for name in read(cells)}
    text = "\n".join(cell.source for cell in cells)
    pages = set(re.findall(r"\.\./(book/[\w-]+\.md)", text)) | {"book/references.bib"}
    helpers = [path.relative_to(ROOT).as_posix() for pattern in ("*.py", "*.html", "results/*.py")
               for path in (ROOT / "notebooks").glob(pattern)]
    for name in sorted(results | pages | set(helpers)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    shutil.copy(Path(__file__).with_name("student_readme.md"), folder / "README.md")
    for path in (ROOT / "notebooks/checks").glob("*.py"):
        source = path.read_text(encoding="utf-8")
        answers = path.stem.startswith("chapter_")
        write(folder / "notebooks/checks" / path.name, sealed(source) if answers else source)


def build(folder):
    """Write the whole folder; return the notebooks by name."""
    pack.empty(folder)
    notebooks = {path.name: student(nbformat.read(path, as_version=4))
                 for path in places.chapters()}
    for name, notebook in notebooks.items():
        write(folder / "notebooks" / name, execute.as_text(notebook))
    copy_needed(folder, notebooks.values())
    return notebooks


def main():
    build(STUDENT)
    pack.pack(STUDENT, places.DIST / "back-to-basics-student.zip", "back-to-basics-student")


if __name__ == "__main__":
    main()
