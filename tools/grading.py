"""Turn a chapter into an assignment that nbgrader or otter-grader marks with the book's checks.

    python tools/grading.py nbgrader notebooks/04_softmax.ipynb source/softmax/softmax.ipynb
    python tools/grading.py otter notebooks/04_softmax.ipynb softmax.ipynb

The chapter loses its answers, as in tools/student.py. Each exercise with a check keeps its solution
in the form that the grader takes out again, and is followed by a test that asks for the verdict.
"""

import argparse
import ast
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_raw_cell

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tools import execute, set_address, student  # noqa: E402

TEST = "passed, sentence = checks.{name}.judge({arguments})\nassert passed, sentence"
CONFIG = f"""# ASSIGNMENT CONFIG
files:
  - {set_address.folder(set_address.address(ROOT))}
generate: true
"""  # the folder in which the setup cell looks for the book


@dataclass
class Task:
    """An exercise: its check, its cell as students get it, and its solution."""

    name: str
    arguments: str
    stub: str
    solution: str

    @property
    def test(self):
        return TEST.format(name=self.name, arguments=self.arguments)


def call(source):
    """(name, arguments) of the check that a cell calls, or None."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("checks."):
            return node.func.attr, ", ".join(map(ast.unparse, node.args))
    return None


def task(exercise, solution):
    """The exercise as a Task; None where no check judges it."""
    asked = call(exercise.source)
    if asked is None:
        return None
    answer = solution.source.removeprefix(execute.SOLUTION).strip()
    named = call(answer)
    if named and named != asked:  # the solution bears another name than the stub
        answer += f"\n{asked[1].split(',')[0]} = {named[1].split(',')[0]}"
    return Task(*asked, exercise.source, answer)


def tasks(notebook):
    """{id of the exercise's cell: Task} of a chapter."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    found = {cell.id: task(cell, after) for cell, after in zip(code, code[1:])
             if "exercise" in cell.metadata.get("tags", ())}
    return {key: one for key, one in found.items() if one}


# ---- the two forms


def for_nbgrader(one):
    """The answer, with the solution between nbgrader's marks, and a locked test worth a point."""
    answer = new_code_cell(f"{one.stub}\n\n### BEGIN SOLUTION\n{one.solution}\n### END SOLUTION")
    test = new_code_cell(one.test)
    answer.metadata["nbgrader"] = about(one.name, grade=False, solution=True, locked=False)
    test.metadata["nbgrader"] = about(f"{one.name}-test", grade=True, solution=False, locked=True,
                                      points=1)
    return [answer, test]


def about(grade_id, **facts):
    return {"schema_version": 3, "grade_id": grade_id, "task": False, "cell_type": "code", **facts}


def for_otter(one):
    """The question between otter's raw cells, with a test worth a point."""
    solution = new_code_cell(f"{one.stub}\n\n# BEGIN SOLUTION NO PROMPT\n{one.solution}\n"
                             "# END SOLUTION")
    return [new_raw_cell(f"# BEGIN QUESTION\nname: {one.name}\npoints: 1"),
            new_raw_cell("# BEGIN SOLUTION"), solution, new_raw_cell("# END SOLUTION"),
            new_raw_cell("# BEGIN TESTS"), new_code_cell(one.test), new_raw_cell("# END TESTS"),
            new_raw_cell("# END QUESTION")]


FORMS = {"nbgrader": for_nbgrader, "otter": for_otter}


def assignment(notebook, form):
    """The chapter as an assignment of this form."""
    found = tasks(notebook)
    if not found:
        raise ValueError("the chapter: given one without a check, wanted at least one exercise "
                         "with a line checks.name(...)")
    blank = student.student(notebook)
    cells = []
    for cell in blank.cells:
        cells += FORMS[form](found[cell.id]) if cell.id in found else [cell]
    blank.cells = ([new_raw_cell(CONFIG)] if form == "otter" else []) + cells
    return blank


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("form", choices=FORMS)
    parser.add_argument("chapter", type=Path)
    parser.add_argument("to", type=Path)
    options = parser.parse_args(arguments)
    notebook = nbformat.read(options.chapter, as_version=4)
    count = len(tasks(notebook))  # first: the assignment takes the solutions out
    made = assignment(notebook, options.form)
    options.to.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(made, options.to)
    print(f"{options.to}: {count} exercises")


if __name__ == "__main__":
    main()
