"""The chapters as files: their form, their code, and the core that stands in them word for word."""

import ast
import base64
import importlib.util
import io
import os
import re
import statistics
import tokenize
from pathlib import Path

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tools import execute, rhythm, set_address, sync

ROOT = Path(__file__).resolve().parent.parent
PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CORE = (ROOT / "mnist_core.py").read_text(encoding="utf-8")
LAST_CHAPTER_OF_PART_III = "18"
FOLDED = {"hide-cell", "hide-input"}


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


def tags(cell):
    return set(cell.metadata.get("tags", ()))


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    """The text of the Markdown cells without code and display maths."""
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return re.sub(r"```.*?```|\$\$.*?\$\$", " ", text, flags=re.DOTALL)


def syntax_tree(cell):
    return ast.parse(TransformerManager().transform_cell(cell.source))


def pictures(output):
    """The text of every SVG in an output, those inside HTML too."""
    data = output.get("data", {})
    encoded = re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", data.get("text/html", ""))
    drawn = [base64.b64decode(text).decode() for text in encoded]
    return [data["image/svg+xml"], *drawn] if "image/svg+xml" in data else drawn


def figure_cells(notebook):
    return [
        cell
        for cell in code_cells(notebook)
        if any("image/svg+xml" in output.get("data", {}) for output in cell.outputs)
    ]


def output_text(cell):
    """All that a cell's outputs say in words: streams, errors, plain text and HTML."""
    parts = []
    for output in cell.outputs:
        parts.append(output.get("text", "") + output.get("evalue", ""))
        parts += output.get("traceback", [])
        parts += [text for kind, text in output.get("data", {}).items() if kind[:5] == "text/"]
    return "\n".join(parts)


def code_lines(source):
    """The numbers of the lines that hold code: not blank, comment or docstring."""
    skipped = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in skipped:
            lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        documented = isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef))
        if documented and ast.get_docstring(node):
            lines -= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return lines


def core_nodes(kind):
    """{name: lines of code} of every definition of this kind in mnist_core.py."""
    lines = code_lines(CORE)
    return {
        f"{node.name}, line {node.lineno}": len(
            lines & set(range(node.lineno, node.end_lineno + 1))
        )
        for node in ast.walk(ast.parse(CORE))
        if isinstance(node, kind)
    }


def test_there_are_chapters():
    assert PATHS


# ---- the core


def test_every_core_cell_is_in_the_file_and_every_definition_in_its_chapter():
    assert sync.faults(CORE, sync.read_notebooks(ROOT / "notebooks")) == []


def refusals():
    """The lines that refuse bad input: the first group of the core, and each call of it."""
    found = set()
    for definition in sync.definitions(CORE):
        if definition.chapter is None and definition.name != "main":
            found |= set(range(definition.start + 1, definition.end + 1))
    for node in ast.walk(ast.parse(CORE)):
        called = getattr(getattr(node, "value", None), "func", None)
        guard = isinstance(node, ast.Expr) and getattr(called, "id", "").startswith(
            ("require", "check_"))
        names = isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "fits"
        if guard or names:
            found |= set(range(node.lineno, node.end_lineno + 1))
    return found


def test_the_core_has_at_most_500_lines_of_code_that_do_not_refuse_bad_input():
    assert 400 < len(code_lines(CORE) - refusals()) <= 500
    assert len(code_lines(CORE)) <= 670


def test_the_core_of_parts_one_to_three_has_at_most_340_lines_of_code():
    """The definitions of the chapters; the imports and the program at the end belong to no part."""
    lines = [
        line
        for definition in sync.definitions(CORE)
        if definition.chapter and definition.chapter <= LAST_CHAPTER_OF_PART_III
        for line in range(definition.start + 1, definition.end + 1)
    ]
    assert 250 < len(code_lines(CORE) & set(lines)) <= 340


def test_no_line_of_the_core_is_wider_than_a_page_shows():
    assert [line for line in CORE.splitlines() if len(line) > rhythm.WIDE] == []


def test_no_class_of_the_core_has_more_than_35_lines_of_code():
    assert {name: n for name, n in core_nodes(ast.ClassDef).items() if n > 35} == {}


def test_half_of_the_functions_of_the_core_have_at_most_6_lines_of_code():
    assert statistics.median(core_nodes(ast.FunctionDef).values()) <= 6


# ---- the form of a chapter


def test_the_first_code_cell_is_the_setup_cell(notebook):
    first, *others = code_cells(notebook)
    assert first.source == execute.SETUP
    assert tags(first) == {"setup", "hide-cell"}
    assert first.metadata.jupyter.source_hidden is True
    assert [cell.source for cell in others if "setup" in tags(cell)] == []


def test_b116_the_chapter_is_stored_as_the_tool_leaves_it(path):
    """https://github.com/computationalmodelling/nbval/pull/102"""
    assert execute.faults(path) == []


def test_the_chapter_opens_with_its_title(notebook):
    headings = re.findall(r"^# .+", prose(notebook), flags=re.MULTILINE)
    assert notebook.cells[0].source.startswith("# ")
    assert len(headings) == 1


def test_the_chapter_has_at_most_75_cells(notebook):
    assert len(notebook.cells) <= 75


def test_no_shown_line_is_wider_than_a_page_shows(path):
    assert rhythm.figures(path).wide == 0


def test_the_chapter_asks_for_at_most_three_predictions(path):
    assert rhythm.figures(path).predictions <= 3


def test_the_chapter_ends_on_a_thought_of_its_own(notebook):
    """Not on an exercise, a list of books or a folded answer."""
    last = notebook.cells[-1]
    assert last.cell_type == "markdown"
    assert rhythm.paragraphs(last.source) and "http" not in last.source
    assert not rhythm.NOT_RUNNING.match(last.source.strip().split("\n\n")[-1])


TIE = re.compile(r"\b(?:ties?|tied)\b")
PAIRED = re.compile(r"\bmend|\bspoil|\bgaps?\b|\bseeds?\b", re.I)


def test_nobody_calls_a_tie_what_was_not_paired(notebook):
    """Near the word stand what one mends and spoils of the other, or the gap of every seed."""
    for i, cell in enumerate(notebook.cells):
        if cell.cell_type != "markdown" or not TIE.search(cell.source):
            continue
        near = notebook.cells[max(0, i - 2) : i + 1]
        text = " ".join(c.source + " " + output_text(c) if "outputs" in c else c.source
                        for c in near)
        assert PAIRED.search(text), cell.source


def test_b144_no_cell_takes_the_largest_of_a_whole_batch(notebook):
    """`argmax()` without an axis is right for one image and wrong for two."""
    for cell in code_cells(notebook):
        for node in ast.walk(syntax_tree(cell)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("argmax"):
                method = not ast.unparse(node.func).startswith("np.")
                assert node.keywords or len(node.args) > (0 if method else 1), cell.source


def test_b147_a_broken_variant_says_so_in_its_first_line(notebook):
    """Readers skim, and copy what they see."""
    named = re.compile("broken|wrong|unsafe", re.I)
    for cell in code_cells(notebook):
        definitions = [node.name for node in ast.walk(syntax_tree(cell))
                       if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        if "BROKEN" in cell.source or any(map(named.search, definitions)):
            assert cell.source.startswith("# BROKEN"), cell.source


def test_the_code_cells_that_a_reader_sees_are_short(notebook):
    seen = [cell for cell in code_cells(notebook) if not tags(cell) & FOLDED]
    assert statistics.median(len(code_lines_of_cell(cell)) for cell in seen) < 6


def code_lines_of_cell(cell):
    return code_lines(TransformerManager().transform_cell(cell.source))


def test_at_most_two_code_cells_stand_in_a_row(notebook):
    kinds = "".join(
        "c" if cell.cell_type == "code" else "m"
        for cell in notebook.cells
        if not tags(cell) & {"setup", "solution"}
    )
    assert "ccc" not in kinds


def test_every_exercise_is_followed_by_its_folded_solution(notebook):
    cells = code_cells(notebook)
    exercises = [i for i, cell in enumerate(cells) if "exercise" in tags(cell)]
    assert exercises, "a chapter has exercises"
    for i in exercises:
        solution = cells[i + 1]
        assert {"solution", "hide-cell"} <= tags(solution), cells[i].source
        assert solution.metadata.jupyter.source_hidden is True
        # b152: what Jupyter shows of a folded cell is its first line
        assert solution.metadata.jupyter.outputs_hidden is True
        assert solution.source.splitlines()[0] == execute.SOLUTION


def test_what_the_page_folds_jupyter_folds_too(notebook):
    for cell in code_cells(notebook):
        folded = bool(tags(cell) & FOLDED)
        assert cell.metadata.get("jupyter", {}).get("source_hidden", False) == folded, cell.source


def test_the_chapter_has_a_lab_that_shows_a_picture_without_a_kernel(notebook):
    labs = [cell for cell in code_cells(notebook) if "lab" in tags(cell)]
    assert labs
    for cell in labs:
        assert "<img" in "".join(o.get("data", {}).get("text/html", "") for o in cell.outputs)


def test_b124_no_directive_or_role_carries_meaning(notebook):
    """https://github.com/jupyter-book/jupyter-book/issues/1787"""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"^\s*(:::|```\{)", cell.source, re.MULTILINE), cell.source
            assert not re.search(r"\{[a-z:-]+\}`", cell.source), cell.source


def test_folded_answers_are_whole_and_leave_a_line_for_markdown(notebook):
    text = prose(notebook)
    assert text.count("<details>") == text.count("</details>") == text.count("<summary>") > 0
    assert not re.search(r"</summary>(?!\n\n)", text)


def test_b120_prose_has_no_escaped_dollar(notebook):
    """https://github.com/jupyter-book/jupyter-book/issues/750"""
    assert "\\$" not in prose(notebook)


def test_links_to_other_files_of_the_book_lead_somewhere(path, notebook):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(notebook)):
        if not re.match(r"https?:|mailto:|#", target):
            assert (path.parent / target.split("#")[0]).exists(), target


def test_the_file_is_under_one_and_a_half_megabytes(path):
    assert path.stat().st_size < 1_500_000


# ---- the figures


def test_b098_every_figure_has_an_alternative_text_of_its_own(notebook):
    """https://github.com/whitead/dmol-book/issues/6"""
    alts = [
        cell.metadata.get("mystnb", {}).get("image", {}).get("alt", cell.source)
        for cell in figure_cells(notebook)
    ]
    sources = {cell.source for cell in figure_cells(notebook)}
    assert [alt for alt in alts if alt in sources] == [], "cells without alternative text"
    assert [alt for alt in alts if len(alt) < 20] == []
    assert len(set(alts)) == len(alts)


def test_a_figure_cell_shows_one_figure(notebook):
    for cell in figure_cells(notebook):
        shown = [output for output in cell.outputs if "image/svg+xml" in output.get("data", {})]
        assert len(shown) == 1, cell.source


def test_b092_every_picture_is_opaque(notebook):
    """https://github.com/pyscript/pyscript/issues/1404"""
    for cell in code_cells(notebook):
        for picture in [svg for output in cell.outputs for svg in pictures(output)]:
            ground = re.search(r'<g id="patch_1">\s*<path [^>]*style="([^"]*)"', picture)
            assert ground and ground[1] == "fill: #ffffff", cell.source


def test_every_figure_has_a_caption_and_fits_a_telephone(notebook):
    """At six inches and less, letters of eleven points are nine pixels high there."""
    for cell in figure_cells(notebook):
        caption = cell.metadata.get("mystnb", {}).get("figure", {}).get("caption", "")
        assert caption.endswith(".") and 5 <= len(caption.split()) <= 60, cell.source
        for output in cell.outputs:
            for picture in pictures(output):
                assert float(re.search(r'width="([\d.]+)pt"', picture)[1]) <= 6.05 * 72, cell.source


def test_no_picture_is_heavy(notebook):
    for cell in figure_cells(notebook):
        assert max(len(svg) for output in cell.outputs for svg in pictures(output)) < 200_000


def test_no_stored_output_judges_an_exercise_that_nobody_has_done(notebook):
    for cell in code_cells(notebook):
        if "exercise" in cell.metadata.get("tags", ()):
            assert "Not yet." not in output_text(cell)


# ---- the outputs


def test_b114_no_output_names_a_figure_object_or_an_address_in_memory(notebook):
    """https://github.com/computationalmodelling/nbval/issues/185"""
    for cell in code_cells(notebook):
        assert "<Figure size" not in output_text(cell), cell.source
        assert " at 0x" not in output_text(cell), cell.source


def test_b094_no_output_is_markdown_or_latex_with_dollars(notebook):
    """https://github.com/jupyter-book/jupyter-book/issues/2064"""
    for output in [output for cell in code_cells(notebook) for output in cell.outputs]:
        for kind in ("text/markdown", "text/latex"):
            assert "$" not in output.get("data", {}).get(kind, "")


def test_no_cell_warns(notebook):
    for cell in code_cells(notebook):
        assert [o.text for o in cell.outputs if o.get("name") == "stderr"] == []


def test_only_cells_that_say_so_end_in_an_error(notebook):
    for cell in code_cells(notebook):
        failed = any(output.output_type == "error" for output in cell.outputs)
        assert failed == ("raises-exception" in tags(cell)), cell.source


# ---- the code in the cells


def test_b041_no_chapter_opens_a_url(notebook):
    """https://github.com/oreilly-japan/deep-learning-from-scratch/issues/81"""
    network = {"urllib", "requests", "http", "ftplib", "socket", "httpx", "aiohttp"}
    for cell in code_cells(notebook)[1:]:  # the setup cell names an address in its message
        for node in ast.walk(syntax_tree(cell)):
            if isinstance(node, ast.Import):
                assert not network & {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] not in network
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert "://" not in node.value
            elif isinstance(node, ast.Name):
                assert node.id != "get_ipython", "a shell command or a magic"


def test_no_chapter_draws_from_the_global_random_state(notebook):
    for cell in code_cells(notebook):
        for node in ast.walk(syntax_tree(cell)):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "np.random":
                assert node.attr in {"default_rng", "Generator"}, cell.source
            elif isinstance(node, ast.Import):
                assert "random" not in {alias.name for alias in node.names}, cell.source


# ---- the setup cell


@pytest.mark.parametrize("call, error", [
    ("warnings.warn('soon gone', DeprecationWarning)", "DeprecationWarning: soon gone"),
    ("warnings.warn('soon other', FutureWarning)", "FutureWarning: soon other"),
    ("warnings.warn_explicit('its own', DeprecationWarning, 'x.py', 1, 'a_library')", None),
])
def test_what_a_chapter_calls_is_not_on_its_way_out(call, error, monkeypatch):
    """A library may still call its own old parts."""
    monkeypatch.setenv("PYTHONWARNINGS", "")  # put back after the test
    chapters_conftest().pytest_configure()
    cell = nbformat.v4.new_code_cell(f"import warnings\n{call}")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    client = NotebookClient(notebook, kernel_name="python3", allow_errors=True)
    client.execute(env=dict(os.environ))
    raised = [f"{output.ename}: {output.evalue}" for output in notebook.cells[0].outputs
              if output.output_type == "error"]
    assert raised == ([error] if error else [])


def chapters_conftest():
    path = ROOT / "notebooks" / "conftest.py"
    spec = importlib.util.spec_from_file_location("chapters_conftest", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_setup(folder, session_name=""):
    """Run the setup cell and a look at what it found in a kernel that starts in this folder."""
    look = "import checks, labs, mnist_core\nprint(len(mnist_core.load_mnist()[0]), plt.__name__)"
    cells = [nbformat.v4.new_code_cell(source) for source in (execute.SETUP, look)]
    environment = {**os.environ, "JPY_SESSION_NAME": str(session_name)}
    client = NotebookClient(
        nbformat.v4.new_notebook(cells=cells),
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.execute(env=environment)
    except CellExecutionError:
        pass  # the outputs tell
    return [output for cell in cells for output in cell.outputs]


@pytest.mark.parametrize("folder", [ROOT, ROOT / "notebooks", ROOT / "tests", ROOT.parent])
def test_b089_the_setup_cell_finds_the_book_from_folders_of_the_book(folder, tmp_path):
    """https://github.com/oreilly-japan/deep-learning-from-scratch/issues/25"""
    session = PATHS[0] if folder == ROOT.parent else ""
    (output,) = run_setup(folder, session)
    assert output.text == "60000 matplotlib.pyplot\n"


def test_b089_the_setup_cell_finds_the_book_from_an_unrelated_folder(tmp_path):
    (output,) = run_setup(tmp_path, PATHS[0])
    assert output.text == "60000 matplotlib.pyplot\n"


def test_b091_opened_alone_a_chapter_says_what_to_run(tmp_path):
    """https://github.com/sotte/pytorch_tutorial/issues/8"""
    (output,) = run_setup(tmp_path, tmp_path / "07_backpropagation.ipynb")
    assert output.output_type == "error"
    assert output.traceback == [output.evalue]  # a sentence and a line to copy, no stack
    sentence, line = output.evalue.split("\n")
    assert line.startswith("!git clone https://")


def test_b091_the_line_it_says_is_enough(tmp_path):
    (tmp_path / set_address.folder(set_address.address(ROOT))).symlink_to(ROOT)
    (output,) = run_setup(tmp_path)
    assert output.text == "60000 matplotlib.pyplot\n"
