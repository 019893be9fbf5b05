"""How training grows: the counts on paper, the measurement, and the page that shows both."""

import math
import re
import tracemalloc
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest

from mnist_core import SGD, Linear, ReLU, Sequential, softmax_cross_entropy, train_step
from tools import growth, machine

WIDTHS = [(32,), (128,), (1024,), (64, 64), (300, 100), (128,) * 5]
DATA = growth.load()
FACTS = growth.facts(DATA)
PAGE = (growth.ROOT / growth.PAGE).read_text(encoding="utf-8")
EACH = pytest.mark.parametrize("widths", WIDTHS, ids=str)


@pytest.fixture(scope="module")
def quick():
    """The quick measurement, of a few seconds."""
    return growth.measure(quick=True, rounds=1)


# ---- on paper


@EACH
def test_the_parameters_are_counted_as_the_network_has_them(widths):
    net = growth.network(widths, np.random.default_rng(0))
    assert growth.parameters(widths) == sum(W.size for W, _ in net.parameters())


@EACH
@pytest.mark.parametrize("batch", [1, 7])
def test_the_operations_are_those_of_the_products_of_a_step(widths, batch):
    """A product of (a, b) and (b, c) counts 2 a b c, and the arrays count their products."""
    count = 0

    class Counted(np.ndarray):
        def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
            nonlocal count
            plain = [x.view(np.ndarray) if isinstance(x, Counted) else x for x in inputs]
            if ufunc is np.matmul:
                count += 2 * plain[0].shape[0] * plain[0].shape[1] * plain[1].shape[1]
            return getattr(ufunc, method)(*plain, **kwargs).view(Counted)

    net = growth.network(widths, np.random.default_rng(0))
    logits = net.forward(np.ones((batch, 784), np.float32).view(Counted))
    net.gradients(softmax_cross_entropy(logits, np.zeros(batch, int))[1].view(Counted))
    assert growth.flops(widths, batch) == count


@EACH
@pytest.mark.parametrize("batch", [1, 128, 1000])
def test_the_bytes_are_within_a_tenth_of_what_numpy_takes(widths, batch):
    rng = np.random.default_rng(0)
    X = rng.random((3 * batch, 784), np.float32)
    y = rng.integers(0, 10, 3 * batch)
    found = growth.peak(growth.Setting("width", 1, widths, batch, 3 * batch), X, y)
    assert found == pytest.approx(growth.memory(widths, batch), rel=0.1)


def test_the_examples_count_where_they_grow():
    setting = growth.Setting("examples", 2000, (128,), 128, 2000)
    expected = growth.memory((128,), 128) + 2000 * (784 * 4 + 16)
    assert growth.paper(setting)[1] == expected
    assert growth.paper(setting)[0] == growth.flops((128,), 128) * 2000 / 128
    X, y = np.zeros((2000, 784), np.float32), np.zeros(2000, np.int64)
    assert growth.peak(setting, X, y) == pytest.approx(expected, rel=0.1)


def test_measuring_memory_leaves_no_tracing_behind():
    setting = growth.Setting("width", 8, (8,), 4, 12)
    growth.peak(setting, np.zeros((12, 784), np.float32), np.zeros(12, np.int64))
    assert not tracemalloc.is_tracing()


@pytest.mark.parametrize("slope", [-1, 0, 0.5, 1, 2])
def test_the_fit_finds_a_slope_that_is_known(slope):
    sizes = np.array(growth.doublings(32, 4096))
    assert growth.line(sizes, 3 * sizes.astype(float)**slope) == pytest.approx((slope, 0), abs=1e-9)


def test_the_scatter_is_what_the_points_were_moved_by():
    sizes = 2.0 ** np.arange(200)
    off = np.random.default_rng(0).choice([-1, 1], 200) * np.log2(1.1)
    slope, scatter = growth.line(sizes, sizes * 2**off)
    assert slope == pytest.approx(1, abs=0.001)
    assert scatter == pytest.approx(0.1, abs=0.01)


def test_a_sum_of_two_powers_has_the_exponent_of_the_larger_at_the_end():
    widths = growth.doublings(2**14, 2**20)
    assert growth.line(widths, [growth.flops((h, h), 1) for h in widths])[0] == pytest.approx(
        2, abs=0.02)
    assert growth.line(widths, [growth.flops((h,), 1) for h in widths])[0] == pytest.approx(1)


@pytest.mark.parametrize(("first", "last", "wanted"), [
    (1, 8, [1, 2, 4, 8]), (32, 32, [32]), (1000, 6000, [1000, 2000, 4000, 6000])])
def test_doublings_end_on_the_last_size(first, last, wanted):
    assert growth.doublings(first, last) == wanted


# ---- the measurement


def test_a_quick_run_measures_every_setting(quick):
    assert [row["size"] for row in quick["points"]] == [s.size for s in growth.settings(True)]
    assert all(0 < row["seconds"] < 60 for row in quick["points"])
    assert quick["machine"]["threads"] in (0, 1) and quick["rounds"] == 1  # 0: of a BLAS unknown


def test_a_quick_run_has_the_memory_of_the_stored_one(quick):
    """Peaks depend on no clock: where a setting is in both, so are its bytes."""
    stored = {growth.setting_of(row)[:4]: row["bytes"] for row in hashable(DATA)}
    both = [(row["bytes"], stored[growth.setting_of(row)[:4]]) for row in hashable(quick)
            if growth.setting_of(row)[:4] in stored]
    assert len(both) > 15
    for now, then in both:
        assert now == pytest.approx(then, rel=0.05)


def hashable(data):
    return [row | {"widths": tuple(row["widths"])} for row in data["points"]]


def test_the_fastest_round_counts_and_all_take_their_turn(monkeypatch):
    """One run is disturbed in its first round, the other in its second."""
    clock, order = SimpleNamespace(now=0.0), []
    lasts = {"a": iter([1, 9, 2, 3]), "b": iter([1, 4, 8, 5])}  # the first of each is to warm up

    def run(name):
        def once():
            order.append(name)
            clock.now += next(lasts[name])
        return once

    monkeypatch.setattr(growth.time, "process_time", lambda: clock.now)
    assert growth.fastest([(run("a"), 1), (run("b"), 1)], rounds=3) == [2, 4]
    assert "".join(order) == "ab" + "ab" * 3


def test_the_report_shows_both_tables(quick, capsys):
    growth.report(quick)
    shown = capsys.readouterr().out
    assert shown.count("| batch | 1, 256 |") == 2 and "GFLOPS" in shown


def test_the_file_holds_what_was_measured(quick, tmp_path):
    (tmp_path / "book").mkdir()
    growth.store(quick, tmp_path)
    read = growth.load(tmp_path)
    assert growth.facts(read) == growth.facts(quick)
    assert {key: read[key] for key in read if key != "points"} == {
        key: quick[key] for key in quick if key != "points"}


def test_small_sizes_are_not_written():
    with pytest.raises(SystemExit):
        growth.main(["--quick", "--write"])


def test_the_machine_is_named():
    found = machine.machine()
    assert found["processor"] and found["numpy"] == np.__version__ and found["cores"] > 0


def test_the_processor_is_read_from_linux_and_guessed_elsewhere(tmp_path):
    (tmp_path / "cpuinfo").write_text("vendor_id\t: X\nmodel name\t: A 10: fast\n" * 2)
    assert machine.processor(tmp_path / "cpuinfo") == "A 10: fast"
    assert machine.processor(tmp_path / "missing")


# ---- the page


def test_the_stored_run_is_a_whole_one():
    assert [growth.setting_of(row)[:5] for row in hashable(DATA)] == growth.settings()
    assert DATA["machine"]["threads"] == 1 and DATA["rounds"] >= 20


def test_page_and_figures_say_what_the_file_says():
    """After a change: tools/growth.py --page."""
    assert growth.page(DATA) == PAGE
    pins = (growth.ROOT / "requirements.txt").read_text(encoding="utf-8")
    pinned = re.search(r"^matplotlib==(\S+)", pins, re.MULTILINE)[1]
    for name, text in growth.figures(DATA).items():
        kept = (growth.ROOT / growth.FIGURES / name).read_text(encoding="utf-8")
        same = text == kept if matplotlib.__version__ == pinned else text.startswith("<svg")
        assert same and kept.startswith("<svg"), name
        assert f"_static/growth/{name}" in PAGE


def test_every_name_of_the_text_is_known_and_every_fact_is_used():
    text = (growth.ROOT / growth.TEXT).read_text(encoding="utf-8")
    assert set(re.findall(r"<<(\w+)>>", text)) == set(FACTS)


def test_each_figure_has_an_alternative_text_and_a_caption():
    figures = re.findall(r'<img .*? alt="(.+?)" .*\n<figcaption>(.+)</figcaption></figure>', PAGE)
    assert len(figures) == PAGE.count("<img") == len(growth.figures(DATA))
    assert all(len(alt) > 80 and caption.endswith(".") for alt, caption in figures)


def test_what_the_text_claims_of_the_figures_is_so():
    """Sentences that no number stands in. If one fails, the text has to say something else."""
    every, times, _ = growth.points(DATA, "batch")
    epochs = [seconds / setting.batch for setting, seconds in zip(every, times)]
    assert epochs[0] > 5 * min(epochs), "an epoch takes far longer with batches of one"
    assert times[1] < 0.8 * times[0], "a step with two takes less"
    ends = {series: growth.exponents(DATA, series) for series in growth.NAMES}
    one, both = (ends[series]["time", "last"][1] for series in ("width", "widths"))
    assert both > one + 0.4, "two layers climb more steeply"
    assert ends["width"]["time", "all"][1] < ends["width"]["time", "last"][1], "held down"
    every, times, _ = growth.points(DATA, "width")
    speeds = [growth.flops(s.widths, s.batch) / seconds for s, seconds in zip(every, times)]
    assert speeds[0] < 0.6 * growth.rate(DATA) and max(speeds) < 1.05 * growth.rate(DATA)
    assert growth.widest_in(growth.DAY, growth.reached(DATA)) > growth.widest_within(16e9)


# ---- worked on paper: each number from its factors


def shown(pattern):
    """The numbers that the page shows where the pattern has its groups."""
    found = re.search(pattern, PAGE)
    assert found, pattern
    return [float(number.replace(",", "")) for number in found.groups()]


def test_resnet_and_gpt3_take_what_their_factors_say():
    adds, images, epochs = shown(r"hence ([\d.]+) billion · 2 · 3 · ([\d.]+) million · (\d+)")
    flops = adds * 1e9 * 2 * 3 * images * 1e6 * epochs
    assert flops == pytest.approx(growth.resnet_flops())
    for name, wanted in ("ResNet-50.*?", flops), ("GPT-3", 3.14e23):
        value, power = shown(rf"\| {name} \| \$([\d.]+) \\cdot 10\^\{{(\d+)\}}\$")
        assert value * 10**power == pytest.approx(wanted, rel=0.02)


LENGTH = {"years": 365.25 * 86_400, "months": 365.25 * 7200, "days": 86_400, "hours": 3600,
          "minutes": 60, "seconds": 1}


def durations(text):
    return [float(number.replace(",", "")) * LENGTH[unit]
            for number, unit in re.findall(rf"([\d,.]+) ({'|'.join(LENGTH)})", text)]


def test_the_times_are_operations_over_speed():
    here = growth.rate(DATA)
    peak, share = shown(r"up to (\d+) thousand billion operations[\s\S]*? (\d+) % of that")
    there = peak * 1e12 * share / 100
    for name, flops in ("ResNet-50", growth.resnet_flops()), ("GPT-3", 3.14e23):
        (row,) = re.findall(rf"^\| {name}.*", PAGE, re.MULTILINE)
        assert durations(row) == pytest.approx([flops / here, flops / there], rel=0.05)
    (one, many), = re.findall(r"On 1,024 of them, at the same share, (.*?) become (.*?)\.", PAGE)
    assert durations(one) + durations(many) == pytest.approx(
        [3.14e23 / there, 3.14e23 / there / 1024], rel=0.05)
    assert shown(r"about ([\d,]+) times as fast") == pytest.approx([there / here], rel=0.05)


def test_the_widths_of_an_hour_a_day_and_a_memory_fill_them():
    hour, day = shown(r"\$h\$ about ([\d,]+), and into a day up to about ([\d,]+)\.")
    for h, seconds in (hour, 3600), (day, 86_400):
        weights = 794 * h + h * h
        steps = 10 * 60_000 * (6 * weights - 2 * 784 * h)
        assert steps / growth.reached(DATA) == pytest.approx(seconds, rel=0.06)
    small, large = shown(r"8 GB hold \$h\$ up to about ([\d,]+), and 16 GB up to ([\d,]+)")
    for h, size in (small, 8e9), (large, 16e9):
        assert 4 * (2 * (794 * h + h * h) + h * h) == pytest.approx(size, rel=0.06)


def test_gpt3_fills_as_many_accelerators_as_the_page_says():
    weights, each, terabytes, count, size = shown(
        r"the (\d+) billion weights[\s\S]*?(\d+) bytes a weight, are ([\d.]+) TB\. "
        r"That fills (\d+) A100s of (\d+) GB")
    assert weights * each / 1000 == pytest.approx(terabytes, abs=0.05)
    assert count == math.ceil(weights * each / size)
    assert each == 4 * 4  # weight, gradient, two averages


def test_the_parts_of_a_large_batch_are_32_images():
    images, devices, each = (shown(p)[0] for p in (
        r"batches of ([\d,]+), which", r"on (\d+) devices", r"which is (\d+) images each"))
    assert images == devices * each


def test_the_mean_of_the_gradients_of_equal_parts_is_that_of_the_whole_batch():
    """What data-parallel training rests on, with the core's own layers."""
    rng = np.random.default_rng(0)
    net = Sequential(Linear(20, 8, rng), ReLU(), Linear(8, 4, rng)).to(np.float64)
    X, y = rng.standard_normal((24, 20)), rng.integers(0, 4, 24)

    def gradients(X, y):
        net.gradients(softmax_cross_entropy(net.forward(X), y)[1])
        return [dW for _, dW in net.parameters()]

    parts = [gradients(X[i::3], y[i::3]) for i in range(3)]
    for whole, *part in zip(gradients(X, y), *parts):
        np.testing.assert_allclose(sum(part) / 3, whole, atol=1e-14)


def test_the_sizes_of_the_formula_are_those_of_the_images():
    net = growth.network((16,), np.random.default_rng(0))
    X = np.zeros((4, growth.N_IN), np.float32)
    assert math.isfinite(train_step(net, SGD(net, 0.1), X, np.zeros(4, int)))
    assert shown(r"One hidden layer has (\d+) weights a unit") == [growth.N_IN + growth.N_OUT]


@pytest.mark.parametrize(("seconds", "wanted"), [
    (59, "59 seconds"), (119, "120 seconds"), (7300, "2.0 hours"), (200_000, "2.3 days"),
    (2.6e7, "9.9 months"), (5e7, "19 months"), (6.4e7, "2.0 years"), (3e12, "95,000 years")])
def test_a_time_is_told_in_its_largest_unit(seconds, wanted):
    assert growth.span(seconds) == wanted
