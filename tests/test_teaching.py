"""For teachers: packs without answers, plans that add up, links that open, slides and figures."""

import base64
import builtins
import html
import json
import math
import re
import symtable
import zlib
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import checks
import nbformat
import numpy as np
import pytest
from IPython.core.inputtransformer2 import TransformerManager

from tools import execute, figures, grading, reading_time, slide_text, slides, student

ROOT = Path(__file__).resolve().parent.parent
PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))
BOOK = ROOT / "book"
PLAN = (BOOK / "teaching-plan.md").read_text(encoding="utf-8")
PAGES = sorted(BOOK.glob("teaching-*.md"))
ANSWERS = re.compile(r"<details>\s*<summary>(?!A hint<)(.*?)</summary>(.*?)</details>", re.S)
SKIP = 15, 10  # minutes of a chapter that class has done: of most, and of chapter 00


@pytest.fixture(scope="module")
def stored():
    """{name: notebook} as the book has them."""
    return {path.name: nbformat.read(path, as_version=4) for path in PATHS}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The student folder, built afresh."""
    made = tmp_path_factory.mktemp("student") / "pack"
    student.build(made)
    return made


@pytest.fixture(scope="module")
def given(folder):
    """{name: notebook} as students get them."""
    return {path.name: nbformat.read(path, as_version=4)
            for path in sorted((folder / "notebooks").glob("*.ipynb"))}


def tags(cell):
    return set(cell.metadata.get("tags", ()))


def squeezed(text):
    return " ".join(text.split())


# ---- the student notebooks


def test_every_chapter_is_in_the_pack_and_valid(given):
    assert list(given) == [path.name for path in PATHS]
    for notebook in given.values():
        nbformat.validate(notebook)
        assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
        assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


@pytest.mark.parametrize("name", [path.name for path in PATHS])
def test_no_solution_and_no_answer_is_left(name, stored, given):
    """Compared by text: a solution in a cell without its tag would be found too."""
    left = squeezed("\n".join(cell.source for cell in given[name].cells))
    code = {squeezed(cell.source) for cell in given[name].cells if cell.cell_type == "code"}
    for cell in stored[name].cells:
        if "solution" in tags(cell):
            body = squeezed(cell.source.removeprefix(execute.SOLUTION))
            assert body not in left and body not in code
        for _, answer in ANSWERS.findall(cell.source if cell.cell_type == "markdown" else ""):
            assert squeezed(answer) not in left
    assert execute.SOLUTION not in left
    assert set(re.findall(r"<summary>(.*?)</summary>", left)) <= {student.KEPT}


def test_no_output_is_left_and_nothing_that_would_be_compared_with_one(given):
    for notebook in given.values():
        for cell in notebook.cells:
            assert not cell.get("outputs") and cell.get("execution_count") is None
            assert not {"solution", "nbval-check-output"} & tags(cell)


def test_each_answer_has_a_place_to_write_and_each_hint_stays(stored, given):
    for name, notebook in given.items():
        text = "\n".join(cell.source for cell in stored[name].cells
                         if cell.cell_type == "markdown")
        blank = "\n".join(cell.source for cell in notebook.cells)
        assert blank.count(student.PLACE) == len(ANSWERS.findall(text))
        assert blank.count("<summary>A hint") == text.count("<summary>A hint")


def scopes(table):
    yield table
    for child in table.get_children():
        yield from scopes(child)


def names(source):
    """(global names that a cell uses, names that it defines)."""
    text = TransformerManager().transform_cell(source)
    text = text.replace("await ", "")  # a cell may await, a file not
    top = symtable.symtable(text, "cell", "exec")
    used, made = set(), set()
    for table in scopes(top):
        for symbol in table.get_symbols():
            if table is top or symbol.is_global():
                used |= {symbol.get_name()} if symbol.is_referenced() else set()
                made |= {symbol.get_name()} if symbol.is_assigned() or (
                    symbol.is_imported()) else set()
    return used, made


@pytest.mark.parametrize("name", [path.name for path in PATHS])
def test_every_name_is_still_defined_without_the_solutions(name, given):
    found = [names(cell.source) for cell in given[name].cells if cell.cell_type == "code"]
    known = set(dir(builtins)) | {"__name__", "display"} | set().union(*(made for _, made in found))
    assert set().union(*(used for used, _ in found)) - known == set()


def test_the_pack_has_what_its_notebooks_need(folder, given):
    for notebook in given.values():
        for cell in notebook.cells:
            for target in re.findall(r"\]\(([^)\s#]+)[^)]*\)", cell.source):
                if cell.cell_type == "markdown" and not re.match(r"https?:|mailto:", target):
                    assert (folder / "notebooks" / target).exists(), target
    wanted = ("mnist_core.py", "requirements.txt", "README.md", "LICENSE", "notebooks/labs.py",
              "notebooks/flipbook.html", "data/train-images-idx3-ubyte.gz")
    assert [name for name in wanted if not (folder / name).exists()] == []
    assert not list(folder.rglob("teaching-*")) + list(folder.rglob("__pycache__"))


def test_the_requirements_of_the_pack_are_those_of_the_book(folder):
    lines = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line.split("==")[0] for line in lines] == list(student.NEEDED)


def test_a_sealed_check_works_and_shows_no_answer():
    source = (ROOT / "notebooks/checks/chapter_00.py").read_text(encoding="utf-8")
    sealed = student.sealed(source)
    assert "101" not in sealed.split('b64decode("""')[0] and "lambda" not in sealed
    space = {"__name__": "checks.chapter_00", "__package__": "checks"}
    exec(sealed, space)
    assert space["count_parameters"].judge(101_770)[0]
    assert zlib.decompress(base64.b64decode(sealed.split('"""')[3])).decode() == source


def test_a_check_seals_only_what_holds_answers(folder):
    for path in (folder / "notebooks/checks").glob("*.py"):
        assert ("b64decode" in path.read_text(encoding="utf-8")) == path.name.startswith("chapter_")


# ---- marking


@pytest.mark.parametrize("form", grading.FORMS)
def test_an_assignment_has_a_test_for_each_exercise_with_a_check(form, stored):
    for name, notebook in stored.items():
        found = grading.tasks(notebook)
        made = grading.assignment(nbformat.from_dict(notebook.copy()), form) if found else None
        assert found, name
        sources = [cell.source for cell in made.cells]
        assert all(one.test in sources for one in found.values())


def test_the_solutions_of_an_assignment_pass_their_own_tests(stored):
    """Of a chapter whose exercises stand alone: what a grader runs over the teacher's copy."""
    space = {"np": np, "checks": checks}
    for one in grading.tasks(stored["00_a_network_in_a_minute.ipynb"]).values():
        exec(f"{one.solution}\n{one.test}", space)


def test_an_untouched_stub_fails_its_test(stored):
    space = {"np": np, "checks": checks}
    for one in grading.tasks(stored["00_a_network_in_a_minute.ipynb"]).values():
        with pytest.raises(AssertionError):
            exec(f"{one.stub}\n{one.test}", space)


def test_a_chapter_without_a_check_is_refused():
    cell = nbformat.v4.new_markdown_cell("### Exercise 1")
    with pytest.raises(ValueError, match="wanted at least one exercise"):
        grading.assignment(nbformat.v4.new_notebook(cells=[cell]), "otter")


# ---- the plan


def table_rows(text, cells):
    """The rows of all tables with so many cells, without heads."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()
            if line.startswith("|") and "---" not in line]
    return [row for row in rows if len(row) == cells and re.match(r"\[?\d", row[0])]


def chapter_rows():
    """{chapter: (all, class, home)} of the plan."""
    return {row[0][1:3]: tuple(map(int, row[1:4])) for row in table_rows(PLAN, 7)}


def test_the_minutes_of_each_chapter_are_those_at_its_top():
    stated = {path.name[:2]: int(reading_time.TIME.search(path.read_text(encoding="utf-8"))[0])
              for path in PATHS}
    wanted = {name: (minutes, minutes - SKIP[name == "00"]) for name, minutes in stated.items()}
    assert {name: (row[0], row[2]) for name, row in chapter_rows().items()} == wanted


def test_what_class_has_done_is_a_poll_a_lab_and_an_exercise():
    minutes = reading_time.MINUTES
    assert SKIP[0] == minutes["predictions"] + minutes["labs"] + 2 * minutes["exercises"]
    assert SKIP[1] == minutes["predictions"] + minutes["labs"] + 2 * minutes["warm-ups"]


def test_the_weeks_add_up_to_ninety_minutes_and_to_the_times_of_their_chapters():
    chapters, weeks = chapter_rows(), table_rows(PLAN, 5)
    assert [int(row[0]) for row in weeks] == [*range(1, 7), *range(4, 13)]
    for _, title, named, in_class, at_home in weeks:
        minutes = {part.split(" min ")[1]: int(part.split(" min ")[0])
                   for part in in_class.split(" · ")}
        assert sum(minutes.values()) == 90, title
        for name in named.split(", "):
            assert minutes[f"chapter {name}"] == chapters[name][1], title
        home = sum(chapters[name][2] for name in named.split(", "))
        assert at_home.startswith(f"{home} min "), title


def test_every_exercise_that_a_plan_names_exists(stored):
    text = "\n".join(cell.source for notebook in stored.values() for cell in notebook.cells)
    exercises = set(re.findall(r"^### Exercise (\d+\.\d+)", text, re.M))
    pages = "\n".join(path.read_text(encoding="utf-8") for path in PAGES)
    named = re.findall(r"[Ee]xercises? (\d+\.\d+)(?: and (\d+\.\d+))?", pages)
    cells = {number for row in table_rows(PLAN, 7) for number in re.findall(r"\d+\.\d+", row[6])}
    asked = {number for pair in named for number in pair if number} | {
        f"0.{n}" if len(n) == 1 else n for n in cells}
    assert asked <= exercises and len(asked) > 30


# ---- links


def labs_of(stored):
    """{page: {name: {choice: values}}} of all flip-books and steppers."""
    found = {}
    for name, notebook in stored.items():
        shown = "\n".join(output.get("data", {}).get("text/html", "")
                          for cell in notebook.cells for output in cell.get("outputs", []))
        data = re.findall(r'class="(?:flipbook|stepper)-data">(.*?)</script>', shown, re.S)
        books = [json.loads(text) for text in data]
        found[name.replace(".ipynb", ".html")] = {
            book["name"]: dict(book.get("choices", [])) for book in books}
    return found


def slug(heading):
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(notebook):
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return {slug(heading) for heading in re.findall(r"^#+ (.+)$", text, re.M)}


LINKS = [(path.name, html.unescape(link)) for path in PAGES
         for link in re.findall(r'href="\.\./notebooks/([^"]+)"', path.read_text("utf-8"))]


@pytest.mark.parametrize(("page", "link"), LINKS)
def test_a_link_with_a_state_names_a_lab_a_choice_and_a_value(page, link, stored):
    parts, labs = urlsplit(link), labs_of({k: v for k, v in stored.items() if k[:2] == link[:2]})
    there = labs[parts.path]
    kind, _, name = parts.fragment.partition("-")
    if kind not in ("flip", "step") or name not in there:
        assert parts.fragment in anchors(stored[parts.path.replace(".html", ".ipynb")])
        return
    for key, values in parse_qs(parts.query, strict_parsing=bool(parts.query)).items():
        lab, choice = key.split(".", 1)
        assert lab == name and values[0] in there[name][choice]


def test_links_to_sections_lead_to_headings(stored):
    for path in PAGES:
        for name, anchor in re.findall(r"\]\(\.\./notebooks/([\w.]+)#([^)]+)\)",
                                       path.read_text(encoding="utf-8")):
            assert anchor in anchors(stored[name]), (path.name, anchor)


def test_numbers_quoted_of_a_chapter_are_printed_there(stored):
    """What the page of misconceptions says that a lab or a cell shows."""
    text = (BOOK / "teaching-misconceptions.md").read_text(encoding="utf-8")
    text = re.sub(r"https://\S+|doi:\S+", "", text)
    printed = "\n".join(
        output.get("text", "") + output.get("data", {}).get("text/html", "")
        for notebook in stored.values() for cell in notebook.cells
        for output in cell.get("outputs", []))
    for number in set(re.findall(r"(?<![\d.])\d+\.\d+(?= %|\s+to|\)|,| and)", text)):
        assert number in printed, number
    step, way = np.array([9, 10]), np.array([9, 1])
    angle = math.acos(step @ way / np.linalg.norm(step) / np.linalg.norm(way))
    assert f"{math.degrees(angle):.0f} degrees" in text


# ---- slides and figures


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_deck_has_the_chapters_parts_and_no_answer(path, stored):
    notebook = stored[path.name]
    deck = slides.deck(notebook)
    kinds = [cell.metadata.slideshow.slide_type for cell in deck.cells]
    assert kinds.count("slide") + kinds.count("subslide") > 30
    text = squeezed("\n".join(cell.source for cell in deck.cells))
    for cell in notebook.cells:
        if "solution" in tags(cell):
            assert squeezed(cell.source.removeprefix(execute.SOLUTION)) not in text
        for _, answer in ANSWERS.findall(cell.source if cell.cell_type == "markdown" else ""):
            assert squeezed(answer) not in text
    before = "\n".join(cell.source for cell in notebook.cells).split("### Exercise")[0]
    assert text.count('<div class="predict">') == before.count("**Predict")
    assert text.count('<div class="figure">') >= len(figures.figures(path)) - 1


def test_a_deck_asks_no_other_host_and_loads_what_the_folder_holds(stored):
    page = slides.export(slides.deck(stored["05_cross_entropy.ipynb"]))
    loaded = re.findall(r'<(?:script|link|img)[^>]*? (?:src|href)="(?!data:)([^"]+)"', page)
    assert len(loaded) >= 5 and not [name for name in loaded if "//" in name]
    kept = {"deck/": slides.DECK, "mathjax/": ROOT / "book/_static/mathjax"}
    for name in loaded:
        start = next(start for start in kept if name.startswith(start))
        assert (kept[start] / "reveal/dist/theme" / ".." / name.removeprefix(start)).exists() or (
            kept[start] / name.removeprefix(start)).exists() or name.endswith("../../../deck.css")
    assert "unpkg" not in page and "cdnjs" not in page and "require.js" not in page


def test_long_code_is_cut_where_a_line_is_blank_and_long_text_at_a_sentence():
    source = "\n".join(["a = 1"] * 10 + [""] + ["b = 2"] * 12)
    assert [piece.count("\n") + 1 for piece in slide_text.pieces(source, 19)] == [10, 12]
    assert slide_text.claim("First, a sentence that is quite long. " * 5).count(".") <= 5
    assert slide_text.claim("It is $a. B$ here. And on.").count("$") == 2


def test_the_pack_of_figures_is_complete(tmp_path, stored):
    found = figures.build(tmp_path)
    wanted = sum("image/svg+xml" in output.get("data", {}) for notebook in stored.values()
                 for cell in notebook.cells for output in cell.get("outputs", []))
    files = sorted(path.name for path in tmp_path.glob("*.svg"))
    assert len(found) == len(files) == wanted > 90
    listed = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "CC BY 4.0" in listed
    for figure in found:
        assert figure.file in files and f"## Figure {figure.number}\n" in listed
        assert figure.caption and len(figure.alt) > 20 and "](" not in figure.caption
    assert json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
