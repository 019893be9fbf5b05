"""The long experiments: what counts as the same code, and that a stopped sweep goes on."""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
import results

from tools import sweep

ROOT = Path(__file__).resolve().parent.parent
PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))
HELPER = "def double(x):\n    return 2 * x"
SUM = '''def total(a, b):
    """Return the sum."""
    return {"sum": double(a) + b, "third": 1 / 3}


TOTAL = dict(a=(1, 2), b=range(3))'''
OTHER = "def other(a):\n    return {'a': a}\n\n\nOTHER = [{'a': 1}]"


@pytest.fixture
def chapter(tmp_path, monkeypatch):
    """write(*sources): the path of a notebook with these sweep cells; results go to tmp_path."""
    monkeypatch.setattr(sweep, "RESULTS", tmp_path)

    def write(*sources):
        cells = [nbformat.v4.new_code_cell(s, metadata={"tags": ["sweep"]}) for s in sources]
        plain = nbformat.v4.new_code_cell("raise ValueError('not a sweep cell')")
        nbformat.write(nbformat.v4.new_notebook(cells=[*cells, plain]), tmp_path / "1.ipynb")
        return tmp_path / "1.ipynb"

    return write


def run_all(path, jobs=1):
    for name, code in sweep.sweeps(path).items():
        sweep.sweep(path, name, code, jobs)


def runs(path, name):
    return json.loads((path.parent / f"{name}.json").read_text())["runs"]


def test_every_setting_of_the_grid_is_run_and_kept_in_order(chapter):
    path = chapter(HELPER, SUM)
    assert sweep.faults(path) == ["total was never run"]
    run_all(path, jobs=2)
    kept = runs(path, "total")
    assert [run["setting"] for run in kept] == [{"a": a, "b": b} for a in (1, 2) for b in range(3)]
    assert [run["found"]["sum"] for run in kept] == [2, 3, 4, 4, 5, 6]
    assert kept[0]["found"]["third"] == 0.333333
    assert sweep.faults(path) == []


def test_a_stopped_sweep_goes_on_where_it_was(chapter):
    path = chapter(HELPER, SUM)
    run_all(path)
    file = path.parent / "total.json"
    whole = json.loads(file.read_text())
    kept = [run | {"seconds": 77.0} for run in whole["runs"][1:]]
    file.write_text(json.dumps(whole | {"runs": kept}))
    assert sweep.faults(path) == ["total has 5 runs, and its grid 6"]
    run_all(path)
    assert [run["seconds"] == 77.0 for run in runs(path, "total")] == [False] + 5 * [True]


def test_a_run_that_fails_keeps_the_others(chapter):
    path = chapter("def frail(a):\n    return {'b': 1 / a}\n\n\nFRAIL = dict(a=(2, 1, 0))")
    with pytest.raises(ZeroDivisionError):
        run_all(path)
    assert [run["setting"]["a"] for run in runs(path, "frail")] == [2, 1]


@pytest.mark.parametrize("changed, same", [
    (SUM.replace("Return the sum.", "Other words."), True),
    (SUM.replace("return", "# a comment\n    return"), True),
    (SUM.replace("range(3)", "range(4)"), True),  # the grid: other runs are missing, none is stale
    (SUM.replace("+ b", "- b"), False),
])
def test_a_fingerprint_is_of_the_code_that_is_run(chapter, changed, same):
    before = sweep.sweeps(chapter(HELPER, SUM))["total"]
    assert (sweep.sweeps(chapter(HELPER, changed))["total"] == before) == same


def test_a_helper_belongs_to_the_code_and_another_sweep_does_not(chapter):
    before = sweep.sweeps(chapter(HELPER, SUM))["total"]
    assert sweep.sweeps(chapter(HELPER, SUM, OTHER))["total"] == before
    assert sweep.sweeps(chapter(HELPER.replace("2", "3"), SUM))["total"] != before


def test_runs_of_other_code_or_another_machine_start_anew(chapter):
    path = chapter(HELPER, SUM)
    run_all(path)
    code = sweep.sweeps(path)["total"]
    assert len(sweep.stored("total", code)["runs"]) == 6
    assert sweep.stored("total", "other")["runs"] == []
    file = path.parent / "total.json"
    other = json.loads(file.read_text()) | {"made_with": ["a pocket calculator"]}
    file.write_text(json.dumps(other))
    assert sweep.stored("total", code)["runs"] == []


def test_numpy_waits_until_a_setup_cell_has_chosen_its_threads():
    code = "import sys; from tools import sweep; print('numpy' in sys.modules)"
    asked = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert asked.stdout == "False\n"


@pytest.mark.parametrize("changed, same", [
    (SUM.replace("return", "assert a > 0\n    return"), True),
    (SUM.replace("+ b", "+ b % 2"), False),
])
def test_runs_of_older_code_are_adopted_only_where_they_come_out_equal(chapter, changed, same):
    run_all(chapter(HELPER, SUM))
    path = chapter(HELPER, changed)
    before, code = runs(path, "total"), sweep.sweeps(path)["total"]
    assert sweep.faults(path) == ["total was run with other code"]
    if same:
        sweep.adopt(path, "total", code)
    else:
        with pytest.raises(SystemExit, match="sum not as stored"):
            sweep.adopt(path, "total", code)
    assert runs(path, "total") == before and (sweep.faults(path) == []) == same


def test_numbers_are_kept_short_and_plain():
    found = {"loss": np.float32(1 / 3), "steps": np.int64(7), "curve": [2 / 3, (1, True)]}
    assert json.dumps(sweep.rounded(found)) == (
        '{"loss": 0.333333, "steps": 7, "curve": [0.666667, [1, true]]}')


def test_an_unknown_sweep_is_refused(capsys):
    with pytest.raises(SystemExit):
        sweep.main(["nonsense"])
    assert "given ['nonsense'], wanted one of" in capsys.readouterr().err


# ---- the book's own


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_what_is_stored_was_found_by_the_code_and_the_grid_of_the_chapter(path):
    assert sweep.faults(path) == []


@pytest.mark.parametrize("file", sorted(results.FOLDER.glob("*.json")), ids=lambda file: file.stem)
def test_a_stored_sweep_belongs_to_a_chapter_and_is_small(file):
    assert file.stem in {name for path in PATHS for name in sweep.sweeps(path)}
    assert file.stat().st_size < 300_000
    assert results.load(file.stem) and "NumPy" in results.about(file.stem)


def test_results_of_an_unknown_sweep_are_refused():
    with pytest.raises(ValueError, match="given 'nonsense', wanted one of"):
        results.load("nonsense")
