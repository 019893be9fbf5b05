"""Run the long experiments of the chapters once, and keep what they find in notebooks/results/.

    python tools/sweep.py                  # all that are not complete
    python tools/sweep.py capacity --jobs 1
    python tools/sweep.py --check          # run nothing; say where a chapter and its results differ
    python tools/sweep.py capacity --adopt # the code changed, and what it finds should not have

A cell tagged `sweep` holds a function that returns a dict of numbers, and its grid, named as the
function in capitals: {parameter: values}, of which every combination is run, or a list of settings.
A sweep cell without a grid is a helper of those below it. Each process runs the setup cell and the
sweep cells of the chapter, so what is stored was found by the very code that a reader sees. After
each run the file is written, and a sweep that was stopped goes on where it was. A fingerprint of
the code is kept: runs of other code start anew. Where a change can't touch the numbers, as a new
refusal, `--adopt` runs the first and the last setting again and keeps all runs if both are equal.
"""

import argparse
import ast
import asyncio
import contextlib
import copy
import hashlib
import itertools
import json
import os
import platform
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
RESULTS = ROOT / "notebooks" / "results"
DIGITS = 6  # of each number that is kept


# ---- what the chapters hold


def cells(path, *wanted):
    """The sources of the notebook's code cells that bear one of these tags, in order."""
    notebook = json.loads(Path(path).read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"
            and set(wanted) & set(cell["metadata"].get("tags", ()))]


def sweeps(path):
    """{name: fingerprint of its code} of the sweeps in a notebook."""
    code = ast.parse("\n".join(cells(path, "sweep")))
    grids = {target.id for node in code.body if isinstance(node, ast.Assign)
             for target in node.targets if isinstance(target, ast.Name)}
    functions = [node.name for node in code.body if isinstance(node, ast.FunctionDef)]
    names = [name for name in functions if name.upper() in grids]
    return {name: fingerprint(code, name, names) for name in names}


def fingerprint(code, name, names):
    """A hash of what a sweep runs: not of comments, docstrings, grids or the other sweeps."""
    code = copy.deepcopy(code)
    others = {other for other in names if other != name}
    aside = others | {other.upper() for other in names}
    code.body = [node for node in code.body if not aside & defined(node)]
    for node in ast.walk(code):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return hashlib.sha256(ast.unparse(code).encode()).hexdigest()[:16]


def defined(node):
    """The names that a statement gives a meaning to."""
    targets = node.targets if isinstance(node, ast.Assign) else [node]
    return {getattr(target, "id", getattr(target, "name", "")) for target in targets}


def namespace(path):
    """What the setup cell and the sweep cells of a chapter define."""
    names = {"__name__": "sweep"}
    with contextlib.chdir(Path(path).parent):
        for source in cells(path, "setup", "sweep"):
            run_cell(source, path, names)
    return names


def run_cell(source, path, names):
    """Run a cell as a notebook does: it may await outside of a function, as the setup cell does."""
    waiting = eval(compile(source, str(path), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names)
    if waiting:
        asyncio.run(waiting)


def settings(grid):
    """The settings of a grid, as a list of dicts in the form in which a file keeps them."""
    if isinstance(grid, dict):
        grid = [dict(zip(grid, values)) for values in itertools.product(*grid.values())]
    return json.loads(json.dumps(grid))


# ---- one run, in a process of its own


names = {}  # of the chapter, in each process


def prepare(path):
    names.update(namespace(path))


def run(name, setting):
    """Return what one run found, and its seconds."""
    start = time.perf_counter()
    found = names[name](**setting)
    return rounded(found), round(time.perf_counter() - start, 2)


def rounded(value):
    """Numbers with a few significant digits, in lists and dicts too."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    value = value.item() if hasattr(value, "item") else value  # NumPy's scalars
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


# ---- the file


def machine():
    """What the numbers may depend on."""
    import numpy as np  # not before a chapter's setup cell has chosen the number of threads

    from tools.machine import processor

    return [f"Python {platform.python_version()}", f"NumPy {np.__version__}", processor()]


def stored(name, code):
    """The file of a sweep, empty where there is none, or one of other code or another machine."""
    path = RESULTS / f"{name}.json"
    empty = {"code": code, "made_with": machine(), "runs": []}
    if not path.exists():
        return empty
    file = json.loads(path.read_text(encoding="utf-8"))
    return file if file["code"] == code and file["made_with"] == machine() else empty


def store(name, file, grid):
    """Write the file, its runs in the order of the grid: first beside it, then renamed."""
    file["runs"].sort(key=lambda run: grid.index(run["setting"]))
    runs = ",\n".join(json.dumps(run, ensure_ascii=False) for run in file["runs"])
    head = json.dumps({key: file[key] for key in ("code", "made_with")}, ensure_ascii=False)
    beside = RESULTS / f"{name}.partial"
    beside.write_text(f'{head[:-1]}, "runs": [\n{runs}\n]}}\n', encoding="utf-8")
    beside.replace(RESULTS / f"{name}.json")


def faults(path):
    """Where the sweeps of a chapter and the files of their results differ, in sentences."""
    found, chapter = [], namespace(path) if sweeps(path) else {}
    for name, code in sweeps(path).items():
        grid = settings(chapter[name.upper()])
        file = RESULTS / f"{name}.json"
        kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
        if kept is None:
            found.append(f"{name} was never run")
        elif kept["code"] != code:
            found.append(f"{name} was run with other code")
        elif [run["setting"] for run in kept["runs"]] != grid:
            found.append(f"{name} has {len(kept['runs'])} runs, and its grid {len(grid)}")
    return found


# ---- all runs of one sweep


def sweep(path, name, code, jobs):
    """Run what is missing of a sweep, and write its file after each run."""
    from tqdm import tqdm

    grid = settings(namespace(path)[name.upper()])
    file = stored(name, code)
    file["runs"] = [run for run in file["runs"] if run["setting"] in grid]
    done = [run["setting"] for run in file["runs"]]
    missing = [setting for setting in grid if setting not in done]
    store(name, file, grid)
    with ProcessPoolExecutor(jobs, get_context("spawn"), prepare, (path,)) as pool:
        waiting = {pool.submit(run, name, setting): setting for setting in missing}
        bar = tqdm(as_completed(waiting), desc=name, total=len(grid), initial=len(done))
        try:
            for future in bar:
                found, seconds = future.result()
                entry = {"setting": waiting[future], "found": found, "seconds": seconds}
                file["runs"].append(entry)
                store(name, file, grid)
        finally:
            pool.shutdown(cancel_futures=True)


def adopt(path, name, code):
    """Keep the runs of older code if the first and the last, run with this code, are the same."""
    file = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    prepare(path)
    for kept in file["runs"][0], file["runs"][-1]:
        found, _ = run(name, kept["setting"])
        other = [key for key, value in found.items()
                 if key != "seconds" and kept["found"].get(key) != value]
        if other:
            sys.exit(f"{name}, {kept['setting']}: {', '.join(other)} not as stored")
    store(name, file | {"code": code}, settings(names[name.upper()]))


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="default: every sweep that is not complete")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes at a time")
    parser.add_argument("--check", action="store_true", help="run nothing; exit 1 on a fault")
    parser.add_argument("--adopt", action="store_true", help="keep runs that come out equal")
    options = parser.parse_args(arguments)
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    if options.check:
        found = [f"{path.name}: {fault}" for path in paths for fault in faults(path)]
        sys.exit("\n".join(found) + "\nRun: make sweep" if found else 0)
    known = {name: (path, code) for path in paths for name, code in sweeps(path).items()}
    unknown = set(options.names) - set(known)
    if unknown:
        parser.error(f"given {sorted(unknown)}, wanted one of {sorted(known)}")
    RESULTS.mkdir(exist_ok=True)
    for name in options.names or known:
        path, code = known[name]
        if options.adopt:
            adopt(path, name, code)
        else:
            sweep(path, name, code, options.jobs)


if __name__ == "__main__":
    main()
