"""Change mnist_core.py in one place at a time, and see whether a test notices.

    python tools/mutants.py             # every change: a quarter of an hour
    python tools/mutants.py Adam main   # those inside these functions and classes

A changed copy is a mutant; a test that fails kills it. Cosmic Ray makes the mutants: another
operator, a number one more or less, a loop that never runs, a `not` more or less. First the quick
tests of the core run on the file as it is, to learn which functions each reaches. Then each mutant
has a process of its own, forked where all is imported, and in it those tests run that reach its
function, until one fails. At the end stands the share that was killed; it fails if one survives
that tests/equivalent_mutants.toml does not explain. All happens in a copy. Windows cannot fork.
"""

import ast
import collections
import contextlib
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import tomllib
import types
from pathlib import Path

import hypothesis
import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "tests" / "equivalent_mutants.toml"
# Left out: shifts and bits of floats, which raise at once; `is` between numbers, which an accident
# of Python's decides; and the operators that would have to be told names of variables.
SENSELESS = "Shift", "_Bit", "_Is", "UAdd", "Variable"
SENSIBLE = "Is_IsNot", "IsNot_Is", "BitAnd_BitOr", "BitOr_BitAnd"
ARGUMENTS = ["-p", "no:cacheprovider", "-p", "no:terminal", "-o", "timeout=0", "-m", "not thorough",
             "-k", "not test_the_fault_is_noticed"]  # this one looks for pieces of text in the file
LIMIT = 10  # seconds for a test, and ten times what it takes by itself
MEMORY = 8 * 2**30  # bytes


def plain(line):
    return " ".join(line.split())


def listed():
    """{(function, line, what becomes of it), ...}: the mutants that no test can see."""
    entries = tomllib.loads(LIST.read_text(encoding="utf-8"))["mutants"]
    return {(entry.get("in"), plain(entry["line"]), plain(after))
            for entry in entries for after in entry["becomes"]}


def functions(source):
    """{line: the function or method around it, or the class}, where there is one."""
    found = {}
    for node in ast.parse(source).body:
        for part in [node, *node.body] if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(part, (ast.FunctionDef, ast.ClassDef)):
                name = part.name if part is node else f"{node.name}.{part.name}"
                found |= dict.fromkeys(range(part.lineno, part.end_lineno + 1), name)
    return found


def mutants(source):
    """Yield (operator, number of the line, text of the whole changed file), none twice."""
    lines, seen = source.splitlines(keepends=True), {source}
    operators = {name: get_operator(name)() for name in operator_names() if name.endswith(SENSIBLE)
                 or not any(word in name for word in SENSELESS)}
    for node in ast.parse(source).body:  # a piece at a time: to read the whole takes long
        first = min(part.lineno for part in [node, *getattr(node, "decorator_list", ())]) - 1
        piece = "".join(lines[first:node.end_lineno])
        places = list(ast_nodes(get_ast(piece)))
        for name, operator in operators.items():
            count = sum(len(list(operator.mutation_positions(place))) for place in places)
            for changed in (mutate_code(piece, operator, i) for i in range(count)):
                text = "".join([*lines[:first], changed, *lines[node.end_lineno:]])
                pairs = enumerate(zip(lines, text.splitlines(keepends=True)), 1)
                with contextlib.suppress(SyntaxError):
                    if text not in seen and compile(text, "mutant", "exec"):
                        yield name, next(n for n, (a, b) in pairs if a != b), text
                seen.add(text)


def put(new, old):
    """Give what stands in a module or class the code of its namesakes in another.

    The classes stay the same, because the tests hold on to those that they imported.
    """
    for name, value in vars(new).items():
        before = vars(old).get(name)
        while hasattr(value, "__wrapped__") and hasattr(before, "__wrapped__"):
            value, before = value.__wrapped__, before.__wrapped__
        if isinstance(value, types.FunctionType) and isinstance(before, types.FunctionType) and (
                hasattr(value, "__wrapped__") == hasattr(before, "__wrapped__")):
            for part in "__code__", "__defaults__", "__kwdefaults__":
                setattr(before, part, getattr(value, part))
        elif isinstance(value, type) and value.__module__ == new.__name__:
            put(value, before)
        elif not name.startswith("__"):
            setattr(old, name, value)


class Mutants:
    """A plugin of pytest, which takes over where it would run the tests that it collected."""

    def __init__(self, core, names):
        self.core, self.names, self.failed = core, names, False
        self.source, self.counts = core.read_text(encoding="utf-8"), collections.Counter()
        self.survivors, self.pid = [], os.getpid()

    def pytest_collection(self):  # no look for the smallest example that fails
        phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
        hypothesis.settings.register_profile("mutants", hypothesis.settings.default, phases=phases)
        hypothesis.settings.load_profile("mutants")

    def pytest_runtest_logreport(self, report):
        self.failed |= report.failed
        if report.failed and os.getpid() == self.pid:  # on the file as it is, not on a mutant
            print(f"{report.nodeid} fails")

    def pytest_runtestloop(self, session):
        first, last = session.items[0], session.items[-1]
        self.tests = [self.measured(item, last if item.path == first.path else first)
                      for item in session.items]
        self.tests.sort(key=lambda test: test[0] * (1 + len(test[1])))  # quick, specific ones first
        if self.failed or not self.survives(self.source, None):
            raise pytest.UsageError("a test fails on the file as it is: see to that first")
        where = functions(self.source)
        for operator, line, text in mutants(self.source):
            name = where.get(line, "")
            if not self.names or name.split(".")[0] in self.names:
                self.counts[operator.split("_")[0]] += 1
                if self.survives(text, name):
                    self.survivors.append((operator.split("_")[0], line, text))
        return True

    def measured(self, item, other):
        """(seconds, functions and classes of the core that it uses, the test, another file's)."""
        reached, start = set(), time.perf_counter()

        def look(frame, event, _):  # at each call of a function
            if frame.f_code.co_filename == str(self.core):
                name = frame.f_code.co_qualname.split(".<locals>")[0]
                reached.update((name, name.split(".")[0]))  # a method, and its class

        sys.settrace(look)
        run(item, other)
        sys.settrace(None)
        return time.perf_counter() - start, reached, item, other

    def survives(self, text, name):
        """Put the mutant in place in a process of its own: do the tests of this function pass?"""
        pid = os.fork()
        if pid:
            passed = os.waitpid(pid, 0)[1] == 0
            self.core.write_text(self.source, encoding="utf-8")
            return passed
        try:
            with contextlib.suppress(ValueError, OSError):  # where the system has no such limit
                resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os.dup2(1, 2)
            signal.alarm(LIMIT)
            self.core.write_text(text, encoding="utf-8")
            new = types.ModuleType("mnist_core")
            new.__file__ = str(self.core)
            exec(compile(text, self.core, "exec"), vars(new))
            put(new, sys.modules["mnist_core"])
            for seconds, reached, item, other in self.tests:
                if not self.failed and (not name or name in reached):
                    signal.alarm(LIMIT + int(10 * seconds))
                    run(item, other)
            os._exit(self.failed)
        finally:
            os._exit(1)


def run(item, other):
    """Run a test. What the files share, as the digits once read, stays."""
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=other)


def report(plugin, minutes):
    """Print the score and each survivor; return 1 if the list does not explain one of them."""
    lines, where, known = plugin.source.splitlines(), functions(plugin.source), listed()
    new = [(where.get(n), plain(lines[n - 1]), plain(text.splitlines()[n - 1]))
           for _, n, text in plugin.survivors]
    new = [change for change in new if change not in known]
    for kind, number in plugin.counts.most_common():
        survived = sum(survivor[0] == kind for survivor in plugin.survivors)
        print(f"{kind.removeprefix('core/'):26}{number:5}, {survived} survive")
    total, alive = plugin.counts.total(), len(plugin.survivors)
    explained = alive - len(new)
    print(f"{total} mutants, {minutes:.0f} minutes: {1 - alive / total:.1%} killed, and "
          f"{1 - len(new) / (total - explained):.1%} without the {explained} that are explained")
    for name, before, after in new:
        print(f"in {name}:\n    {before}\n    {after}")
    return len(new) > 0


def main(*names):
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        core = Path(folder).resolve() / "mnist_core.py"
        (core.parent / "tests").mkdir()
        for path in [ROOT / "mnist_core.py", ROOT / "pyproject.toml", ROOT / "tests/conftest.py",
                     *ROOT.glob("tests/*core*.py")]:
            shutil.copy(path, core.parent / path.relative_to(ROOT))
        for name in "data", "tools":
            (core.parent / name).symlink_to(ROOT / name)
        os.chdir(core.parent)
        plugin = Mutants(core, names)
        code = pytest.main([*ARGUMENTS, *map(str, sorted(core.parent.glob("tests/test_core*.py")))],
                           [plugin])
        os.chdir(ROOT)
    if not plugin.counts:
        return code or f"no mutant in {', '.join(names)}"
    return report(plugin, (time.perf_counter() - start) / 60)


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
