"""Run notebooks top to bottom in a fresh kernel and store them in one normal form.

    python tools/execute.py                     # every chapter
    python tools/execute.py notebooks/07*.ipynb # some
    python tools/execute.py --check             # run nothing, say which are not in the normal form
    python tools/execute.py --normalise         # run nothing, store the outputs that are there

Where a chapter's results are exact, two runs give the same bytes: cell ids come from the cells'
content, and timings, versions, paths of this machine and random widget ids are left out.
"""

import argparse
import copy
import hashlib
import os
import re
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "notebooks"))
import plots  # noqa: E402  lies beside the chapters

SETUP = (Path(__file__).with_name("setup_cell.py")).read_text(encoding="utf-8").rstrip("\n")
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "pygments_lexer": "ipython3",
    },
}
KEPT_CELL_METADATA = {"tags", "mystnb"}
SOLUTION = "# A solution."  # a folded cell shows its first line, which must not give it away
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


# ---- the normal form


def normalise(notebook):
    """A copy of the notebook in the normal form; execution counts are left as they are."""
    notebook = copy.deepcopy(notebook)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    taken = set()
    for cell in notebook.cells:
        normalise_cell(cell)
        cell.id = content_id(cell, taken)
    return notebook


def normalise_cell(cell):
    cell.source = cell.source.rstrip()
    metadata = {key: cell.metadata[key] for key in KEPT_CELL_METADATA & set(cell.metadata)}
    tags = set(metadata.pop("tags", ()))
    if tags & {"setup", "solution"}:
        tags.add("hide-cell")
    if tags & {"hide-cell", "hide-input"}:  # what the page folds, Jupyter folds too
        metadata["jupyter"] = {"source_hidden": True}
    if "exercise" in tags and cell.cell_type == "code":  # a verdict is for who asks for it
        cell.outputs = [output for output in cell.outputs if not is_verdict(output)]
        if not cell.outputs:
            tags.discard("nbval-check-output")
    if "solution" in tags:
        metadata["jupyter"]["outputs_hidden"] = True
        if not cell.source.startswith(SOLUTION):
            cell.source = f"{SOLUTION}\n{cell.source}"
    if tags:
        metadata["tags"] = sorted(tags)
    if "setup" in tags:
        cell.source = SETUP
    cell.metadata = nbformat.from_dict(metadata)
    if cell.cell_type == "code":
        cell.outputs = merged([normalise_output(output, cell) for output in cell.outputs])


def is_verdict(output):
    """Whether this is what a check prints of an exercise that nobody has done yet."""
    return output.output_type == "stream" and output.text.startswith("Not yet. ")


def content_id(cell, taken):
    """Eight hex digits from the cell's type and source; equal cells get different ones."""
    copies = 0
    while True:
        text = f"{cell.cell_type}\n{copies}\n{cell.source}"
        identity = hashlib.sha256(text.encode()).hexdigest()[:8]
        if identity not in taken:
            taken.add(identity)
            return identity
        copies += 1


def normalise_output(output, cell):
    if output.output_type == "stream":
        output.text = without_paths(output.text)
    elif output.output_type == "error":
        output.traceback = [without_paths(line) for line in output.traceback]
    else:
        output.data = normalise_data(output.data, cell)
    return output


def normalise_data(data, cell):
    if WIDGET_VIEW in data:
        if "text/html" not in data:
            raise ValueError(f"a widget needs text/html beside it:\n{cell.source}")
        data = {"text/html": data["text/html"]}
    if "image/png" in data:
        raise ValueError(f"a figure is no vector graphic: plots.style() goes first:\n{cell.source}")
    if "image/svg+xml" in data:
        data = {"image/svg+xml": plots.slim(data["image/svg+xml"])}
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt")
        if alt:
            data["text/plain"] = alt
    return nbformat.from_dict(data)


def without_paths(text):
    for folder in (f"{ROOT}{os.sep}", f"{sysconfig.get_path('purelib')}{os.sep}"):
        text = text.replace(folder, "")
    return text


def merged(outputs):
    """Neighbouring pieces of one stream as one output: a kernel splits them at random."""
    result = []
    for output in outputs:
        last = result[-1] if result else {}
        if output.output_type == "stream" and last.get("name") == output.name:
            last.text += output.text
        else:
            result.append(output)
    return result


# ---- running


def run(notebook, folder):
    """Run the notebook in a fresh kernel that starts in this folder; its outputs are filled in."""
    with tempfile.TemporaryDirectory() as ipython_folder:
        client = NotebookClient(
            notebook,
            timeout=600,
            kernel_name="python3",
            extra_arguments=["--IPKernelApp.log_level=ERROR"],
            resources={"metadata": {"path": str(folder)}},
        )
        client.execute(env=kernel_environment(ipython_folder))


def execute(path):
    """Run the notebook in a fresh kernel, in its own folder; return it in the normal form."""
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in code:
        cell.outputs = []
    notebook = normalise(notebook)
    run(notebook, path.parent)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for count, cell in enumerate(code, start=1):
        cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
    return normalise(notebook)


def kernel_environment(ipython_folder):
    """This environment, but nothing of the user's IPython, and figures always inline."""
    environment = {key: value for key, value in os.environ.items() if key != "JPY_SESSION_NAME"}
    environment["IPYTHONDIR"] = ipython_folder
    environment["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    environment["PYTHONHASHSEED"] = "0"
    return environment


def as_text(notebook):
    return nbformat.writes(notebook) + "\n"


def execute_and_store(path):
    """Run one notebook and write it; True when every cell ran."""
    start = time.perf_counter()
    try:
        text = as_text(execute(path))
    except (CellExecutionError, ValueError) as error:
        plain = re.sub(r"\x1b\[[\d;]*m", "", str(error))  # without colours
        print(f"{path.name}: FAILED, left as it was\n{plain}", file=sys.stderr)
        return False
    path.write_text(text, encoding="utf-8", newline="\n")
    print(f"{path.name}: {time.perf_counter() - start:.1f} s, {len(text) / 1e6:.2f} MB", flush=True)
    return True


# ---- checking


def faults(path):
    """Why a stored notebook is not what `execute` would store, as a list of sentences."""
    stored = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(stored, as_version=4)
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    found = []
    if counts != list(range(1, len(counts) + 1)):
        found.append("was not executed top to bottom")
    if as_text(normalise(notebook)) != stored:
        found.append("is not in the normal form, or was edited after it was executed")
    return found


def restore(paths):
    """Store notebooks anew in the normal form, as after a change of the setup cell."""
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        path.write_text(as_text(normalise(notebook)), encoding="utf-8", newline="\n")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all in notebooks/")
    parser.add_argument("--check", action="store_true", help="run nothing; exit 1 on a fault")
    parser.add_argument("--normalise", action="store_true", help="run nothing; outputs stay")
    options = parser.parse_args(arguments)
    paths = [path.resolve() for path in options.notebooks]
    paths = paths or sorted((ROOT / "notebooks").glob("*.ipynb"))
    if options.check:
        found = [f"{path.name} {fault}" for path in paths for fault in faults(path)]
        if found:
            sys.exit("\n".join(found) + "\nRun: make execute")
        return
    if options.normalise:
        return restore(paths)
    results = [execute_and_store(path) for path in paths]
    if not all(results):
        sys.exit(1)


if __name__ == "__main__":
    main()
