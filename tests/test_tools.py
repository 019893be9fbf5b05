"""The authors' tools, each on small files of its own."""

import ast
import importlib
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools import doctor, execute, pack, places, serve, sync, twice

ROOT = Path(__file__).resolve().parent.parent


# ---- sync

FILE = '''"""A core."""

import functools

DATA = "here"


# ---- 01 one --------------------------------------------------------------

# A comment that belongs to the function.
def double(x):
    return 2 * x


LIMIT = 3


# ---- 02 two --------------------------------------------------------------
# A remark about the group.

@functools.cache
def square(x):
    """x · x."""
    return x * x


class Box:
    size = 1


# ---- 05 later ------------------------------------------------------------

def cube(x):
    return x * x * x


# ---- the whole program ---------------------------------------------------

def main():
    print(cube(2))


if __name__ == "__main__":
    main()
'''
CHAPTERS = {
    "01_one": [
        "# A comment that belongs to the function.\ndef double(x):\n    return 2 * x",
        "LIMIT = 3",
    ],
    "02_two": [
        '@functools.cache\ndef square(x):\n    """x · x."""\n    return x * x\n\n\n'
        "class Box:\n    size = 1"
    ],
    "05_later": ["def cube(x):\n    return x * x * x"],
}


@pytest.fixture
def book(tmp_path):
    """A folder with a small core and three chapters, all in step."""
    (tmp_path / "notebooks").mkdir()
    write_book(tmp_path, FILE, CHAPTERS)
    return tmp_path


def write_book(folder, file_text, chapters):
    (folder / "mnist_core.py").write_text(file_text)
    for name, sources in chapters.items():
        cells = [new_markdown_cell("# A title"), new_code_cell("1 + 1")]
        cells += [new_code_cell(source, metadata={"tags": ["core"]}) for source in sources]
        nbformat.write(new_notebook(cells=cells), folder / "notebooks" / f"{name}.ipynb")


def core_sources(folder, name):
    notebook = nbformat.read(folder / "notebooks" / f"{name}.ipynb", as_version=4)
    return [cell.source for cell in notebook.cells if cell.metadata.get("tags") == ["core"]]


def message(book, *arguments):
    with pytest.raises(SystemExit) as stopped:
        sync.main(list(arguments), root=book)
    return str(stopped.value)


def test_sync_is_content_with_a_book_in_step(book):
    sync.main([], root=book)


def test_sync_shows_a_difference_and_touches_nothing(book):
    edited = FILE.replace("2 * x", "x + x")
    (book / "mnist_core.py").write_text(edited)
    assert "-    return x + x\n+    return 2 * x" in message(book)
    assert (book / "mnist_core.py").read_text() == edited
    assert core_sources(book, "01_one") == CHAPTERS["01_one"]


def test_sync_carries_an_edit_of_the_file_to_the_cells(book):
    edited = FILE.replace("2 * x", "x + x").replace("size = 1", "size = 1\n    weight = 2")
    (book / "mnist_core.py").write_text(edited)
    sync.main(["--to-cells"], root=book)
    assert core_sources(book, "01_one")[0].endswith("return x + x")
    assert core_sources(book, "02_two")[0].endswith("size = 1\n    weight = 2")
    assert (book / "mnist_core.py").read_text() == edited
    sync.main([], root=book)


def test_sync_carries_an_edit_of_a_cell_to_the_file(book):
    edited = CHAPTERS["02_two"][0].replace("return x * x", "# squared\n    return x**2")
    write_book(book, FILE, {"02_two": [edited]})
    sync.main(["--to-file"], root=book)
    assert (book / "mnist_core.py").read_text() == FILE.replace(CHAPTERS["02_two"][0], edited)


def test_sync_puts_a_new_definition_at_the_end_of_its_group(book):
    write_book(book, FILE, {"01_one": [*CHAPTERS["01_one"], "def half(x):\n    return x / 2"]})
    sync.main(["--to-file"], root=book)
    wanted = FILE.replace("LIMIT = 3\n", "LIMIT = 3\n\n\ndef half(x):\n    return x / 2\n")
    assert (book / "mnist_core.py").read_text() == wanted


def test_sync_misses_a_definition_that_stands_in_no_cell(book):
    write_book(book, FILE, {"01_one": CHAPTERS["01_one"][:1]})
    assert "LIMIT: a core cell of none has it, of 01 should" in message(book)


def test_sync_refuses_a_definition_in_the_wrong_chapter_or_in_two(book):
    cube = "def cube(x):\n    return x * x * x"
    write_book(book, FILE, {"02_two": [*CHAPTERS["02_two"], cube, "LIMIT = 3"]})
    said = message(book)
    assert "cube: a core cell of 02 and 05 has it, of 05 should" in said
    assert "LIMIT: a core cell of 01 and 02 has it, of 01 should" in said


def test_sync_refuses_a_core_cell_with_anything_but_definitions(book):
    stray = CHAPTERS["01_one"][0] + "\n\n\nprint(double(2))"
    write_book(book, FILE, {"01_one": [stray, "LIMIT = 3"]})
    assert "holds more, or less, than definitions" in message(book)


def test_sync_refuses_public_code_outside_the_chapters(book):
    (book / "mnist_core.py").write_text(FILE.replace('DATA = "here"', "def stray():\n    pass"))
    assert "stray: stands under no chapter's ruled line" in message(book)


# ---- execute


def small_notebook(tmp_path, *cells):
    path = tmp_path / "small.ipynb"
    nbformat.write(new_notebook(cells=list(cells)), path)
    return path


def test_b116_executing_twice_gives_the_same_bytes(tmp_path, monkeypatch):
    """https://github.com/computationalmodelling/nbval/pull/102"""
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "notebooks"))
    widget = (
        "import ipywidgets\nfrom IPython.display import display\n"
        "bundle = ipywidgets.IntSlider()._repr_mimebundle_()\n"
        "display(bundle | {'text/html': '<p>still</p>'}, raw=True)"
    )
    path = small_notebook(
        tmp_path,
        new_markdown_cell("# Small"),
        new_code_cell("import matplotlib.pyplot as plt\nprint(1)", metadata={"editable": True}),
        new_code_cell("print(2)\nprint(3, flush=True)\nprint(4)"),
        new_code_cell("import plots\nplots.style()\nplt.plot([1, 2])\nplt.show()"),
        new_code_cell(widget),
        new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]}),
        new_code_cell("1 + 1"),
        new_code_cell("1 + 1"),
    )
    assert execute.faults(path) == [
        "was not executed top to bottom",
        "is not in the normal form, or was edited after it was executed",
    ]
    execute.main([str(path)])
    first = path.read_bytes()
    execute.main([str(path)])
    assert path.read_bytes() == first
    assert execute.faults(path) == []

    cells = nbformat.read(path, as_version=4).cells
    assert [cell.execution_count for cell in cells[1:]] == [1, 2, 3, 4, 5, 6, 7]
    assert len({cell.id for cell in cells}) == len(cells)
    assert [output.text for output in cells[2].outputs] == ["2\n3\n4\n"]
    assert list(cells[4].outputs[0].data) == ["text/html"]
    for trace in (b"model_id", b"iopub", b"<Figure", b"editable", str(ROOT).encode()):
        assert trace not in first


def test_execute_says_which_cell_failed_and_leaves_the_file(tmp_path, capsys):
    path = small_notebook(tmp_path, new_code_cell("fine = 1"), new_code_cell("fine + missing"))
    before = path.read_bytes()
    with pytest.raises(SystemExit):
        execute.main([str(path)])
    said = capsys.readouterr().err
    assert "fine + missing" in said and "NameError: name 'missing' is not defined" in said
    assert path.read_bytes() == before


def test_execute_check_notices_a_cell_edited_after_it_ran(tmp_path):
    path = small_notebook(tmp_path, new_code_cell("1 + 1"))
    execute.main([str(path)])
    execute.main(["--check", str(path)])
    path.write_text(path.read_text().replace("1 + 1", "1 + 2"))
    with pytest.raises(SystemExit, match="edited after it was executed"):
        execute.main(["--check", str(path)])


def test_the_normal_form_writes_the_setup_cell_and_folds_it():
    cell = new_code_cell("an older one", metadata={"tags": ["setup"]})
    (normal,) = execute.normalise(new_notebook(cells=[cell])).cells
    assert normal.source == execute.SETUP
    assert normal.metadata == {"jupyter": {"source_hidden": True}, "tags": ["hide-cell", "setup"]}


def test_b152_the_normal_form_folds_a_solution_whole_and_keeps_its_first_line_mum():
    cell = new_code_cell("answer = 7", metadata={"tags": ["solution"]})
    (normal,) = execute.normalise(new_notebook(cells=[cell])).cells
    assert normal.source == "# A solution.\nanswer = 7"
    assert normal.metadata["jupyter"] == {"outputs_hidden": True, "source_hidden": True}
    (again,) = execute.normalise(new_notebook(cells=[normal])).cells
    assert again.source == normal.source


def test_the_normal_form_folds_what_the_page_folds():
    for tag in "hide-input", "hide-cell":
        cell = new_code_cell("draw()", metadata={"tags": [tag]})
        (normal,) = execute.normalise(new_notebook(cells=[cell])).cells
        assert normal.metadata["jupyter"] == {"source_hidden": True}


def test_the_normal_form_drops_what_a_picture_says_of_its_program():
    picture = "<?xml version='1.0'?><svg><metadata>Matplotlib</metadata><g/></svg>"
    data = {"image/svg+xml": picture, "text/plain": "<Figure>"}
    cell = new_code_cell("draw()", outputs=[new_output("display_data", data=data)])
    (normal,) = execute.normalise(new_notebook(cells=[cell])).cells
    assert normal.outputs[0].data == {"image/svg+xml": "<svg><g/></svg>\n"}


def test_the_normal_form_drops_the_verdict_on_an_untouched_exercise():
    outputs = [new_output("stream", text="Not yet. It forgets the bias.\n")]
    cell = new_code_cell("checks.f(f)", outputs=outputs, metadata={"tags": ["exercise"]})
    (normal,) = execute.normalise(new_notebook(cells=[cell])).cells
    assert normal.outputs == []
    other = new_code_cell("print(1)", outputs=outputs)
    assert execute.normalise(new_notebook(cells=[other])).cells[0].outputs == outputs


def test_the_normal_form_refuses_a_figure_of_pixels():
    output = new_output("display_data", data={"image/png": "iVBORw0KGgo="})
    cell = new_code_cell("plt.show()", outputs=[output])
    with pytest.raises(ValueError, match="vector"):
        execute.normalise(new_notebook(cells=[cell]))


def test_the_normal_form_refuses_a_widget_with_nothing_for_the_page():
    output = new_output("display_data", data={execute.WIDGET_VIEW: {"model_id": "1"}})
    cell = new_code_cell("panel", outputs=[output])
    with pytest.raises(ValueError, match="text/html"):
        execute.normalise(new_notebook(cells=[cell]))


# ---- every cell twice


def test_b153_a_cell_that_does_not_bear_a_second_run_is_named(tmp_path):
    good = small_notebook(tmp_path, new_code_cell("n = 1"), new_code_cell("n + 1"))
    assert twice.fault(good) is None
    spent = small_notebook(tmp_path, new_code_cell("g = iter([1])"), new_code_cell("next(g)"))
    assert "StopIteration" in twice.fault(spent)


# ---- the others


def test_serve_takes_the_next_port_when_one_is_taken(tmp_path):
    with serve.bind(tmp_path, range(8100, 8200)) as first:
        later = range(first.server_port, 8200)
        with serve.bind(tmp_path, later) as second:
            assert second.server_port > first.server_port


def test_serve_says_where_and_stops_quietly(tmp_path):
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "serve.py", tmp_path / "tools")
    (tmp_path / "_build" / "html").mkdir(parents=True)
    (tmp_path / "_build" / "html" / "index.html").write_text("<p>The book</p>")
    command = [sys.executable, tmp_path / "tools" / "serve.py"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    address = next(word for word in process.stdout.readline().split() if word.startswith("http"))
    with urllib.request.urlopen(address) as answer:
        assert answer.read() == b"<p>The book</p>"
        assert answer.headers["Cache-Control"] == "no-cache"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=10) == ("", "")
    assert process.returncode == 0


def test_doctor_asks_for_a_newer_python_in_one_sentence(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer, and .* is 3\.9: install"):
        doctor.check_python()


def test_doctor_asks_for_venv_in_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SystemExit, match="apt-get install python3.*-venv"):
        doctor.check_python()


def test_doctor_asks_for_a_browser_in_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))  # no browser here, no apt-get, no sudo
    monkeypatch.setattr(doctor, "BROWSERS", ("chromium",))
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    with pytest.raises(SystemExit, match="install Chromium, Chrome or Edge"):
        doctor.check_browser()


@pytest.mark.parametrize("offered", doctor.PACKAGES)
def test_doctor_installs_a_browser_where_it_may(monkeypatch, tmp_path, offered):
    browser = tmp_path / offered
    install = f'case "$*" in *" {offered}") : > {browser}; /bin/chmod +x {browser};; esac'
    scripts = {"apt-get": install, "sudo": 'shift; exec "$@"', "env": 'shift; exec "$@"'}
    for name, script in scripts.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(doctor, "BROWSERS", doctor.PACKAGES)
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    doctor.check_browser()
    assert doctor.find_browser() == str(browser)


def test_doctor_takes_the_browser_that_is_named(monkeypatch, tmp_path):
    browser = tmp_path / "my-browser"
    browser.touch(mode=0o755)
    monkeypatch.setenv("BROWSER_PATH", str(browser))
    assert doctor.find_browser() == str(browser)


def test_doctor_can_be_read_by_the_pythons_it_turns_away():
    tree = ast.parse((ROOT / "tools" / "doctor.py").read_text())
    newer = (ast.JoinedStr, ast.NamedExpr, ast.AnnAssign, ast.Match)
    assert not any(isinstance(node, newer) for node in ast.walk(tree))


# ---- what is taken away


def test_two_packs_of_the_same_files_are_equal_and_unpack_into_one_folder(tmp_path):
    places.write(tmp_path / "from/inside/page.html", "one")
    (tmp_path / "from/picture.png").write_bytes(b"two")
    for name in "first.zip", "second.zip":
        pack.pack(tmp_path / "from", tmp_path / name, "top")
        os.utime(tmp_path / "from/picture.png", (0, 0))
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "first.zip") as packed:
        assert packed.namelist() == ["top/inside/page.html", "top/picture.png"]
        assert packed.read("top/picture.png") == b"two"


@pytest.mark.parametrize(("tool", "given"), [("pdf", [[]]), ("offline", []), ("offer", [])])
def test_what_takes_from_the_site_says_when_there_is_none(monkeypatch, tmp_path, tool, given):
    monkeypatch.setattr(places, "SITE", tmp_path)
    main = importlib.import_module(f"tools.{tool}").main
    with pytest.raises(SystemExit, match="not built yet: run make book"):
        main(*given)
