"""Run every cell of the chapters twice in a row, as readers do, and say which ones do not bear it.

    python tools/twice.py                     # every chapter; exit 1 if a cell fails
    python tools/twice.py notebooks/11*.ipynb # some
"""

import copy
import sys
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError

if __name__ == "__main__":  # the folder that holds `tools`
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tools import execute

ROOT = Path(__file__).resolve().parent.parent


def doubled(notebook):
    """A copy of the notebook with each code cell standing twice."""
    notebook = copy.deepcopy(notebook)
    notebook.cells = [
        copy.deepcopy(cell)
        for cell in notebook.cells
        for _ in range(1 + (cell.cell_type == "code"))
    ]
    for i, cell in enumerate(notebook.cells):
        cell.id = f"cell-{i}"
    return notebook


def fault(path):
    """What the first cell that fails says when all are run twice, or None."""
    notebook = doubled(nbformat.read(path, as_version=4))
    try:
        execute.run(notebook, path.parent)
    except CellExecutionError as error:
        return str(error)[-1500:]
    return None


def main(paths):
    paths = [Path(path).resolve() for path in paths] or sorted((ROOT / "notebooks").glob("*.ipynb"))
    failed = False
    for path in paths:
        words = fault(path)
        failed |= words is not None
        print(f"{path.name}: {words or 'every cell runs twice'}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
