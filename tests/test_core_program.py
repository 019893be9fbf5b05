"""The whole program on three seeds: what it prints, reaches, returns; what accuracy can hide."""

import ast
import os
import re
import subprocess
import sys

import core_helpers
import numpy as np
import pytest
from core_helpers import SOURCE

import mnist_core as core

LINE = re.compile(r"epoch (\d)  (\d+\.\d) s  validation accuracy (\d\d\.\d\d)%")


def judge(lines):
    """Check the lines of one run; return the test accuracy in percent."""
    *epochs, last = lines
    matches = [LINE.fullmatch(line) for line in epochs]
    assert all(matches), lines
    assert [match[1] for match in matches] == ["1", "2", "3", "4", "5"]
    seconds = [float(match[2]) for match in matches]
    assert seconds == sorted(seconds)
    validation = [float(match[3]) for match in matches]
    assert validation[0] > 94 and validation[-1] > 97 and validation[-1] > validation[0]
    return float(re.fullmatch(r"test accuracy (\d\d\.\d\d)%", last)[1])


def test_the_program_trains_prints_a_line_an_epoch_and_succeeds():
    # One thread: two that wait for each other on a busy machine can take a hundred times as long.
    run = subprocess.run([sys.executable, SOURCE], cwd="/", capture_output=True, text=True,
                         env=os.environ | {"OPENBLAS_NUM_THREADS": "1"})
    assert run.returncode == 0 and run.stderr == ""
    assert 97.4 < judge(run.stdout.splitlines()) < 98.2


@pytest.mark.parametrize("own, threads", [
    ({}, 1), ({"OMP_NUM_THREADS": "2"}, 2), ({"OPENBLAS_NUM_THREADS": "2"}, 2)],
    ids=["silent", "OMP", "OPENBLAS"])
def test_b135_one_thread_by_default_and_a_readers_own_number_wins(own, threads):
    """Two threads that wait for each other beside other programs take ten times as long."""
    look = ("import mnist_core, threadpoolctl\n"
            "print(*{pool['num_threads'] for pool in threadpoolctl.threadpool_info()})")
    env = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    run = subprocess.run([sys.executable, "-c", look], cwd=SOURCE.parent, check=True, text=True,
                         capture_output=True, env=env | own)
    assert run.stdout == f"{min(threads, os.cpu_count())}\n"


@pytest.mark.thorough
@pytest.mark.parametrize("seed", [1, 2])
def test_b083_other_seeds_reach_the_same(seed, capsys, mnist, monkeypatch):
    """Three seeds with the program's own, in one band: https://github.com/carpentries-lab/deep-learning-intro/issues/193"""
    monkeypatch.setattr(core, "load_mnist", lambda: mnist)
    accuracy = core.main(seed)
    printed = judge(capsys.readouterr().out.splitlines())
    assert type(accuracy) is float and abs(100 * accuracy - printed) < 0.006
    assert 97.4 < 100 * accuracy < 98.2


def test_what_the_program_trains_on_what_and_how(capsys, mnist, monkeypatch):
    """784-128-10 on 50,000 digits, judged by the other 10,000; the rate falls to 0 at the end."""
    def fit(net, optimiser, X, y, *, epochs, batch_size, rng, schedule, validation):
        start = np.random.default_rng(0)
        assert repr(net) == "Sequential(Linear(784, 128), ReLU(), Linear(128, 10))"
        assert (net.layers[0].W == core.he_normal((128, 784), start)).all()
        assert (net.layers[2].W == core.he_normal((10, 128), start)).all()
        assert rng.bit_generator.state == start.bit_generator.state
        assert type(optimiser) is core.SGD and optimiser.model is net and optimiser.lr == 0.25
        assert (epochs, batch_size) == (5, 32)
        for array, given, kept in (mnist[0], X, validation[0]), (mnist[1], y, validation[1]):
            assert len(given) == 50_000 and (given[[0, -1]] == array[[0, 49_999]]).all()
            assert len(kept) == 10_000 and (kept[[0, -1]] == array[[50_000, -1]]).all()
        steps = 5 * 1563  # 50,000 / 32 is 1562.5
        assert [schedule(0), schedule(steps)] == [0.25, 0] and 0 < schedule(steps - 1) < 1e-4
        yield core.Record(1, 1, 2.3, 0.25, 0.01, None, None)
        yield core.Record(1563, 1, 0.5, 0.2, 1.25, 0.4, 0.875)

    monkeypatch.setattr(core, "load_mnist", lambda: mnist)
    monkeypatch.setattr(core, "fit", fit)
    monkeypatch.setattr(core, "evaluate", lambda net, X, y: (
        0.3, 0.9 if X is mnist[2] and y is mnist[3] else 0))
    assert core.main() == 0.9
    assert capsys.readouterr().out == (
        "epoch 1  1.2 s  validation accuracy 87.50%\ntest accuracy 90.00%\n")


@pytest.mark.parametrize("accuracy, code", [(0.9699, 1), (0.0, 1), (0.97, 0), (0.98, 0)])
def test_the_exit_code_says_whether_97_percent_were_reached(accuracy, code):
    """The last lines of the file, run with a main that returns this accuracy."""
    last = ast.parse(SOURCE.read_text(encoding="utf-8")).body[-1]
    assert ast.unparse(last.test) == "__name__ == '__main__'"
    lines = compile(ast.Module([last], []), "the last lines", "exec")
    with pytest.raises(SystemExit) as caught:
        exec(lines, {"__name__": "__main__", "main": lambda: accuracy})
    assert int(caught.value.code) == code
    exec(lines, {"__name__": "mnist_core"})  # imported, it does not train


IMPORT = """
import sys
sys.path[:] = sys.argv[1:]
import mnist_core
print(*{name.split(".")[0] for name in sys.modules} - {"__main__"})
"""


def test_importing_the_file_needs_numpy_alone():
    run = subprocess.run(
        [sys.executable, "-S", "-c", IMPORT, *sys.path], cwd=SOURCE.parent,
        capture_output=True, text=True, check=True)
    assert set(run.stdout.split()) - set(sys.stdlib_module_names) == {"mnist_core", "numpy"}


def test_the_first_loss_is_that_of_a_guess(mnist):
    """A fresh network knows nothing: about ln 10 = 2.3, not 14."""
    X, y = mnist[0][:1000], mnist[1][:1000]
    for seed in range(3):
        rng = np.random.default_rng(seed)
        net = core.Sequential(core.Linear(784, 128, rng), core.ReLU(), core.Linear(128, 10, rng))
        loss, accuracy = core.evaluate(net, X, y)
        assert 2.2 < loss < 2.9 and accuracy < 0.3


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_b019_a_wrong_gradient_can_pass_ninety_percent(seed, mnist):
    """https://github.com/louisjc/mnist-neural-network/issues/1: accuracy alone shows no fault."""
    class Leaky(core.ReLU):
        def backward(self, dout):
            return dout * (np.maximum(self.x, 0) >= 0)  # always true

    X, y, X_test, y_test = mnist
    reached = {}
    for bend in core.ReLU, Leaky:
        rng = np.random.default_rng(seed)
        net = core.Sequential(core.Linear(784, 64, rng), bend(), core.Linear(64, 10, rng))
        list(core.fit(net, core.SGD(net, 0.1), X[:20_000], y[:20_000], epochs=1, batch_size=32,
                      rng=rng))
        reached[bend] = core.evaluate(net, X_test, y_test)[1]
        small = core.Sequential(core.Linear(4, 6, rng), bend(), core.Linear(6, 3, rng))
        error = core.gradient_check(small, rng.standard_normal((5, 4)), rng)
        assert error < 1e-6 if bend is core.ReLU else error > 1e-2
    assert 0.90 < reached[Leaky] < reached[core.ReLU] < 0.96


def test_one_batch_can_be_learnt_by_heart(mnist):
    X, y = mnist[0][:32], mnist[1][:32]
    rng = np.random.default_rng(0)
    net = core.Sequential(core.Linear(784, 64, rng), core.ReLU(), core.Linear(64, 10, rng))
    for record in core.fit(net, core.SGD(net, 0.1), X, y, epochs=100, batch_size=32, rng=rng):
        last = record
    assert last.step == 100 and last.loss < 0.05
    assert core.evaluate(net, X, y)[1] == 1.0


def test_training_survives_a_save_in_the_middle_and_goes_on_alike(tmp_path, mnist):
    """Stop, save, load into a fresh network, go on: the same as going on without."""
    X, y = mnist[0][:2000], mnist[1][:2000]

    def build(seed):
        rng = np.random.default_rng(seed)
        return core.Sequential(core.Linear(784, 16, rng), core.ReLU(), core.Linear(16, 10, rng))

    def train(net, seed):
        return [r.loss for r in core.fit(net, core.SGD(net, 0.1), X, y, epochs=1, batch_size=100,
                                         rng=np.random.default_rng(seed))]

    net, other = build(1), build(2)
    train(net, 3)
    core.save(tmp_path / "half", net)
    core.load(tmp_path / "half", other)
    assert train(net, 4) == train(other, 4)
    assert core_helpers.same_state(net, core_helpers.snapshot(other))


def test_always_the_same_answer_scores_what_the_counts_say(mnist):
    """How a stuck network looks: 9.80 % is always "0", 11.35 % always "1"."""
    for digit, share in (0, 0.0980), (1, 0.1135):
        assert core.accuracy(np.tile(np.eye(10)[digit], (10_000, 1)), mnist[3]) == share
