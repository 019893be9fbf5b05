"""The list of equivalent mutants holds to the file; the tool that makes mutants, on small files."""

import ast
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CORE = (ROOT / "mnist_core.py").read_text(encoding="utf-8")
ENTRIES = tomllib.loads((ROOT / "tests" / "equivalent_mutants.toml").read_text())["mutants"]


def plain(line):
    return " ".join(line.split())


def body(name):
    """The lines of a function, a method or a class of the core, or of the whole file."""
    tree = ast.parse(CORE)
    for part in name.split(".") if name else ():
        tree = next(node for node in tree.body if getattr(node, "name", None) == part)
    lines = CORE.splitlines()
    return [plain(line) for line in (lines[tree.lineno - 1:tree.end_lineno] if name else lines)]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["line"])
def test_each_line_of_the_list_stands_in_its_function_once(entry):
    assert body(entry.get("in")).count(plain(entry["line"])) == 1


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["line"])
def test_each_has_a_reason_and_a_change(entry):
    assert len(entry["why"].split()) >= 5
    changed = [plain(line) for line in entry["becomes"]]
    assert changed and plain(entry["line"]) not in changed and len(set(changed)) == len(changed)


def test_none_is_listed_twice():
    keys = [(entry.get("in"), plain(entry["line"])) for entry in ENTRIES]
    assert len(set(keys)) == len(keys)


# ---- the tool

SMALL = '''"""A core of 3 lines."""

import contextlib

STEPS = 2


@contextlib.contextmanager
def half(x, *, n=1):
    yield x / 2 if x > n else None


class Box:
    size = 1

    def grow(self):
        for _ in range(3):
            self.size += 1
'''


@pytest.fixture(scope="module")
def tool():
    pytest.importorskip("cosmic_ray")
    return pytest.importorskip("tools.mutants")


def changes(tool):
    return {(kind.split("_")[0].removeprefix("core/"), line, plain(text.splitlines()[line - 1]))
            for kind, line, text in tool.mutants(SMALL)}


def test_each_kind_of_change_is_made_in_its_line(tool):
    assert {("NumberReplacer", 5, "STEPS = 3"), ("NumberReplacer", 5, "STEPS = 1"),
            ("RemoveDecorator", 8, "def half(x, *, n=1):"),
            ("NumberReplacer", 9, "def half(x, *, n= 0):"),
            ("ReplaceBinaryOperator", 10, "yield x * 2 if x > n else None"),
            ("ReplaceComparisonOperator", 10, "yield x / 2 if x >= n else None"),
            ("AddNot", 10, "yield x / 2 if not x > n else None"),
            ("ZeroIterationForLoop", 17, "for _ in []:")} <= changes(tool)


def test_what_python_cannot_read_and_what_is_no_code_is_left_alone(tool):
    assert {line for _, line, _ in changes(tool)} == {5, 8, 9, 10, 14, 17, 18}
    for _, _, text in tool.mutants(SMALL):
        compile(text, "small", "exec")


def test_no_two_mutants_are_alike(tool):
    texts = [text for _, _, text in tool.mutants(SMALL)]
    assert len(texts) == len(set(texts)) > 20 and SMALL not in texts


def test_a_line_is_known_by_the_function_around_it(tool):
    where = tool.functions(SMALL)
    assert [where.get(line) for line in (5, 10, 14, 18)] == [None, "half", "Box", "Box.grow"]


def test_a_mutant_is_put_in_place_while_its_classes_stay_the_same(tool):
    """Tests hold on to what they imported: a layer must still be a Layer."""
    old, new = tool.types.ModuleType("small"), tool.types.ModuleType("small")
    exec(SMALL, vars(old))
    exec(SMALL.replace("STEPS = 2", "STEPS = 7").replace("+= 1", "+= 5").replace("x / 2", "x / 4")
         .replace("n=1", "n=3").replace("size = 1", "size = 2"), vars(new))
    box, kind, half = old.Box(), old.Box, old.half
    tool.put(new, old)
    box.grow()
    assert old.Box is kind and box.size == 17 and old.STEPS == 7
    with half(8) as given, half(3) as nothing:
        assert given == 2 and nothing is None


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")  # it forks, on purpose
def test_a_mutant_dies_of_a_test_of_its_function_or_of_never_coming_to_an_end(
        tool, tmp_path, monkeypatch):
    path, core = tmp_path / "core.py", tool.types.ModuleType("mnist_core")
    path.write_text(SMALL)
    exec(SMALL, vars(core))
    plugin = tool.Mutants(path, ())

    def run(test, _):
        plugin.failed |= not test()

    def halves():
        with core.half(8) as given:
            return given == 4

    monkeypatch.setitem(sys.modules, "mnist_core", core)
    monkeypatch.setattr(tool, "run", run)
    monkeypatch.setattr(tool, "LIMIT", 1)
    plugin.tests = [(0, {"half"}, halves, None), (0, {"Box"}, lambda: core.Box().size == 1, None)]
    assert plugin.survives(SMALL, "")
    assert plugin.survives(SMALL.replace("n=1", "n=7"), "half")
    assert not plugin.survives(SMALL.replace("x / 2", "x / 4"), "half")
    assert plugin.survives(SMALL.replace("x / 2", "x / 4"), "Box")  # its tests do not call half
    assert not plugin.survives(SMALL.replace("size = 1", "size = 2"), "Box")
    assert not plugin.survives(f"{SMALL}while True:\n    pass\n", "half")
    assert path.read_text() == SMALL and halves() and core.Box.size == 1


def test_the_report_fails_for_a_survivor_that_the_list_does_not_explain(tool, monkeypatch, capsys):
    plugin = tool.types.SimpleNamespace(
        source=SMALL, counts=tool.collections.Counter({"core/NumberReplacer": 5, "core/AddNot": 5}))
    known = "STEPS = 2", "STEPS = 3", SMALL.replace("STEPS = 2", "STEPS = 3")
    new = "size = 1", "size = 2", SMALL.replace("size = 1", "size = 2")
    monkeypatch.setattr(tool, "listed", lambda: {(None, *known[:2])})
    plugin.survivors = [("core/NumberReplacer", 5, known[2])]
    assert not tool.report(plugin, 3)
    assert "90.0% killed, and 100.0% without the 1" in capsys.readouterr().out
    plugin.survivors.append(("core/NumberReplacer", 14, new[2]))
    assert tool.report(plugin, 3)
    out = capsys.readouterr().out
    assert "80.0% killed, and 88.9% without the 1" in out and "2 survive" in out
    assert out.endswith("in Box:\n    size = 1\n    size = 2\n") and "STEPS" not in out
