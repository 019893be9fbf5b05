"""The benchmark: all sides train the same network, and page and README show what is stored."""

import argparse
import os
import re
from pathlib import Path

import matplotlib
import nbformat
import numpy as np
import pytest
import speed

import mnist_core as core
from tools import benchmark

ROOT = Path(__file__).resolve().parent.parent
CHAPTER = ROOT / "notebooks" / "24_back_to_the_frameworks.ipynb"
NEEDS = {"PyTorch": "torch", "channels_last": "torch", "DataLoader": "torch",
         "scikit-learn": "sklearn"}
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
THREADS = [1, 2] if CORES > 1 else [1]  # NumPy takes no more than there are cores
EVERY = [(network, side) for network, sides in benchmark.SIDES.items() for side in sides]


def need(*sides):
    for side in sides:
        if side in NEEDS:
            pytest.importorskip(NEEDS[side], reason=f"{side} is missing: make frameworks")


@pytest.fixture
def stored():
    return speed.load()


# ---- the sides


@pytest.mark.parametrize("network, side", EVERY, ids=lambda word: word.split(",")[0])
@pytest.mark.parametrize("batch_size", [128, 100])
def test_a_side_runs_an_epoch_also_with_a_last_batch_that_is_smaller(network, side, batch_size):
    need(side)
    X, y = benchmark.digits(network, 256)
    found = benchmark.compare(network, X, y, batch_size, 1, [side])
    assert 0 < found[side]["least"] == found[side]["median"] < 60


def test_the_images_are_those_that_the_core_reads(mnist):
    X, y = benchmark.digits(benchmark.DENSE, 60_000)
    assert X.dtype == np.float32 and np.array_equal(X, mnist[0])
    assert y.dtype == np.int64 and np.array_equal(y, mnist[1])
    assert benchmark.digits(benchmark.CONV, 256)[0].shape == (256, 1, 28, 28)


@pytest.mark.parametrize("network", benchmark.SIDES)
def test_both_sides_build_the_same_network(network):
    need("PyTorch")
    ours = [W.shape for W, _ in benchmark.core_net(network)[0].parameters()]
    assert [tuple(W.shape) for W in benchmark.torch_net(network)[0].parameters()] == ours


def test_scikit_learn_takes_the_steps_of_the_core(monkeypatch):
    """Three epochs of a single batch, in which no order matters, from the same first weights."""
    need("scikit-learn")
    from sklearn import neural_network
    made, kind = [], neural_network.MLPClassifier

    def keep(*arguments, **named):
        made.append(kind(*arguments, **named))
        return made[-1]

    monkeypatch.setattr(neural_network, "MLPClassifier", keep)
    X, y = benchmark.digits(benchmark.DENSE, 100)
    X = X.astype(np.float64)
    run = benchmark.sklearn_epoch(benchmark.DENSE, X, y, 100, 1)
    (theirs,) = made
    options = theirs.get_params() | {"learning_rate_init": 1e-300}  # stays where it begins
    first = kind(**options | {"random_state": np.random.RandomState(0)})
    first.partial_fit(X, y, classes=range(10))
    net, optimiser = benchmark.core_net(benchmark.DENSE)
    net.to("float64")
    layers = net.layers[0], net.layers[2]
    for layer, W, b in zip(layers, first.coefs_, first.intercepts_):
        layer.W[...], layer.b[...] = W.T, b
    for _ in range(3):
        run()
        core.train_step(net, optimiser, X, y)
    assert abs(theirs.coefs_[0] - first.coefs_[0]).max() > 1e-3
    for layer, W, b in zip(layers, theirs.coefs_, theirs.intercepts_):
        assert abs(layer.W - W.T).max() < 1e-12 and abs(layer.b - b).max() < 1e-12


# ---- the program


@pytest.fixture(scope="module")
def small_run():
    """What two small processes find, and what was said meanwhile."""
    options = argparse.Namespace(rounds=1, images=256, threads=THREADS, batches=[100, 128])
    return benchmark.measure(options, benchmark.missing())


def test_each_number_of_threads_has_its_rows(small_run):
    found = [(run["network"], run["batch"], run["threads"]) for run in small_run["runs"]]
    sizes = (benchmark.DENSE, 100), (benchmark.DENSE, 128), (benchmark.CONV, 128)
    assert found == [(*size, threads) for size in sizes for threads in THREADS]
    for run in small_run["runs"]:
        assert list(run["seconds"]) == benchmark.wanted(run["network"], benchmark.missing())


def test_the_machine_and_the_libraries_are_named(small_run):
    said = speed.about(small_run)
    assert re.search(r"\w.*, \d+ cores?, .*", said[0])
    assert any(line.startswith(f"NumPy {np.__version__} (") for line in said)
    named = [line.split()[0] for line in said]
    assert [peer in named for peer in benchmark.PACKAGES] == [
        peer not in benchmark.missing() for peer in benchmark.PACKAGES]


def test_memory_is_that_of_a_process_with_one_side(small_run):
    if not Path("/proc/self/status").exists():
        pytest.skip("memory is measured on Linux alone")
    assert 200 < small_run["memory"]["core"] < 450
    need("PyTorch")
    assert small_run["memory"]["core"] < small_run["memory"]["PyTorch"]


def test_peers_that_are_not_installed_are_left_out_and_named(monkeypatch, capsys):
    monkeypatch.setattr(benchmark, "missing", lambda: ["PyTorch", "scikit-learn"])
    benchmark.main(["--rounds=1", "--images=256", "--threads=1", "--batches=128"])
    said = capsys.readouterr().out
    for peer in "PyTorch", "scikit-learn":
        assert f"{peer} is not installed and is left out: make frameworks\n" in said
    table = said[said.index("fastest rounds"):]
    assert "products " in table and "PyTorch" not in table and "scikit-learn" not in table


def test_nothing_is_stored_while_a_peer_is_missing(monkeypatch, capsys):
    before = speed.FILE.read_bytes()
    monkeypatch.setattr(benchmark, "missing", lambda: ["PyTorch"])
    with pytest.raises(SystemExit):
        benchmark.main(["--write"])
    assert "--write: given no PyTorch, wanted all: make frameworks" in capsys.readouterr().err
    assert speed.FILE.read_bytes() == before


def test_a_readme_without_a_place_for_the_table_is_refused(stored):
    with pytest.raises(ValueError, match="given no place for the table"):
        benchmark.with_table("# A book\n", stored)


def test_a_process_that_fails_ends_the_run(monkeypatch):
    options = argparse.Namespace(rounds=1, images=0, batches=[32])
    with pytest.raises(SystemExit, match="times: the process ended with 1"):
        list(benchmark.child("times", options, 1, benchmark.missing()))


# ---- what is stored


def test_ratios_are_of_the_fastest_rounds_unless_medians_are_asked_for():
    seconds = {"core": {"least": 1, "median": 3}, "PyTorch": {"least": 2, "median": 4}}
    assert speed.ratios({"seconds": seconds}) == {"PyTorch": 0.5}
    assert speed.ratios({"seconds": seconds}, "median") == {"PyTorch": 0.75}


@pytest.mark.parametrize("held, said", [
    ({"core": 300, "PyTorch": 1200}, "core 300 MB, PyTorch 1,200 MB, ratio 0.25"),
    ({"core": 300}, "core 300 MB"), ({}, "this system does not tell it")])
def test_memory_is_said_as_far_as_it_is_known(held, said):
    assert speed.memory({"memory": held}) == said


def test_all_sides_and_threads_are_stored(stored):
    wanted = [(benchmark.DENSE, batch, threads, list(benchmark.SIDES[benchmark.DENSE]))
              for batch in (10, 32, 128, 512) for threads in (1, 2)]
    wanted += [(benchmark.CONV, 128, threads, list(benchmark.SIDES[benchmark.CONV]))
               for threads in (1, 2)]
    assert [(run["network"], run["batch"], run["threads"], list(run["seconds"]))
            for run in stored["runs"]] == wanted
    assert list(stored["memory"]) == ["core", "PyTorch"]
    assert all(part["least"] <= part["median"]
               for run in stored["runs"] for part in run["seconds"].values())


def test_the_readme_shows_what_is_stored(stored):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert benchmark.with_table(readme, stored) == readme
    shown = re.findall(r"^\| (?:784|conv).*", readme, re.M)
    assert len(shown) == len(stored["runs"])
    for line, run in zip(shown, stored["runs"]):
        assert f"| {run['batch']} | {run['threads']} |" in line
        found = [float(number) for number in re.findall(r"\d+\.\d\d", line)]
        assert found == [round(ratio, 2) for ratio in speed.ratios(run).values()]


def test_the_picture_of_the_readme_has_a_mark_for_every_ratio(stored):
    rows, ratios = speed.dots(stored)
    assert len(rows) == 14 and {len(of_one) for of_one in ratios.values()} == {14}
    picture = benchmark.PICTURE.read_text(encoding="utf-8")
    pins = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    if f"matplotlib=={matplotlib.__version__} " in pins:  # another one draws otherwise
        assert benchmark.picture(stored) == picture
    assert picture.startswith("<svg") and len(picture) < 80_000
    assert "book/_static/benchmark.svg" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_chapter_shows_what_is_stored(stored):
    outputs = "".join(output.get("text", "") for cell in nbformat.read(CHAPTER, 4).cells
                      for output in cell.get("outputs", ()))
    assert speed.text(stored) in outputs and speed.memory(stored) in outputs
    assert "\n".join(speed.about(stored)) in outputs


def test_what_the_chapter_says_of_the_ratios_holds(stored):
    """Change its prose, below figure 24.5, when this fails after a new measurement."""
    found = {(run["network"], run["batch"], run["threads"]): speed.ratios(run)
             for run in stored["runs"]}
    dense, conv = benchmark.DENSE, benchmark.CONV
    assert found[dense, 10, 1]["PyTorch"] < found[dense, 512, 1]["PyTorch"]
    assert max(ratios["PyTorch"] for ratios in found.values()) == max(
        found[conv, 128, threads]["PyTorch"] for threads in (1, 2))
    assert found[conv, 128, 1]["PyTorch"] < found[conv, 128, 2]["PyTorch"]
    assert all(found[conv, 128, threads]["PyTorch"] < found[conv, 128, threads]["channels_last"]
               for threads in (1, 2))
    assert stored["memory"]["core"] < stored["memory"]["PyTorch"]
